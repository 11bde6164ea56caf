package api

import (
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"claude-agent-chat/pkg/auth"
	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/index"
	"claude-agent-chat/pkg/search"
)

// The bounds of a page of search results.
const (
	foundUsual = 20
	foundMost  = 100
)

// foundItem is a place in a session that a search found. Cursor opens the conversation there; see listMessages.
type foundItem struct {
	SessionID string        `json:"sessionId"`
	Title     string        `json:"title"`
	Cwd       string        `json:"cwd"`
	Kind      string        `json:"kind"`
	Cursor    string        `json:"cursor"`
	MessageID string        `json:"messageId"`
	Timestamp string        `json:"timestamp"`
	Excerpt   []search.Part `json:"excerpt"`
}

// foundPage is a page of search results, newest first; NextCursor is null on the last one, and a page can be short.
type foundPage struct {
	Items      []foundItem `json:"items"`
	NextCursor *string     `json:"nextCursor"`
}

// searchText looks through the caller's own transcripts.
func (s *server) searchText(c echo.Context, who auth.Identity) error {
	limit, err := queryInt(c, "limit", foundUsual, 1, foundMost)
	if err != nil {
		return err
	}
	query, err := queryText(c, "q")
	if err != nil {
		return err
	}
	found, next, err := index.Search(c.Request().Context(), s.store, s.cfg.SessionsRoot, who.AccountID, query, c.QueryParam("cursor"), limit)
	if err != nil {
		return err
	}
	answer := foundPage{Items: make([]foundItem, 0, len(found)), NextCursor: orNone(next)}
	for _, f := range found {
		answer.Items = append(answer.Items, foundItem{
			SessionID: f.SessionID, Title: f.Title, Cwd: f.Cwd, Kind: f.Kind, Cursor: f.Cursor, MessageID: f.MessageID,
			Timestamp: stamp(f.At), Excerpt: f.Excerpt,
		})
	}
	return writeJSON(c, http.StatusOK, answer)
}

// queryText reads the words of a search.
func queryText(c echo.Context, name string) (string, error) {
	text := strings.TrimSpace(c.QueryParam(name))
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return "", fault.New(fault.Invalid, "The parameter %q is not plain text.", name)
	}
	if utf8.RuneCountInString(text) > maxQuery {
		return "", fault.New(fault.Invalid, "The parameter %q may have %d characters at most.", name, maxQuery)
	}
	return text, nil
}
