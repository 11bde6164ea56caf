-- What the index knows of each session's file, so that a change is seen by one stat, and what only the file can tell.

-- +goose Up
ALTER TABLE sessions ADD COLUMN file TEXT NOT NULL DEFAULT '';           -- below the sessions root; empty before the first prompt
ALTER TABLE sessions ADD COLUMN file_size BIGINT NOT NULL DEFAULT 0;     -- bytes, when it was last read whole
ALTER TABLE sessions ADD COLUMN file_mtime BIGINT NOT NULL DEFAULT 0;    -- nanoseconds since 1970, then
ALTER TABLE sessions ADD COLUMN skipped BIGINT NOT NULL DEFAULT 0;       -- damaged lines
ALTER TABLE sessions ADD COLUMN interrupted BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE sessions ADD COLUMN model TEXT NOT NULL DEFAULT '';          -- of the last answer
ALTER TABLE sessions ADD COLUMN input_tokens BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN output_tokens BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN cache_read_tokens BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN cache_write_tokens BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE sessions DROP COLUMN cache_write_tokens;
ALTER TABLE sessions DROP COLUMN cache_read_tokens;
ALTER TABLE sessions DROP COLUMN output_tokens;
ALTER TABLE sessions DROP COLUMN input_tokens;
ALTER TABLE sessions DROP COLUMN model;
ALTER TABLE sessions DROP COLUMN interrupted;
ALTER TABLE sessions DROP COLUMN skipped;
ALTER TABLE sessions DROP COLUMN file_mtime;
ALTER TABLE sessions DROP COLUMN file_size;
ALTER TABLE sessions DROP COLUMN file;
