using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Npgsql;
using Orleans.Chat.Storage.PostgreSql;

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

        var update = Nodes(plan.RootElement[0].GetProperty("Plan"))
            .Single(n => Text(n, "Node Type") == "ModifyTable" && Text(n, "Relation Name") == table);
        var join = Children(update).Single(n => Text(n, "Parent Relationship") == "Outer");
        Text(join, "Node Type").ShouldBe("Nested Loop");
        Children(join).Select(n => Text(n, "Node Type")).ShouldBe([given, "Index Scan"]);
        if (given == "CTE Scan")
        {
            var touched = Nodes(plan.RootElement[0].GetProperty("Plan")).Single(n => Text(n, "Subplan Name") == "CTE touched");
            Text(touched, "Node Type").ShouldBe("Sort");
            touched.GetProperty("Sort Key").GetArrayLength().ShouldBe(2);
        }
    }

    [Fact]
    public async Task No_table_is_scanned()
    {
        foreach (var (name, sql) in new[] { ("append", AppendSql.Append), ("mark", AppendSql.Mark), ("mention", AppendSql.Mention) })
        {
            using var plan = await PlanAsync(name, sql);
            Nodes(plan.RootElement[0].GetProperty("Plan")).ShouldNotContain(n => Text(n, "Node Type") == "Seq Scan", name);
        }
    }

    private async Task<JsonDocument> PlanAsync(string name, string sql)
    {
        var ct = TestContext.Current.CancellationToken;
        // Each parameter's type stands with it in the statement.
        var types = Parameter()
            .Matches(sql)
            .Select(m => (Number: int.Parse(m.Groups["number"].Value, CultureInfo.InvariantCulture), Type: m.Groups["type"].Value))
            .OrderBy(p => p.Number)
            .ToArray();
        await using var connection = await store.Source.OpenConnectionAsync(ct);
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

    private static IEnumerable<JsonElement> Nodes(JsonElement node) => Children(node).SelectMany(Nodes).Prepend(node);

    private static JsonElement[] Children(JsonElement node) =>
        node.TryGetProperty("Plans", out var plans) ? [.. plans.EnumerateArray()] : [];

    private static string? Text(JsonElement node, string name) => node.TryGetProperty(name, out var value) ? value.GetString() : null;

    [GeneratedRegex(@"\$(?<number>\d+)::(?<type>[a-z]+\[\])", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex Parameter();
}
