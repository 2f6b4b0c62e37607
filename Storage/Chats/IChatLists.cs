using Orleans.Chat.Protocol;

namespace Orleans.Chat.Storage.Chats;

/// <summary>Reads over many chats of one user. Every call is a bounded number of queries.</summary>
public interface IChatLists
{
    /// <summary>A user's chats, newest activity first (chat's updated_at, then id). Cursor: of the last page; one that is none throws <see cref="FormatException"/>.</summary>
    Task<ChatListPage> ListAsync(string userId, string? cursor, int limit, CancellationToken cancellationToken);

    /// <summary>Public channels and broadcasts by the beginning of a word of their name, largest first.</summary>
    Task<ChatListPage> ChannelsAsync(string userId, string? query, string? cursor, int limit, CancellationToken cancellationToken);

    /// <summary>
    /// The user's chats that changed after a token. Throws <see cref="FormatException"/> for a string that is no token;
    /// answers null for a token of another history.
    /// </summary>
    Task<SyncResult?> SyncAsync(string userId, string? since, int limit, CancellationToken cancellationToken);

    /// <summary>Where every chat of these users stands.</summary>
    Task<IReadOnlyList<MembershipRow>> MembershipsAsync(IReadOnlyCollection<string> users, CancellationToken cancellationToken);

    /// <summary>Which of these users share a chat with the caller.</summary>
    Task<IReadOnlyList<string>> SharingChatAsync(string caller, IReadOnlyCollection<string> users, CancellationToken cancellationToken);
}

/// <summary>A chat with the asking user's own of it. <see cref="Member"/> is null where the user is in none (public channels).</summary>
/// <param name="LastMessage">The newest message that the user may see.</param>
public sealed record ChatListRow(ChatRow Chat, MemberRow? Member, long MentionCount, Preferences Preferences, MessageRow? LastMessage);

public sealed record ChatListPage(IReadOnlyList<ChatListRow> Chats, string? NextCursor);

public sealed record SyncResult(
    IReadOnlyList<ChatListRow> Chats,
    IReadOnlyList<string> RemovedChatIds,
    IReadOnlyList<HiddenMessage> Hidden,
    string Next,
    bool HasMore
);

public sealed record MembershipRow(string UserId, string ChatId, long Revision, long JoinedSeq, bool HistoryAll);
