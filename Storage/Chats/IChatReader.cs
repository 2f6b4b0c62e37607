using Orleans.Chat.Protocol;

namespace Orleans.Chat.Storage.Chats;

/// <summary>Reads of committed data. What a member may see is decided by the caller through <see cref="Visibility"/>.</summary>
public interface IChatReader
{
    /// <summary>A page of messages, oldest first, and whether there are more in the direction that was asked.</summary>
    Task<MessagePage> PageAsync(string chatId, MessageRange range, Visibility visibility, CancellationToken cancellationToken);

    /// <summary>One message, and who hid it from themselves; null when there is none of that id in this chat.</summary>
    Task<FoundMessage?> FindAsync(string chatId, string messageId, CancellationToken cancellationToken);

    /// <summary>What an id of this chat was first used for, as a repeat is answered; null for one that is free.</summary>
    Task<CommitOutcome.Duplicate?> SentAsync(string chatId, string messageId, CancellationToken cancellationToken);

    /// <summary>The earlier contents of a message, oldest first.</summary>
    Task<IReadOnlyList<MessageEdit>> EditsAsync(string chatId, long seq, CancellationToken cancellationToken);

    /// <summary>Changes after a revision, dense, at most <paramref name="limit"/>, each with its message as it is now.</summary>
    Task<IReadOnlyList<ChangeRow>> ChangesAsync(string chatId, long afterRevision, int limit, CancellationToken cancellationToken);

    /// <summary>The ordinal of the newest message at or before a seq.</summary>
    Task<long> OrdinalAsync(string chatId, long seq, CancellationToken cancellationToken);

    /// <summary>The number of messages after a seq that mention a user and are visible to it.</summary>
    Task<long> MentionsAsync(string chatId, string userId, long afterSeq, CancellationToken cancellationToken);

    /// <summary>Which messages from a seq on were hidden by whom.</summary>
    Task<IReadOnlyList<(long Seq, string UserId)>> HiddenAsync(string chatId, long fromSeq, CancellationToken cancellationToken);

    /// <summary>A user's preferences of one chat.</summary>
    Task<Preferences> PreferencesAsync(string userId, string chatId, CancellationToken cancellationToken);
}

/// <summary>What one viewer may see: messages after <paramref name="AfterSeq"/>, but those it deleted for itself.</summary>
public sealed record Visibility(string UserId, long AfterSeq);

/// <summary>The newest messages (no bound given), or those before, after or around a seq (the seq itself only with <see cref="Around"/>).</summary>
public sealed record MessageRange(int Limit, long? Before = null, long? After = null, long? Around = null, string? Type = null);

public sealed record MessagePage(IReadOnlyList<MessageRow> Messages, bool HasMore);

public sealed record FoundMessage(MessageRow Message, IReadOnlyList<string> HiddenFrom);
