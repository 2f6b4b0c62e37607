namespace Orleans.Chat.Storage.PostgreSql;

/* New messages of many chats, in one transaction and at the price of as few looks at an index as can be: a message whose id is there already
 * breaks the unique key and with it the transaction, and then only is it looked for (PostgresCommitter).
 *
 * Append moves the heads of all chats that stand where their writer expects them, and inserts what is of these. The rows are taken in the
 * order in which they are given, which is that of their ids: each is found through the index from the unnested arrays, one after the other, so
 * two writers do not wait for each other in a circle.
 *
 * Mark is a statement of its own: it gets a fresh snapshot once Append holds the chats' rows, and so sees every listening mark that somebody
 * who held one of them before has committed. It moves the senders' cursors and ends the listening of who listens, in the order of the
 * members' key, as all who write there do. Each LATERAL with an OFFSET is looked up chat by chat: the planner may not turn it round and read
 * all who listen anywhere, which it does when nobody did at the time it planned. */
internal static class AppendSql
{
    /// <summary>Takes the rows of $1, for a batch with other changes too.</summary>
    public const string Lock = "SELECT 1 FROM chats WHERE chat_id = ANY($1) ORDER BY chat_id FOR UPDATE";

    /// <summary>Answers the chats that moved.</summary>
    public const string Append = """
        WITH moved AS (
            UPDATE chats c
            SET head_seq = g.new_seq, revision = g.new_revision, ordinal = g.new_ordinal, updated_at = greatest(c.updated_at, g.at)
            FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::timestamptz[])
                AS g (chat_id, epoch, head_seq, revision, new_seq, new_revision, new_ordinal, at)
            WHERE c.chat_id = g.chat_id AND c.epoch = g.epoch AND c.head_seq = g.head_seq AND c.revision = g.revision AND c.deleted_at IS NULL
            RETURNING c.chat_id
        ), inserted AS (
            INSERT INTO messages (chat_id, seq, message_id, sender_id, type, content, metadata, created_at, updated_at, created_revision,
                revision, ordinal, fingerprint)
            SELECT f.chat_id, f.seq, f.message_id, f.sender_id, f.type, f.content, f.metadata::jsonb, f.at, f.at, f.revision, f.revision,
                f.ordinal, f.fingerprint
            FROM unnest($9::text[], $10::bigint[], $11::bigint[], $12::bigint[], $13::text[], $14::text[], $15::text[], $16::text[],
                    $17::text[], $18::bytea[], $19::timestamptz[])
                AS f (chat_id, seq, revision, ordinal, message_id, sender_id, type, content, metadata, fingerprint, at)
            JOIN moved ON moved.chat_id = f.chat_id
        )
        SELECT chat_id FROM moved
        """;

    /// <summary>$1 to $3: where each chat stands if it moved. $4 to $7: the senders, in the order of the members' key.</summary>
    public const string Mark = """
        WITH moved AS MATERIALIZED (
            SELECT g.chat_id
            FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS g (chat_id, epoch, revision)
            CROSS JOIN LATERAL (
                SELECT FROM chats c WHERE c.chat_id = g.chat_id AND c.epoch = g.epoch AND c.revision = g.revision OFFSET 0
            ) c
        ), touched AS MATERIALIZED (
            SELECT t.chat_id, t.user_id, max(t.seq) AS seq, max(t.ordinal) AS ordinal
            FROM (
                SELECT s.chat_id, s.user_id, s.seq, s.ordinal
                FROM unnest($4::text[], $5::text[], $6::bigint[], $7::bigint[]) AS s (chat_id, user_id, seq, ordinal)
                JOIN moved ON moved.chat_id = s.chat_id
                UNION ALL
                SELECT moved.chat_id, l.user_id, 0, 0
                FROM moved
                CROSS JOIN LATERAL (
                    SELECT p.user_id FROM chat_participants p WHERE p.chat_id = moved.chat_id AND p.listening OFFSET 0
                ) l
            ) t
            GROUP BY 1, 2
            ORDER BY 1, 2
        )
        UPDATE chat_participants p
        SET delivered_seq = greatest(p.delivered_seq, t.seq),
            read_seq = greatest(p.read_seq, t.seq),
            read_ordinal = greatest(p.read_ordinal, t.ordinal),
            changed = CASE WHEN p.listening THEN pg_current_xact_id() ELSE p.changed END,
            listening = false
        FROM touched t
        WHERE p.chat_id = t.chat_id AND p.user_id = t.user_id AND p.left_at IS NULL
        """;

    /// <summary>$1 to $3: who is mentioned where. $4 to $6: as $1 to $3 of <see cref="Mark"/>.</summary>
    public const string Mention = """
        INSERT INTO message_mentions (chat_id, user_id, seq)
        SELECT m.chat_id, m.user_id, m.seq
        FROM unnest($1::text[], $2::text[], $3::bigint[]) AS m (chat_id, user_id, seq)
        JOIN unnest($4::text[], $5::bigint[], $6::bigint[]) AS g (chat_id, epoch, revision) ON g.chat_id = m.chat_id
        JOIN chats c ON c.chat_id = g.chat_id AND c.epoch = g.epoch AND c.revision = g.revision
        """;

    /// <summary>Which of the messages ($1 chats, $2 ids) are there.</summary>
    public const string Known = """
        SELECT m.chat_id, m.message_id, m.seq, m.created_revision, m.sender_id, m.fingerprint, m.created_at
        FROM unnest($1::text[], $2::text[]) AS f (chat_id, message_id)
        JOIN messages m ON m.chat_id = f.chat_id AND m.message_id = f.message_id
        """;

    /// <summary>Who has the chats $1 that are not deleted.</summary>
    public const string Epochs = "SELECT chat_id, epoch FROM chats WHERE chat_id = ANY($1) AND deleted_at IS NULL";
}
