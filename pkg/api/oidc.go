package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"claude-agent-chat/pkg/auth"
	"claude-agent-chat/pkg/config"
	"claude-agent-chat/pkg/fault"
)

// callbackPath is where the provider of sign-ins sends people back.
const callbackPath = "/api/auth/oidc/callback"

// Provider is the provider of sign-ins that the settings name.
func Provider(cfg *config.Config) auth.ProviderOptions {
	return auth.ProviderOptions{
		Issuer: cfg.OIDC.Issuer, ClientID: cfg.OIDC.ClientID, ClientSecret: cfg.OIDC.ClientSecret.Reveal(),
		Callback: cfg.PublicURL + callbackPath, SignUp: cfg.OIDC.Signup,
	}
}

// leaveForProvider sends a browser to the provider; with ?link=1 to add that sign-in to the caller's account.
func (s *server) leaveForProvider(c echo.Context) error {
	address, err := s.auth.Leave(c.Request().Context(), c.Response(), c.Request(), c.QueryParam("link") == "1")
	if err != nil {
		return s.backToPage(c, err)
	}
	return c.Redirect(http.StatusFound, address)
}

// returnFromProvider takes a browser back in. People see the page in either case, and on it what went wrong.
func (s *server) returnFromProvider(c echo.Context) error {
	who, token, err := s.auth.Return(c.Response(), c.Request(), s.proxies.Client(c.Request()))
	if err != nil {
		return s.backToPage(c, err)
	}
	if token == "" {
		return c.Redirect(http.StatusFound, "/")
	}
	if err := s.enter(c, who, token); err != nil {
		return s.backToPage(c, err)
	}
	return c.Redirect(http.StatusFound, "/")
}

// backToPage has the page say that a sign-in did not work. It is told a code and has the sentences itself, so that no link to
// this server can put words on its page.
func (s *server) backToPage(c echo.Context, err error) error {
	s.log.WarnContext(c.Request().Context(), "sign-in by provider refused", "error", err, "remote_addr", s.proxies.Client(c.Request()))
	return c.Redirect(http.StatusFound, "/login#"+string(fault.CodeOf(err)))
}

var errNoLinkedProvider = fault.New(fault.NotFound, "No provider's sign-in leads to this account.")

func (s *server) getLinked(c echo.Context, who auth.Identity) error {
	linked, err := s.auth.Linked(c.Request().Context(), who)
	if err != nil {
		return notFoundAs(err, errNoLinkedProvider)
	}
	return writeJSON(c, http.StatusOK, map[string]bool{"linked": linked})
}

func (s *server) unlink(c echo.Context, who auth.Identity) error {
	if err := s.auth.Unlink(c.Request().Context(), who); err != nil {
		return notFoundAs(err, errNoLinkedProvider)
	}
	return c.NoContent(http.StatusNoContent)
}
