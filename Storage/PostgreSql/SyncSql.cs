namespace Orleans.Chat.Storage.PostgreSql;

/// <summary>The statements of a synchronisation of the user $1; see <see cref="PostgresSync"/>.</summary>
internal static class SyncSql
{
    public const string Begin = "SELECT value, pg_current_snapshot()::text FROM installation WHERE name = 'history_id'";

    /// <summary>$2, $3: where the last page ended; $4 rows; $5 the token's snapshot. In the order of the index, so that it reads no more than it answers.</summary>
    public const string PickChanged = """
        SELECT p.chat_id, p.changed::text
        FROM chat_participants p
        WHERE p.user_id = $1 AND (p.changed, p.chat_id) > ($2::text::xid8, $3::text)
            AND p.changed >= pg_snapshot_xmin($5::text::pg_snapshot) AND NOT pg_visible_in_snapshot(p.changed, $5::text::pg_snapshot)
        ORDER BY p.changed, p.chat_id
        LIMIT $4
        """;

    /// <summary>As <see cref="PickChanged"/>, without a token: all but what was left.</summary>
    public const string PickAll = """
        SELECT p.chat_id, p.changed::text
        FROM chat_participants p
        WHERE p.user_id = $1 AND (p.changed, p.chat_id) > ($2::text::xid8, $3::text) AND p.left_at IS NULL
        ORDER BY p.changed, p.chat_id
        LIMIT $4
        """;

    /// <summary>$1 ids.</summary>
    public const string Lock = "SELECT chat_id FROM chats WHERE chat_id = ANY($1) ORDER BY chat_id FOR SHARE";

    /// <summary>$2 ids.</summary>
    public const string Listen = """
        WITH locked AS MATERIALIZED (
            SELECT p.chat_id, p.user_id
            FROM chat_participants p
            WHERE p.user_id = $1 AND p.chat_id = ANY($2) AND NOT p.listening AND p.left_at IS NULL
            ORDER BY p.chat_id, p.user_id
            FOR UPDATE
        )
        UPDATE chat_participants p SET listening = true
        FROM locked l
        WHERE p.chat_id = l.chat_id AND p.user_id = l.user_id
        """;

    /// <summary>$2 the token's snapshot, null for everything.</summary>
    public const string HiddenAll = "SELECT h.chat_id, h.message_id FROM hidden_messages h WHERE h.user_id = $1";

    public const string HiddenChanged =
        HiddenAll
        + """
             AND h.changed >= pg_snapshot_xmin($2::text::pg_snapshot) AND NOT pg_visible_in_snapshot(h.changed, $2::text::pg_snapshot)
            """;
}
