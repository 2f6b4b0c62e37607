using Orleans.Chat.Storage.Chats;

namespace Orleans.Chat.Storage.Sqlite;

/// <summary>Effects on one message. Null: it has none.</summary>
internal static class MessageEffects
{
    private const string Keep = """
        INSERT INTO message_edits (chat_id, seq, revision, content, metadata, at)
        SELECT chat_id, seq, $3, content, metadata, coalesce(edited_at, created_at)
        FROM messages
        WHERE chat_id = $1 AND seq = $2 AND deleted_at IS NULL
        """;

    private const string SetContent =
        "UPDATE messages SET content = $4, metadata = $5, edited_at = $6, updated_at = $6, revision = $3 WHERE chat_id = $1 AND seq = $2";

    private const string Mention = "INSERT INTO message_mentions (chat_id, user_id, seq) SELECT $1, value, $2 FROM json_each($3)";

    private const string Clear = """
        UPDATE messages SET content = '', metadata = NULL, deleted_at = $4, updated_at = $4, revision = $3
        WHERE chat_id = $1 AND seq = $2 AND deleted_at IS NULL
        """;

    private const string Unmention = "DELETE FROM message_mentions WHERE chat_id = $1 AND seq = $2";
    private const string Unedit = "DELETE FROM message_edits WHERE chat_id = $1 AND seq = $2";
    private const string Unreact = "DELETE FROM reactions WHERE chat_id = $1 AND seq = $2";

    private const string AddReaction = """
        INSERT INTO reactions (chat_id, seq, user_id, emoji, revision, at)
        SELECT chat_id, seq, $3, $4, $5, $6 FROM messages WHERE chat_id = $1 AND seq = $2 AND deleted_at IS NULL
        ON CONFLICT DO NOTHING
        """;

    private const string RemoveReaction = "DELETE FROM reactions WHERE chat_id = $1 AND seq = $2 AND user_id = $3 AND emoji = $4";

    private const string Touch = "UPDATE messages SET revision = $3, updated_at = $4 WHERE chat_id = $1 AND seq = $2";

    public static Effect? Edit(SqliteSession session, string chatId, long revision, ChatChange.EditMessage edit)
    {
        if (session.Execute(Keep, chatId, edit.Seq, revision) == 0)
            return null;
        session.Execute(SetContent, chatId, edit.Seq, revision, edit.Content, edit.Metadata, edit.At);
        session.Execute(Unmention, chatId, edit.Seq);
        session.Execute(Mention, chatId, edit.Seq, (edit.Mentions ?? []).Distinct(StringComparer.Ordinal));
        return new Effect(ChangeKind.MessageEdited, edit.Seq);
    }

    public static Effect? Delete(SqliteSession session, string chatId, long revision, ChatChange.DeleteMessage delete)
    {
        if (session.Execute(Clear, chatId, delete.Seq, revision, delete.At) == 0)
            return null;
        session.Execute(Unedit, chatId, delete.Seq);
        session.Execute(Unmention, chatId, delete.Seq);
        session.Execute(Unreact, chatId, delete.Seq);
        return new Effect(ChangeKind.MessageDeleted, delete.Seq);
    }

    public static Effect? React(SqliteSession session, string chatId, long revision, ChatChange.React react)
    {
        var written = react.Removed
            ? session.Execute(RemoveReaction, chatId, react.Seq, react.UserId, react.Emoji)
            : session.Execute(AddReaction, chatId, react.Seq, react.UserId, react.Emoji, revision, react.At);
        if (written == 0)
            return null;
        session.Execute(Touch, chatId, react.Seq, revision, react.At);
        var kind = react.Removed ? ChangeKind.ReactionRemoved : ChangeKind.ReactionAdded;
        return new Effect(kind, react.Seq, react.UserId, react.Emoji);
    }
}
