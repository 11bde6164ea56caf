package store

import (
	"context"
	"encoding/base64"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

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
	State        string // "idle", "running" or "requires_action"
	Archived     bool
	Pinned       bool
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
}

const sessionColumns = `id, owner_id, cwd, title, created_at, updated_at, message_count, state, archived, pinned`

func (r sessionRow) session() Session {
	return Session{
		ID: r.ID, OwnerID: r.OwnerID, Cwd: r.Cwd, Title: r.Title,
		CreatedAt: fromMillis(r.CreatedAt), UpdatedAt: fromMillis(r.UpdatedAt),
		MessageCount: r.MessageCount, State: r.State, Archived: r.Archived, Pinned: r.Pinned,
	}
}

// UpsertSession writes a session's row, or brings it up to date; Archived and Pinned of a row that exists stay as they
// are. If the id is another owner's it is a Conflict and nothing changes; without the owner it is NotFound.
func (s *Store) UpsertSession(ctx context.Context, row Session) error {
	if row.State == "" {
		row.State = stateIdle
	}
	n, err := s.exec(ctx, "index session", `
		INSERT INTO sessions (id, owner_id, cwd, title, title_key, created_at, updated_at, message_count, state, archived, pinned)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET cwd = excluded.cwd, title = excluded.title, title_key = excluded.title_key,
			created_at = excluded.created_at, updated_at = excluded.updated_at,
			message_count = excluded.message_count, state = excluded.state
		WHERE sessions.owner_id = excluded.owner_id`,
		clean(row.ID), clean(row.OwnerID), clean(row.Cwd), clean(row.Title), fold(row.Title),
		millis(row.CreatedAt), millis(row.UpdatedAt), row.MessageCount, row.State, row.Archived, row.Pinned)
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

// DeleteSession removes a session's row. One that does not exist and one of another owner are NotFound.
func (s *Store) DeleteSession(ctx context.Context, ownerID, id string) error {
	n, err := s.exec(ctx, "delete session", `DELETE FROM sessions WHERE id = ? AND owner_id = ?`, clean(id), clean(ownerID))
	if err == nil && n == 0 {
		return notFound("session")
	}
	return err
}
