using Orleans.Chat.Protocol;

namespace Orleans.Chat.Storage.Users;

/// <summary>Accounts, sessions, blocks and what else is a user's own.</summary>
public interface IAccountStore
{
    /// <summary>False when the id is taken.</summary>
    Task<bool> CreateAsync(UserRow user, CancellationToken cancellationToken);

    Task<UserRow?> FindAsync(string userId, CancellationToken cancellationToken);

    /// <summary>Which of these ids are users.</summary>
    Task<IReadOnlyList<string>> ExistingAsync(IReadOnlyCollection<string> userIds, CancellationToken cancellationToken);

    /// <summary>By the beginning of the id or of a word of the name, case-insensitive; ordered by id.</summary>
    Task<IReadOnlyList<UserRow>> SearchAsync(string query, int limit, CancellationToken cancellationToken);

    /// <summary>Null fields stay as they are.</summary>
    Task<UserRow?> UpdateAsync(string userId, UpdateUser change, CancellationToken cancellationToken);

    Task SetPasswordHashAsync(string userId, string passwordHash, CancellationToken cancellationToken);

    /// <summary>When users were last seen, by id; never earlier than what is there. Each at most once.</summary>
    Task SetLastSeenAsync(IReadOnlyCollection<KeyValuePair<string, DateTimeOffset>> seen, CancellationToken cancellationToken);

    /// <summary>Whom the user blocks, and who blocks the user.</summary>
    Task<BlockRows> BlocksAsync(string userId, CancellationToken cancellationToken);

    Task SetBlockAsync(string userId, string blockedId, bool blocked, DateTimeOffset at, CancellationToken cancellationToken);

    /// <summary>The user id of an external subject; null when not mapped.</summary>
    Task<string?> ExternalUserAsync(string issuer, string subject, CancellationToken cancellationToken);

    /// <summary>Maps a subject (first come wins) and makes the user; answers the id that it is mapped to, or null when the user id is taken.</summary>
    Task<string?> MapExternalUserAsync(string issuer, string subject, UserRow user, CancellationToken cancellationToken);

    /// <summary>Renames the placeholder user of a subject that has no chats yet; false when the id is taken or the choice was made.</summary>
    Task<bool> ChooseUserIdAsync(string issuer, string subject, string userId, string displayName, CancellationToken cancellationToken);
}

/// <summary>Sessions and their refresh tokens; tokens are kept only as SHA-256.</summary>
public interface ISessionStore
{
    Task CreateAsync(SessionRow session, byte[] refreshHash, CancellationToken cancellationToken);

    /// <summary>Live sessions of a user, newest first.</summary>
    Task<IReadOnlyList<SessionRow>> ListAsync(string userId, CancellationToken cancellationToken);

    /// <summary>The session of a user's refresh token, current or rotated; null for one that was never given, or whose session was revoked.</summary>
    Task<RefreshLookup?> FindByRefreshAsync(string userId, byte[] refreshHash, CancellationToken cancellationToken);

    /// <summary>Replaces the current refresh token; false when it is not the current one any more or the session ended.</summary>
    Task<bool> RotateAsync(
        string userId,
        string sessionId,
        byte[] oldHash,
        byte[] newHash,
        DateTimeOffset at,
        CancellationToken cancellationToken
    );

    /// <summary>False when there is no live session of that id.</summary>
    Task<bool> RevokeAsync(string userId, string sessionId, DateTimeOffset at, CancellationToken cancellationToken);

    /// <summary>The session of an external token, made at the first use.</summary>
    Task<SessionRow> ExternalAsync(SessionRow session, string externalId, CancellationToken cancellationToken);

    /// <summary>
    /// Sessions revoked after a cursor (0: since <paramref name="since"/>). A cursor misses nothing, whatever was being committed; it may repeat some.
    /// </summary>
    Task<RevokedRows> RevokedAsync(long cursor, DateTimeOffset since, CancellationToken cancellationToken);
}

/// <summary>What is one for the whole installation.</summary>
public interface IInstallationStore
{
    /// <summary>The id of this database's history; made by the first migration's first start.</summary>
    Task<string> HistoryIdAsync(CancellationToken cancellationToken);

    /// <summary>The signing key (PEM) of the name, or <paramref name="candidate"/> when there was none: first come wins.</summary>
    Task<string> GetOrAddSecretAsync(string name, string candidate, CancellationToken cancellationToken);
}

public sealed record UserRow
{
    public required string UserId { get; init; }
    public required string DisplayName { get; init; }

    /// <summary>ASP.NET Core Identity's format; null for users of an external provider.</summary>
    public string? PasswordHash { get; init; }
    public string? AvatarAttachmentId { get; init; }
    public string? StatusText { get; init; }
    public string? LastSeenPrivacy { get; init; }
    public DateTimeOffset? LastSeenAt { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
}

public sealed record SessionRow
{
    public required string UserId { get; init; }
    public required string SessionId { get; init; }
    public string? DeviceName { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset LastUsedAt { get; init; }
    public DateTimeOffset? RevokedAt { get; init; }
}

/// <param name="Current">False: the token was rotated before, and its use now is a reuse.</param>
public sealed record RefreshLookup(SessionRow Session, bool Current)
{
    /// <summary>
    /// How long after it was given a rotated token is told from one that never was, at least. A session rotates some hundred times a day for
    /// years, so they are not kept for ever; an older one is refused all the same, only the alarm is lost.
    /// </summary>
    public static TimeSpan Remembered { get; } = TimeSpan.FromDays(30);
}

public sealed record RevokedRows(IReadOnlyList<(string UserId, string SessionId)> Sessions, long Cursor);

public sealed record BlockRows(IReadOnlyList<string> Blocking, IReadOnlyList<string> BlockedBy);
