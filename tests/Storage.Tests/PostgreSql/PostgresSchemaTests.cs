using Npgsql;
using Orleans.Chat.Storage.PostgreSql;
using Orleans.Chat.Storage.Tests.Specs;

namespace Orleans.Chat.Storage.Tests.PostgreSql;

public sealed class PostgresSchemaTests(PostgresStorage store) : ChatSpec(store)
{
    /// <summary>The column that every primary and unique key of a table begins with. A new table has to be entered here.</summary>
    private static readonly Dictionary<string, string> FirstColumn = new(StringComparer.Ordinal)
    {
        ["chats"] = "chat_id",
        ["chat_participants"] = "chat_id",
        ["messages"] = "chat_id",
        ["message_edits"] = "chat_id",
        ["message_mentions"] = "chat_id",
        ["reactions"] = "chat_id",
        ["cursor_steps"] = "chat_id",
        ["changes"] = "chat_id",
        ["hidden_messages"] = "user_id",
        ["chat_preferences"] = "user_id",
        ["users"] = "user_id",
        ["user_words"] = "user_id",
        ["sessions"] = "user_id",
        ["refresh_tokens"] = "user_id",
        ["blocks"] = "user_id",
        // Looked up before the user is known, once for a first token.
        ["external_users"] = "issuer",
        ["orleansquery"] = "querykey",
        ["orleansstorage"] = "grainidn0",
        ["installation"] = "name",
        ["schemaversions"] = "schemaversionsid",
    };

    [Fact]
    public async Task Every_key_begins_with_whose_data_it_is()
    {
        // Partitions follow their parent.
        const string sql = """
            SELECT t.relname, a.attname
            FROM pg_class t
            JOIN pg_namespace n ON n.oid = t.relnamespace AND n.nspname = 'public'
            LEFT JOIN pg_index i ON i.indrelid = t.oid AND (i.indisunique OR i.indisprimary)
            LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = i.indkey[0]
            WHERE t.relkind IN ('r', 'p') AND NOT t.relispartition
            """;
        var keys = await Source.RowsAsync(sql, _ => { }, r => (Table: r.GetString(0), Column: RowReader.Text(r, 1)), Ct);

        keys.Select(k => k.Table).Distinct().Order().ShouldBe(FirstColumn.Keys.Order());
        foreach (var (table, column) in keys)
            column.ShouldBe(FirstColumn[table], table);
    }

    [Fact]
    public async Task A_send_leaves_no_row_of_changes_and_changes_no_indexed_column_of_the_chat()
    {
        var chat = await NewChatAsync("ann");
        for (var i = 0; i < 20; i++)
            await SendAsync(chat, "ann");

        var indexed = await Source.RowsAsync(
            """
            SELECT DISTINCT a.attname::text FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)
            WHERE i.indrelid = 'chats'::regclass
            """,
            _ => { },
            r => r.GetString(0),
            Ct
        );
        indexed.Intersect(["head_seq", "revision", "ordinal", "updated_at", "epoch", "member_view"]).ShouldBeEmpty();
        (
            await Source.RowsAsync($"SELECT count(*) FROM changes WHERE chat_id = '{chat.ChatId}'", _ => { }, r => r.GetInt64(0), Ct)
        ).ShouldBe([1L]);
    }

    [Fact]
    public async Task Processes_that_start_at_once_migrate_once()
    {
        var database = await store.NewDatabaseAsync(migrate: false);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => Migrations.UpgradePostgres(database), Ct)));
        Migrations.UpgradePostgres(database);

        await using var source = NpgsqlDataSource.Create(database);
        (await source.RowsAsync("SELECT count(*) FROM installation", _ => { }, r => r.GetInt64(0), Ct)).ShouldBe([1L]);
        (await source.RowsAsync("SELECT scriptname FROM schemaversions", _ => { }, r => r.GetString(0), Ct)).ShouldBeUnique();
    }

    private NpgsqlDataSource Source => store.Source;
}
