-- An archive for reading: chats of one reader, each with so many messages, as the store would have written them. Variables: reader, chats, each, bytes.
SET synchronous_commit = off;
-- The log of an archive is larger than what is kept of segments to write over: new ones need not be filled with zeros first.
SET wal_init_zero = off;
INSERT INTO chats (chat_id, type, name, settings, created_at, updated_at, epoch, member_view, incarnation, head_seq, revision, ordinal, member_count, is_public)
SELECT :'reader' || '-' || c, 'group', 'Archive', '{}', now(), now(), 0, 0, '', :each, :each + 1, :each, 1, false
FROM generate_series(0, :chats - 1) AS c;

INSERT INTO chat_participants (chat_id, user_id, role, joined_at, changed)
SELECT :'reader' || '-' || c, :'reader', 'owner', now(), pg_current_xact_id()
FROM generate_series(0, :chats - 1) AS c;

INSERT INTO changes (chat_id, revision, kind, head_seq, at)
SELECT :'reader' || '-' || c, 1, 9, 0, now()
FROM generate_series(0, :chats - 1) AS c;

INSERT INTO messages (chat_id, seq, message_id, sender_id, content, type, created_at, updated_at, created_revision, revision, ordinal, fingerprint)
SELECT :'reader' || '-' || c, s, '00000000-0000-7000-8000-' || lpad(to_hex(s), 12, '0'), :'reader',
    substr(repeat('the quick brown fox jumps over the lazy dog and runs on ', 300), 1, :bytes), 'text',
    now() - (:each - s) * interval '1 second', now(), s + 1, s + 1, s, '\x00'
FROM generate_series(0, :chats - 1) AS c, generate_series(1, :each) AS s;

VACUUM (ANALYZE) messages, chats, chat_participants, changes;
-- What the fill has left to be written must not be written while pages are read.
CHECKPOINT;
