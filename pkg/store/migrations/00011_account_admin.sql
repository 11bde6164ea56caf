-- What people see of their own web sessions, and the one-time links that administrators hand out.

-- +goose Up
ALTER TABLE web_sessions ADD COLUMN address TEXT NOT NULL DEFAULT ''; -- where the sign-in came from

CREATE TABLE links (
    id         TEXT   PRIMARY KEY,
    hash       TEXT   NOT NULL UNIQUE,
    kind       TEXT   NOT NULL CHECK (kind IN ('invitation', 'reset')),
    role       TEXT   NOT NULL,                                        -- of whoever is invited
    account_id TEXT   REFERENCES accounts (id) ON DELETE CASCADE,      -- whose password is reset
    created_by TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX links_account ON links (account_id);

-- Whoever takes a right away from an account locks this row first, so that two at once cannot take it from the last two
-- administrators.
CREATE TABLE administrators_guard (id INTEGER PRIMARY KEY CHECK (id = 1));
INSERT INTO administrators_guard (id) VALUES (1);

-- +goose Down
DROP TABLE administrators_guard;
DROP TABLE links;
ALTER TABLE web_sessions DROP COLUMN address;
