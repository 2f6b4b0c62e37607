using Npgsql;
using Orleans.Chat.Support;

[assembly: AssemblyFixture(typeof(PostgresFixture))]

namespace Orleans.Chat.RecoveryTests;

/// <summary><c>verify.sql</c> against each kind of damage, in a transaction that is taken back.</summary>
public sealed class VerifyTests(PostgresFixture postgres) : IAsyncLifetime
{
    private const string Whole = """
        INSERT INTO chats (chat_id, type, settings, created_at, updated_at, epoch, member_view, incarnation, head_seq, revision, member_count, is_public)
        VALUES ('c', 'group', '{}', now(), now(), 1, 1, 'i', 2, 4, 1, false);
        INSERT INTO chat_participants (chat_id, user_id, role, joined_at, changed) VALUES ('c', 'u', 'owner', now(), pg_current_xact_id());
        INSERT INTO changes (chat_id, revision, kind, head_seq, seq, at) VALUES ('c', 1, 9, 0, 0, now()), ('c', 3, 2, 1, 1, now());
        INSERT INTO messages (chat_id, seq, message_id, sender_id, content, type, created_at, updated_at, created_revision, revision, ordinal, fingerprint)
        VALUES ('c', 1, 'm1', 'u', 'x', 'text', now(), now(), 2, 3, 1, ''), ('c', 2, 'm2', 'u', 'x', 'text', now(), now(), 4, 4, 2, '');
        """;

    private readonly string _verify = File.ReadAllText(Path.Combine(Script.Folder, "verify.sql"));
    private TestDatabase _database = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _database = await postgres.CreateDatabaseAsync(Ct);
        await using var connection = await OpenAsync();
        foreach (var statement in Script.Migrations.Append(Whole))
            await ExecuteAsync(connection, statement);
    }

    public async ValueTask DisposeAsync() => await postgres.DropDatabaseAsync(_database, CancellationToken.None);

    [Fact]
    public async Task What_is_whole_has_no_rows() => (await FaultsAfterAsync("SELECT 1")).ShouldBeEmpty();

    [Theory]
    [InlineData("DELETE FROM installation", "is missing")]
    [InlineData("DELETE FROM messages WHERE seq = 1", "seq is not dense: head_seq 2, 1 messages, from 2 to 2")]
    [InlineData("DELETE FROM messages WHERE seq = 2", "seq is not dense: head_seq 2, 1 messages, from 1 to 1")]
    [InlineData("UPDATE chats SET head_seq = 3, revision = 5", "seq is not dense: head_seq 3, 2 messages, from 1 to 2")]
    [InlineData("UPDATE messages SET seq = 3 WHERE seq = 2", "seq is not dense: head_seq 2, 2 messages, from 1 to 3")]
    [InlineData("DELETE FROM changes WHERE revision = 3", "revision is not dense: 4, with 2 messages and 1 changes")]
    [InlineData("UPDATE chats SET revision = 5", "revision is not dense: 5, with 2 messages and 2 changes")]
    [InlineData("UPDATE messages SET revision = 9 WHERE seq = 1", "revision is not dense: 4, with 2 messages and 2 changes")]
    [InlineData("UPDATE messages SET created_revision = 3 WHERE seq = 1", "revision 3 is of message 1 and of a change")]
    [InlineData("UPDATE chats SET member_count = 2", "has 1 members and counts 2")]
    [InlineData("UPDATE chat_participants SET read_seq = 3", "cursors 0 and 3 are beyond the head 2")]
    [InlineData("DELETE FROM chats", "is of no chat")]
    public async Task What_is_damaged_is_told(string damage, string told) => (await FaultsAfterAsync(damage)).ShouldContain(told);

    private async Task<List<string>> FaultsAfterAsync(string statement)
    {
        await using var connection = await OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync(Ct);
        await ExecuteAsync(connection, statement);
        var faults = new List<string>();
        await using var verify = new NpgsqlCommand(_verify, connection);
        await using var reader = await verify.ExecuteReaderAsync(Ct);
        while (await reader.ReadAsync(Ct))
            faults.Add(reader.GetString(2));
        return faults;
    }

    private async Task<NpgsqlConnection> OpenAsync()
    {
        var connection = new NpgsqlConnection(_database.ConnectionString);
        await connection.OpenAsync(Ct);
        return connection;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string statement)
    {
        await using var command = new NpgsqlCommand(statement, connection);
        await command.ExecuteNonQueryAsync(Ct);
    }
}
