using Orleans.Chat.Protocol;

namespace Orleans.Chat.Storage.Chats;

/// <summary>Writes of what is one member's alone. They take no revision and need no ownership of the chat.</summary>
public interface IMemberStore
{
    /// <summary>
    /// Moves cursors (they only grow) and keeps their steps with the time. Rows of who is no member are ignored. Rows of many chats and users in one statement,
    /// in sorted order.
    /// </summary>
    Task FlushCursorsAsync(IReadOnlyCollection<CursorStep> steps, CancellationToken cancellationToken);

    /// <summary>Hides a message from one user; again changes nothing.</summary>
    Task HideAsync(string userId, string chatId, string messageId, long seq, DateTimeOffset at, CancellationToken cancellationToken);

    /// <summary>Sets a user's preferences of a chat.</summary>
    Task SetPreferencesAsync(string userId, string chatId, Preferences preferences, CancellationToken cancellationToken);
}

/// <summary>Where a member's cursors came to.</summary>
public sealed record CursorStep(string ChatId, string UserId, long DeliveredSeq, long ReadSeq, long ReadOrdinal, DateTimeOffset At);
