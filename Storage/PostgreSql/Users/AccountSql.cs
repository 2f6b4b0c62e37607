namespace Orleans.Chat.Storage.PostgreSql.Users;

/// <summary>Users, what they are found by, and blocks.</summary>
internal static class AccountSql
{
    /// <summary>Of <c>users u</c>, in the order in which <see cref="PostgresAccountStore"/> reads them.</summary>
    public const string User = """
        u.user_id, u.display_name, u.password_hash, u.avatar_attachment_id, u.status_text, u.last_seen_privacy, u.last_seen_at, u.created_at
        """;

    /// <summary>$1 to $8 as <see cref="User"/>, $9 words. Answers whether the id was free.</summary>
    public const string Create = """
        WITH made AS (
            INSERT INTO users (user_id, display_name, password_hash, avatar_attachment_id, status_text, last_seen_privacy, last_seen_at, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            ON CONFLICT DO NOTHING
            RETURNING user_id
        ), found AS (
            INSERT INTO user_words (user_id, word) SELECT made.user_id, w.word FROM made, unnest($9::text[]) AS w (word)
        )
        SELECT user_id FROM made
        """;

    public const string Find = $"SELECT {User} FROM users u WHERE u.user_id = $1";

    public const string Existing = "SELECT user_id FROM users WHERE user_id = ANY($1)";

    /// <summary>
    /// $1 prefixes, $2 the end of their ranges, $3 rows, $4 candidates. A short prefix has many matches: of each the first of the index are
    /// taken, whole words before longer ones, so that a search costs the same among ten users and ten million.
    /// </summary>
    public const string Search = $"""
        SELECT {User}
        FROM users u
        WHERE u.user_id IN (
            SELECT w.user_id
            FROM unnest($1::text[]) AS p (prefix)
            CROSS JOIN LATERAL (
                SELECT w.user_id FROM user_words w WHERE w.word >= p.prefix AND w.word < p.prefix || $2 ORDER BY w.word, w.user_id LIMIT $4
            ) w
        )
        ORDER BY u.user_id
        LIMIT $3
        """;

    /// <summary>Before <see cref="Update"/>: of two changes of a name the second sees the words of the first.</summary>
    public const string Lock = "SELECT FROM users WHERE user_id = $1 FOR UPDATE";

    /// <summary>$1 user, $2 name, $3 avatar, $4 status, $5 privacy, $6 words, null as the name is.</summary>
    public const string Update = $"""
        WITH u AS (
            UPDATE users u
            SET display_name = coalesce($2, u.display_name), avatar_attachment_id = coalesce($3, u.avatar_attachment_id),
                status_text = coalesce($4, u.status_text), last_seen_privacy = coalesce($5, u.last_seen_privacy)
            WHERE u.user_id = $1
            RETURNING {User}
        ), lost AS (
            DELETE FROM user_words w USING u WHERE w.user_id = u.user_id AND $2 IS NOT NULL AND w.word <> ALL ($6::text[])
        ), found AS (
            INSERT INTO user_words (user_id, word)
            SELECT u.user_id, w.word FROM u, unnest($6::text[]) AS w (word) WHERE $2 IS NOT NULL
            ON CONFLICT DO NOTHING
        )
        SELECT {User} FROM u
        """;

    public const string SetPassword = "UPDATE users SET password_hash = $2 WHERE user_id = $1";

    public const string SetLastSeen = """
        WITH seen AS (
            SELECT u.user_id, s.at
            FROM unnest($1::text[], $2::timestamptz[]) AS s (user_id, at)
            JOIN users u ON u.user_id = s.user_id
            ORDER BY u.user_id
            FOR NO KEY UPDATE OF u
        )
        UPDATE users u SET last_seen_at = s.at FROM seen s WHERE u.user_id = s.user_id AND (u.last_seen_at IS NULL OR u.last_seen_at < s.at)
        """;

    public const string Blocks = """
        SELECT true, blocked_id FROM blocks WHERE user_id = $1
        UNION ALL
        SELECT false, user_id FROM blocks WHERE blocked_id = $1
        ORDER BY 2
        """;

    public const string Block = "INSERT INTO blocks (user_id, blocked_id, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";

    public const string Unblock = "DELETE FROM blocks WHERE user_id = $1 AND blocked_id = $2";
}
