using Orleans.Chat.Storage.Chats;

namespace Orleans.Chat.Storage.Sqlite;

/// <summary>
/// What changes other than new messages do, on a chat that stands where they expect it. One without an effect writes nothing; one with an
/// effect is followed by the next revision, the row of changes and the marks of who listens.
/// </summary>
internal static class ChangeEffects
{
    /// <summary>$1 chat, $2 write.</summary>
    public const string Mark = "UPDATE chat_participants SET changed = $2, listening = 0 WHERE chat_id = $1 AND listening = 1";

    private const string Advance =
        "UPDATE chats SET revision = $2, updated_at = max(updated_at, $3), member_count = member_count + $4 WHERE chat_id = $1";

    private const string Note = """
        INSERT INTO changes (chat_id, revision, kind, head_seq, seq, user_id, emoji, role, joined_seq, at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        """;

    public static bool Apply(SqliteSession session, NumberedChange change, long write)
    {
        var chatId = change.Chat.ChatId;
        var (effect, at) = change.Change switch
        {
            ChatChange.EditMessage edit => (MessageEffects.Edit(session, chatId, change.Revision, edit), edit.At),
            ChatChange.DeleteMessage delete => (MessageEffects.Delete(session, chatId, change.Revision, delete), delete.At),
            ChatChange.React react => (MessageEffects.React(session, chatId, change.Revision, react), react.At),
            ChatChange.AddMember add => (MemberEffects.Add(session, change, write, add), add.At),
            ChatChange.SetRole set => (MemberEffects.SetRole(session, chatId, write, set), set.At),
            ChatChange.RemoveMember remove => (MemberEffects.Remove(session, chatId, write, remove), remove.At),
            ChatChange.UpdateChat update => (ChatEffects.Update(session, chatId, update), update.At),
            ChatChange.DeleteChat delete => (ChatEffects.Delete(session, chatId, write, delete), delete.At),
            _ => throw new ArgumentOutOfRangeException(nameof(change), change.Change, "A new message is no change of this kind."),
        };
        if (effect is null)
            return false;
        session.Execute(Advance, chatId, change.Revision, at, (long)effect.Members);
        session.Execute(
            Note,
            chatId,
            change.Revision,
            (long)effect.Kind,
            change.Seq,
            effect.Seq,
            effect.UserId,
            effect.Emoji,
            effect.Role,
            effect.JoinedSeq,
            at
        );
        session.Execute(Mark, chatId, write);
        return true;
    }
}

/// <summary>The row of changes that an effect leaves, and what it adds to the number of members.</summary>
internal sealed record Effect(
    ChangeKind Kind,
    long Seq = 0,
    string? UserId = null,
    string? Emoji = null,
    string? Role = null,
    long JoinedSeq = 0,
    int Members = 0
);
