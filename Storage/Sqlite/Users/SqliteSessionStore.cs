using Microsoft.Data.Sqlite;
using Orleans.Chat.Storage.Users;

namespace Orleans.Chat.Storage.Sqlite.Users;

/// <summary>A cursor of revoked sessions is the number of the last write: writes commit in the order of their numbers.</summary>
internal sealed class SqliteSessionStore(SqliteDatabase database) : ISessionStore
{
    private const string Session = "s.user_id, s.session_id, s.device_name, s.created_at, s.last_used_at, s.revoked_at";

    private const string Create = """
        INSERT INTO sessions (user_id, session_id, device_name, refresh_hash, created_at, last_used_at) VALUES ($1, $2, $3, $4, $5, $6)
        """;

    private const string Give = "INSERT INTO refresh_tokens (user_id, hash, session_id, given_at) VALUES ($1, $2, $3, $4)";

    private const string List =
        $"SELECT {Session} FROM sessions s WHERE s.user_id = $1 AND s.revoked_at IS NULL ORDER BY s.created_at DESC, s.session_id DESC";

    private const string FindByRefresh = $"""
        SELECT {Session}, s.refresh_hash IS t.hash
        FROM refresh_tokens t
        JOIN sessions s ON s.user_id = t.user_id AND s.session_id = t.session_id
        WHERE t.user_id = $1 AND t.hash = $2
        """;

    private const string Rotate = """
        UPDATE sessions SET refresh_hash = $4, last_used_at = max(last_used_at, $5)
        WHERE user_id = $1 AND session_id = $2 AND refresh_hash = $3 AND revoked_at IS NULL
        """;

    private const string Revoke = """
        UPDATE sessions SET revoked_at = $3, revoked = $4, refresh_hash = NULL
        WHERE user_id = $1 AND session_id = $2 AND revoked_at IS NULL
        """;

    private const string ForgetOld = "DELETE FROM refresh_tokens WHERE user_id = $1 AND session_id = $2 AND given_at < $3 AND hash <> $4";

    // The tokens go with it: what is no current token of a live session is refused all the same.
    private const string Forget = "DELETE FROM refresh_tokens WHERE user_id = $1 AND session_id = $2";

    /// <summary>$7: a use before it is not worth a write.</summary>
    private const string AddExternal = """
        INSERT INTO sessions AS s (user_id, session_id, external_id, device_name, created_at, last_used_at) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (user_id, external_id) DO UPDATE SET last_used_at = excluded.last_used_at
        WHERE s.revoked_at IS NULL AND s.last_used_at < $7
        """;

    private const string FindExternal = $"SELECT {Session} FROM sessions s WHERE s.user_id = $1 AND s.external_id = $2";

    private const string RevokedSince = "SELECT user_id, session_id FROM sessions WHERE revoked_at >= $1";

    private const string RevokedAfter = "SELECT user_id, session_id FROM sessions WHERE revoked > $1";

    public Task CreateAsync(SessionRow session, byte[] refreshHash, CancellationToken cancellationToken) =>
        database.WriteAsync(s =>
        {
            s.Execute(Create, session.UserId, session.SessionId, session.DeviceName, refreshHash, session.CreatedAt, session.LastUsedAt);
            return s.Execute(Give, session.UserId, refreshHash, session.SessionId, session.CreatedAt);
        });

    public async Task<IReadOnlyList<SessionRow>> ListAsync(string userId, CancellationToken cancellationToken) =>
        await database.ReadAsync(s => s.Rows(List, Row, userId), cancellationToken);

    public Task<RefreshLookup?> FindByRefreshAsync(string userId, byte[] refreshHash, CancellationToken cancellationToken) =>
        database.ReadAsync(
            s => s.First(FindByRefresh, r => new RefreshLookup(Row(r), r.GetBoolean(6)), userId, refreshHash),
            cancellationToken
        );

    public Task<bool> RotateAsync(
        string userId,
        string sessionId,
        byte[] oldHash,
        byte[] newHash,
        DateTimeOffset at,
        CancellationToken cancellationToken
    ) =>
        database.WriteAsync(s =>
        {
            if (s.Execute(Rotate, userId, sessionId, oldHash, newHash, at) == 0)
                return false;
            s.Execute(ForgetOld, userId, sessionId, at - RefreshLookup.Remembered, oldHash);
            return s.Execute(Give, userId, newHash, sessionId, at) > 0;
        });

    public Task<bool> RevokeAsync(string userId, string sessionId, DateTimeOffset at, CancellationToken cancellationToken) =>
        database.WriteAsync(s =>
        {
            if (s.Execute(Revoke, userId, sessionId, at, Writes.Next(s)) == 0)
                return false;
            s.Execute(Forget, userId, sessionId);
            return true;
        });

    public async Task<SessionRow> ExternalAsync(SessionRow session, string externalId, CancellationToken cancellationToken)
    {
        var worth = session.LastUsedAt - TimeSpan.FromMinutes(1);
        var known = await database.ReadAsync(s => s.First(FindExternal, Row, session.UserId, externalId), cancellationToken);
        if (known is not null && (known.RevokedAt is not null || known.LastUsedAt >= worth))
            return known;
        return await database.WriteAsync(s =>
        {
            s.Execute(
                AddExternal,
                session.UserId,
                session.SessionId,
                externalId,
                session.DeviceName,
                session.CreatedAt,
                session.LastUsedAt,
                worth
            );
            return s.First(FindExternal, Row, session.UserId, externalId)!;
        });
    }

    public Task<RevokedRows> RevokedAsync(long cursor, DateTimeOffset since, CancellationToken cancellationToken) =>
        database.ReadAsync(
            s =>
            {
                var next = Writes.Last(s);
                // A cursor from before a backup was restored may be ahead: as without one.
                var rows =
                    cursor <= 0 || cursor > next
                        ? s.Rows(RevokedSince, r => (r.GetString(0), r.GetString(1)), since)
                        : s.Rows(RevokedAfter, r => (r.GetString(0), r.GetString(1)), cursor);
                return new RevokedRows(rows, next);
            },
            cancellationToken
        );

    private static SessionRow Row(SqliteDataReader reader) =>
        new()
        {
            UserId = reader.GetString(0),
            SessionId = reader.GetString(1),
            DeviceName = reader.TextOrNull(2),
            CreatedAt = reader.Time(3),
            LastUsedAt = reader.Time(4),
            RevokedAt = reader.TimeOrNull(5),
        };
}
