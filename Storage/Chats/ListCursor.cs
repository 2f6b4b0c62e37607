using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Storage.Chats;

/// <summary>Where a page of a list ended: the number that it is sorted by, and the chat's id.</summary>
internal static class ListCursor
{
    public static (long Key, string ChatId) Read(string cursor)
    {
        if (!Base64Url.IsValid(cursor))
            throw NoCursor();
        var parts = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor)).Split('|');
        return
            parts.Length == 2
            && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var key)
            && Ids.IsValid(parts[1])
            ? (key, parts[1])
            : throw NoCursor();
    }

    /// <summary>A page of the rows, of which there are one more than the limit if there are more.</summary>
    public static ChatListPage Cut(List<ChatListRow> rows, int limit, Func<ChatRow, long> key)
    {
        if (rows.Count <= limit)
            return new ChatListPage(rows, null);
        rows.RemoveRange(limit, rows.Count - limit);
        var last = rows[^1].Chat;
        var cursor = string.Create(CultureInfo.InvariantCulture, $"{key(last)}|{last.ChatId}");
        return new ChatListPage(rows, Base64Url.EncodeToString(Encoding.UTF8.GetBytes(cursor)));
    }

    public static FormatException NoCursor() => new("This is no cursor of a list.");
}
