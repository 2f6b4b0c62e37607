using Orleans.Chat.Protocol;

namespace Orleans.Chat.Client;

/// <summary>Made by the client: <c>Sync</c> or <c>GET /chats/{id}</c> told of a chat, with the caller's own fields in it.</summary>
/// <param name="Chat">The chat; its revision may be ahead of the events delivered so far.</param>
public sealed record ChatSynced(ChatView Chat) : ChatEvent;

/// <summary>Made by the client: the chat is no longer the caller's; drop what is held of it.</summary>
public sealed record ChatRemoved : ChatEvent;

/// <summary>
/// Made by the client: the server was restored from a backup. Drop everything that is held; what follows begins afresh.
/// </summary>
public sealed record HistoryDropped : ChatEvent;

/// <summary>What a <see cref="ChatClient"/> is about.</summary>
public enum ConnectionState
{
    /// <summary><see cref="ChatClient.ConnectAsync"/> was not called yet, or <see cref="ChatClient.DisconnectAsync"/> was.</summary>
    Disconnected,

    /// <summary>A connection is being made.</summary>
    Connecting,

    /// <summary>Said hello; pushes arrive.</summary>
    Connected,

    /// <summary>Waits for the next attempt.</summary>
    Waiting,

    /// <summary>The session has ended and nothing renews it: sign in again, then connect.</summary>
    SignedOut,
}
