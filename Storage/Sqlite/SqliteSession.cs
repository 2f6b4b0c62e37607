using System.Text.Json;
using Microsoft.Data.Sqlite;

namespace Orleans.Chat.Storage.Sqlite;

/// <summary>
/// One connection with its prepared statements, used by one thread at a time. Values are $1, $2 … in their order: texts, numbers, blobs,
/// times (microseconds since 1970), booleans, and lists of texts, which a statement reads with <c>json_each</c>.
/// </summary>
internal sealed class SqliteSession : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly Dictionary<string, SqliteCommand> _commands = new(StringComparer.Ordinal);

    public SqliteSession(string connectionString, string pragmas)
    {
        _connection = new SqliteConnection(connectionString);
        try
        {
            _connection.Open();
            Execute(pragmas);
        }
        catch
        {
            _connection.Dispose();
            throw;
        }
    }

    /// <summary>The number of rows that the statement wrote.</summary>
    public int Execute(string sql, params ReadOnlySpan<object?> values) => Command(sql, values).ExecuteNonQuery();

    public List<T> Rows<T>(string sql, Func<SqliteDataReader, T> read, params ReadOnlySpan<object?> values)
    {
        using var reader = Command(sql, values).ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
            rows.Add(read(reader));
        return rows;
    }

    public T? First<T>(string sql, Func<SqliteDataReader, T> read, params ReadOnlySpan<object?> values)
    {
        using var reader = Command(sql, values).ExecuteReader();
        if (!reader.Read())
            return default;
        var first = read(reader);
        // To its end: a statement that writes and returns is done only then.
        while (reader.Read()) { }
        return first;
    }

    public void Dispose()
    {
        foreach (var command in _commands.Values)
            command.Dispose();
        _connection.Dispose();
    }

    private SqliteCommand Command(string sql, ReadOnlySpan<object?> values)
    {
        if (!_commands.TryGetValue(sql, out var command))
            _commands.Add(sql, command = Make(sql, values.Length));
        for (var i = 0; i < values.Length; i++)
            command.Parameters[i].Value = Stored(values[i]);
        return command;
    }

    /// <summary>Every text is a constant of the program, so the number of statements is bounded.</summary>
    private SqliteCommand Make(string sql, int parameters)
    {
#pragma warning disable CA2100
        var command = new SqliteCommand(sql, _connection);
#pragma warning restore CA2100
        for (var i = 1; i <= parameters; i++)
            command.Parameters.Add(new SqliteParameter { ParameterName = string.Create(null, $"${i}") });
        return command;
    }

    private static object Stored(object? value) =>
        value switch
        {
            null => DBNull.Value,
            DateTimeOffset at => SqliteTime.Write(at),
            bool flag => flag ? 1L : 0L,
            IEnumerable<string> texts => JsonSerializer.Serialize(texts),
            IEnumerable<long> numbers => JsonSerializer.Serialize(numbers),
            _ => value,
        };
}
