namespace Orleans.Chat.Storage.PostgreSql;

/* One statement per change other than a new message. Each begins with the chat's row where epoch and revision are the expected ones
 * ($1 chat, $2 epoch, $3 expected revision, $4 time), goes on with its effect, and ends with what follows from an effect: the next revision,
 * the row of changes and the marks of who listens. Without an effect nothing follows, so no revision is burnt. */
internal static class ChangeSql
{
    private const string Chat = """
        WITH chat AS MATERIALIZED (
            SELECT chat_id, revision + 1 AS revision, head_seq, ordinal
            FROM chats
            WHERE chat_id = $1 AND epoch = $2 AND revision = $3 AND deleted_at IS NULL
        ),
        """;

    /// <summary>effect: (seq, user_id, emoji, role, joined_seq, members), a row at most; members is what is added to the count.</summary>
    private static string Follows(int kind, string chatColumns = "") =>
        $"""
            , advanced AS (
                UPDATE chats c
                SET revision = chat.revision, updated_at = greatest(c.updated_at, $4::timestamptz), member_count = c.member_count + e.members{chatColumns}
                FROM chat, effect e
                WHERE c.chat_id = chat.chat_id
            ), noted AS (
                INSERT INTO changes (chat_id, revision, kind, head_seq, seq, user_id, emoji, role, joined_seq, at)
                SELECT chat.chat_id, chat.revision, {kind}, chat.head_seq, e.seq, e.user_id, e.emoji, e.role, e.joined_seq, $4::timestamptz
                FROM chat, effect e
            ), locked AS MATERIALIZED (
                SELECT p.chat_id, p.user_id
                FROM effect e, chat
                JOIN chat_participants p ON p.chat_id = chat.chat_id AND p.listening
                WHERE e.left_out IS DISTINCT FROM p.user_id
                ORDER BY p.chat_id, p.user_id
                FOR UPDATE OF p
            ), marked AS (
                UPDATE chat_participants p
                SET changed = pg_current_xact_id(), listening = false
                FROM locked l
                WHERE p.chat_id = l.chat_id AND p.user_id = l.user_id
            )
            SELECT (SELECT count(*) FROM chat), (SELECT count(*) FROM effect)
            """;

    private const string OfMessage =
        "m.seq, NULL::text AS user_id, NULL::text AS emoji, NULL::text AS role, 0::bigint AS joined_seq, 0 AS members, NULL::text AS left_out";

    // left_out: the member whose row the effect has updated already.
    private static string OfMember(int members) =>
        $"0::bigint AS seq, p.user_id, NULL::text AS emoji, p.role, p.joined_seq, {members} AS members, p.user_id AS left_out";

    /// <summary>$5 seq, $6 content, $7 metadata, $8 mentions.</summary>
    public static readonly string Edit =
        Chat
        + $"""
            old AS MATERIALIZED (
                SELECT m.* FROM chat JOIN messages m ON m.chat_id = chat.chat_id WHERE m.seq = $5 AND m.deleted_at IS NULL
            ), effect AS (
                UPDATE messages m
                SET content = $6, metadata = $7::jsonb, edited_at = $4, updated_at = $4, revision = chat.revision
                FROM chat, old
                WHERE m.chat_id = $1 AND m.seq = $5 AND m.seq = old.seq
                RETURNING {OfMessage}
            ), kept AS (
                INSERT INTO message_edits (chat_id, seq, revision, content, metadata, at)
                SELECT old.chat_id, old.seq, chat.revision, old.content, old.metadata, coalesce(old.edited_at, old.created_at) FROM old, chat
            ), unmentioned AS (
                DELETE FROM message_mentions t USING old WHERE t.chat_id = $1 AND t.seq = $5 AND t.user_id <> ALL ($8::text[])
            ), mentioned AS (
                INSERT INTO message_mentions (chat_id, user_id, seq)
                SELECT old.chat_id, u.user_id, old.seq FROM old, unnest($8::text[]) AS u (user_id)
                ON CONFLICT DO NOTHING
            )
            """
        + Follows(2);

    /// <summary>$5 seq.</summary>
    public static readonly string Delete =
        Chat
        + $"""
            effect AS (
                UPDATE messages m
                SET content = '', metadata = NULL, deleted_at = $4, updated_at = $4, revision = chat.revision
                FROM chat
                WHERE m.chat_id = $1 AND m.chat_id = chat.chat_id AND m.seq = $5 AND m.deleted_at IS NULL
                RETURNING {OfMessage}
            ), unedited AS (
                DELETE FROM message_edits t USING effect WHERE t.chat_id = $1 AND t.seq = $5
            ), unmentioned AS (
                DELETE FROM message_mentions t USING effect WHERE t.chat_id = $1 AND t.seq = $5
            ), unreacted AS (
                DELETE FROM reactions t USING effect WHERE t.chat_id = $1 AND t.seq = $5
            )
            """
        + Follows(3);

    private const string Reaction =
        "r.seq, r.user_id, r.emoji, NULL::text AS role, 0::bigint AS joined_seq, 0 AS members, NULL::text AS left_out";

    private const string TouchMessage = """
        , message AS (
            UPDATE messages m SET revision = chat.revision, updated_at = $4
            FROM chat, effect e
            WHERE m.chat_id = $1 AND m.seq = $5
        )
        """;

    /// <summary>$5 seq, $6 user, $7 emoji.</summary>
    public static readonly string AddReaction =
        Chat
        + $"""
            effect AS (
                INSERT INTO reactions AS r (chat_id, seq, emoji, user_id, revision, at)
                SELECT m.chat_id, m.seq, $7, $6, chat.revision, $4
                FROM chat JOIN messages m ON m.chat_id = chat.chat_id
                WHERE m.seq = $5 AND m.deleted_at IS NULL
                ON CONFLICT DO NOTHING
                RETURNING {Reaction}
            )
            """
        + TouchMessage
        + Follows(4);

    /// <summary>$5 seq, $6 user, $7 emoji.</summary>
    public static readonly string RemoveReaction =
        Chat
        + $"""
            effect AS (
                DELETE FROM reactions r USING chat
                WHERE r.chat_id = $1 AND r.chat_id = chat.chat_id AND r.seq = $5 AND r.emoji = $7 AND r.user_id = $6
                RETURNING {Reaction}
            )
            """
        + TouchMessage
        + Follows(5);

    /// <summary>$5 user, $6 role.</summary>
    public static readonly string AddMember =
        Chat
        + $"""
            effect AS (
                INSERT INTO chat_participants AS p (chat_id, user_id, role, joined_at, joined_seq, delivered_seq, read_seq, read_ordinal, changed)
                SELECT chat.chat_id, $5, $6, $4, chat.head_seq, chat.head_seq, chat.head_seq, chat.ordinal, pg_current_xact_id() FROM chat
                ON CONFLICT (chat_id, user_id) DO UPDATE
                SET role = excluded.role, joined_at = excluded.joined_at, joined_seq = excluded.joined_seq,
                    delivered_seq = excluded.delivered_seq, read_seq = excluded.read_seq, read_ordinal = excluded.read_ordinal,
                    left_at = NULL, changed = excluded.changed, listening = false
                WHERE p.left_at IS NOT NULL
                RETURNING {OfMember(1)}
            )
            """
        + Follows(6);

    /// <summary>$5 user, $6 role.</summary>
    public static readonly string SetRole =
        Chat
        + $"""
            effect AS (
                UPDATE chat_participants p SET role = $6, changed = pg_current_xact_id(), listening = false
                FROM chat
                WHERE p.chat_id = $1 AND p.chat_id = chat.chat_id AND p.user_id = $5 AND p.left_at IS NULL AND p.role <> $6
                RETURNING {OfMember(0)}
            )
            """
        + Follows(7);

    /// <summary>$5 user.</summary>
    public static readonly string RemoveMember =
        Chat
        + $"""
            effect AS (
                UPDATE chat_participants p SET left_at = $4, changed = pg_current_xact_id(), listening = false
                FROM chat
                WHERE p.chat_id = $1 AND p.chat_id = chat.chat_id AND p.user_id = $5 AND p.left_at IS NULL
                RETURNING {OfMember(-1)}
            )
            """
        + Follows(8);

    private const string OfChat =
        "0::bigint AS seq, NULL::text AS user_id, NULL::text AS emoji, NULL::text AS role, 0::bigint AS joined_seq, 0 AS members, NULL::text AS left_out";

    /// <summary>$5 name, $6 metadata, $7 settings, $8 the folded words of the name. A type that can be public is unless its settings say not.</summary>
    public static readonly string Update =
        Chat
        + $"effect AS (SELECT {OfChat} FROM chat)"
        + Follows(
            10,
            ", name = $5, metadata = $6::jsonb, settings = $7::jsonb, words = $8, is_public = c.type IN ('channel', 'broadcast') AND coalesce($7::jsonb ->> 'visibility', 'public') = 'public'"
        );

    /// <summary>Only the id, the tombstone's row of changes and the members' rows stay, these as left.</summary>
    public static readonly string DeleteChat =
        Chat
        + $"""
            effect AS (SELECT {OfChat.Replace(
                "0 AS members",
                "-c.member_count AS members",
                StringComparison.Ordinal
            )} FROM chat JOIN chats c ON c.chat_id = chat.chat_id),
            m1 AS (DELETE FROM messages t USING chat WHERE t.chat_id = $1 AND t.chat_id = chat.chat_id),
            m2 AS (DELETE FROM message_edits t USING chat WHERE t.chat_id = $1 AND t.chat_id = chat.chat_id),
            m3 AS (DELETE FROM message_mentions t USING chat WHERE t.chat_id = $1 AND t.chat_id = chat.chat_id),
            m4 AS (DELETE FROM reactions t USING chat WHERE t.chat_id = $1 AND t.chat_id = chat.chat_id),
            m5 AS (DELETE FROM cursor_steps t USING chat WHERE t.chat_id = $1 AND t.chat_id = chat.chat_id),
            m6 AS (DELETE FROM changes t USING chat WHERE t.chat_id = $1 AND t.chat_id = chat.chat_id),
            m7 AS (DELETE FROM hidden_messages t USING chat WHERE t.chat_id = $1 AND t.chat_id = chat.chat_id),
            m8 AS (
                DELETE FROM chat_preferences t USING chat JOIN chat_participants p ON p.chat_id = chat.chat_id
                WHERE t.chat_id = p.chat_id AND t.user_id = p.user_id
            ), advanced AS (
                UPDATE chats c
                SET revision = chat.revision, updated_at = greatest(c.updated_at, $4), deleted_at = $4, is_public = false, member_count = 0,
                    name = NULL, metadata = NULL, words = '', settings = '{"{}"}'
                FROM chat
                WHERE c.chat_id = chat.chat_id
            ), noted AS (
                INSERT INTO changes (chat_id, revision, kind, head_seq, at)
                SELECT chat.chat_id, chat.revision, 11, chat.head_seq, $4 FROM chat
            ), locked AS MATERIALIZED (
                SELECT p.chat_id, p.user_id FROM chat JOIN chat_participants p ON p.chat_id = chat.chat_id
                WHERE p.left_at IS NULL
                ORDER BY p.chat_id, p.user_id
                FOR UPDATE OF p
            ), marked AS (
                UPDATE chat_participants p SET left_at = $4, changed = pg_current_xact_id(), listening = false
                FROM locked l
                WHERE p.chat_id = l.chat_id AND p.user_id = l.user_id
            )
            SELECT (SELECT count(*) FROM chat), (SELECT count(*) FROM effect)
            """;
}
