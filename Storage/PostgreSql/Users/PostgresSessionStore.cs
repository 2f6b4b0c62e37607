using Npgsql;
using Orleans.Chat.Storage.Users;

namespace Orleans.Chat.Storage.PostgreSql.Users;

/* Rotating is one conditional update of the session's row: of two that come with the same token the row's lock lets one through, and the
 * other finds another token there.
 *
 * Whoever polls for revoked sessions must miss none, and a number or a time may commit after a higher one was read. So a revocation keeps its
 * transaction, and the next cursor is the oldest transaction that was still open: all that was not visible is at or after it. Such a read may
 * repeat some. */
internal sealed class PostgresSessionStore(NpgsqlDataSource source) : ISessionStore
{
    private const string Session = "s.user_id, s.session_id, s.device_name, s.created_at, s.last_used_at, s.revoked_at";

    private const string Create = """
        WITH made AS (
            INSERT INTO sessions (user_id, session_id, device_name, refresh_hash, created_at, last_used_at) VALUES ($1, $2, $3, $4, $5, $6)
        )
        INSERT INTO refresh_tokens (user_id, hash, session_id, given_at) VALUES ($1, $4, $2, $5)
        """;

    private const string List =
        $"SELECT {Session} FROM sessions s WHERE s.user_id = $1 AND s.revoked_at IS NULL ORDER BY s.created_at DESC, s.session_id DESC";

    private const string FindByRefresh = $"""
        SELECT {Session}, s.refresh_hash IS NOT DISTINCT FROM t.hash
        FROM refresh_tokens t
        JOIN sessions s ON s.user_id = t.user_id AND s.session_id = t.session_id
        WHERE t.user_id = $1 AND t.hash = $2
        """;

    private const string Rotate = """
        WITH rotated AS (
            UPDATE sessions SET refresh_hash = $4, last_used_at = greatest(last_used_at, $5)
            WHERE user_id = $1 AND session_id = $2 AND refresh_hash = $3 AND revoked_at IS NULL
            RETURNING user_id, session_id
        ), forgotten AS (
            DELETE FROM refresh_tokens t USING rotated r
            WHERE t.user_id = r.user_id AND t.session_id = r.session_id AND t.given_at < $6 AND t.hash <> $3
        )
        INSERT INTO refresh_tokens (user_id, hash, session_id, given_at) SELECT user_id, $4, session_id, $5 FROM rotated
        """;

    // The tokens go with it: what is no current token of a live session is refused all the same.
    private const string Revoke = """
        WITH ended AS (
            UPDATE sessions SET revoked_at = $3, revoked = pg_current_xact_id(), refresh_hash = NULL
            WHERE user_id = $1 AND session_id = $2 AND revoked_at IS NULL
            RETURNING user_id, session_id
        ), gone AS (
            DELETE FROM refresh_tokens t USING ended e WHERE t.user_id = e.user_id AND t.session_id = e.session_id
        )
        SELECT session_id FROM ended
        """;

    private const string AddExternal = """
        INSERT INTO sessions AS s (user_id, session_id, external_id, device_name, created_at, last_used_at) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (user_id, external_id) DO UPDATE SET last_used_at = excluded.last_used_at
        WHERE s.revoked_at IS NULL AND excluded.last_used_at > s.last_used_at + interval '1 minute'
        """;

    private const string FindExternal = $"SELECT {Session} FROM sessions s WHERE s.user_id = $1 AND s.external_id = $2";

    private const string Horizon = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint";

    private const string RevokedSince = "SELECT user_id, session_id FROM sessions WHERE revoked_at >= $1";

    private const string RevokedAfter = "SELECT user_id, session_id FROM sessions WHERE revoked >= $1::text::xid8";

    public Task CreateAsync(SessionRow session, byte[] refreshHash, CancellationToken cancellationToken) =>
        source.ExecuteAsync(
            Create,
            p =>
                p.With(session.UserId)
                    .With(session.SessionId)
                    .With(session.DeviceName)
                    .With(refreshHash)
                    .With(session.CreatedAt)
                    .With(session.LastUsedAt),
            cancellationToken
        );

    public async Task<IReadOnlyList<SessionRow>> ListAsync(string userId, CancellationToken cancellationToken) =>
        await source.RowsAsync(List, p => p.With(userId), Row, cancellationToken);

    public async Task<RefreshLookup?> FindByRefreshAsync(string userId, byte[] refreshHash, CancellationToken cancellationToken)
    {
        var found = await source.RowsAsync(
            FindByRefresh,
            p => p.With(userId).With(refreshHash),
            r => new RefreshLookup(Row(r), r.GetBoolean(6)),
            cancellationToken
        );
        return found.Count == 0 ? null : found[0];
    }

    public async Task<bool> RotateAsync(
        string userId,
        string sessionId,
        byte[] oldHash,
        byte[] newHash,
        DateTimeOffset at,
        CancellationToken cancellationToken
    ) =>
        await source.ExecuteAsync(
            Rotate,
            p => p.With(userId).With(sessionId).With(oldHash).With(newHash).With(at).With(at - RefreshLookup.Remembered),
            cancellationToken
        ) > 0;

    public async Task<bool> RevokeAsync(string userId, string sessionId, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var ended = await source.RowsAsync(Revoke, p => p.With(userId).With(sessionId).With(at), r => r.GetString(0), cancellationToken);
        return ended.Count > 0;
    }

    public async Task<SessionRow> ExternalAsync(SessionRow session, string externalId, CancellationToken cancellationToken)
    {
        await source.ExecuteAsync(
            AddExternal,
            p =>
                p.With(session.UserId)
                    .With(session.SessionId)
                    .With(externalId)
                    .With(session.DeviceName)
                    .With(session.CreatedAt)
                    .With(session.LastUsedAt),
            cancellationToken
        );
        return (await source.RowsAsync(FindExternal, p => p.With(session.UserId).With(externalId), Row, cancellationToken))[0];
    }

    public async Task<RevokedRows> RevokedAsync(long cursor, DateTimeOffset since, CancellationToken cancellationToken)
    {
        // Before the rows, so that what commits in between is told now or next time, never not at all.
        var next = (await source.RowsAsync(Horizon, _ => { }, r => r.GetInt64(0), cancellationToken))[0];
        // A cursor from before a backup was restored may be ahead: as without one.
        var rows =
            cursor <= 0 || cursor > next
                ? await source.RowsAsync(RevokedSince, p => p.With(since), Key, cancellationToken)
                : await source.RowsAsync(
                    RevokedAfter,
                    p => p.With(cursor.ToString(System.Globalization.CultureInfo.InvariantCulture)),
                    Key,
                    cancellationToken
                );
        return new RevokedRows(rows, next);
    }

    private static (string UserId, string SessionId) Key(NpgsqlDataReader reader) => (reader.GetString(0), reader.GetString(1));

    private static SessionRow Row(NpgsqlDataReader reader) =>
        new()
        {
            UserId = reader.GetString(0),
            SessionId = reader.GetString(1),
            DeviceName = RowReader.Text(reader, 2),
            CreatedAt = reader.GetFieldValue<DateTimeOffset>(3),
            LastUsedAt = reader.GetFieldValue<DateTimeOffset>(4),
            RevokedAt = RowReader.Time(reader, 5),
        };
}
