-- The audit log: who did what. Entries are only ever added; the database itself refuses to change or remove one.

-- +goose Up
CREATE TABLE audit (
    seq     BIGINT PRIMARY KEY,
    id      TEXT   NOT NULL UNIQUE, -- of the entry, so that one that is written again is known
    at      BIGINT NOT NULL,
    actor   TEXT   NOT NULL,        -- the account that did it; empty for a stranger or the server itself
    action  TEXT   NOT NULL,
    target  TEXT   NOT NULL,        -- what it was done to: an account, a session, a token
    address TEXT   NOT NULL,
    detail  TEXT   NOT NULL,        -- a JSON object of short strings
    hash    TEXT   NOT NULL         -- of this entry and the hash of the one before it
);
CREATE INDEX audit_by_actor ON audit (actor, seq);
CREATE INDEX audit_by_action ON audit (action, seq);

-- The end of the chain. Whoever appends locks this row, so that two processes write one chain.
CREATE TABLE audit_head (
    id   INTEGER PRIMARY KEY CHECK (id = 1),
    seq  BIGINT  NOT NULL,
    hash TEXT    NOT NULL
);
INSERT INTO audit_head (id, seq, hash) VALUES (1, 0, '');
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only';
END;
$$;
-- +goose StatementEnd
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only();

-- +goose Down
DROP TABLE audit_head;
DROP TABLE audit;
DROP FUNCTION audit_append_only;
