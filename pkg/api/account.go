package api

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"claude-agent-chat/pkg/audit"
	"claude-agent-chat/pkg/auth"
	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/workspace"
)

// credentials is the body of sign-up and sign-in.
type credentials struct {
	Username *string `json:"username"`
	Password *string `json:"password"`
	// Invitation is the secret of a one-time link; for sign-up only.
	Invitation string `json:"invitation"`
	// Code is of the second factor; for sign-in only.
	Code string `json:"code"`
}

// me is the signed-in account as its owner sees it.
type me struct {
	ID         string `json:"id"`
	Username   string `json:"username"`
	Role       string `json:"role"`
	Home       string `json:"home"`
	DefaultCwd string `json:"defaultCwd"`
}

func (s *server) describeMe(who auth.Identity) me {
	home := s.home(who)
	return me{ID: who.AccountID, Username: who.Username, Role: who.Role, Home: home, DefaultCwd: workspace.Dir(home)}
}

// home is the directory that holds everything of the caller.
func (s *server) home(who auth.Identity) string {
	return workspace.Home(s.cfg.SessionsRoot, who.AccountID)
}

// readCredentials reads the body of sign-up and sign-in; the password stays exactly as it was typed.
func readCredentials(c echo.Context) (username, password string, body credentials, err error) {
	if err := decode(c, &body); err != nil {
		return "", "", body, err
	}
	if username, err = required("username", body.Username); err != nil {
		return "", "", body, err
	}
	password, err = required("password", body.Password)
	return username, password, body, err
}

func (s *server) signUp(c echo.Context) error {
	username, password, body, err := readCredentials(c)
	if err != nil {
		return err
	}
	ctx, address := c.Request().Context(), s.proxies.Client(c.Request())
	var who auth.Identity
	var token string
	if body.Invitation != "" {
		who, token, err = s.auth.SignUpInvited(ctx, address, body.Invitation, username, password)
	} else {
		who, token, err = s.auth.SignUp(ctx, address, username, password)
	}
	if err != nil {
		return err
	}
	return s.welcome(c, http.StatusCreated, who, token)
}

func (s *server) logIn(c echo.Context) error {
	username, password, body, err := readCredentials(c)
	if err != nil {
		return err
	}
	who, token, err := s.auth.LogIn(c.Request().Context(), s.proxies.Client(c.Request()), username, password, body.Code)
	if err != nil {
		return err
	}
	return s.welcome(c, http.StatusOK, who, token)
}

// welcome lets a person in and says who they are.
func (s *server) welcome(c echo.Context, status int, who auth.Identity, token string) error {
	if err := s.enter(c, who, token); err != nil {
		return err
	}
	return writeJSON(c, status, s.describeMe(who))
}

// enter ends the web session that the browser had before, if any, makes sure of the person's home and hands out the new
// session's cookie.
func (s *server) enter(c echo.Context, who auth.Identity, token string) error {
	if err := s.auth.LogOut(c.Request().Context(), c.Request()); err != nil && !fault.Is(err, fault.Unauthenticated) {
		return err
	}
	if err := workspace.Ensure(s.cfg.SessionsRoot, who.AccountID); err != nil {
		return err
	}
	s.auth.SetCookie(c.Response(), c.Request(), token)
	return nil
}

// logOut ends the web session of the cookie. Without one there is nothing to end, and the answer is the same.
func (s *server) logOut(c echo.Context) error {
	who, known := s.auth.Authenticate(c.Request())
	if err := s.auth.LogOut(c.Request().Context(), c.Request()); err != nil && !fault.Is(err, fault.Unauthenticated) {
		return err
	}
	if known == nil {
		s.note(c, who, audit.SignOut, "", nil)
	}
	s.auth.ClearCookie(c.Response(), c.Request())
	return c.NoContent(http.StatusNoContent)
}

func (s *server) getMe(c echo.Context, who auth.Identity) error {
	return writeJSON(c, http.StatusOK, s.describeMe(who))
}

// stamp words a time as every answer does: RFC 3339 in UTC with milliseconds.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
