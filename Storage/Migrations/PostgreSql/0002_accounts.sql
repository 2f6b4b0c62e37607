-- Accounts and what is a user's own. Every primary and unique key of a user's table begins with user_id.

CREATE TABLE users (
    user_id varchar(36) COLLATE "C" PRIMARY KEY,
    display_name text NOT NULL,
    password_hash text,
    avatar_attachment_id text,
    status_text text,
    last_seen_privacy varchar(20),
    last_seen_at timestamptz,
    created_at timestamptz NOT NULL
) WITH (fillfactor = 80);

-- What a user is found by: its id in lower case, and its folded name from each word on. A search is a range of the second index.
CREATE TABLE user_words (
    user_id varchar(36) COLLATE "C" NOT NULL,
    word text COLLATE "C" NOT NULL,
    PRIMARY KEY (user_id, word)
);

CREATE INDEX user_words_search ON user_words (word, user_id);

-- revoked: the transaction that ended the session, so that a poll may ask for all that was not complete when it last looked.
-- refresh_hash: the current refresh token; null where an external provider issues the tokens.
CREATE TABLE sessions (
    user_id varchar(36) COLLATE "C" NOT NULL,
    session_id varchar(36) COLLATE "C" NOT NULL,
    external_id text COLLATE "C",
    device_name text,
    refresh_hash bytea,
    created_at timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    revoked_at timestamptz,
    revoked xid8,
    PRIMARY KEY (user_id, session_id),
    UNIQUE (user_id, external_id)
) WITH (fillfactor = 80);

CREATE INDEX sessions_revoked ON sessions (revoked) WHERE revoked IS NOT NULL;
CREATE INDEX sessions_revoked_at ON sessions (revoked_at) WHERE revoked_at IS NOT NULL;

-- Every refresh token that was given, by its SHA-256: one that was rotated and comes again is told from one that never was.
CREATE TABLE refresh_tokens (
    user_id varchar(36) COLLATE "C" NOT NULL,
    hash bytea NOT NULL,
    session_id varchar(36) COLLATE "C" NOT NULL,
    given_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, hash)
);

CREATE INDEX refresh_tokens_session ON refresh_tokens (user_id, session_id, given_at);

CREATE TABLE blocks (
    user_id varchar(36) COLLATE "C" NOT NULL,
    blocked_id varchar(36) COLLATE "C" NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (user_id, blocked_id)
);

CREATE INDEX blocks_blocked ON blocks (blocked_id, user_id);

-- Not a user's data but the way to a user: it is read before anybody knows which user it is, and "one subject, one user" holds over all of
-- them. So its key is the subject; a schema that is distributed keeps it whole (a reference table).
CREATE TABLE external_users (
    issuer text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    user_id varchar(36) COLLATE "C" NOT NULL,
    chosen boolean NOT NULL DEFAULT false,
    PRIMARY KEY (issuer, subject)
);
