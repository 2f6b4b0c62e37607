-- As the script for PostgreSQL. Times are microseconds since 1970.

CREATE TABLE users (
    user_id TEXT NOT NULL PRIMARY KEY,
    display_name TEXT NOT NULL,
    password_hash TEXT,
    avatar_attachment_id TEXT,
    status_text TEXT,
    last_seen_privacy TEXT,
    last_seen_at INTEGER,
    created_at INTEGER NOT NULL
);

CREATE TABLE user_words (
    user_id TEXT NOT NULL,
    word TEXT NOT NULL,
    PRIMARY KEY (user_id, word)
);

CREATE INDEX user_words_search ON user_words (word, user_id);

-- revoked: the number of the write that ended the session.
CREATE TABLE sessions (
    user_id TEXT NOT NULL,
    session_id TEXT NOT NULL,
    external_id TEXT,
    device_name TEXT,
    refresh_hash BLOB,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL,
    revoked_at INTEGER,
    revoked INTEGER,
    PRIMARY KEY (user_id, session_id),
    UNIQUE (user_id, external_id)
);

CREATE INDEX sessions_revoked ON sessions (revoked) WHERE revoked IS NOT NULL;
CREATE INDEX sessions_revoked_at ON sessions (revoked_at) WHERE revoked_at IS NOT NULL;

CREATE TABLE refresh_tokens (
    user_id TEXT NOT NULL,
    hash BLOB NOT NULL,
    session_id TEXT NOT NULL,
    given_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, hash)
);

CREATE INDEX refresh_tokens_session ON refresh_tokens (user_id, session_id, given_at);

CREATE TABLE blocks (
    user_id TEXT NOT NULL,
    blocked_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (user_id, blocked_id)
);

CREATE INDEX blocks_blocked ON blocks (blocked_id, user_id);

CREATE TABLE external_users (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    user_id TEXT NOT NULL,
    chosen INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (issuer, subject)
);
