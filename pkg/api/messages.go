package api

import (
	"errors"
	"io/fs"
	"net/http"

	"github.com/labstack/echo/v4"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/auth"
	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/index"
	"claude-agent-chat/pkg/replay"
	"claude-agent-chat/pkg/transcript"
)

// The bounds of a page of messages, counted in records of the transcript.
const (
	messagesUsual = 50
	messagesMost  = 500
)

// messagePage is a page of a conversation, oldest first within the page. NextBefore asks for the page before it and is
// null where the conversation begins.
type messagePage struct {
	Items      []acp.Update `json:"items"`
	NextBefore *string      `json:"nextBefore"`
	HasMore    bool         `json:"hasMore"`
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
	answer, err := readMessages(index.PathOf(s.cfg.SessionsRoot, row), row.Cwd, c.QueryParam("before"), limit)
	if err != nil {
		return err
	}
	return writeJSON(c, http.StatusOK, answer)
}

// readMessages reads one page from a transcript; a session whose first prompt has not come yet has none, and is empty.
func readMessages(path, cwd, before string, limit int) (messagePage, error) {
	page := messagePage{Items: []acp.Update{}}
	conversation, err := transcript.Load(path)
	switch {
	case errors.Is(err, fs.ErrNotExist), fault.Is(err, fault.NotFound):
		return page, nil
	case err != nil:
		return page, err
	}
	items, next, more := replay.Page(conversation, before, limit, cwd)
	page.Items = append(page.Items, items...)
	if more {
		page.HasMore, page.NextBefore = true, &next
	}
	return page, nil
}
