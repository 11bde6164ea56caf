package store

import (
	"cmp"
	"context"
	"encoding/base64"
	"io/fs"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jmoiron/sqlx"

	"claude-agent-chat/pkg/fault"
)

// stateIdle is the state of a session in which nothing runs.
const stateIdle = "idle"

// The bounds of ListSessions.
const (
	pageUsual = 50
	pageMost  = 200
	wordsMost = 10
)

// Session is a row of the index of sessions. Everything but Archived and Pinned comes from the transcript.
type Session struct {
	ID           string
	OwnerID      string
	Cwd          string
	Title        string
	CreatedAt    time.Time // milliseconds are kept
	UpdatedAt    time.Time // milliseconds are kept
	MessageCount int64
	State        string // "idle", "running" or "requires_action"; empty in an upsert keeps what is there
	Archived     bool
	Pinned       bool

	File        string // the transcript, below the sessions root; empty before the first prompt
	FileSize    int64  // bytes, when it was last read whole
	FileMtime   int64  // nanoseconds since 1970, then
	Skipped     int64  // damaged lines
	Interrupted bool   // the last turn was cut off and can go on
	Model       string // of the last answer
	Usage       Usage
	Spent       []Spent // the same by day and model; nil in an upsert keeps what is there
}

// Usage counts the tokens of a session.
type Usage struct {
	Input, Output, CacheRead, CacheWrite int64
}

// sessionRow is a session as it lies in the database.
type sessionRow struct {
	ID           string `db:"id"`
	OwnerID      string `db:"owner_id"`
	Cwd          string `db:"cwd"`
	Title        string `db:"title"`
	CreatedAt    int64  `db:"created_at"`
	UpdatedAt    int64  `db:"updated_at"`
	MessageCount int64  `db:"message_count"`
	State        string `db:"state"`
	Archived     bool   `db:"archived"`
	Pinned       bool   `db:"pinned"`
	File         string `db:"file"`
	FileSize     int64  `db:"file_size"`
	FileMtime    int64  `db:"file_mtime"`
	Skipped      int64  `db:"skipped"`
	Interrupted  bool   `db:"interrupted"`
	Model        string `db:"model"`
	Input        int64  `db:"input_tokens"`
	Output       int64  `db:"output_tokens"`
	CacheRead    int64  `db:"cache_read_tokens"`
	CacheWrite   int64  `db:"cache_write_tokens"`
}

const sessionColumns = `id, owner_id, cwd, title, created_at, updated_at, message_count, state, archived, pinned,
	file, file_size, file_mtime, skipped, interrupted, model, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens`

func (r sessionRow) session() Session {
	return Session{
		ID: r.ID, OwnerID: r.OwnerID, Cwd: r.Cwd, Title: r.Title,
		CreatedAt: fromMillis(r.CreatedAt), UpdatedAt: fromMillis(r.UpdatedAt),
		MessageCount: r.MessageCount, State: r.State, Archived: r.Archived, Pinned: r.Pinned,
		File: r.File, FileSize: r.FileSize, FileMtime: r.FileMtime, Skipped: r.Skipped, Interrupted: r.Interrupted, Model: r.Model,
		Usage: Usage{Input: r.Input, Output: r.Output, CacheRead: r.CacheRead, CacheWrite: r.CacheWrite},
	}
}

const upsertSession = `
	INSERT INTO sessions (id, owner_id, cwd, title, title_key, created_at, updated_at, message_count, state, archived, pinned,
		file, file_size, file_mtime, skipped, interrupted, model, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
	ON CONFLICT (id) DO UPDATE SET cwd = excluded.cwd, title = excluded.title, title_key = excluded.title_key,
		created_at = excluded.created_at, updated_at = excluded.updated_at,
		message_count = excluded.message_count, state = CASE WHEN ? THEN sessions.state ELSE excluded.state END,
		file = excluded.file, file_size = excluded.file_size, file_mtime = excluded.file_mtime, skipped = excluded.skipped,
		interrupted = excluded.interrupted, model = excluded.model, input_tokens = excluded.input_tokens,
		output_tokens = excluded.output_tokens, cache_read_tokens = excluded.cache_read_tokens,
		cache_write_tokens = excluded.cache_write_tokens
	WHERE sessions.owner_id = excluded.owner_id`

// upsertArgs are the parameters of upsertSession.
func (row *Session) upsertArgs() []any {
	return []any{
		clean(row.ID), clean(row.OwnerID), clean(row.Cwd), clean(row.Title), fold(row.Title),
		millis(row.CreatedAt), millis(row.UpdatedAt), row.MessageCount, cmp.Or(row.State, stateIdle), row.Archived, row.Pinned,
		clean(row.File), row.FileSize, row.FileMtime, row.Skipped, row.Interrupted, clean(row.Model),
		row.Usage.Input, row.Usage.Output, row.Usage.CacheRead, row.Usage.CacheWrite, row.State == "",
	}
}

// UpsertSession writes a session's row, or brings it up to date; Archived and Pinned of a row that exists stay as they
// are. If the id is another owner's it is a Conflict and nothing changes; without the owner it is NotFound.
func (s *Store) UpsertSession(ctx context.Context, row Session) error {
	if row.Spent != nil {
		return s.UpsertSessions(ctx, []Session{row})
	}
	n, err := s.exec(ctx, "index session", upsertSession, row.upsertArgs()...)
	return upserted(n, err)
}

// UpsertSessions is UpsertSession for many rows, in one transaction: with an error for one of them none is written.
func (s *Store) UpsertSessions(ctx context.Context, rows []Session) error {
	return s.transact(ctx, queryTimeout, "index sessions", func(ctx context.Context, tx *sqlx.Tx) error {
		upsert, err := tx.PreparexContext(ctx, tx.Rebind(upsertSession))
		if err != nil {
			return err
		}
		defer func() { _ = upsert.Close() }()
		for i := range rows {
			n, err := changed(upsert.ExecContext(ctx, rows[i].upsertArgs()...))
			if err := upserted(n, err); err != nil {
				return err
			}
			if rows[i].Spent == nil {
				continue
			}
			if err := replaceSpent(ctx, tx, rows[i].ID, rows[i].Spent); err != nil {
				return err
			}
		}
		return nil
	})
}

func upserted(n int64, err error) error {
	switch {
	case orphaned(err):
		return noAccount()
	case err == nil && n == 0:
		return fault.New(fault.Conflict, "A session with this id exists already.")
	}
	return err
}

// SetSessionState notes what a session does now; that there is no such session is no error.
func (s *Store) SetSessionState(ctx context.Context, id, state string) error {
	_, err := s.exec(ctx, "set session state", `UPDATE sessions SET state = ? WHERE id = ?`, state, clean(id))
	return err
}

// ResetSessionStates makes every session idle, for the start of the gateway: what ran before it runs no more.
func (s *Store) ResetSessionStates(ctx context.Context) error {
	_, err := s.exec(ctx, "reset session states", `UPDATE sessions SET state = ? WHERE state <> ?`, stateIdle, stateIdle)
	return err
}

// SessionByID finds a session of the owner. One that does not exist and one of another owner are NotFound.
func (s *Store) SessionByID(ctx context.Context, ownerID, id string) (Session, error) {
	var row sessionRow
	err := s.get(ctx, "find session", notFound("session"), &row,
		`SELECT `+sessionColumns+` FROM sessions WHERE id = ? AND owner_id = ?`, clean(id), clean(ownerID))
	if err != nil {
		return Session{}, err
	}
	return row.session(), nil
}

// SessionFile is what the index knows of a session's file.
type SessionFile struct {
	ID      string `db:"id"`
	OwnerID string `db:"owner_id"`
	File    string `db:"file"`
	Size    int64  `db:"file_size"`
	Mtime   int64  `db:"file_mtime"` // nanoseconds since 1970
	TextEnd int64  `db:"text_end"`   // offset up to which the file is in documents
}

// Changed reports whether a file is not as it was when it was read.
func (f SessionFile) Changed(info fs.FileInfo) bool {
	return f.Size != info.Size() || f.Mtime != info.ModTime().UnixNano()
}

const sessionFileColumns = `id, owner_id, file, file_size, file_mtime, text_end`

// SessionFiles lists the files of all owners' sessions, for comparing them with the disk.
func (s *Store) SessionFiles(ctx context.Context) ([]SessionFile, error) {
	var rows []SessionFile
	err := s.list(ctx, "list session files", &rows, `SELECT `+sessionFileColumns+` FROM sessions`)
	return rows, err
}

// DamagedSession is a session with damaged lines, and whose it is.
type DamagedSession struct {
	ID       string `db:"id"`
	OwnerID  string `db:"owner_id"`
	Username string `db:"username"`
	File     string `db:"file"`
}

const selectDamaged = `
	SELECT s.id, s.owner_id, a.username, s.file FROM sessions s JOIN accounts a ON a.id = s.owner_id `

// DamagedSessions lists sessions of all owners whose files have damaged lines, those that changed last first.
func (s *Store) DamagedSessions(ctx context.Context, limit int) ([]DamagedSession, error) {
	rows := []DamagedSession{}
	err := s.list(ctx, "list damaged sessions", &rows, selectDamaged+`
		WHERE s.skipped > 0 ORDER BY s.updated_at DESC, s.id LIMIT ?`, limit)
	return rows, err
}

// DamagedSession finds a session of any owner for its repair. One that does not exist is NotFound.
func (s *Store) DamagedSession(ctx context.Context, id string) (DamagedSession, error) {
	var row DamagedSession
	err := s.get(ctx, "find session", notFound("session"), &row, selectDamaged+`WHERE s.id = ?`, clean(id))
	return row, err
}

// SessionFilter says which sessions to list; its zero value is the first page of all that are not archived.
type SessionFilter struct {
	Query           string // words that the title must hold, in any case and order
	Cwd             string // this directory only
	CwdPrefix       string // this directory and those below it
	IncludeArchived bool
	Cursor          string // where the page before ended
	Limit           int    // 50 if it is zero; 200 at most
}

// ListSessions gives a page of an owner's sessions, those that changed last first, and the cursor of the next page;
// it is empty on the last one. A cursor that is not one of these is Invalid.
func (s *Store) ListSessions(ctx context.Context, ownerID string, f SessionFilter) (_ []Session, next string, err error) {
	limit := f.Limit
	if limit <= 0 {
		limit = pageUsual
	}
	limit = min(limit, pageMost)
	where, args, err := f.conditions(ownerID)
	if err != nil {
		return nil, "", err
	}
	var rows []sessionRow
	err = s.list(ctx, "list sessions", &rows, `SELECT `+sessionColumns+` FROM sessions WHERE `+where+`
		ORDER BY updated_at DESC, id DESC LIMIT ?`, append(args, limit+1)...)
	if err != nil {
		return nil, "", err
	}
	if len(rows) > limit {
		rows = rows[:limit]
		next = cursorAfter(rows[limit-1])
	}
	found := make([]Session, len(rows))
	for i, r := range rows {
		found[i] = r.session()
	}
	return found, next, nil
}

// conditions puts the filter into SQL.
func (f SessionFilter) conditions(ownerID string) (where string, args []any, err error) {
	all := []string{"owner_id = ?"}
	args = []any{clean(ownerID)}
	add := func(condition string, values ...any) {
		all, args = append(all, condition), append(args, values...)
	}
	if !f.IncludeArchived {
		add("NOT archived")
	}
	if f.Cwd != "" {
		add("cwd = ?", clean(f.Cwd))
	}
	if f.CwdPrefix != "" {
		dir := strings.TrimRight(clean(f.CwdPrefix), "/")
		below := dir + "/"
		add("(cwd = ? OR substr(cwd, 1, ?) = ?)", dir, utf8.RuneCountInString(below), below)
	}
	words := strings.Fields(fold(f.Query))
	for _, word := range words[:min(len(words), wordsMost)] {
		add("title_key LIKE ? ESCAPE '!'", contains(word))
	}
	if f.Cursor != "" {
		at, id, ok := readCursor(f.Cursor)
		if !ok {
			return "", nil, fault.New(fault.Invalid, "This cursor is not from a list of sessions.")
		}
		add("(updated_at < ? OR (updated_at = ? AND id < ?))", at, at, id)
	}
	return strings.Join(all, " AND "), args, nil
}

// cursorAfter is the place in the list behind a row.
func cursorAfter(r sessionRow) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(r.UpdatedAt, 10) + " " + r.ID))
}

// readCursor is the inverse of cursorAfter.
func readCursor(cursor string) (updatedAt int64, id string, ok bool) {
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return 0, "", false
	}
	at, id, found := strings.Cut(string(raw), " ")
	updatedAt, err = strconv.ParseInt(at, 10, 64)
	return updatedAt, id, found && err == nil && id != "" && id == clean(id)
}

// SessionPatch is a change of a session's row; what is nil stays as it is.
type SessionPatch struct {
	Archived *bool
	Pinned   *bool
	Title    *string
}

// PatchSession changes a session of the owner. One that does not exist and one of another owner are NotFound.
func (s *Store) PatchSession(ctx context.Context, ownerID, id string, p SessionPatch) error {
	var title, key *string
	if p.Title != nil {
		t, k := clean(*p.Title), fold(*p.Title)
		title, key = &t, &k
	}
	n, err := s.exec(ctx, "change session", `
		UPDATE sessions SET archived = COALESCE(?, archived), pinned = COALESCE(?, pinned),
			title = COALESCE(?, title), title_key = COALESCE(?, title_key)
		WHERE id = ? AND owner_id = ?`, p.Archived, p.Pinned, title, key, clean(id), clean(ownerID))
	if err == nil && n == 0 {
		return notFound("session")
	}
	return err
}

// DeleteSession removes a session's row and what can be found of it. One that does not exist and one of another owner are
// NotFound.
func (s *Store) DeleteSession(ctx context.Context, ownerID, id string) error {
	if err := s.dropText(ctx, ownerID, id); err != nil {
		return err
	}
	n, err := s.exec(ctx, "delete session", `DELETE FROM sessions WHERE id = ? AND owner_id = ?`, clean(id), clean(ownerID))
	if err == nil && n == 0 {
		return notFound("session")
	}
	return err
}
