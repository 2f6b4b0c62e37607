namespace Orleans.Chat.Storage.PostgreSql;

/// <summary>Taking chats over and creating them.</summary>
internal static class LogSql
{
    /// <summary>
    /// $1 chat, $2 incarnation, $3 view. Versions are compared within one incarnation only: a membership store that lost its data starts
    /// over, and a take-over must not be refused for ever.
    /// </summary>
    public static readonly string TakeOver = $"""
        UPDATE chats c SET epoch = c.epoch + 1, incarnation = $2, member_view = $3
        WHERE c.chat_id = $1 AND c.deleted_at IS NULL AND (c.incarnation <> $2 OR c.member_view <= $3)
        RETURNING c.epoch, {RowSql.Chat}
        """;

    public const string IsDeleted = "SELECT deleted_at IS NOT NULL FROM chats WHERE chat_id = $1";

    public static readonly string Members =
        $"SELECT {RowSql.Member} FROM chat_participants p WHERE p.chat_id = $1 AND p.left_at IS NULL ORDER BY p.user_id";

    public static readonly string Tail = $"SELECT {RowSql.Message} FROM messages m WHERE m.chat_id = $1 ORDER BY m.seq DESC LIMIT $2";

    /// <summary>The chat's row, the first row of its changes and its members; answers whether the id was free.</summary>
    public const string Create = """
        WITH made AS (
            INSERT INTO chats (chat_id, type, name, metadata, settings, created_at, updated_at, epoch, member_view, incarnation, revision,
                member_count, is_public, words)
            VALUES ($1, $2, $3, $4::jsonb, $5::jsonb, $6, $7, 1, $9, $8, 1, cardinality($10::text[]), $13, $14)
            ON CONFLICT DO NOTHING
            RETURNING chat_id
        ), noted AS (
            INSERT INTO changes (chat_id, revision, kind, head_seq, at) SELECT chat_id, 1, 9, 0, $6 FROM made
        ), joined AS (
            INSERT INTO chat_participants (chat_id, user_id, role, joined_at, changed)
            SELECT made.chat_id, m.user_id, m.role, m.joined_at, pg_current_xact_id()
            FROM made, unnest($10::text[], $11::text[], $12::timestamptz[]) AS m (user_id, role, joined_at)
        )
        SELECT count(*) FROM made
        """;

    public const string Epochs = "SELECT chat_id, epoch FROM chats WHERE chat_id = ANY($1)";
}
