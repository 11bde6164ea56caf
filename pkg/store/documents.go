package store

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"hash/fnv"
	"slices"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/search"
)

// Document is a record of a transcript that can be found.
type Document struct {
	Place, Size, LineEnd int64 // where the record stands in its file
	At                   time.Time
	Terms                []string
}

// Hit is a document that has the terms of a query, with what its session's row says.
type Hit struct {
	ID        int64  `db:"id"` // newer ones have higher ids
	SessionID string `db:"session_id"`
	Place     int64  `db:"place"`    // of the record in its file
	Size      int64  `db:"size"`     // of the record
	LineEnd   int64  `db:"line_end"` // where its line ends
	Title     string `db:"title"`
	Cwd       string `db:"cwd"`
	File      string `db:"file"`
}

// A document's id is its time in milliseconds and a number of this many bits, which tells those of one time apart.
const idBits = 20

// errTextMoved says that somebody else has added to a session's documents, or that its row is gone.
var errTextMoved = fault.New(fault.Conflict, "The session's text was indexed by somebody else.")

// Addition is what a session's file has between two offsets.
type Addition struct {
	OwnerID, SessionID string
	From, UpTo         int64
	Documents          []Document
}

// AddDocuments adds parts of sessions' files, in one transaction. It is a Conflict, and nothing changes, if what was added of
// a session before does not end where an addition begins.
func (s *Store) AddDocuments(ctx context.Context, additions ...Addition) error {
	return s.transact(ctx, textTimeout, "index text", func(ctx context.Context, tx *sqlx.Tx) error {
		for _, a := range additions {
			n, err := changed(tx.ExecContext(ctx, tx.Rebind(`UPDATE sessions SET text_end = ? WHERE id = ? AND owner_id = ? AND text_end = ?`),
				a.UpTo, clean(a.SessionID), clean(a.OwnerID), a.From))
			if err != nil {
				return err
			}
			if n == 0 {
				return errTextMoved
			}
		}
		return s.insertDocuments(ctx, tx, numbered(additions))
	})
}

// numberedDocument is a document with its id, unless that is taken.
type numberedDocument struct {
	id               int64
	owner, sessionID string
	*Document
}

// numbered gives all documents in the order of their ids: the full-text index writes itself out whenever an id is lower than
// the one before.
func numbered(additions []Addition) []numberedDocument {
	var all []numberedDocument
	for _, a := range additions {
		owner, sessionID := ownerPrefix(a.OwnerID), clean(a.SessionID)
		for i := range a.Documents {
			d := &a.Documents[i]
			all = append(all, numberedDocument{documentID(sessionID, d), owner, sessionID, d})
		}
	}
	slices.SortFunc(all, func(a, b numberedDocument) int { return cmp.Compare(a.id, b.id) })
	return all
}

func (s *Store) insertDocuments(ctx context.Context, tx *sqlx.Tx, docs []numberedDocument) error {
	if len(docs) == 0 {
		return nil
	}
	columns, values := "id, session_id, place, size, line_end", "?, ?, ?, ?, ?"
	if s.postgres() {
		columns, values = columns+", terms", values+", array_to_tsvector(?::text[])"
	}
	insert, err := tx.PreparexContext(ctx, tx.Rebind(`INSERT INTO documents (`+columns+`) VALUES (`+values+`) ON CONFLICT (id) DO NOTHING`))
	if err != nil {
		return err
	}
	defer func() { _ = insert.Close() }()
	if s.postgres() {
		return insertInPostgres(ctx, insert, docs)
	}
	return insertInSQLite(ctx, tx, insert, docs)
}

func insertInPostgres(ctx context.Context, insert *sqlx.Stmt, docs []numberedDocument) error {
	for _, d := range docs {
		args := []any{0, d.sessionID, d.Place, d.Size, d.LineEnd, pq.Array(prefixed(d.owner, d.Terms))}
		if _, err := insertAt(ctx, insert, d.id, args); err != nil {
			return err
		}
	}
	return nil
}

func insertInSQLite(ctx context.Context, tx *sqlx.Tx, insert *sqlx.Stmt, docs []numberedDocument) error {
	terms, err := tx.PreparexContext(ctx, `INSERT INTO terms (rowid, words) VALUES (?, ?)`)
	if err != nil {
		return err
	}
	defer func() { _ = terms.Close() }()
	for _, d := range docs {
		id, err := insertAt(ctx, insert, d.id, []any{0, d.sessionID, d.Place, d.Size, d.LineEnd})
		if err != nil {
			return err
		}
		if _, err := terms.ExecContext(ctx, id, strings.Join(prefixed(d.owner, d.Terms), " ")); err != nil {
			return err
		}
	}
	return nil
}

// maxTermBytes is how much of a document's terms is kept: a tsvector has places for a megabyte.
const maxTermBytes = 1_000_000

// prefixed puts a prefix before each term.
func prefixed(prefix string, terms []string) []string {
	all, size := make([]string, 0, len(terms)), 0
	for _, term := range terms {
		if size += len(prefix) + len(term); size > maxTermBytes {
			break
		}
		all = append(all, prefix+term)
	}
	return all
}

// insertAt inserts a document with the first id from one on that is free.
func insertAt(ctx context.Context, insert *sqlx.Stmt, id int64, args []any) (int64, error) {
	for ; ; id++ {
		args[0] = id
		n, err := changed(insert.ExecContext(ctx, args...))
		if err != nil || n > 0 {
			return id, err
		}
	}
}

func changed(result sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func documentID(sessionID string, d *Document) int64 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(sessionID))
	seq := (int64(h.Sum32()) + d.Place) & (1<<idBits - 1)
	return min(max(0, d.At.UnixMilli()), 1<<42)<<idBits | seq
}

// ownerPrefix begins all terms of an owner's documents, so that a search does not pass by those of others. It is a hash: the
// owner of the session's row decides.
func ownerPrefix(ownerID string) string {
	sum := sha256.Sum256([]byte(clean(ownerID)))
	return hex.EncodeToString(sum[:4])
}

// dropping is the offset of a session whose documents are on their way out.
const dropping = -1

// TextEnd says which file of a session can be found, below the sessions root, and up to which offset; a negative one asks for
// DropDocuments, which was cut short. A session that does not exist and one of another owner are NotFound.
func (s *Store) TextEnd(ctx context.Context, ownerID, sessionID string) (file string, end int64, err error) {
	var row SessionFile
	err = s.get(ctx, "find session's text", notFound("session"), &row,
		`SELECT `+sessionFileColumns+` FROM sessions WHERE id = ? AND owner_id = ?`, clean(sessionID), clean(ownerID))
	return row.File, row.TextEnd, err
}

// DropDocuments forgets what can be found of a session, so that its file is indexed from its beginning.
func (s *Store) DropDocuments(ctx context.Context, ownerID, sessionID string) error {
	if err := s.dropText(ctx, ownerID, sessionID); err != nil {
		return err
	}
	_, err := s.exec(ctx, "forget text", `UPDATE sessions SET text_end = 0 WHERE id = ? AND owner_id = ? AND text_end = ?`,
		clean(sessionID), clean(ownerID), dropping)
	return err
}

// dropText removes a session's documents, some at a time, because a long transaction keeps others from writing.
func (s *Store) dropText(ctx context.Context, ownerID, sessionID string) error {
	const some = 1000
	n, err := s.exec(ctx, "forget text", `UPDATE sessions SET text_end = ? WHERE id = ? AND owner_id = ?`, dropping, clean(sessionID), clean(ownerID))
	for err == nil && n > 0 {
		n, err = s.exec(ctx, "forget text", `
			DELETE FROM documents WHERE id IN (SELECT id FROM documents WHERE session_id = ? LIMIT ?)`, clean(sessionID), some)
	}
	return err
}

// FindDocuments gives an owner's documents that have all terms, the newest first: up to limit of those with a lower id than
// before; 0 is from the newest on.
func (s *Store) FindDocuments(ctx context.Context, ownerID string, terms []search.Term, before int64, limit int) ([]Hit, error) {
	if before <= 0 {
		before = 1<<63 - 1
	}
	from, match := `terms t JOIN documents d ON d.id = t.rowid`, `terms MATCH ?`
	order := `t.rowid`
	if s.postgres() {
		from, match, order = `documents d`, `d.terms @@ ?::tsquery`, `d.id`
	}
	var hits []Hit
	err := s.list(ctx, "search", &hits, `
		SELECT d.id, d.session_id, d.place, d.size, d.line_end, s.title, s.cwd, s.file
		FROM `+from+` JOIN sessions s ON s.id = d.session_id
		WHERE `+match+` AND `+order+` < ? AND s.owner_id = ?
		ORDER BY `+order+` DESC LIMIT ?`, s.matching(ownerID, terms), before, clean(ownerID), limit)
	return hits, err
}

// matching puts terms into the language of the database's full-text search. Terms hold no quotes.
func (s *Store) matching(ownerID string, terms []search.Term) string {
	quote, prefix, and := `"`, " *", " AND "
	if s.postgres() {
		quote, prefix, and = `'`, ":*", " & "
	}
	owner := ownerPrefix(ownerID)
	all := make([]string, len(terms))
	for i, term := range terms {
		all[i] = quote + owner + term.Text + quote
		if term.Prefix {
			all[i] += prefix
		}
	}
	return strings.Join(all, and)
}

func (s *Store) postgres() bool { return s.db.DriverName() != sqliteDriver }

// transact runs f in a transaction, which ends with its error.
func (s *Store) transact(ctx context.Context, within time.Duration, doing string, f func(ctx context.Context, tx *sqlx.Tx) error) (err error) {
	parent := ctx
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	tx, err := s.db.BeginTxx(ctx, nil)
	if err != nil {
		return wrap(parent, err, doing)
	}
	if err := f(ctx, tx); err != nil {
		err = errors.Join(err, rollback(tx))
		if _, told := errors.AsType[*fault.Error](err); told {
			return err
		}
		return wrap(parent, err, doing)
	}
	return wrap(parent, tx.Commit(), doing)
}

func rollback(tx *sqlx.Tx) error {
	if err := tx.Rollback(); err != nil && !errors.Is(err, sql.ErrTxDone) {
		return err
	}
	return nil
}
