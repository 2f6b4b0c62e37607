namespace Orleans.Chat.Storage.Sqlite.Users;

/// <summary>Users, what they are found by, blocks, and the subjects of other issuers.</summary>
internal static class AccountSql
{
    private const string User = """
        user_id, display_name, password_hash, avatar_attachment_id, status_text, last_seen_privacy, last_seen_at, created_at
        """;

    public const string Create = $"INSERT INTO users ({User}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING";

    public const string Find = $"SELECT {User} FROM users WHERE user_id = $1";

    public const string Existing = "SELECT user_id FROM users WHERE user_id IN (SELECT value FROM json_each($1))";

    /// <summary>
    /// $1 prefix, $2 the end of its range, $3 candidates. A short prefix has many matches: the first of the index are taken, whole words
    /// before longer ones, so that a search costs the same among ten users and ten million.
    /// </summary>
    public const string Search = "SELECT user_id FROM user_words WHERE word >= $1 AND word < $1 || $2 ORDER BY word, user_id LIMIT $3";

    /// <summary>$1 ids, $2 rows.</summary>
    public const string Users = $"SELECT {User} FROM users WHERE user_id IN (SELECT value FROM json_each($1)) ORDER BY user_id LIMIT $2";

    public const string Update = $"""
        UPDATE users
        SET display_name = coalesce($2, display_name), avatar_attachment_id = coalesce($3, avatar_attachment_id),
            status_text = coalesce($4, status_text), last_seen_privacy = coalesce($5, last_seen_privacy)
        WHERE user_id = $1
        RETURNING {User}
        """;

    public const string Unword = "DELETE FROM user_words WHERE user_id = $1";

    public const string Word = "INSERT INTO user_words (user_id, word) SELECT $1, value FROM json_each($2)";

    public const string SetPassword = "UPDATE users SET password_hash = $2 WHERE user_id = $1";

    public const string SetLastSeen =
        "UPDATE users SET last_seen_at = $2 WHERE user_id = $1 AND (last_seen_at IS NULL OR last_seen_at < $2)";

    public const string Blocking = "SELECT blocked_id FROM blocks WHERE user_id = $1 ORDER BY blocked_id";

    public const string BlockedBy = "SELECT user_id FROM blocks WHERE blocked_id = $1 ORDER BY user_id";

    public const string Block = "INSERT INTO blocks (user_id, blocked_id, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";

    public const string Unblock = "DELETE FROM blocks WHERE user_id = $1 AND blocked_id = $2";

    public const string FindExternal = "SELECT user_id FROM external_users WHERE issuer = $1 AND subject = $2";

    public const string Map = "INSERT INTO external_users (issuer, subject, user_id) VALUES ($1, $2, $3)";

    /// <summary>The placeholder while it may be renamed: not chosen yet and in no chat.</summary>
    public const string Placeholder = """
        SELECT e.user_id
        FROM external_users e
        WHERE e.issuer = $1 AND e.subject = $2 AND NOT e.chosen
            AND NOT EXISTS (SELECT 1 FROM chat_participants p WHERE p.user_id = e.user_id)
        """;

    /// <summary>$1 the placeholder, $2 the id, $3 the name.</summary>
    public const string Rename =
        "UPDATE users SET user_id = $2, display_name = $3 WHERE user_id = $1 AND NOT EXISTS (SELECT 1 FROM users WHERE user_id = $2)";

    /// <summary>$1 the placeholder, $2 the id: what else is the user's.</summary>
    public static readonly string[] Moves =
    [
        "UPDATE sessions SET user_id = $2 WHERE user_id = $1",
        "UPDATE blocks SET user_id = $2 WHERE user_id = $1",
        "UPDATE blocks SET blocked_id = $2 WHERE blocked_id = $1",
    ];

    /// <summary>Told again under the new id.</summary>
    public const string MoveRevoked = "UPDATE sessions SET revoked = $2 WHERE user_id = $1 AND revoked IS NOT NULL";

    public const string Choose = "UPDATE external_users SET user_id = $3, chosen = 1 WHERE issuer = $1 AND subject = $2";
}
