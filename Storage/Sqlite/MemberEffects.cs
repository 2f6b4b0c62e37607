using Orleans.Chat.Storage.Chats;

namespace Orleans.Chat.Storage.Sqlite;

/// <summary>Effects on a member's row, which they mark themselves: it may not have listened. Null: no effect.</summary>
internal static class MemberEffects
{
    private const string Join = """
        INSERT INTO chat_participants (chat_id, user_id, role, joined_at, joined_seq, delivered_seq, read_seq, read_ordinal, changed)
        VALUES ($1, $2, $3, $4, $5, $5, $5, $6, $7)
        ON CONFLICT (chat_id, user_id) DO UPDATE
        SET role = excluded.role, joined_at = excluded.joined_at, joined_seq = excluded.joined_seq, delivered_seq = excluded.delivered_seq,
            read_seq = excluded.read_seq, read_ordinal = excluded.read_ordinal, left_at = NULL, changed = excluded.changed, listening = 0
        WHERE left_at IS NOT NULL
        """;

    private const string Set = """
        UPDATE chat_participants SET role = $3, changed = $4, listening = 0
        WHERE chat_id = $1 AND user_id = $2 AND left_at IS NULL AND role <> $3
        RETURNING role, joined_seq
        """;

    private const string Leave = """
        UPDATE chat_participants SET left_at = $3, changed = $4, listening = 0
        WHERE chat_id = $1 AND user_id = $2 AND left_at IS NULL
        RETURNING role, joined_seq
        """;

    public static Effect? Add(SqliteSession session, NumberedChange change, long write, ChatChange.AddMember add)
    {
        var joined = session.Execute(Join, change.Chat.ChatId, add.UserId, add.Role, add.At, change.Seq, change.Ordinal, write);
        return joined == 0
            ? null
            : new Effect(ChangeKind.MemberJoined, UserId: add.UserId, Role: add.Role, JoinedSeq: change.Seq, Members: 1);
    }

    public static Effect? SetRole(SqliteSession session, string chatId, long write, ChatChange.SetRole set) =>
        session.First(
            Set,
            r => new Effect(ChangeKind.RoleChanged, UserId: set.UserId, Role: r.GetString(0), JoinedSeq: r.GetInt64(1)),
            chatId,
            set.UserId,
            set.Role,
            write
        );

    public static Effect? Remove(SqliteSession session, string chatId, long write, ChatChange.RemoveMember remove) =>
        session.First(
            Leave,
            r => new Effect(ChangeKind.MemberLeft, UserId: remove.UserId, Role: r.GetString(0), JoinedSeq: r.GetInt64(1), Members: -1),
            chatId,
            remove.UserId,
            remove.At,
            write
        );
}
