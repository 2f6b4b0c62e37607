using System.Collections.Concurrent;
using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Orleans.Chat.Storage.Sqlite;

/* The one writer: a thread with a connection. What queued up while the last transaction was being committed shares the next one, so that
 * flushes, synchronisations and chats pay for one fsync together. Each write has a savepoint of its own: one that fails is undone alone.
 *
 * Where SQLite itself ended the transaction (the disk is full, an I/O error), all writes in it failed. A COMMIT that fails on I/O is the one
 * case of an unknown outcome: its pages may be in the log, and come back with the next recovery. */
internal sealed class SqliteWriter : IAsyncDisposable
{
    private const int MaxWrites = 64;

    private readonly BlockingCollection<Write> _queue = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Func<SqliteSession> _open;
    private SqliteSession? _session;

    public SqliteWriter(Func<SqliteSession> open)
    {
        _open = open;
        new Thread(Run) { IsBackground = true, Name = "sqlite writer" }.Start();
    }

    public Task<T> WriteAsync<T>(Func<SqliteSession, T> write)
    {
        var queued = new Write<T>(write);
        _queue.Add(queued, CancellationToken.None);
        return queued.Task;
    }

    public async ValueTask DisposeAsync()
    {
        _queue.CompleteAdding();
        await _ended.Task;
        _queue.Dispose();
    }

    private void Run()
    {
        var writes = new List<Write>();
        foreach (var first in _queue.GetConsumingEnumerable())
        {
            writes.Add(first);
            while (writes.Count < MaxWrites && _queue.TryTake(out var next))
                writes.Add(next);
            try
            {
                Commit(writes);
            }
            catch (Exception e)
            {
                // The connection's state is not known: the next writes get another one.
                writes.ForEach(w => w.Fail(e));
                _session?.Dispose();
                _session = null;
            }
            writes.Clear();
        }
        _session?.Dispose();
        _ended.SetResult();
    }

    private void Commit(List<Write> writes)
    {
        var session = _session ??= _open();
        session.Execute("BEGIN IMMEDIATE");
        var done = new List<Write>(writes.Count);
        foreach (var write in writes)
        {
            session.Execute("SAVEPOINT write");
            try
            {
                write.Run(session);
            }
            catch (Exception e)
            {
                // What ended the whole transaction is told to all in it.
                if (!TryUndo(session))
                    throw;
                write.Fail(e);
                continue;
            }
            session.Execute("RELEASE write");
            done.Add(write);
        }
        try
        {
            session.Execute("COMMIT");
        }
        catch (SqliteException e) when (e.SqliteErrorCode is SqliteCodes.IoError)
        {
            throw new UnknownCommitException(e);
        }
        done.ForEach(w => w.Complete());
    }

    private static bool TryUndo(SqliteSession session)
    {
        try
        {
            session.Execute("ROLLBACK TO write");
            session.Execute("RELEASE write");
            return true;
        }
        catch (SqliteException)
        {
            return false;
        }
    }

    private abstract class Write
    {
        public abstract void Run(SqliteSession session);
        public abstract void Complete();
        public abstract void Fail(Exception exception);
    }

    private sealed class Write<T>(Func<SqliteSession, T> write) : Write
    {
        private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private T? _result;

        public Task<T> Task => _done.Task;

        public override void Run(SqliteSession session) => _result = write(session);

        public override void Complete() => _done.TrySetResult(_result!);

        public override void Fail(Exception exception) => _done.TrySetException(exception);
    }
}

/// <summary>It may or may not have been committed. A fault of the database as its driver's are, so that it ends where they end.</summary>
internal sealed class UnknownCommitException(Exception cause) : DbException("The outcome of the commit is not known.", cause);
