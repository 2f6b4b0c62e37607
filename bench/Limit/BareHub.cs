using System.Collections.Concurrent;
using MessagePack;
using Microsoft.AspNetCore.SignalR;

namespace Orleans.Chat.Limit;

/// <summary>The body of a send, as our own hub takes it.</summary>
[MessagePackObject]
public sealed record BareMessage
{
    [Key("chat_id")]
    public string ChatId { get; init; } = "";

    [Key("type")]
    public string Type { get; init; } = "";

    [Key("message_id")]
    public string MessageId { get; init; } = "";

    [Key("content")]
    public string Content { get; init; } = "";
}

/// <summary>Which chat to be in; <see cref="Direct"/>: of two, each hears the other.</summary>
[MessagePackObject]
public sealed record BareJoin
{
    [Key("chat_id")]
    public string ChatId { get; init; } = "";

    [Key("direct")]
    public bool Direct { get; init; }
}

/// <summary>Who is in the direct chats.</summary>
internal sealed class Rooms
{
    private readonly ConcurrentDictionary<string, string[]> _pairs = new(StringComparer.Ordinal);

    public void Add(string chatId, string connectionId) =>
        _pairs.AddOrUpdate(chatId, [connectionId], (_, there) => [.. there, connectionId]);

    public IReadOnlyList<string> Of(string chatId) => _pairs.TryGetValue(chatId, out var pair) ? pair : [];

    public string? Other(string chatId, string connectionId) =>
        _pairs.TryGetValue(chatId, out var pair) ? Array.Find(pair, c => c != connectionId) : null;
}

/// <summary>Relays: to a group, or in a direct chat to the other connection.</summary>
internal class BareHub(Rooms rooms) : Hub
{
    public virtual async Task Join(BareJoin join)
    {
        if (join.Direct)
            rooms.Add(join.ChatId, Context.ConnectionId);
        else
            await Groups.AddToGroupAsync(Context.ConnectionId, join.ChatId, Context.ConnectionAborted);
    }

    public virtual async Task<string> SendMessage(BareMessage message)
    {
        var to = rooms.Other(message.ChatId, Context.ConnectionId) is { } other ? Clients.Client(other) : Clients.Group(message.ChatId);
        await to.SendAsync("Events", new[] { message }, Context.ConnectionAborted);
        return message.MessageId;
    }
}
