-- What can be found of the transcripts. The text itself stays in the files: a document names the place of its record, and
-- keeps which terms it has. A document's id begins with its time, so that the newest come first without sorting.

-- +goose Up
ALTER TABLE sessions ADD COLUMN text_end BIGINT NOT NULL DEFAULT 0; -- offset up to which the file is in documents
CREATE TABLE documents (
    id         BIGINT PRIMARY KEY,
    session_id TEXT     NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    place      BIGINT   NOT NULL, -- offset of the record
    size       BIGINT   NOT NULL, -- of the record
    line_end   BIGINT   NOT NULL, -- offset of the end of its line
    terms      TSVECTOR NOT NULL
);
CREATE INDEX documents_of_session ON documents (session_id);
CREATE INDEX documents_with_term ON documents USING gin (terms);

-- +goose Down
DROP TABLE documents;
ALTER TABLE sessions DROP COLUMN text_end;
