-- What sessions used, by day and model. It is made of the transcripts like the sessions' rows, and goes with them.

-- +goose Up
CREATE TABLE session_usage (
    session_id         TEXT   NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    day                TEXT   NOT NULL, -- 2006-01-02 in UTC; empty if the records have no time
    model              TEXT   NOT NULL,
    input_tokens       BIGINT NOT NULL,
    output_tokens      BIGINT NOT NULL,
    cache_read_tokens  BIGINT NOT NULL,
    cache_write_tokens BIGINT NOT NULL,
    PRIMARY KEY (session_id, day, model)
);
CREATE INDEX session_usage_day ON session_usage (day);
-- The files are read again, for what is in them to be counted.
UPDATE sessions SET file_mtime = 0;

-- +goose Down
DROP TABLE session_usage;
