-- What must hold of the data whatever was committed when the server ended: answers a row for each thing that does not, and none when all
-- is well. Reads every message once. restore.sh asks it; it may be asked of a running server too, where a row of one chat that is being
-- written to at this moment is not to be had, for all of it is one snapshot.
WITH said AS (
    SELECT chat_id, count(*) AS count, min(seq) AS first, max(seq) AS last,
        count(DISTINCT created_revision) AS revisions, max(created_revision) AS newest, max(revision) AS touched
    FROM messages
    GROUP BY chat_id
), noted AS (
    SELECT chat_id, count(*) AS count, max(revision) AS newest
    FROM changes
    GROUP BY chat_id
), present AS (
    SELECT chat_id, count(*) AS count
    FROM chat_participants
    WHERE left_at IS NULL
    GROUP BY chat_id
), alive AS (
    SELECT chat_id, head_seq, revision, member_count FROM chats WHERE deleted_at IS NULL
)
SELECT 'installation' AS what, 'history_id' AS which, 'is missing' AS fault
WHERE NOT EXISTS (SELECT FROM installation WHERE name = 'history_id' AND value <> '')
UNION ALL
SELECT 'chat', c.chat_id, format('seq is not dense: head_seq %s, %s messages, from %s to %s', c.head_seq, s.count, s.first, s.last)
FROM alive c
LEFT JOIN said s ON s.chat_id = c.chat_id
WHERE c.head_seq <> coalesce(s.count, 0) OR coalesce(s.first, 1) <> 1 OR coalesce(s.last, 0) <> c.head_seq
UNION ALL
-- Each revision either made a message or is a row of changes: what is neither, or both, is missing or doubled.
SELECT 'chat', c.chat_id, format('revision is not dense: %s, with %s messages and %s changes', c.revision, s.count, n.count)
FROM alive c
LEFT JOIN said s ON s.chat_id = c.chat_id
LEFT JOIN noted n ON n.chat_id = c.chat_id
WHERE c.revision <> coalesce(s.revisions, 0) + coalesce(n.count, 0)
    OR coalesce(s.revisions, 0) <> coalesce(s.count, 0)
    OR c.revision <> greatest(s.newest, n.newest)
    OR s.touched > c.revision
UNION ALL
SELECT 'chat', m.chat_id, format('revision %s is of message %s and of a change', m.created_revision, m.seq)
FROM messages m
JOIN changes n ON n.chat_id = m.chat_id AND n.revision = m.created_revision
UNION ALL
SELECT 'chat', c.chat_id, format('has %s members and counts %s', coalesce(p.count, 0), c.member_count)
FROM alive c
LEFT JOIN present p ON p.chat_id = c.chat_id
WHERE c.member_count <> coalesce(p.count, 0)
UNION ALL
SELECT 'member', p.chat_id || ' ' || p.user_id, format('cursors %s and %s are beyond the head %s', p.delivered_seq, p.read_seq, c.head_seq)
FROM chat_participants p
JOIN alive c ON c.chat_id = p.chat_id
WHERE greatest(p.delivered_seq, p.read_seq, p.joined_seq) > c.head_seq
UNION ALL
SELECT 'message', m.chat_id || ' ' || m.seq, 'is of no chat'
FROM messages m
LEFT JOIN chats c ON c.chat_id = m.chat_id
WHERE c.chat_id IS NULL OR c.deleted_at IS NOT NULL;
