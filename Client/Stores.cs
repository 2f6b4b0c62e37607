using Orleans.Chat.Protocol;

namespace Orleans.Chat.Client;

/// <summary>Tokens and when the access token expires.</summary>
/// <param name="Tokens">What signing in gave.</param>
/// <param name="ExpiresAt">When the access token expires, by this machine's clock.</param>
public sealed record HeldTokens(Tokens Tokens, DateTimeOffset ExpiresAt);

/// <summary>Keeps the tokens between runs. A refresh token is as good as a password: keep it as one.</summary>
public interface ITokenStore
{
    /// <summary>What was saved last, or null.</summary>
    ValueTask<HeldTokens?> LoadAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Saves, or forgets when null. It is awaited before the tokens are used: a refresh token is good once, and a lost new one ends the
    /// session.
    /// </summary>
    ValueTask SaveAsync(HeldTokens? tokens, CancellationToken cancellationToken);
}

/// <summary>Where a client stands in one chat.</summary>
/// <param name="Revision">Everything up to here was delivered.</param>
/// <param name="Target">The chat is known to have come this far; above <paramref name="Revision"/> something is owed.</param>
public sealed record ChatPosition(long Revision, long Target);

/// <summary>Where a client stands in all its chats.</summary>
public sealed record SyncPosition
{
    /// <summary>The history that this belongs to.</summary>
    public string? HistoryId { get; init; }

    /// <summary>The token of the last sync.</summary>
    public string? Token { get; init; }

    /// <summary>The chats by id.</summary>
    public required IReadOnlyDictionary<string, ChatPosition> Chats { get; init; }
}

/// <summary>Keeps the place in the chats between runs.</summary>
public interface ISyncStore
{
    /// <summary>What was saved last, or null.</summary>
    ValueTask<SyncPosition?> LoadAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Saves a place. All events up to it have been handed to the handlers of <see cref="ChatClient.OnEvent"/>; events after it are
    /// delivered again by the next run if it dies before the next save.
    /// </summary>
    ValueTask SaveAsync(SyncPosition position, CancellationToken cancellationToken);
}

/// <summary>Keeps unsent messages between runs; a repeated send is harmless, since the message id stays the same.</summary>
public interface IOutboxStore
{
    /// <summary>The unsent messages in the order in which they were added.</summary>
    ValueTask<IReadOnlyList<SendMessage>> LoadAsync(CancellationToken cancellationToken);

    /// <summary>Adds a message; it is sent only after this.</summary>
    ValueTask AddAsync(SendMessage message, CancellationToken cancellationToken);

    /// <summary>Takes out a message that was sent or refused.</summary>
    ValueTask RemoveAsync(SendMessage message, CancellationToken cancellationToken);
}
