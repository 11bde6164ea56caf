package api

import (
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/auth"
	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/store"
	"claude-agent-chat/pkg/workspace"
)

// The answers to ids that do not exist, and to those of other people: the very same.
var (
	errNoSession  = fault.New(fault.NotFound, "There is no such session.")
	errNoSubagent = fault.New(fault.NotFound, "There is no such subagent.")
	errNoToken    = fault.New(fault.NotFound, "There is no such token.")
)

// The bounds of a page of sessions, and of what may be asked for.
const (
	sessionsUsual = 50
	sessionsMost  = 200
	maxTitle      = 200 // runes
	maxQuery      = 500 // runes
)

// plainID is what ids look like; anything else in its place is not worth a query.
var plainID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,100}$`)

// notFoundAs replaces whatever a lower package says of a missing thing by the one answer of this edge.
func notFoundAs(err error, answer *fault.Error) error {
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Forbidden) {
		return answer
	}
	return err
}

// sessionRow is a session as lists and single answers show it.
type sessionRow struct {
	ID           string `json:"id"`
	Title        string `json:"title"`
	Cwd          string `json:"cwd"`
	CreatedAt    string `json:"createdAt"`
	UpdatedAt    string `json:"updatedAt"`
	MessageCount int64  `json:"messageCount"`
	State        string `json:"state"`
	Archived     bool   `json:"archived"`
	Pinned       bool   `json:"pinned"`
	Interrupted  bool   `json:"interrupted"`
}

func describeSession(s store.Session) sessionRow {
	return sessionRow{
		ID: s.ID, Title: s.Title, Cwd: s.Cwd, CreatedAt: stamp(s.CreatedAt), UpdatedAt: stamp(s.UpdatedAt),
		MessageCount: s.MessageCount, State: s.State, Archived: s.Archived, Pinned: s.Pinned,
		Interrupted: s.Interrupted && s.State == acp.StateIdle,
	}
}

// sessionPage is a page of sessions, newest first; NextCursor is null on the last one.
type sessionPage struct {
	Items      []sessionRow `json:"items"`
	NextCursor *string      `json:"nextCursor"`
}

func (s *server) listSessions(c echo.Context, who auth.Identity) error {
	filter, err := s.sessionFilter(c, who)
	if err != nil {
		return err
	}
	found, next, err := s.store.ListSessions(c.Request().Context(), who.AccountID, filter)
	if err != nil {
		return err
	}
	answer := sessionPage{Items: make([]sessionRow, 0, len(found))}
	for _, row := range found {
		answer.Items = append(answer.Items, describeSession(row))
	}
	if next != "" {
		answer.NextCursor = &next
	}
	return writeJSON(c, http.StatusOK, answer)
}

// sessionFilter reads the query of a session list; a project is named by its directory below the workspace.
func (s *server) sessionFilter(c echo.Context, who auth.Identity) (store.SessionFilter, error) {
	limit, err := queryInt(c, "limit", sessionsUsual, 1, sessionsMost)
	if err != nil {
		return store.SessionFilter{}, err
	}
	archived, err := queryBool(c, "archived")
	if err != nil {
		return store.SessionFilter{}, err
	}
	query, err := queryText(c, "q")
	if err != nil {
		return store.SessionFilter{}, err
	}
	filter := store.SessionFilter{Query: query, IncludeArchived: archived, Cursor: c.QueryParam("cursor"), Limit: limit}
	if project := c.QueryParam("project"); project != "" {
		if !utf8.ValidString(project) || !filepath.IsLocal(project) || strings.ContainsAny(project, "\x00/\\") {
			return filter, fault.New(fault.Invalid, "The parameter %q must be the name of a project.", "project")
		}
		filter.CwdPrefix = filepath.Join(workspace.Dir(s.home(who)), project)
	}
	return filter, nil
}

// ownSession finds a session of the caller's; everything else does not exist.
func (s *server) ownSession(c echo.Context, who auth.Identity) (store.Session, error) {
	if !plainID.MatchString(c.Param("id")) {
		return store.Session{}, errNoSession
	}
	row, err := s.store.SessionByID(c.Request().Context(), who.AccountID, c.Param("id"))
	if err != nil {
		return store.Session{}, notFoundAs(err, errNoSession)
	}
	return row, nil
}

func (s *server) getSession(c echo.Context, who auth.Identity) error {
	row, err := s.ownSession(c, who)
	if err != nil {
		return err
	}
	return writeJSON(c, http.StatusOK, describeSession(row))
}

// sessionPatch is the body of a change; what is absent stays as it is.
type sessionPatch struct {
	Title    *string `json:"title"`
	Archived *bool   `json:"archived"`
	Pinned   *bool   `json:"pinned"`
}

// clean checks a patch before any of it is done.
func (p *sessionPatch) clean() error {
	if p.Title == nil && p.Archived == nil && p.Pinned == nil {
		return fault.New(fault.Invalid, "Nothing to change: send title, archived or pinned.")
	}
	if p.Title == nil {
		return nil
	}
	if strings.ContainsRune(*p.Title, 0) {
		return fault.New(fault.Invalid, "A title is plain text.")
	}
	title := strings.Join(strings.Fields(*p.Title), " ")
	if title == "" || utf8.RuneCountInString(title) > maxTitle {
		return fault.New(fault.Invalid, "A title has between 1 and %d characters.", maxTitle)
	}
	p.Title = &title
	return nil
}

// patchSession changes the marks in the index itself and lets the gateway, which writes the transcript, change the
// title there. The title goes first: if the gateway refuses, nothing has changed.
func (s *server) patchSession(c echo.Context, who auth.Identity) error {
	if _, err := s.ownSession(c, who); err != nil {
		return err
	}
	var patch sessionPatch
	if err := decode(c, &patch); err != nil {
		return err
	}
	if err := patch.clean(); err != nil {
		return err
	}
	id := c.Param("id")
	if patch.Title != nil {
		if err := s.changeSession(c, http.MethodPatch, id, map[string]string{"title": *patch.Title}, nil); err != nil {
			return err
		}
	}
	if patch.Archived != nil || patch.Pinned != nil {
		marks := store.SessionPatch{Archived: patch.Archived, Pinned: patch.Pinned}
		if err := s.store.PatchSession(c.Request().Context(), who.AccountID, id, marks); err != nil {
			return notFoundAs(err, errNoSession)
		}
	}
	return s.getSession(c, who)
}

// deleteSession has the gateway delete the transcript and its row.
func (s *server) deleteSession(c echo.Context, who auth.Identity) error {
	if _, err := s.ownSession(c, who); err != nil {
		return err
	}
	if err := s.changeSession(c, http.MethodDelete, c.Param("id"), nil, nil); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// forkRequest says where a fork leaves the session: at a message or behind a cursor; at the end if neither is given.
type forkRequest struct {
	MessageID string `json:"messageId"`
	Cursor    string `json:"cursor"`
}

// forkSession has the gateway write the new session's transcript.
func (s *server) forkSession(c echo.Context, who auth.Identity) error {
	if _, err := s.ownSession(c, who); err != nil {
		return err
	}
	var at forkRequest
	if err := decode(c, &at); err != nil {
		return err
	}
	var forked struct {
		ID string `json:"id"`
	}
	if err := s.changeSession(c, http.MethodPost, c.Param("id"), at, &forked, "fork"); err != nil {
		return err
	}
	row, err := s.store.SessionByID(c.Request().Context(), who.AccountID, forked.ID)
	if err != nil {
		return err
	}
	return writeJSON(c, http.StatusCreated, describeSession(row))
}
