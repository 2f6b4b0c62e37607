-- The log of chats and what belongs to it.
--
-- Every primary and unique key of a chat's table begins with chat_id, of a user's table with user_id, so that the schema distributes by
-- them unchanged. Ids are compared exactly (collation "C"). Rows that appends touch leave room on their page (fillfactor), and no index
-- has a column that an append changes, so that those updates stay heap-only.

CREATE TABLE installation (
    name text PRIMARY KEY,
    value text NOT NULL
);

-- Tokens of synchronisation name the history that they are of. A restored backup must get a new one.
INSERT INTO installation (name, value) VALUES ('history_id', gen_random_uuid()::text);

CREATE TABLE chats (
    chat_id varchar(36) COLLATE "C" PRIMARY KEY,
    type varchar(20) NOT NULL,
    name varchar(255),
    metadata jsonb,
    settings jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    epoch bigint NOT NULL,
    member_view bigint NOT NULL,
    incarnation text NOT NULL,
    head_seq bigint NOT NULL DEFAULT 0,
    revision bigint NOT NULL,
    ordinal bigint NOT NULL DEFAULT 0,
    member_count int NOT NULL,
    deleted_at timestamptz,
    is_public boolean NOT NULL,
    -- The words of the name, folded by the application: folding must not depend on the database's locale.
    words text NOT NULL DEFAULT '',
    history_all boolean NOT NULL GENERATED ALWAYS AS (
        coalesce(settings ->> 'history', CASE WHEN type IN ('channel', 'broadcast') THEN 'all' ELSE 'joined' END) = 'all'
    ) STORED
) WITH (fillfactor = 70);

CREATE INDEX chats_public_words ON chats USING gin (to_tsvector('simple', words)) WHERE is_public;
CREATE INDEX chats_public_size ON chats (member_count DESC, chat_id) WHERE is_public;

-- changed: the transaction of the first change after the member last synchronised; listening: it synchronised since, so that the next
-- change must mark it. Members that left stay, so that their synchronisation tells.
CREATE TABLE chat_participants (
    chat_id varchar(36) COLLATE "C" NOT NULL,
    user_id varchar(36) COLLATE "C" NOT NULL,
    role varchar(20) NOT NULL,
    joined_at timestamptz NOT NULL,
    joined_seq bigint NOT NULL DEFAULT 0,
    delivered_seq bigint NOT NULL DEFAULT 0,
    read_seq bigint NOT NULL DEFAULT 0,
    read_ordinal bigint NOT NULL DEFAULT 0,
    left_at timestamptz,
    changed xid8 NOT NULL,
    listening boolean NOT NULL DEFAULT false,
    PRIMARY KEY (chat_id, user_id)
) WITH (fillfactor = 70);

CREATE INDEX chat_participants_changed ON chat_participants (user_id, changed, chat_id);
CREATE INDEX chat_participants_listening ON chat_participants (chat_id) WHERE listening;

CREATE TABLE messages (
    chat_id varchar(36) COLLATE "C" NOT NULL,
    seq bigint NOT NULL,
    message_id varchar(36) COLLATE "C" NOT NULL,
    sender_id varchar(36) COLLATE "C" NOT NULL,
    content text NOT NULL,
    type varchar(20) NOT NULL,
    metadata jsonb,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    edited_at timestamptz,
    deleted_at timestamptz,
    created_revision bigint NOT NULL,
    revision bigint NOT NULL,
    ordinal bigint NOT NULL,
    fingerprint bytea NOT NULL,
    PRIMARY KEY (chat_id, seq),
    UNIQUE (chat_id, message_id)
) PARTITION BY HASH (chat_id);

CREATE TABLE messages_0 PARTITION OF messages FOR VALUES WITH (MODULUS 8, REMAINDER 0);
CREATE TABLE messages_1 PARTITION OF messages FOR VALUES WITH (MODULUS 8, REMAINDER 1);
CREATE TABLE messages_2 PARTITION OF messages FOR VALUES WITH (MODULUS 8, REMAINDER 2);
CREATE TABLE messages_3 PARTITION OF messages FOR VALUES WITH (MODULUS 8, REMAINDER 3);
CREATE TABLE messages_4 PARTITION OF messages FOR VALUES WITH (MODULUS 8, REMAINDER 4);
CREATE TABLE messages_5 PARTITION OF messages FOR VALUES WITH (MODULUS 8, REMAINDER 5);
CREATE TABLE messages_6 PARTITION OF messages FOR VALUES WITH (MODULUS 8, REMAINDER 6);
CREATE TABLE messages_7 PARTITION OF messages FOR VALUES WITH (MODULUS 8, REMAINDER 7);

-- A row: the content that the edit at this revision replaced.
CREATE TABLE message_edits (
    chat_id varchar(36) COLLATE "C" NOT NULL,
    seq bigint NOT NULL,
    revision bigint NOT NULL,
    content text NOT NULL,
    metadata jsonb,
    at timestamptz NOT NULL,
    PRIMARY KEY (chat_id, seq, revision)
);

CREATE TABLE reactions (
    chat_id varchar(36) COLLATE "C" NOT NULL,
    seq bigint NOT NULL,
    emoji text COLLATE "C" NOT NULL,
    user_id varchar(36) COLLATE "C" NOT NULL,
    revision bigint NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (chat_id, seq, emoji, user_id)
);

CREATE TABLE message_mentions (
    chat_id varchar(36) COLLATE "C" NOT NULL,
    user_id varchar(36) COLLATE "C" NOT NULL,
    seq bigint NOT NULL,
    PRIMARY KEY (chat_id, user_id, seq)
);

CREATE INDEX message_mentions_seq ON message_mentions (chat_id, seq);

-- kind: 1 delivered, 2 read.
CREATE TABLE cursor_steps (
    chat_id varchar(36) COLLATE "C" NOT NULL,
    user_id varchar(36) COLLATE "C" NOT NULL,
    kind smallint NOT NULL,
    seq bigint NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (chat_id, user_id, kind, seq)
);

-- A new message writes no row here: every revision that is not here created one, and its seq follows from the last row before it:
-- head_seq + (its revision - that row's).
CREATE TABLE changes (
    chat_id varchar(36) COLLATE "C" NOT NULL,
    revision bigint NOT NULL,
    kind smallint NOT NULL,
    head_seq bigint NOT NULL,
    seq bigint NOT NULL DEFAULT 0,
    user_id varchar(36) COLLATE "C",
    emoji text COLLATE "C",
    role varchar(20),
    joined_seq bigint NOT NULL DEFAULT 0,
    at timestamptz NOT NULL,
    PRIMARY KEY (chat_id, revision)
);

CREATE TABLE hidden_messages (
    user_id varchar(36) COLLATE "C" NOT NULL,
    chat_id varchar(36) COLLATE "C" NOT NULL,
    message_id varchar(36) COLLATE "C" NOT NULL,
    seq bigint NOT NULL,
    at timestamptz NOT NULL,
    changed xid8 NOT NULL,
    PRIMARY KEY (user_id, chat_id, message_id)
);

CREATE INDEX hidden_messages_changed ON hidden_messages (user_id, changed);
CREATE INDEX hidden_messages_chat ON hidden_messages (chat_id, seq);

CREATE TABLE chat_preferences (
    user_id varchar(36) COLLATE "C" NOT NULL,
    chat_id varchar(36) COLLATE "C" NOT NULL,
    muted_until timestamptz,
    pinned boolean,
    draft text,
    PRIMARY KEY (user_id, chat_id)
);
