using Orleans.Chat.Protocol;

namespace Orleans.Chat.Client.Tests;

internal static class TestData
{
    public static Message Message(string chatId, long seq, long revision, string? content = null) =>
        new()
        {
            MessageId = $"m{seq}",
            ChatId = chatId,
            Seq = seq,
            Revision = revision,
            SenderId = "anna",
            Content = content ?? $"text {seq}",
            Type = MessageTypes.Text,
            CreatedAt = DateTimeOffset.UnixEpoch,
            UpdatedAt = DateTimeOffset.UnixEpoch,
        };

    public static MessageCreated Created(string chatId, long seq, long revision) =>
        new(Message(chatId, seq, revision)) { ChatId = chatId, Revision = revision };

    public static ChatView Chat(string chatId, long revision, long joinedSeq = 0) =>
        new()
        {
            ChatId = chatId,
            Type = ChatTypes.Group,
            Settings = new ChatSettings(),
            CreatedAt = DateTimeOffset.UnixEpoch,
            UpdatedAt = DateTimeOffset.UnixEpoch,
            Revision = revision,
            HeadSeq = revision,
            MemberCount = 2,
            JoinedSeq = joinedSeq,
        };

    public static Member Member(string userId, long joinedSeq = 0) =>
        new()
        {
            UserId = userId,
            Role = Roles.Member,
            JoinedAt = DateTimeOffset.UnixEpoch,
            JoinedSeq = joinedSeq,
        };

    public static SendMessage Text(string chatId, string text) =>
        new()
        {
            ChatId = chatId,
            Content = text,
            Type = MessageTypes.Text,
            MessageId = Ids.New(),
        };

    public static SentMessage Sent(SendMessage message, long seq) =>
        new()
        {
            MessageId = message.MessageId!,
            ChatId = message.ChatId!,
            Seq = seq,
            Revision = seq,
            CreatedAt = DateTimeOffset.UnixEpoch,
        };

    public static ChatProblemException Refusal(string code, long? retryAfterMs = null) =>
        new(new Problem { Code = code, RetryAfterMs = retryAfterMs });

    /// <summary>No waits between attempts, and nobody signed in.</summary>
    public static ChatClientOptions Options() => new() { Server = new Uri("http://server.test"), BackoffBase = TimeSpan.Zero };
}
