using Orleans.Chat.Protocol;

namespace Orleans.Chat.Client;

public sealed partial class ChatClient
{
    private string[]? _watched;

    /// <summary>
    /// Sends a message through the outbox: behind the messages to that chat that wait already, again after every failure that is not
    /// definite, across reconnects, once. A missing <c>message_id</c> is made. When the task ends, the message is on disk.
    /// </summary>
    /// <exception cref="ChatProblemException">A definite refusal.</exception>
    /// <exception cref="MessageParkedException">Connections break when it is sent.</exception>
    /// <exception cref="OperationCanceledException">The client was disposed before the answer; the message may have been sent.</exception>
    public Task<SentMessage> Send(SendMessage message)
    {
        if (string.IsNullOrEmpty(message.ChatId))
            throw new ArgumentException("The message has no chat.", nameof(message));
        return _outbox.Add(message with { MessageId = message.MessageId ?? Ids.New() });
    }

    /// <summary>Sends a text; see <see cref="Send"/>.</summary>
    public Task<SentMessage> SendText(string chatId, string text) =>
        Send(
            new SendMessage
            {
                ChatId = chatId,
                Content = text,
                Type = MessageTypes.Text,
            }
        );

    /// <summary>A page of messages, oldest first; the newest one without a cursor. The cursors are ids of messages.</summary>
    public Task<MessagesPage> GetMessagesAsync(
        string chatId,
        string? before = null,
        string? after = null,
        string? around = null,
        int? limit = null,
        string? type = null,
        CancellationToken cancellationToken = default
    )
    {
        var query = Query(("before", before), ("after", after), ("around", around), ("limit", limit), ("type", type));
        return GetAsync<MessagesPage>(ChatPath(chatId) + "/messages" + query, cancellationToken);
    }

    /// <summary>One message.</summary>
    public Task<Message> GetMessageAsync(string chatId, string messageId, CancellationToken cancellationToken = default) =>
        GetAsync<Message>(MessagePath(chatId, messageId), cancellationToken);

    /// <summary>Changes an own message.</summary>
    public Task<Message> EditMessageAsync(
        string chatId,
        string messageId,
        string content,
        MetadataJson? metadata = null,
        CancellationToken cancellationToken = default
    )
    {
        var body = new EditMessage { Content = content, Metadata = metadata };
        return _rest.CallAsync<Message>(HttpMethod.Patch, MessagePath(chatId, messageId), body, cancellationToken);
    }

    /// <summary>What a message was before its edits.</summary>
    public Task<MessageEdits> GetEditsAsync(string chatId, string messageId, CancellationToken cancellationToken = default) =>
        GetAsync<MessageEdits>(MessagePath(chatId, messageId) + "/edits", cancellationToken);

    /// <summary>Deletes a message for everybody, or for the caller alone.</summary>
    public Task DeleteMessageAsync(
        string chatId,
        string messageId,
        bool forMeOnly = false,
        CancellationToken cancellationToken = default
    ) => DeleteAsync(MessagePath(chatId, messageId) + Query(("for", forMeOnly ? "me" : "everyone")), cancellationToken);

    /// <summary>Reacts, or takes it back.</summary>
    public Task ReactAsync(
        string chatId,
        string messageId,
        string emoji,
        bool removed = false,
        CancellationToken cancellationToken = default
    )
    {
        var method = removed ? HttpMethod.Delete : HttpMethod.Put;
        return _rest.CallAsync(method, $"{MessagePath(chatId, messageId)}/reactions/{Escape(emoji)}", null, cancellationToken);
    }

    /// <summary>Tells that messages up to a <c>seq</c> were delivered or read. A hint: nothing is awaited, the newest wins.</summary>
    /// <exception cref="ChatDisconnectedException">There is no connection.</exception>
    public Task AcknowledgeAsync(IReadOnlyList<Acknowledge> cursors, CancellationToken cancellationToken = default) =>
        _link.SendAsync("Acknowledge", cursors, cancellationToken);

    /// <summary>Tells that the caller types, or stopped; expires by itself after 6 s.</summary>
    /// <exception cref="ChatDisconnectedException">There is no connection.</exception>
    public Task SendTypingAsync(string chatId, bool isTyping, CancellationToken cancellationToken = default) =>
        _link.SendAsync("Typing", new Typing { ChatId = chatId, IsTyping = isTyping }, cancellationToken);

    /// <summary>Says how the caller is to be seen: one of <see cref="PresenceStatus.Settable"/>.</summary>
    /// <exception cref="ChatDisconnectedException">There is no connection.</exception>
    public Task SetPresenceAsync(string status, CancellationToken cancellationToken = default) =>
        _link.InvokeAsync<object?>("SetPresence", new SetPresence { Status = status }, cancellationToken);

    /// <summary>Watches these users in place of those before; a new connection watches them again.</summary>
    /// <exception cref="ChatDisconnectedException">There is no connection; the next one watches them.</exception>
    public async Task<IReadOnlyList<UserPresence>> WatchPresenceAsync(
        IReadOnlyList<string> userIds,
        CancellationToken cancellationToken = default
    )
    {
        _watched = [.. userIds];
        var watch = new WatchPresence { UserIds = _watched };
        return (await _link.InvokeAsync<Presences>("WatchPresence", watch, cancellationToken)).Items;
    }

    /// <summary>Asks the hub for its time.</summary>
    /// <exception cref="ChatDisconnectedException">There is no connection.</exception>
    public async Task<DateTimeOffset> PingAsync(CancellationToken cancellationToken = default) =>
        (await _link.InvokeAsync<Pong>("Ping", null, cancellationToken)).ServerTime;

    private async Task RewatchAsync(CancellationToken cancellationToken)
    {
        if (_watched is not { Length: > 0 } watched)
            return;
        try
        {
            var answer = await WatchPresenceAsync(watched, cancellationToken);
            foreach (var presence in answer)
                _pump.Deliver(new PresenceEvent(presence.UserId, presence.Status, presence.LastSeenAt));
        }
        catch (ChatProblemException e)
        {
            Log.NotWatched(_logger, e.Code);
        }
    }

    private static string MessagePath(string chatId, string messageId) => $"{ChatPath(chatId)}/messages/{Escape(messageId)}";

    private static partial class Log
    {
        [Microsoft.Extensions.Logging.LoggerMessage(
            3,
            Microsoft.Extensions.Logging.LogLevel.Warning,
            "Presence is not watched any more: {Code}"
        )]
        public static partial void NotWatched(Microsoft.Extensions.Logging.ILogger logger, string code);
    }
}
