using Orleans.Chat.Grains.Interfaces.Delivery;
using Orleans.Chat.Protocol;
using Orleans.Chat.Storage.Chats;

namespace Orleans.Chat.Grains.Chats;

/// <summary>From a change in the log to the event that tells it, with its message as it is now. Pushes, pulls and the changes feed all come from here.</summary>
internal static class ChangeEvents
{
    public static DeliveryEntry Entry(ActiveChat chat, ChangeRow change) =>
        new()
        {
            Revision = change.Revision,
            Event = Event(chat, change) with { ChatId = chat.Row.ChatId, Revision = change.Revision },
            MessageSeq = change.Kind is >= ChangeKind.MessageCreated and <= ChangeKind.ReactionRemoved ? change.Seq : 0,
            HiddenFrom = change.HiddenFrom.Count == 0 ? null : [.. change.HiddenFrom],
            Members =
                change.Kind == ChangeKind.ChatCreated ? [.. chat.Members.Values.Where(m => m.JoinedSeq == 0).Select(m => m.UserId)] : null,
            JoinedSeq = change.JoinedSeq,
            HistoryAll = chat.HistoryAll,
        };

    private static ChatEvent Event(ActiveChat chat, ChangeRow change) =>
        change.Kind switch
        {
            ChangeKind.MessageCreated => new MessageCreated(Message(chat, change.Message!)),
            ChangeKind.MessageEdited => new MessageUpdated(Message(chat, change.Message!)),
            ChangeKind.MessageDeleted => new MessageDeleted(Message(chat, change.Message!)),
            // The reactions of a deleted message are gone with its content.
            ChangeKind.ReactionAdded or ChangeKind.ReactionRemoved => change.Message!.DeletedAt is not null
                ? new Noop()
                : new ReactionChanged(
                    change.Message.MessageId,
                    change.Seq,
                    change.Emoji!,
                    change.UserId!,
                    change.Kind == ChangeKind.ReactionRemoved
                ),
            ChangeKind.MemberJoined => new MemberJoined(Member(chat, change)),
            ChangeKind.RoleChanged => new MemberUpdated(Member(chat, change)),
            ChangeKind.MemberLeft => new MemberLeft(Member(chat, change)),
            ChangeKind.ChatCreated => new ChatCreated(ChatViews.For(chat.Row, null, 0, null, null)),
            ChangeKind.ChatUpdated => new ChatUpdated(ChatViews.For(chat.Row, null, 0, null, null)),
            ChangeKind.ChatDeleted => new ChatDeleted(ChatViews.For(chat.Row, null, 0, null, null)),
            _ => throw new InvalidOperationException($"No event tells a change of kind {change.Kind}."),
        };

    private static Message Message(ActiveChat chat, MessageRow message) =>
        ChatViews.For(message, chat.StatusOf(message.Seq, message.SenderId));

    private static Member Member(ActiveChat chat, ChangeRow change) =>
        chat.Members.TryGetValue(change.UserId!, out var member) && change.Kind != ChangeKind.MemberLeft
            ? member.Wire(chat.HistoryAll) with
            {
                Role = change.Role ?? member.Role,
            }
            : new Member
            {
                UserId = change.UserId!,
                Role = change.Role ?? Roles.Member,
                JoinedAt = change.At,
                JoinedSeq = chat.HistoryAll ? 0 : change.JoinedSeq,
            };
}
