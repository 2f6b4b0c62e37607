using Orleans.Chat.Protocol;
using Orleans.Chat.Storage.Chats;

namespace Orleans.Chat.Grains.Chats;

/// <summary>Rows of chats and messages as they are shown; the one place that derives unread counts and what a joined_seq means.</summary>
internal static class ChatViews
{
    /// <summary>The chat as a member sees it; without a member, as events and strangers (of public ones) do.</summary>
    public static ChatView For(ChatRow chat, MemberRow? member, long mentionCount, Preferences? preferences, Message? lastMessage)
    {
        var view = new ChatView
        {
            ChatId = chat.ChatId,
            Type = chat.Type,
            Name = chat.Name,
            Metadata = Json(chat.Metadata),
            Settings = chat.Settings,
            CreatedAt = chat.CreatedAt,
            UpdatedAt = chat.UpdatedAt,
            Revision = chat.Revision,
            HeadSeq = chat.HeadSeq,
            MemberCount = chat.MemberCount,
        };
        if (member is null)
            return view;
        return view with
        {
            Role = member.Role,
            JoinedSeq = HistoryAll(chat) ? 0 : member.JoinedSeq,
            UnreadCount = Math.Max(0, chat.Ordinal - member.ReadOrdinal),
            MentionCount = mentionCount,
            DeliveredSeq = Math.Max(member.DeliveredSeq, member.ReadSeq),
            ReadSeq = member.ReadSeq,
            MutedUntil = preferences?.MutedUntil,
            Pinned = preferences?.Pinned ?? false,
            Draft = preferences?.Draft,
            LastMessage = lastMessage,
        };
    }

    /// <summary>The message as it is now.</summary>
    public static Message For(MessageRow row, string status) =>
        new()
        {
            MessageId = row.MessageId,
            ChatId = row.ChatId,
            Seq = row.Seq,
            Revision = row.Revision,
            SenderId = row.SenderId,
            Content = row.Content,
            Type = row.Type,
            Status = status,
            Metadata = Json(row.Metadata),
            Reactions = [.. row.Reactions],
            CreatedAt = row.CreatedAt,
            UpdatedAt = row.UpdatedAt,
            EditedAt = row.EditedAt,
            DeletedAt = row.DeletedAt,
        };

    /// <summary>Whether members see what was before they joined.</summary>
    public static bool HistoryAll(ChatRow chat) =>
        chat.Settings.History is { } history
            ? string.Equals(history, SettingValues.HistoryAll, StringComparison.Ordinal)
            : chat.Type is ChatTypes.Channel or ChatTypes.Broadcast;

    private static MetadataJson? Json(string? text) => text is null ? null : new MetadataJson(text);
}
