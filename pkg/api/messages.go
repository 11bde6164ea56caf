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
	query, err := pageQuery(c)
	if err != nil {
		return err
	}
	reader, err := transcript.OpenReader(index.PathOf(s.cfg.SessionsRoot, row), -1)
	if errors.Is(err, fs.ErrNotExist) { // Its first prompt has not come yet.
		return writeJSON(c, http.StatusOK, messagePage{Items: []acp.Update{}})
	}
	if err != nil {
		return err
	}
	return writeMessages(c, reader, row.Cwd, query)
}

// listSubagentMessages reads the conversation of a subagent in the same way. The subagent, at any depth, goes by its own id
// or by that of the call that started it.
func (s *server) listSubagentMessages(c echo.Context, who auth.Identity) error {
	row, err := s.ownSession(c, who)
	if err != nil {
		return err
	}
	agent := c.Param("agent")
	if !plainID.MatchString(agent) {
		return errNoSubagent
	}
	query, err := pageQuery(c)
	if err != nil {
		return err
	}
	reader, err := openSubagent(index.PathOf(s.cfg.SessionsRoot, row), agent)
	if errors.Is(err, fs.ErrNotExist) {
		return errNoSubagent
	}
	if err != nil {
		return err
	}
	return writeMessages(c, reader, row.Cwd, query)
}

func openSubagent(sessionPath, agent string) (*transcript.Reader, error) {
	path, err := transcript.AgentPath(sessionPath, agent)
	if err != nil {
		return nil, err
	}
	return transcript.OpenAgentReader(path)
}

func pageQuery(c echo.Context) (replay.PageQuery, error) {
	limit, err := queryInt(c, "limit", messagesUsual, 1, messagesMost)
	return replay.PageQuery{
		Before: c.QueryParam("before"), After: c.QueryParam("after"), Around: c.QueryParam("around"), Limit: limit,
	}, err
}

// writeMessages answers with one page of a transcript, and closes that.
func writeMessages(c echo.Context, reader *transcript.Reader, cwd string, query replay.PageQuery) error {
	defer func() { _ = reader.Close() }()
	page, err := replay.ReadPage(reader, query, cwd)
	if err != nil {
		return err
	}
	return writeJSON(c, http.StatusOK, messagePage{
		Items: page.Items, NextBefore: orNone(page.NextBefore), NextAfter: orNone(page.NextAfter),
		HasMore: page.NextBefore != "", Skipped: page.Skipped,
	})
}

// orNone is null in place of an empty cursor.
func orNone(cursor string) *string {
	if cursor == "" {
		return nil
	}
	return &cursor
}
