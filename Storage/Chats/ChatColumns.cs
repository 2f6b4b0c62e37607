using System.Text.Json;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Storage.Chats;

/// <summary>Columns of <c>chats</c> that are made from what a chat is, the same in every database.</summary>
internal static class ChatColumns
{
    public static string Settings(ChatSettings settings) => JsonSerializer.Serialize(settings, ProtocolJson.Options);

    public static bool IsPublic(string type, ChatSettings settings) =>
        type is ChatTypes.Channel or ChatTypes.Broadcast
        && string.Equals(settings.Visibility ?? SettingValues.Public, SettingValues.Public, StringComparison.Ordinal);

    public static string[] Words(string? name) => NameWords.Fold(name).Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
