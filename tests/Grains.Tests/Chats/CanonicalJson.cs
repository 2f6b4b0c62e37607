using System.Text.Json;
using System.Text.Json.Nodes;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Grains.Tests.Chats;

/// <summary>A value as it goes over the wire, with its names in order: the store keeps the object of metadata, and not the text of one.</summary>
internal static class CanonicalJson
{
    public static string Of<T>(T value) => Sorted(JsonSerializer.SerializeToNode(value, ProtocolJson.Options))?.ToJsonString() ?? "null";

    private static JsonNode? Sorted(JsonNode? node) =>
        node switch
        {
            JsonObject members => new JsonObject(
                members.OrderBy(m => m.Key, StringComparer.Ordinal).Select(m => KeyValuePair.Create(m.Key, Sorted(m.Value)))
            ),
            JsonArray items => new JsonArray([.. items.Select(Sorted)]),
            _ => node?.DeepClone(),
        };
}
