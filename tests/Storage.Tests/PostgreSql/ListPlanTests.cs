using System.Text.Json;
using Npgsql;
using Orleans.Chat.Storage.PostgreSql;
using static Orleans.Chat.Storage.Tests.PostgreSql.QueryPlan;

namespace Orleans.Chat.Storage.Tests.PostgreSql;

/// <summary>
/// What is asked for some dozens of users at once, as each second of a storm of connects does, is looked up user by user: to the planner it
/// looks cheaper to read all members of all chats, which a server with many of them does for every question.
/// </summary>
public sealed class ListPlanTests(PostgresStorage store)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Memberships_are_looked_up_user_by_user()
    {
        await using var connection = await store.Source.OpenConnectionAsync(Ct);
        await using var transaction = await connection.BeginTransactionAsync(Ct);
        await using var many = new NpgsqlCommand(
            """
            CREATE TEMP TABLE chats (LIKE public.chats INCLUDING ALL) ON COMMIT DROP;
            CREATE TEMP TABLE chat_participants (LIKE public.chat_participants INCLUDING ALL) ON COMMIT DROP;
            INSERT INTO chats (chat_id, type, settings, created_at, updated_at, epoch, member_view, incarnation, revision, member_count, is_public)
            SELECT 'plan-' || n, 'group', '{}', now(), now(), 1, 1, 'any', 1, 20, false FROM generate_series(0, 999) n;
            INSERT INTO chat_participants (chat_id, user_id, role, joined_at, changed)
            SELECT 'plan-' || n, 'plan-' || (n * 20 + m * 49) % 1000, 'member', now(), pg_current_xact_id()
            FROM generate_series(0, 999) n, generate_series(0, 19) m;
            ANALYZE chats, chat_participants;
            """,
            connection
        );
        await many.ExecuteNonQueryAsync(Ct);

        await using var explain = new NpgsqlCommand("EXPLAIN (ANALYZE, FORMAT JSON) " + ListSql.Memberships, connection);
        explain.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. Enumerable.Range(0, 60).Select(i => $"plan-{i}")] });
        using var plan = JsonDocument.Parse((string)(await explain.ExecuteScalarAsync(Ct))!);

        var root = Root(plan);
        root.GetProperty("Actual Rows").GetDouble().ShouldBe(60 * 20);
        Nodes(root).Select(node => Text(node, "Node Type")).ShouldNotContain("Seq Scan", plan.RootElement.ToString());
    }
}
