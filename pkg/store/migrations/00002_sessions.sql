-- The index of sessions. The transcripts are the truth; all but archived and pinned can be made from them again.

-- +goose Up
CREATE TABLE sessions (
    id            TEXT    PRIMARY KEY,
    owner_id      TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    cwd           TEXT    NOT NULL,
    title         TEXT    NOT NULL,
    title_key     TEXT    NOT NULL, -- the title with case and width folded, for searching
    created_at    BIGINT  NOT NULL,
    updated_at    BIGINT  NOT NULL,
    message_count BIGINT  NOT NULL DEFAULT 0,
    state         TEXT    NOT NULL,
    archived      BOOLEAN NOT NULL DEFAULT FALSE,
    pinned        BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE INDEX sessions_newest ON sessions (owner_id, updated_at, id);

-- +goose Down
DROP TABLE sessions;
