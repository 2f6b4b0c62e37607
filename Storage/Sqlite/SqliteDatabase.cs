using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace Orleans.Chat.Storage.Sqlite;

/* SQLite has one writer at a time, and its driver blocks the thread that calls it. So all writes go to one thread that owns the one writing
 * connection (see SqliteWriter), and reads run on the thread pool, a few at a time, each in a transaction of its own: with the write-ahead
 * log a read sees one state from its first row to its last and waits for no writer. Nothing here blocks a caller. */
internal sealed class SqliteDatabase : IAsyncDisposable
{
    private const int Readers = 4;

    private readonly string _connectionString;
    private readonly string _wait;
    private readonly SemaphoreSlim _slots = new(Readers);
    private readonly ConcurrentBag<SqliteSession> _idle = [];
    private readonly SqliteWriter _writer;

    /// <param name="path">A file with the schema in it.</param>
    /// <param name="busy">How long to wait for another process that writes.</param>
    public SqliteDatabase(string path, TimeSpan busy)
    {
        _connectionString = ConnectionString(path, busy);
        _wait = string.Create(null, $"PRAGMA busy_timeout = {(long)busy.TotalMilliseconds};");
        // FULL: a commit is on disk when it returns, in the log.
        _writer = new SqliteWriter(() =>
            new SqliteSession(_connectionString, _wait + "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;")
        );
    }

    public static string ConnectionString(string path, TimeSpan busy) =>
        new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Pooling = false,
            ForeignKeys = true,
            DefaultTimeout = (int)Math.Ceiling(busy.TotalSeconds),
        }.ConnectionString;

    public async Task<T> ReadAsync<T>(Func<SqliteSession, T> read, CancellationToken cancellationToken)
    {
        await _slots.WaitAsync(cancellationToken);
        try
        {
            return await Task.Run(() => Read(read), CancellationToken.None);
        }
        finally
        {
            _slots.Release();
        }
    }

    /// <summary>
    /// Completes when the write is committed. What throws is undone alone, though writes share transactions; a commit whose outcome is not
    /// known throws <see cref="UnknownCommitException"/>.
    /// </summary>
    public Task<T> WriteAsync<T>(Func<SqliteSession, T> write) => _writer.WriteAsync(write);

    public async ValueTask DisposeAsync()
    {
        await _writer.DisposeAsync();
        while (_idle.TryTake(out var session))
            session.Dispose();
        _slots.Dispose();
    }

    private T Read<T>(Func<SqliteSession, T> read)
    {
        if (!_idle.TryTake(out var session))
            session = new SqliteSession(_connectionString, _wait + "PRAGMA query_only = ON;");
        var sound = false;
        try
        {
            session.Execute("BEGIN");
            var result = read(session);
            session.Execute("COMMIT");
            sound = true;
            return result;
        }
        finally
        {
            if (sound)
                _idle.Add(session);
            else
                session.Dispose();
        }
    }
}
