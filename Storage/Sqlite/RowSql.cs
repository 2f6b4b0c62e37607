namespace Orleans.Chat.Storage.Sqlite;

/// <summary>The columns of rows, in the order in which <see cref="RowReader"/> reads them, and the one rule of who sees what.</summary>
internal static class RowSql
{
    /// <summary>Of <c>chats c</c>.</summary>
    public const string Chat = """
        c.chat_id, c.type, c.name, c.metadata, c.settings, c.created_at, c.updated_at, c.revision, c.head_seq, c.ordinal, c.member_count
        """;

    /// <summary>Of <c>chat_participants p</c>.</summary>
    public const string Member = "p.user_id, p.role, p.joined_at, p.joined_seq, p.delivered_seq, p.read_seq, p.read_ordinal";

    /// <summary>Of <c>messages m</c>, with its reactions in the order in which they came.</summary>
    public const string Message = """
        m.chat_id, m.seq, m.message_id, m.sender_id, m.type, m.content, m.metadata, m.revision, m.ordinal, m.fingerprint, m.created_at,
        m.updated_at, m.edited_at, m.deleted_at,
        (
            SELECT json_group_array(json_array(r.user_id, r.emoji) ORDER BY r.revision)
            FROM reactions r
            WHERE r.chat_id = m.chat_id AND r.seq = m.seq
        )
        """;

    /// <summary>The seq at or below which the member <c>p</c> of the chat <c>c</c> sees nothing.</summary>
    public const string Floor = "CASE WHEN c.history_all THEN 0 ELSE p.joined_seq END";

    /// <summary>Whether a user sees the message <c>m</c>. Every read for one user goes through this.</summary>
    public static string Visible(string user, string floor) =>
        $"""
            m.seq > {floor} AND NOT EXISTS (
                SELECT 1 FROM hidden_messages h WHERE h.user_id = {user} AND h.chat_id = m.chat_id AND h.message_id = m.message_id
            )
            """;

    /// <summary>Who hid the message <c>m</c>.</summary>
    public const string HiddenFrom = """
        (
            SELECT json_group_array(h.user_id ORDER BY h.user_id)
            FROM hidden_messages h
            WHERE h.chat_id = m.chat_id AND h.seq = m.seq
        )
        """;
}
