using Npgsql;
using Orleans.Chat.Protocol;
using Orleans.Chat.Storage.Chats;

namespace Orleans.Chat.Storage.PostgreSql;

/* Each write marks the member's row in its own transaction, so that the member's next synchronisation tells: cursors where it listens,
 * the others always (a mark may move forward at any time, never back). The mark and the datum are one row or one transaction, so none is
 * seen without the other. */
internal sealed class PostgresMemberStore(NpgsqlDataSource source) : IMemberStore
{
    private const int MaxAgain = 8;

    private const string Flush = """
        WITH steps AS MATERIALIZED (
            SELECT s.chat_id, s.user_id, greatest(s.delivered_seq, s.read_seq) AS delivered_seq, s.read_seq, s.read_ordinal, s.at
            FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::timestamptz[])
                AS s (chat_id, user_id, delivered_seq, read_seq, read_ordinal, at)
        ), wanted AS MATERIALIZED (
            SELECT chat_id, user_id, max(delivered_seq) AS delivered_seq, max(read_seq) AS read_seq, max(read_ordinal) AS read_ordinal
            FROM steps
            GROUP BY chat_id, user_id
        ), locked AS MATERIALIZED (
            SELECT p.chat_id, p.user_id, p.delivered_seq AS old_delivered, p.read_seq AS old_read, w.delivered_seq, w.read_seq, w.read_ordinal
            FROM wanted w
            JOIN chat_participants p ON p.chat_id = w.chat_id AND p.user_id = w.user_id
            WHERE p.left_at IS NULL AND (w.delivered_seq > p.delivered_seq OR w.read_seq > p.read_seq)
            ORDER BY p.chat_id, p.user_id
            FOR UPDATE OF p
        ), moved AS (
            UPDATE chat_participants p
            SET delivered_seq = greatest(p.delivered_seq, l.delivered_seq),
                read_seq = greatest(p.read_seq, l.read_seq),
                read_ordinal = greatest(p.read_ordinal, l.read_ordinal),
                changed = CASE WHEN p.listening THEN pg_current_xact_id() ELSE p.changed END,
                listening = false
            FROM locked l
            WHERE p.chat_id = l.chat_id AND p.user_id = l.user_id
        )
        INSERT INTO cursor_steps (chat_id, user_id, kind, seq, at)
        SELECT s.chat_id, s.user_id, k.kind, k.seq, min(s.at)
        FROM steps s
        JOIN locked l ON l.chat_id = s.chat_id AND l.user_id = s.user_id
        CROSS JOIN LATERAL (VALUES (1, s.delivered_seq, l.old_delivered), (2, s.read_seq, l.old_read)) AS k (kind, seq, old)
        WHERE k.seq > k.old
        GROUP BY s.chat_id, s.user_id, k.kind, k.seq
        ON CONFLICT DO NOTHING
        """;

    private const string Hide = """
        WITH hidden AS (
            INSERT INTO hidden_messages (user_id, chat_id, message_id, seq, at, changed)
            VALUES ($1, $2, $3, $4, $5, pg_current_xact_id())
            ON CONFLICT DO NOTHING
            RETURNING user_id, chat_id
        )
        UPDATE chat_participants p SET changed = pg_current_xact_id(), listening = false
        FROM hidden h
        WHERE p.chat_id = h.chat_id AND p.user_id = h.user_id
        """;

    private const string SetPreferences = """
        WITH kept AS (
            INSERT INTO chat_preferences (user_id, chat_id, muted_until, pinned, draft)
            VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (user_id, chat_id) DO UPDATE
            SET muted_until = excluded.muted_until, pinned = excluded.pinned, draft = excluded.draft
            RETURNING user_id, chat_id
        )
        UPDATE chat_participants p SET changed = pg_current_xact_id(), listening = false
        FROM kept k
        WHERE p.chat_id = k.chat_id AND p.user_id = k.user_id
        """;

    public Task FlushCursorsAsync(IReadOnlyCollection<CursorStep> steps, CancellationToken cancellationToken) =>
        steps.Count == 0
            ? Task.CompletedTask
            : WriteAsync(
                Flush,
                p =>
                    p.WithAll(steps.Select(s => s.ChatId))
                        .WithAll(steps.Select(s => s.UserId))
                        .WithAll(steps.Select(s => s.DeliveredSeq))
                        .WithAll(steps.Select(s => s.ReadSeq))
                        .WithAll(steps.Select(s => s.ReadOrdinal))
                        .WithAll(steps.Select(s => s.At)),
                cancellationToken
            );

    public Task HideAsync(
        string userId,
        string chatId,
        string messageId,
        long seq,
        DateTimeOffset at,
        CancellationToken cancellationToken
    ) => WriteAsync(Hide, p => p.With(userId).With(chatId).With(messageId).With(seq).With(at), cancellationToken);

    public Task SetPreferencesAsync(string userId, string chatId, Preferences preferences, CancellationToken cancellationToken) =>
        WriteAsync(
            SetPreferences,
            p => p.With(userId).With(chatId).With(preferences.MutedUntil).With(preferences.Pinned).With(preferences.Draft),
            cancellationToken
        );

    /// <summary>All of these may be repeated, so a deadlock (a member's row is also written with its chat's) is.</summary>
    private async Task WriteAsync(string sql, Action<NpgsqlParameterCollection> parameters, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            await using var command = source.CreateCommand(sql);
            parameters(command.Parameters);
            try
            {
                await command.ExecuteNonQueryAsync(cancellationToken);
                return;
            }
            catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.DeadlockDetected && attempt < MaxAgain)
            {
                // Again: the other one went on.
            }
        }
    }
}
