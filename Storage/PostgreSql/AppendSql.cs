namespace Orleans.Chat.Storage.PostgreSql;

/* The two statements that every batch begins with.
 *
 * Lock takes the rows of the batch's chats in sorted order (an UPDATE ... FROM unnest would take them in the planner's order, and two
 * writers would deadlock). It is a statement of its own: those after it get a fresh snapshot, which sees all that whoever held a row before
 * has committed, messages and listening marks included.
 *
 * Append inserts the messages of all chats that stand where their writer expects them, but of those in which one of the ids is there
 * already: it reports these, and the writer renumbers their chats. The senders' cursors and the marks of who listens are one update, since
 * a statement may touch a row once, with the rows locked in the order of their key. */
internal static class AppendSql
{
    public const string Lock = """
        SELECT chat_id, epoch, deleted_at IS NOT NULL FROM chats WHERE chat_id = ANY($1) ORDER BY chat_id FOR UPDATE
        """;

    public const string Append = """
        WITH given AS MATERIALIZED (
            SELECT g.*
            FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::timestamptz[])
                AS g (chat_id, epoch, head_seq, revision, new_seq, new_revision, new_ordinal, at)
            JOIN chats c ON c.chat_id = g.chat_id
            WHERE c.epoch = g.epoch AND c.head_seq = g.head_seq AND c.revision = g.revision AND c.deleted_at IS NULL
        ), fresh AS MATERIALIZED (
            SELECT * FROM unnest($9::text[], $10::bigint[], $11::bigint[], $12::bigint[], $13::text[], $14::text[], $15::text[], $16::text[],
                    $17::text[], $18::bytea[], $19::timestamptz[])
                AS f (chat_id, seq, revision, ordinal, message_id, sender_id, type, content, metadata, fingerprint, at)
        ), known AS MATERIALIZED (
            SELECT m.chat_id, m.message_id, m.seq, m.created_revision, m.sender_id, m.fingerprint, m.created_at
            FROM fresh f
            JOIN messages m ON m.chat_id = f.chat_id AND m.message_id = f.message_id
        ), free AS MATERIALIZED (
            SELECT g.* FROM given g WHERE NOT EXISTS (SELECT FROM known k WHERE k.chat_id = g.chat_id)
        ), inserted AS (
            INSERT INTO messages (chat_id, seq, message_id, sender_id, type, content, metadata, created_at, updated_at, created_revision,
                revision, ordinal, fingerprint)
            SELECT f.chat_id, f.seq, f.message_id, f.sender_id, f.type, f.content, f.metadata::jsonb, f.at, f.at, f.revision, f.revision,
                f.ordinal, f.fingerprint
            FROM fresh f
            JOIN free ON free.chat_id = f.chat_id
        ), mentioned AS (
            INSERT INTO message_mentions (chat_id, user_id, seq)
            SELECT m.chat_id, m.user_id, m.seq
            FROM unnest($20::text[], $21::text[], $22::bigint[]) AS m (chat_id, user_id, seq)
            JOIN free ON free.chat_id = m.chat_id
        ), moved AS (
            UPDATE chats c
            SET head_seq = f.new_seq, revision = f.new_revision, ordinal = f.new_ordinal, updated_at = greatest(c.updated_at, f.at)
            FROM free f
            WHERE c.chat_id = f.chat_id
            RETURNING c.chat_id
        ), senders AS MATERIALIZED (
            SELECT f.chat_id, f.sender_id, max(f.seq) AS seq, max(f.ordinal) AS ordinal
            FROM fresh f
            JOIN free ON free.chat_id = f.chat_id
            GROUP BY f.chat_id, f.sender_id
        ), touched AS MATERIALIZED (
            SELECT s.chat_id, s.sender_id AS user_id, s.seq, s.ordinal FROM senders s
            UNION ALL
            SELECT p.chat_id, p.user_id, 0, 0
            FROM free
            JOIN chat_participants p ON p.chat_id = free.chat_id AND p.listening
            WHERE NOT EXISTS (SELECT FROM senders s WHERE s.chat_id = p.chat_id AND s.sender_id = p.user_id)
        ), locked AS MATERIALIZED (
            SELECT p.chat_id, p.user_id, t.seq, t.ordinal
            FROM touched t
            JOIN chat_participants p ON p.chat_id = t.chat_id AND p.user_id = t.user_id
            WHERE p.left_at IS NULL
            ORDER BY p.chat_id, p.user_id
            FOR UPDATE OF p
        ), marked AS (
            UPDATE chat_participants p
            SET delivered_seq = greatest(p.delivered_seq, l.seq),
                read_seq = greatest(p.read_seq, l.seq),
                read_ordinal = greatest(p.read_ordinal, l.ordinal),
                changed = CASE WHEN p.listening THEN pg_current_xact_id() ELSE p.changed END,
                listening = false
            FROM locked l
            WHERE p.chat_id = l.chat_id AND p.user_id = l.user_id
        )
        SELECT chat_id, NULL::text, NULL::bigint, NULL::bigint, NULL::text, NULL::bytea, NULL::timestamptz FROM moved
        UNION ALL
        SELECT chat_id, message_id, seq, created_revision, sender_id, fingerprint, created_at FROM known
        """;
}
