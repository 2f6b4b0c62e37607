-- The log of chats and what belongs to it, as the script for PostgreSQL has it. Times are microseconds since 1970, JSON is text as it came,
-- booleans are 0 and 1. Rowid tables: a message is long, and the key's index stays small beside it.

CREATE TABLE installation (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

-- Tokens of synchronisation name the history that they are of. A restored backup must get a new one.
INSERT INTO installation (name, value) VALUES ('history_id', lower(hex(randomblob(16))));

-- The number of the last write that somebody may synchronise to. There is one writer, so writes commit in the order of their numbers, and a
-- number is a snapshot: what it saw is what has no higher one.
CREATE TABLE writes (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    last INTEGER NOT NULL
);

INSERT INTO writes (id, last) VALUES (1, 1);

CREATE TABLE chats (
    chat_id TEXT NOT NULL PRIMARY KEY,
    type TEXT NOT NULL CHECK (length(type) <= 20),
    name TEXT CHECK (length(name) <= 255),
    metadata TEXT CHECK (json_valid(metadata)),
    settings TEXT NOT NULL CHECK (json_valid(settings)),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    member_view INTEGER NOT NULL,
    incarnation TEXT NOT NULL,
    head_seq INTEGER NOT NULL DEFAULT 0,
    revision INTEGER NOT NULL,
    ordinal INTEGER NOT NULL DEFAULT 0,
    member_count INTEGER NOT NULL,
    deleted_at INTEGER,
    is_public INTEGER NOT NULL,
    history_all INTEGER NOT NULL GENERATED ALWAYS AS (
        coalesce(json_extract(settings, '$.history'), CASE WHEN type IN ('channel', 'broadcast') THEN 'all' ELSE 'joined' END) = 'all'
    ) STORED
);

CREATE INDEX chats_public_size ON chats (member_count DESC, chat_id) WHERE is_public = 1;

-- The folded words of the names of public chats.
CREATE TABLE channel_words (
    chat_id TEXT NOT NULL,
    word TEXT NOT NULL,
    PRIMARY KEY (chat_id, word)
);

CREATE INDEX channel_words_search ON channel_words (word, chat_id);

-- changed: the number of the first write after the member last synchronised; listening: it synchronised since, so that the next change must
-- mark it. Members that left stay, so that their synchronisation tells.
CREATE TABLE chat_participants (
    chat_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    role TEXT NOT NULL CHECK (length(role) <= 20),
    joined_at INTEGER NOT NULL,
    joined_seq INTEGER NOT NULL DEFAULT 0,
    delivered_seq INTEGER NOT NULL DEFAULT 0,
    read_seq INTEGER NOT NULL DEFAULT 0,
    read_ordinal INTEGER NOT NULL DEFAULT 0,
    left_at INTEGER,
    changed INTEGER NOT NULL,
    listening INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (chat_id, user_id)
);

CREATE INDEX chat_participants_changed ON chat_participants (user_id, changed, chat_id);
CREATE INDEX chat_participants_listening ON chat_participants (chat_id) WHERE listening = 1;

CREATE TABLE messages (
    chat_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    message_id TEXT NOT NULL CHECK (length(message_id) <= 36),
    sender_id TEXT NOT NULL CHECK (length(sender_id) <= 36),
    content TEXT NOT NULL,
    type TEXT NOT NULL CHECK (length(type) <= 20),
    metadata TEXT CHECK (json_valid(metadata)),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    edited_at INTEGER,
    deleted_at INTEGER,
    created_revision INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    fingerprint BLOB NOT NULL,
    PRIMARY KEY (chat_id, seq),
    UNIQUE (chat_id, message_id)
);

-- A row: the content that the edit at this revision replaced.
CREATE TABLE message_edits (
    chat_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    content TEXT NOT NULL,
    metadata TEXT,
    at INTEGER NOT NULL,
    PRIMARY KEY (chat_id, seq, revision)
);

CREATE TABLE reactions (
    chat_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    emoji TEXT NOT NULL,
    user_id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (chat_id, seq, emoji, user_id)
);

CREATE TABLE message_mentions (
    chat_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (chat_id, user_id, seq)
);

CREATE INDEX message_mentions_seq ON message_mentions (chat_id, seq);

-- kind: 1 delivered, 2 read.
CREATE TABLE cursor_steps (
    chat_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    kind INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (chat_id, user_id, kind, seq)
);

-- A new message writes no row here: every revision that is not here created one, and its seq follows from the last row before it:
-- head_seq + (its revision - that row's).
CREATE TABLE changes (
    chat_id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    head_seq INTEGER NOT NULL,
    seq INTEGER NOT NULL DEFAULT 0,
    user_id TEXT,
    emoji TEXT,
    role TEXT,
    joined_seq INTEGER NOT NULL DEFAULT 0,
    at INTEGER NOT NULL,
    PRIMARY KEY (chat_id, revision)
);

CREATE TABLE hidden_messages (
    user_id TEXT NOT NULL,
    chat_id TEXT NOT NULL,
    message_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    PRIMARY KEY (user_id, chat_id, message_id)
);

CREATE INDEX hidden_messages_changed ON hidden_messages (user_id, changed);
CREATE INDEX hidden_messages_chat ON hidden_messages (chat_id, seq);

CREATE TABLE chat_preferences (
    user_id TEXT NOT NULL,
    chat_id TEXT NOT NULL,
    muted_until INTEGER,
    pinned INTEGER,
    draft TEXT,
    PRIMARY KEY (user_id, chat_id)
);
