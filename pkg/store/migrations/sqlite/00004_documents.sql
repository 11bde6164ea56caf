-- What can be found of the transcripts. The text itself stays in the files: a document names the place of its record, and
-- the full-text index keeps only which terms a document has. A document's id begins with its time, so that the newest
-- come first without sorting. A term begins with 8 characters that stand for its owner, and beginnings of 3 more are
-- looked for often.

-- +goose Up
ALTER TABLE sessions ADD COLUMN text_end BIGINT NOT NULL DEFAULT 0; -- offset up to which the file is in documents
CREATE TABLE documents (
    id         INTEGER PRIMARY KEY,
    session_id TEXT    NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    place      BIGINT  NOT NULL, -- offset of the record
    size       BIGINT  NOT NULL, -- of the record
    line_end   BIGINT  NOT NULL  -- offset of the end of its line
);
CREATE INDEX documents_of_session ON documents (session_id);
CREATE VIRTUAL TABLE terms USING fts5 (words, content = '', contentless_delete = 1, detail = none, prefix = '11', tokenize = 'ascii');
-- +goose StatementBegin
CREATE TRIGGER documents_gone AFTER DELETE ON documents BEGIN
    DELETE FROM terms WHERE rowid = old.id;
END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER documents_gone;
DROP TABLE terms;
DROP TABLE documents;
ALTER TABLE sessions DROP COLUMN text_end;
