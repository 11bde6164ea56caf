package api

import (
	"encoding/json"
	"net/http"

	"github.com/labstack/echo/v4"

	"claude-agent-chat/pkg/auth"
	"claude-agent-chat/pkg/fault"
)

var errNoBoundary = fault.New(fault.Unavailable, "This gateway shows no boundary. Update it.")

// getBoundary passes on what the gateway knows of the boundary around tools.
func (s *server) getBoundary(c echo.Context, _ auth.Identity) error {
	return s.passBoundary(c, http.MethodGet, "admin", "boundary")
}

// testBoundary has the gateway try the boundary now.
func (s *server) testBoundary(c echo.Context, _ auth.Identity) error {
	return s.passBoundary(c, http.MethodPost, "admin", "boundary", "test")
}

func (s *server) passBoundary(c echo.Context, method string, path ...string) error {
	var state json.RawMessage
	if err := s.ask(c, method, path, nil, &state, errNoBoundary); err != nil {
		return err
	}
	return writeJSON(c, http.StatusOK, state)
}
