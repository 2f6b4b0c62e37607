using System.Text.Json;

namespace Orleans.Chat.Storage.Tests.PostgreSql;

/// <summary>Reads what <c>EXPLAIN (FORMAT JSON)</c> answers.</summary>
internal static class QueryPlan
{
    /// <summary>The plan's root.</summary>
    public static JsonElement Root(JsonDocument answer) => answer.RootElement[0].GetProperty("Plan");

    /// <summary>A node and all below it.</summary>
    public static IEnumerable<JsonElement> Nodes(JsonElement node) => Children(node).SelectMany(Nodes).Prepend(node);

    public static JsonElement[] Children(JsonElement node) =>
        node.TryGetProperty("Plans", out var plans) ? [.. plans.EnumerateArray()] : [];

    public static string? Text(JsonElement node, string name) => node.TryGetProperty(name, out var value) ? value.GetString() : null;
}
