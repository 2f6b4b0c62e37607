using Orleans.Chat.Protocol;
using Orleans.Chat.Storage.Chats;

namespace Orleans.Chat.Grains.Tests.Lists;

/// <summary>Rows and views of chats with what a test does not care about filled in.</summary>
internal static class ChatRows
{
    public static readonly DateTimeOffset At = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public static ChatRow Chat(string id, long head = 10, long ordinal = 8, string type = ChatTypes.Group, string? history = null) =>
        new()
        {
            ChatId = id,
            Type = type,
            Settings = new ChatSettings { History = history },
            CreatedAt = At,
            UpdatedAt = At,
            Revision = 12,
            HeadSeq = head,
            Ordinal = ordinal,
            MemberCount = 2,
        };

    public static MemberRow Member(string user, long delivered = 5, long read = 4, long readOrdinal = 3, long joined = 2) =>
        new()
        {
            UserId = user,
            Role = Roles.Member,
            JoinedAt = At,
            JoinedSeq = joined,
            DeliveredSeq = delivered,
            ReadSeq = read,
            ReadOrdinal = readOrdinal,
        };

    public static MessageRow Message(string chat, long seq) =>
        new()
        {
            ChatId = chat,
            Seq = seq,
            MessageId = Ids.New(),
            SenderId = "bob",
            Type = MessageTypes.Text,
            Content = "hello",
            Metadata = """{"a":1}""",
            Revision = seq + 1,
            Ordinal = seq,
            Fingerprint = [],
            CreatedAt = At,
            UpdatedAt = At,
        };

    public static ChatListRow Row(string chat, string user, long mentions = 0) =>
        new(Chat(chat), Member(user), mentions, new Preferences(), Message(chat, 10));

    public static ChatView View(string chat, string? role) =>
        new()
        {
            ChatId = chat,
            Type = ChatTypes.Group,
            Settings = new ChatSettings(),
            CreatedAt = At,
            UpdatedAt = At,
            Revision = 1,
            HeadSeq = 1,
            MemberCount = 1,
            Role = role,
        };
}
