using System.Text.Json;
using System.Text.Json.Serialization;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Client.Sync;

/* Events are read one by one from raw JSON, so that a newer server's event type, or one that cannot be read, spoils no other in its
 * array. An unknown one that has a revision still took its place in the chat: it becomes a noop, or the client would see a hole at it
 * for ever. */
internal static class EventReader
{
    private static readonly Dictionary<string, Type> Known = typeof(ChatEvent)
        .GetCustomAttributes(typeof(JsonDerivedTypeAttribute), inherit: false)
        .Cast<JsonDerivedTypeAttribute>()
        .ToDictionary(derived => (string)derived.TypeDiscriminator!, derived => derived.DerivedType, StringComparer.Ordinal);

    /// <summary>The events of a push, without those that mean nothing here.</summary>
    public static IEnumerable<ChatEvent> ReadAll(JsonElement events)
    {
        if (events.ValueKind != JsonValueKind.Array)
            yield break;
        foreach (var element in events.EnumerateArray())
        {
            if (Read(element) is { } read)
                yield return read;
        }
    }

    /// <summary>One event, or null when it means nothing here.</summary>
    public static ChatEvent? Read(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object || Text(element, "type") is not { } type)
            return null;
        if (!Known.TryGetValue(type, out var clr))
            return Placeholder(element);
        try
        {
            return (ChatEvent?)element.Deserialize(clr, ProtocolJson.Options);
        }
        catch (JsonException)
        {
            return Placeholder(element);
        }
    }

    /// <summary>A page of changes; its unknown events are noops.</summary>
    public static ChangesPage ReadPage(JsonElement page) =>
        new()
        {
            Changes = page.TryGetProperty("changes", out var changes) ? [.. ReadAll(changes)] : [],
            Revision = page.GetProperty("revision").GetInt64(),
            HasMore = page.TryGetProperty("has_more", out var more) && more.ValueKind == JsonValueKind.True,
        };

    private static Noop? Placeholder(JsonElement element) =>
        Text(element, "chat_id") is { } chatId
        && element.TryGetProperty("revision", out var revision)
        && revision.ValueKind == JsonValueKind.Number
        && revision.TryGetInt64(out var number)
            ? new Noop { ChatId = chatId, Revision = number }
            : null;

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
