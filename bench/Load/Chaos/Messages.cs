using System.Text.Json;

namespace Orleans.Chat.Load.Chaos;

/// <summary>What a history says of a message on the wire.</summary>
internal static class Messages
{
    /// <summary>A message shows itself as it is now, whatever the event was that told of it.</summary>
    public static string KindOf(string type, JsonElement message) =>
        IsDeleted(message) ? "deleted"
        : type == "message.created" ? "message"
        : type == "message.deleted" ? "deleted"
        : "edited";

    public static bool IsDeleted(JsonElement message) =>
        message.TryGetProperty("deleted_at", out var at) && at.ValueKind != JsonValueKind.Null;

    /// <summary>True for what the server wrote itself, null otherwise.</summary>
    public static bool? IsSystem(JsonElement message) => message.GetProperty("type").GetString() == "system" ? true : null;

    /// <summary>Null for what has no content any more.</summary>
    public static string? HashOf(JsonElement message) =>
        IsDeleted(message) ? null : History.HashOf(message.GetProperty("content").GetString() ?? "");
}
