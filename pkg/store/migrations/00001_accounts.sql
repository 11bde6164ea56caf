-- Accounts and what lets their owners in. Times are milliseconds since 1970; what must stay secret is kept as a hash.

-- +goose Up
CREATE TABLE accounts (
    id            TEXT    PRIMARY KEY,
    username      TEXT    NOT NULL,
    username_key  TEXT    NOT NULL UNIQUE, -- the name with case and width folded: two names that look alike are one
    password_hash TEXT    NOT NULL,
    role          TEXT    NOT NULL CHECK (role IN ('admin', 'user')),
    founder       BOOLEAN NOT NULL DEFAULT FALSE,
    disabled      BOOLEAN NOT NULL DEFAULT FALSE,
    created_at    BIGINT  NOT NULL
);

-- Two first sign-ups at once, in two processes: only one of them can be the founder.
CREATE UNIQUE INDEX accounts_founder ON accounts (founder) WHERE founder;

CREATE TABLE web_sessions (
    hash       TEXT   PRIMARY KEY,
    account_id TEXT   NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX web_sessions_account ON web_sessions (account_id);
CREATE INDEX web_sessions_expiry ON web_sessions (expires_at);

CREATE TABLE tokens (
    id         TEXT   PRIMARY KEY,
    account_id TEXT   NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    hash       TEXT   NOT NULL UNIQUE,
    name       TEXT   NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX tokens_account ON tokens (account_id);

CREATE TABLE tickets (
    hash       TEXT   PRIMARY KEY,
    account_id TEXT   NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    credential TEXT   NOT NULL, -- kind and hash of the credential that it was issued for
    expires_at BIGINT NOT NULL
);
CREATE INDEX tickets_account ON tickets (account_id);
CREATE INDEX tickets_expiry ON tickets (expires_at);

-- +goose Down
DROP TABLE tickets;
DROP TABLE tokens;
DROP TABLE web_sessions;
DROP TABLE accounts;
