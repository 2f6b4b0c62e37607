namespace Orleans.Chat.Storage.PostgreSql.Users;

/// <summary>From the subjects of other issuers to users.</summary>
internal static class ExternalSql
{
    /// <summary>$1 issuer, $2 subject.</summary>
    public const string Find = "SELECT user_id FROM external_users WHERE issuer = $1 AND subject = $2";

    /// <summary>$3 user. Whoever comes second waits here until the first has committed or not.</summary>
    public const string Map =
        "INSERT INTO external_users (issuer, subject, user_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING user_id";

    /// <summary>Locks the subject's row. Answers its placeholder while it may be renamed: not chosen yet and in no chat.</summary>
    public const string Placeholder = """
        SELECT e.user_id
        FROM external_users e
        WHERE e.issuer = $1 AND e.subject = $2 AND NOT e.chosen
            AND NOT EXISTS (SELECT FROM chat_participants p WHERE p.user_id = e.user_id)
        FOR UPDATE
        """;

    /// <summary>$1 the placeholder, $2 the id, $3 the name. Answers whether the id was free.</summary>
    public const string Copy = """
        INSERT INTO users (user_id, display_name, password_hash, avatar_attachment_id, status_text, last_seen_privacy, last_seen_at, created_at)
        SELECT $2, $3, password_hash, avatar_attachment_id, status_text, last_seen_privacy, last_seen_at, created_at FROM users WHERE user_id = $1
        ON CONFLICT DO NOTHING
        RETURNING user_id
        """;

    /// <summary>$1 the placeholder, $2 the id, $3 words. Rows move by deletion and insertion: what a table is distributed by cannot be updated.</summary>
    public const string Move = """
        WITH gone AS (
            DELETE FROM users WHERE user_id = $1
        ), words AS (
            DELETE FROM user_words WHERE user_id = $1
        ), found AS (
            INSERT INTO user_words (user_id, word) SELECT $2, w.word FROM unnest($3::text[]) AS w (word)
        ), s AS (
            DELETE FROM sessions WHERE user_id = $1 RETURNING *
        ), kept AS (
            INSERT INTO sessions (user_id, session_id, external_id, device_name, refresh_hash, created_at, last_used_at, revoked_at, revoked)
            SELECT $2, session_id, external_id, device_name, refresh_hash, created_at, last_used_at, revoked_at,
                CASE WHEN revoked IS NOT NULL THEN pg_current_xact_id() END
            FROM s
        ), blocking AS (
            DELETE FROM blocks WHERE user_id = $1 RETURNING blocked_id, at
        ), blocks_now AS (
            INSERT INTO blocks (user_id, blocked_id, at) SELECT $2, blocked_id, at FROM blocking
        ), blocked_by AS (
            DELETE FROM blocks WHERE blocked_id = $1 RETURNING user_id, at
        ), blocked_now AS (
            INSERT INTO blocks (user_id, blocked_id, at) SELECT user_id, $2, at FROM blocked_by
        )
        UPDATE external_users SET user_id = $2, chosen = true WHERE issuer = $4 AND subject = $5
        """;
}
