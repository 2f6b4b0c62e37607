using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Npgsql;
using Orleans.Chat.Storage.PostgreSql;
using static Orleans.Chat.Storage.Tests.PostgreSql.QueryPlan;

namespace Orleans.Chat.Storage.Tests.PostgreSql;

/// <summary>
/// Rows are locked in the order in which they are given only as long as they are looked up one by one; a hash or a scan would let two
/// writers deadlock.
/// </summary>
public sealed partial class AppendPlanTests(PostgresStorage store)
{
    [Theory]
    [InlineData(nameof(AppendSql.Append), AppendSql.Append, "chats", "Function Scan")]
    [InlineData(nameof(AppendSql.Mark), AppendSql.Mark, "chat_participants", "CTE Scan")]
    public async Task Rows_are_updated_in_the_order_in_which_they_are_given(string name, string sql, string table, string given)
    {
        using var plan = await PlanAsync(name, sql);

        var update = Nodes(Root(plan)).Single(n => Text(n, "Node Type") == "ModifyTable" && Text(n, "Relation Name") == table);
        var join = Children(update).Single(n => Text(n, "Parent Relationship") == "Outer");
        Text(join, "Node Type").ShouldBe("Nested Loop");
        Children(join).Select(n => Text(n, "Node Type")).ShouldBe([given, "Index Scan"]);
        if (given == "CTE Scan")
        {
            var touched = Nodes(Root(plan)).Single(n => Text(n, "Subplan Name") == "CTE touched");
            // One row for each member, made of the sorted rows of all.
            Text(touched, "Strategy").ShouldBe("Sorted");
            var sort = Children(touched).ShouldHaveSingleItem();
            Text(sort, "Node Type").ShouldBe("Sort");
            var keys = sort.GetProperty("Sort Key").EnumerateArray().Select(k => k.GetString()!).ToArray();
            keys.Length.ShouldBe(2);
            keys[0].ShouldContain("chat_id");
        }
    }

    [Fact]
    public async Task No_table_is_scanned()
    {
        foreach (var (name, sql) in new[] { ("append", AppendSql.Append), ("mark", AppendSql.Mark), ("mention", AppendSql.Mention) })
        {
            using var plan = await PlanAsync(name, sql);
            Nodes(Root(plan)).ShouldNotContain(n => Text(n, "Node Type") == "Seq Scan", name);
        }
    }

    /// <summary>
    /// A plan is kept until the table is looked at again, and a table may have grown a thousandfold by then: what was quickest for a hundred
    /// chats, of which nobody listened to any, would read all of them for each commit.
    /// </summary>
    [Theory]
    [InlineData(nameof(AppendSql.Append), AppendSql.Append)]
    [InlineData(nameof(AppendSql.Mark), AppendSql.Mark)]
    public async Task No_index_is_read_through_though_there_was_little_in_it_when_it_was_planned(string name, string sql)
    {
        var ct = TestContext.Current.CancellationToken;
        await using var connection = await store.Source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using var few = new NpgsqlCommand(
            """
            CREATE TEMP TABLE chats (LIKE public.chats INCLUDING ALL) ON COMMIT DROP;
            CREATE TEMP TABLE chat_participants (LIKE public.chat_participants INCLUDING ALL) ON COMMIT DROP;
            INSERT INTO chats (chat_id, type, settings, created_at, updated_at, epoch, member_view, incarnation, revision, member_count, is_public)
            SELECT 'plan-' || n, 'direct', '{}', now(), now(), 1, 1, 'any', 1, 2, false FROM generate_series(1, 100) n;
            INSERT INTO chat_participants (chat_id, user_id, role, joined_at, changed)
            SELECT 'plan-' || n, 'plan-' || n || '-' || m, 'member', now(), pg_current_xact_id()
            FROM generate_series(1, 100) n, generate_series(1, 2) m;
            ANALYZE chats, chat_participants;
            """,
            connection
        );
        await few.ExecuteNonQueryAsync(ct);

        using var plan = await PlanAsync(connection, name, sql);

        var scans = Nodes(Root(plan)).Where(n => Text(n, "Relation Name") is "chats" or "chat_participants");
        scans = scans.Where(n => Text(n, "Node Type") != "ModifyTable").ToArray();
        scans.ShouldNotBeEmpty();
        foreach (var scan in scans)
        {
            Text(scan, "Node Type").ShouldBe("Index Scan");
            Text(scan, "Index Cond").ShouldNotBeNull().ShouldContain("chat_id");
        }
    }

    private async Task<JsonDocument> PlanAsync(string name, string sql)
    {
        await using var connection = await store.Source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        return await PlanAsync(connection, name, sql);
    }

    private static async Task<JsonDocument> PlanAsync(NpgsqlConnection connection, string name, string sql)
    {
        var ct = TestContext.Current.CancellationToken;
        // Each parameter's type stands with it in the statement.
        var types = Parameter()
            .Matches(sql)
            .Select(m => (Number: int.Parse(m.Groups["number"].Value, CultureInfo.InvariantCulture), Type: m.Groups["type"].Value))
            .OrderBy(p => p.Number)
            .ToArray();
        await using var prepare = new NpgsqlCommand(
            $"{PostgresCommitter.Session}; PREPARE \"{name}\" ({string.Join(", ", types.Select(t => t.Type))}) AS {sql}",
            connection
        );
        await prepare.ExecuteNonQueryAsync(ct);
        var nothing = string.Join(", ", types.Select(t => $"'{{}}'::{t.Type}"));
        await using var explain = new NpgsqlCommand($"EXPLAIN (FORMAT JSON) EXECUTE \"{name}\" ({nothing})", connection);
        var plan = (string)(await explain.ExecuteScalarAsync(ct))!;
        // The settings are reset by the pool.
        await using var forget = new NpgsqlCommand($"DEALLOCATE \"{name}\"", connection);
        await forget.ExecuteNonQueryAsync(ct);
        return JsonDocument.Parse(plan);
    }

    [GeneratedRegex(@"\$(?<number>\d+)::(?<type>[a-z]+\[\])", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex Parameter();
}
