using Npgsql;
using Orleans.Chat.Storage;
using Orleans.Chat.Support;

[assembly: AssemblyFixture(typeof(PostgresFixture))]

namespace Orleans.Chat.Grains.Tests.Chats;

/// <summary>A database of a test class's own, with the schema in it.</summary>
public sealed class ChatDatabase(PostgresFixture postgres) : IAsyncLifetime
{
    private TestDatabase _database = null!;

    public string ConnectionString { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        _database = await postgres.CreateDatabaseAsync();
        ConnectionString = _database.ConnectionString + ";Maximum Pool Size=20";
        Migrations.UpgradePostgres(ConnectionString);
    }

    public async ValueTask DisposeAsync() => await postgres.DropDatabaseAsync(_database);

    /// <summary>The same database at another port.</summary>
    public string Through(int port) => new NpgsqlConnectionStringBuilder(ConnectionString) { Port = port }.ConnectionString;

    /// <summary>One row, read past the product.</summary>
    internal async Task<object[]> RowAsync(string sql, params object[] arguments)
    {
        await using var connection = new NpgsqlConnection(ConnectionString + ";Pooling=false");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var argument in arguments)
            command.Parameters.Add(new NpgsqlParameter { Value = argument });
        await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        (await reader.ReadAsync(TestContext.Current.CancellationToken)).ShouldBeTrue();
        var row = new object[reader.FieldCount];
        reader.GetValues(row);
        return row;
    }

    /// <summary>What the tables have of a chat; dense when the heads are the counts.</summary>
    internal async Task<ChatCounts> CountAsync(string chatId)
    {
        var row = await RowAsync(
            """
            SELECT c.head_seq, c.revision, c.epoch, count(m.seq), count(DISTINCT m.message_id), coalesce(max(m.seq), 0),
                (SELECT count(*) FROM changes h WHERE h.chat_id = c.chat_id)
            FROM chats c LEFT JOIN messages m ON m.chat_id = c.chat_id
            WHERE c.chat_id = $1 GROUP BY c.chat_id
            """,
            chatId
        );
        return new ChatCounts((long)row[0], (long)row[1], (long)row[2], (long)row[3], (long)row[4], (long)row[5], (long)row[6]);
    }
}

/// <param name="Changes">Rows of changes other than new messages, which have none.</param>
internal sealed record ChatCounts(long HeadSeq, long Revision, long Epoch, long Messages, long Ids, long MaxSeq, long Changes);

/// <summary>Classes with silos of their own run one after the other: the machine is small, and what waits for a time-out must not wait for the others.</summary>
[CollectionDefinition(Name)]
public sealed class ClustersCollection
{
    public const string Name = "clusters";
}
