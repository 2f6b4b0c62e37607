using Npgsql;

namespace Orleans.Chat.Storage.PostgreSql;

/// <summary>One command, its rows.</summary>
internal static class PostgresReads
{
    public static async Task<List<T>> RowsAsync<T>(
        this NpgsqlDataSource source,
        string sql,
        Action<NpgsqlParameterCollection> parameters,
        Func<NpgsqlDataReader, T> read,
        CancellationToken cancellationToken
    )
    {
        await using var command = source.CreateCommand(sql);
        parameters(command.Parameters);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.AllAsync(read, cancellationToken);
    }

    /// <summary>As of a data source, on a connection that has a transaction.</summary>
    public static async Task<List<T>> RowsAsync<T>(
        this NpgsqlConnection connection,
        string sql,
        Action<NpgsqlParameterCollection> parameters,
        Func<NpgsqlDataReader, T> read,
        CancellationToken cancellationToken
    )
    {
        await using var command = new NpgsqlCommand(sql, connection);
        parameters(command.Parameters);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.AllAsync(read, cancellationToken);
    }

    /// <summary>The number of rows that the statement wrote.</summary>
    public static async Task<int> ExecuteAsync(
        this NpgsqlDataSource source,
        string sql,
        Action<NpgsqlParameterCollection> parameters,
        CancellationToken cancellationToken
    )
    {
        await using var command = source.CreateCommand(sql);
        parameters(command.Parameters);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>The rows that are left of the current result.</summary>
    public static async Task<List<T>> AllAsync<T>(
        this NpgsqlDataReader reader,
        Func<NpgsqlDataReader, T> read,
        CancellationToken cancellationToken
    )
    {
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellationToken))
            rows.Add(read(reader));
        return rows;
    }

    public static void Add(this NpgsqlBatch batch, string sql, Action<NpgsqlParameterCollection> parameters)
    {
        var command = new NpgsqlBatchCommand(sql);
        parameters(command.Parameters);
        batch.BatchCommands.Add(command);
    }
}
