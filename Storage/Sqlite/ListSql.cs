namespace Orleans.Chat.Storage.Sqlite;

/// <summary>Chats of one user, $1. Each statement first picks the ids of a page, then reads the rows of these alone.</summary>
internal static class ListSql
{
    /// <summary>Of the chats in <c>page</c>: the row, and the user's member row, mention count, preferences and newest visible message.</summary>
    private static readonly string Rows = $"""
        SELECT {RowSql.Chat}, {RowSql.Member},
            (
                SELECT count(*)
                FROM message_mentions t
                JOIN messages m ON m.chat_id = t.chat_id AND m.seq = t.seq
                WHERE t.chat_id = c.chat_id AND t.user_id = p.user_id AND t.seq > p.read_seq AND {RowSql.Visible("$1", RowSql.Floor)}
            ),
            f.muted_until, f.pinned, f.draft, {RowSql.Message}
        FROM page
        JOIN chats c ON c.chat_id = page.chat_id
        LEFT JOIN chat_participants p ON p.chat_id = c.chat_id AND p.user_id = $1 AND p.left_at IS NULL
        LEFT JOIN chat_preferences f ON f.user_id = $1 AND f.chat_id = c.chat_id
        LEFT JOIN messages m ON m.chat_id = c.chat_id AND m.seq = (
            SELECT m.seq
            FROM messages m
            WHERE m.chat_id = c.chat_id AND p.user_id IS NOT NULL AND {RowSql.Visible("$1", RowSql.Floor)}
            ORDER BY m.seq DESC
            LIMIT 1
        )
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

    /// <summary>$2, $3: member_count and id of the last page's last; $4 rows; $5 the beginnings of words, $6 the end of their ranges.</summary>
    public static readonly string Channels = $"""
        WITH page AS MATERIALIZED (
            SELECT c.chat_id, c.member_count
            FROM chats c
            WHERE c.is_public = 1 AND (c.member_count < $2 OR c.member_count = $2 AND c.chat_id > $3)
                AND NOT EXISTS (
                    SELECT 1
                    FROM json_each($5) q
                    WHERE NOT EXISTS (
                        SELECT 1 FROM channel_words w WHERE w.chat_id = c.chat_id AND w.word >= q.value AND w.word < q.value || $6
                    )
                )
            ORDER BY c.member_count DESC, c.chat_id
            LIMIT $4
        )
        {Rows}
        ORDER BY page.member_count DESC, page.chat_id
        """;

    /// <summary>$2 ids.</summary>
    public static readonly string Of = $"""
        WITH page AS MATERIALIZED (SELECT u.value AS chat_id, u.key AS place FROM json_each($2) u)
        {Rows}
        WHERE p.user_id IS NOT NULL AND c.deleted_at IS NULL
        ORDER BY page.place
        """;

    public const string Memberships = """
        SELECT p.user_id, p.chat_id, c.revision, p.joined_seq, c.history_all
        FROM chat_participants p
        JOIN chats c ON c.chat_id = p.chat_id
        WHERE p.user_id IN (SELECT value FROM json_each($1)) AND p.left_at IS NULL
        """;

    public const string Sharing = """
        SELECT u.value
        FROM json_each($2) u
        WHERE EXISTS (
            SELECT 1
            FROM chat_participants t
            JOIN chat_participants p ON p.chat_id = t.chat_id AND p.user_id = $1 AND p.left_at IS NULL
            WHERE t.user_id = u.value AND t.left_at IS NULL
        )
        """;
}
