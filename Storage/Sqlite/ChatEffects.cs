using Orleans.Chat.Storage.Chats;

namespace Orleans.Chat.Storage.Sqlite;

/// <summary>Effects on a whole chat. They always have one.</summary>
internal static class ChatEffects
{
    private const string Set = """
        UPDATE chats
        SET name = $2, metadata = $3, settings = $4,
            is_public = type IN ('channel', 'broadcast') AND coalesce(json_extract($4, '$.visibility'), 'public') = 'public'
        WHERE chat_id = $1
        """;

    private const string Unword = "DELETE FROM channel_words WHERE chat_id = $1";

    private const string Word = """
        INSERT INTO channel_words (chat_id, word)
        SELECT chat_id, w.value FROM chats JOIN json_each($2) w WHERE chat_id = $1 AND is_public
        ON CONFLICT DO NOTHING
        """;

    private const string Empty = """
        UPDATE chats SET deleted_at = $2, is_public = 0, name = NULL, metadata = NULL, settings = '{}', member_count = 0 WHERE chat_id = $1
        """;

    private const string Leave =
        "UPDATE chat_participants SET left_at = $2, changed = $3, listening = 0 WHERE chat_id = $1 AND left_at IS NULL";

    /// <summary>Only the id, the tombstone's row of changes and the members' rows stay, these as left.</summary>
    private static readonly string[] Deletions =
    [
        "DELETE FROM messages WHERE chat_id = $1",
        "DELETE FROM message_edits WHERE chat_id = $1",
        "DELETE FROM message_mentions WHERE chat_id = $1",
        "DELETE FROM reactions WHERE chat_id = $1",
        "DELETE FROM cursor_steps WHERE chat_id = $1",
        "DELETE FROM changes WHERE chat_id = $1",
        "DELETE FROM hidden_messages WHERE chat_id = $1",
        "DELETE FROM chat_preferences WHERE chat_id = $1 AND user_id IN (SELECT user_id FROM chat_participants WHERE chat_id = $1)",
        Unword,
    ];

    public static Effect Update(SqliteSession session, string chatId, ChatChange.UpdateChat update)
    {
        session.Execute(Set, chatId, update.Name, update.Metadata, ChatColumns.Settings(update.Settings));
        SetWords(session, chatId, update.Name);
        return new Effect(ChangeKind.ChatUpdated);
    }

    public static Effect Delete(SqliteSession session, string chatId, long write, ChatChange.DeleteChat delete)
    {
        foreach (var deletion in Deletions)
            session.Execute(deletion, chatId);
        session.Execute(Empty, chatId, delete.At);
        session.Execute(Leave, chatId, delete.At, write);
        return new Effect(ChangeKind.ChatDeleted);
    }

    /// <summary>Of a public chat the words of its name, of another none.</summary>
    public static void SetWords(SqliteSession session, string chatId, string? name)
    {
        session.Execute(Unword, chatId);
        session.Execute(Word, chatId, ChatColumns.Words(name));
    }
}
