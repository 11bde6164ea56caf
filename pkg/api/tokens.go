package api

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"claude-agent-chat/pkg/audit"
	"claude-agent-chat/pkg/auth"
)

// tokenRow is an API token as a list shows it: everything but the token.
type tokenRow struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	CreatedAt string `json:"createdAt"`
}

func (s *server) listTokens(c echo.Context, who auth.Identity) error {
	tokens, err := s.auth.ListTokens(c.Request().Context(), who)
	if err != nil {
		return err
	}
	rows := make([]tokenRow, 0, len(tokens))
	for _, t := range tokens {
		rows = append(rows, tokenRow{ID: t.ID, Name: t.Name, CreatedAt: stamp(t.CreatedAt)})
	}
	return writeJSON(c, http.StatusOK, map[string]any{"items": rows})
}

// createToken answers with the token; it is the only time that it can be seen.
func (s *server) createToken(c echo.Context, who auth.Identity) error {
	var body struct {
		Name *string `json:"name"`
	}
	if err := decode(c, &body); err != nil {
		return err
	}
	name, err := required("name", body.Name)
	if err != nil {
		return err
	}
	id, token, err := s.auth.CreateToken(c.Request().Context(), who, name)
	if err != nil {
		return err
	}
	s.note(c, who, audit.TokenCreated, id, map[string]string{"name": name})
	return writeJSON(c, http.StatusCreated, map[string]string{"id": id, "token": token})
}

func (s *server) deleteToken(c echo.Context, who auth.Identity) error {
	if !plainID.MatchString(c.Param("id")) {
		return errNoToken
	}
	if err := s.auth.DeleteToken(c.Request().Context(), who, c.Param("id")); err != nil {
		return notFoundAs(err, errNoToken)
	}
	s.note(c, who, audit.TokenDeleted, c.Param("id"), nil)
	return c.NoContent(http.StatusNoContent)
}

// ticket lets one WebSocket connection in, once, within half a minute.
type ticket struct {
	Ticket    string `json:"ticket"`
	WSURL     string `json:"wsUrl"`
	ExpiresAt string `json:"expiresAt"`
}

func (s *server) issueTicket(c echo.Context, who auth.Identity) error {
	value, expires, err := s.auth.IssueTicket(c.Request().Context(), who)
	if err != nil {
		return err
	}
	return writeJSON(c, http.StatusOK, ticket{Ticket: value, WSURL: s.wsURL(c.Request()), ExpiresAt: stamp(expires.Truncate(time.Millisecond))})
}

// wsURL is where a client of this request finds the gateway: the address that the operator named, or else the forward
// on the address that the client used itself.
func (s *server) wsURL(r *http.Request) string {
	if s.cfg.PublicWSURL != "" {
		return s.cfg.PublicWSURL
	}
	scheme := "ws"
	if s.overHTTPS(r) {
		scheme = "wss"
	}
	return scheme + "://" + r.Host + "/ws/agent"
}
