package api

import (
	"errors"
	"io/fs"
	"net/http"

	"github.com/labstack/echo/v4"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/auth"
	"claude-agent-chat/pkg/index"
	"claude-agent-chat/pkg/replay"
	"claude-agent-chat/pkg/transcript"
)

// The bounds of a page of messages, counted in records of the transcript.
const (
	messagesUsual = 50
	messagesMost  = 500
)

// messagePage is a page of a conversation, oldest first within the page. NextBefore and NextAfter ask for the pages before
// and after it, and are null where the conversation begins and ends. Skipped counts the damaged lines met on the way.
type messagePage struct {
	Items      []acp.Update `json:"items"`
	NextBefore *string      `json:"nextBefore"`
	NextAfter  *string      `json:"nextAfter"`
	HasMore    bool         `json:"hasMore"`
	Skipped    int          `json:"skipped"`
}

// listMessages reads the transcript, which it never writes: the records of the page become the very updates that a
// session/load would send.
func (s *server) listMessages(c echo.Context, who auth.Identity) error {
	row, err := s.ownSession(c, who)
	if err != nil {
		return err
	}
	limit, err := queryInt(c, "limit", messagesUsual, 1, messagesMost)
	if err != nil {
		return err
	}
	query := replay.PageQuery{
		Before: c.QueryParam("before"), After: c.QueryParam("after"), Around: c.QueryParam("around"), Limit: limit,
	}
	answer, err := readMessages(index.PathOf(s.cfg.SessionsRoot, row), row.Cwd, query)
	if err != nil {
		return err
	}
	return writeJSON(c, http.StatusOK, answer)
}

// readMessages reads one page from a transcript; a session whose first prompt has not come yet has none, and is empty.
func readMessages(path, cwd string, query replay.PageQuery) (messagePage, error) {
	reader, err := transcript.OpenReader(path, -1)
	if errors.Is(err, fs.ErrNotExist) {
		return messagePage{Items: []acp.Update{}}, nil
	}
	if err != nil {
		return messagePage{}, err
	}
	defer func() { _ = reader.Close() }()
	page, err := replay.ReadPage(reader, query, cwd)
	if err != nil {
		return messagePage{}, err
	}
	return messagePage{
		Items: page.Items, NextBefore: orNone(page.NextBefore), NextAfter: orNone(page.NextAfter),
		HasMore: page.NextBefore != "", Skipped: page.Skipped,
	}, nil
}

// orNone is null in place of an empty cursor.
func orNone(cursor string) *string {
	if cursor == "" {
		return nil
	}
	return &cursor
}
