using Orleans.Chat.Protocol;

namespace Orleans.Chat.Grains.Interfaces.Chats;

/// <summary>Reads over many chats: lists, sync, channels. Stateless workers that read the store; cursors not yet flushed are laid over.</summary>
[Alias("chat-list"), GrainInterfaceType("chat-list")]
public interface IChatListGrain : IGrainWithStringKey
{
    /// <summary>The user's chats, newest activity first. A cursor that is none is <c>validation_failed</c>.</summary>
    [Alias("list")]
    Task<Outcome<ChatsPage>> List(string user, string? cursor, int limit);

    /// <summary>Public chats by the beginning of a word of their name, largest first.</summary>
    [Alias("channels")]
    Task<Outcome<ChatsPage>> Channels(string viewer, string? query, string? cursor, int limit);

    /// <summary>The user's chats that changed after a token.</summary>
    [Alias("sync")]
    Task<Outcome<SyncPage>> Sync(string user, string? since);

    /// <summary>Where every chat of these users stands: what a gateway registers connections with.</summary>
    [Alias("memberships")]
    Task<Membership[]> Memberships(string[] users);

    /// <summary>Which of these users share a chat with the caller.</summary>
    [Alias("sharing")]
    Task<string[]> SharingChat(string caller, string[] users);
}

#pragma warning disable CS1591
/// <summary>One user's place in one chat.</summary>
[GenerateSerializer, Immutable, Alias("membership")]
public sealed record Membership
{
    [Id(0)]
    public required string UserId { get; init; }

    [Id(1)]
    public required string ChatId { get; init; }

    /// <summary>The chat's committed revision.</summary>
    [Id(2)]
    public required long Revision { get; init; }

    /// <summary>As stored; it holds while the chat's <c>history</c> is <c>joined</c>.</summary>
    [Id(3)]
    public required long JoinedSeq { get; init; }

    /// <summary>Whether the chat's <c>history</c> is <c>all</c>.</summary>
    [Id(4)]
    public required bool HistoryAll { get; init; }
}
