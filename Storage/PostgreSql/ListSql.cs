namespace Orleans.Chat.Storage.PostgreSql;

/// <summary>Chats of one user, $1. Each statement first picks the ids of a page, then reads the rows of these alone.</summary>
internal static class ListSql
{
    /// <summary>Of the chats in <c>page</c>: the row, and the user's member row, mention count, preferences and newest visible message.</summary>
    private static readonly string Rows = $"""
        SELECT {RowSql.Chat}, {RowSql.Member}, coalesce(n.mentions, 0), f.muted_until, f.pinned, f.draft, l.*
        FROM page
        JOIN chats c ON c.chat_id = page.chat_id
        LEFT JOIN chat_participants p ON p.chat_id = c.chat_id AND p.user_id = $1 AND p.left_at IS NULL
        LEFT JOIN chat_preferences f ON f.user_id = $1 AND f.chat_id = c.chat_id
        LEFT JOIN LATERAL (
            SELECT count(*) AS mentions
            FROM message_mentions t
            JOIN messages m ON m.chat_id = t.chat_id AND m.seq = t.seq
            WHERE t.chat_id = c.chat_id AND t.user_id = p.user_id AND t.seq > p.read_seq AND {RowSql.Visible("$1", RowSql.Floor)}
        ) n ON true
        LEFT JOIN LATERAL (
            SELECT {RowSql.Message}
            FROM messages m
            WHERE m.chat_id = c.chat_id AND p.user_id IS NOT NULL AND {RowSql.Visible("$1", RowSql.Floor)}
            ORDER BY m.seq DESC
            LIMIT 1
        ) l ON true
        """;

    /// <summary>$2, $3: updated_at and id of the last page's last; $4 rows.</summary>
    public static readonly string Mine = $"""
        WITH page AS MATERIALIZED (
            SELECT c.chat_id, c.updated_at
            FROM chat_participants p
            JOIN chats c ON c.chat_id = p.chat_id
            WHERE p.user_id = $1 AND p.left_at IS NULL AND (c.updated_at < $2 OR c.updated_at = $2 AND c.chat_id > $3)
            ORDER BY c.updated_at DESC, c.chat_id
            LIMIT $4
        )
        {Rows}
        ORDER BY page.updated_at DESC, page.chat_id
        """;

    /// <summary>$2, $3: member_count and id of the last page's last; $4 rows; $5 the query, as tsquery.</summary>
    public static string Channels(bool matching) =>
        $"""
            WITH page AS MATERIALIZED (
                SELECT c.chat_id, c.member_count
                FROM chats c
                WHERE c.is_public AND (c.member_count < $2 OR c.member_count = $2 AND c.chat_id > $3)
                    {(matching ? "AND to_tsvector('simple', c.words) @@ $5::tsquery" : "")}
                ORDER BY c.member_count DESC, c.chat_id
                LIMIT $4
            )
            {Rows}
            ORDER BY page.member_count DESC, page.chat_id
            """;

    /// <summary>$2 ids.</summary>
    public static readonly string Of = $"""
        WITH page AS (SELECT u.chat_id, u.place FROM unnest($2::text[]) WITH ORDINALITY AS u (chat_id, place))
        {Rows}
        WHERE p.user_id IS NOT NULL AND c.deleted_at IS NULL
        ORDER BY page.place
        """;

    // Each LATERAL with an OFFSET is looked up one by one: for some dozens of users the planner would rather read all members of all chats.
    public const string Memberships = """
        SELECT u.user_id, p.chat_id, c.revision, p.joined_seq, c.history_all
        FROM (SELECT DISTINCT user_id FROM unnest($1::text[]) AS u (user_id)) u
        CROSS JOIN LATERAL (
            SELECT p.chat_id, p.joined_seq FROM chat_participants p WHERE p.user_id = u.user_id AND p.left_at IS NULL OFFSET 0
        ) p
        CROSS JOIN LATERAL (SELECT c.revision, c.history_all FROM chats c WHERE c.chat_id = p.chat_id OFFSET 0) c
        """;

    public const string Sharing = """
        SELECT DISTINCT t.user_id
        FROM chat_participants t
        WHERE t.user_id = ANY($2) AND t.left_at IS NULL
            AND t.chat_id IN (SELECT p.chat_id FROM chat_participants p WHERE p.user_id = $1 AND p.left_at IS NULL)
        """;
}
