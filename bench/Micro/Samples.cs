using Orleans.Chat.Protocol;
using Orleans.Chat.Storage.Chats;

namespace Orleans.Chat.Micro;

/// <summary>A message of 1 KB, as the hot path sees it.</summary>
internal static class Samples
{
    public static string Content { get; } =
        string.Concat(Enumerable.Repeat("the quick brown fox jumps over the lazy dog and runs on ", 19))[..1024];

    public static MessageCreated Event(long seq) =>
        new(
            new Message
            {
                MessageId = Ids.New(),
                ChatId = "0198f3a1-6a52-7cc3-9b31-0242ac120002",
                Seq = seq,
                Revision = seq + 1,
                SenderId = "alice",
                Content = Content,
                Type = MessageTypes.Text,
                CreatedAt = DateTimeOffset.UnixEpoch,
                UpdatedAt = DateTimeOffset.UnixEpoch,
            }
        )
        {
            ChatId = "0198f3a1-6a52-7cc3-9b31-0242ac120002",
            Revision = seq + 1,
        };

    public static MessageRow Row(long seq) =>
        new()
        {
            ChatId = "c",
            Seq = seq,
            MessageId = Ids.New(),
            SenderId = "alice",
            Type = MessageTypes.Text,
            Content = Content,
            Revision = seq + 1,
            Ordinal = seq,
            Fingerprint = new byte[32],
            CreatedAt = DateTimeOffset.UnixEpoch,
            UpdatedAt = DateTimeOffset.UnixEpoch,
        };
}
