// Package api is the REST edge: the Echo handlers, the one mapping of errors to answers, the health routes, the web
// client, and the way of a same-origin WebSocket to the gateway.
//
// A handler takes what it needs from the request, asks the packages below, and returns an error or writes JSON. What
// is not the caller's own is answered byte for byte like what does not exist.
package api

import (
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"

	"github.com/labstack/echo/v4"

	"claude-agent-chat/pkg/audit"
	"claude-agent-chat/pkg/auth"
	"claude-agent-chat/pkg/config"
	"claude-agent-chat/pkg/door"
	"claude-agent-chat/pkg/engine"
	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/health"
	"claude-agent-chat/pkg/store"
)

// Deps are what the API works with. All fields but Audit, Assets and Models are required; New keeps them and closes nothing.
type Deps struct {
	Config  *config.Config
	Store   *store.Store
	Auth    *auth.Service
	Audit   *audit.Log      // may be nil
	Health  *health.Checker // see NewHealth
	Assets  fs.FS           // the built web client with index.html at the root; nil serves the API alone
	Models  []engine.Model  // what GET /api/config offers; the first is the default
	Version string
	Log     *slog.Logger
}

// server holds what the handlers share. It is safe for concurrent use: nothing in it changes after New.
type server struct {
	cfg         *config.Config
	store       *store.Store
	auth        *auth.Service
	audit       *audit.Log
	models      []engine.Model
	version     string
	log         *slog.Logger
	gateway     *gateway
	page        *page
	policy      string
	hosts       door.Hosts
	proxies     door.Proxies
	crossOrigin *http.CrossOriginProtection
	openapi     []byte
}

// New builds the handler that serves the app's port. An error means a setting that cannot be used.
func New(d Deps) (http.Handler, error) {
	s, err := newServer(d)
	if err != nil {
		return nil, err
	}
	e := echo.New()
	e.HTTPErrorHandler = handleError
	e.Pre(headAsGet)
	e.Use(s.logged, recovered, s.harden, s.ownHost, s.sameSite, s.servePage)
	s.routes(e, d.Health)
	return e, nil
}

func newServer(d Deps) (*server, error) {
	s := &server{
		cfg: d.Config, store: d.Store, auth: d.Auth, audit: d.Audit, models: d.Models, version: d.Version, log: d.Log,
		hosts: door.NewHosts(d.Config.HostAddresses()...), proxies: d.Config.TrustedProxies,
	}
	var err error
	if s.gateway, err = newGateway(d.Config.WSGatewayURL); err != nil {
		return nil, err
	}
	if s.page, err = loadPage(d.Assets); err != nil {
		return nil, err
	}
	if s.crossOrigin, err = crossOrigin(d.Config.PublicURL, d.Config.AllowedOrigins); err != nil {
		return nil, fmt.Errorf("read the allowed origins: %w", err)
	}
	if s.openapi, err = describe(d.Version); err != nil {
		return nil, fmt.Errorf("describe the API: %w", err)
	}
	s.policy = contentSecurityPolicy(connectSources(d.Config.PublicWSURL, s.page.index()))
	return s, nil
}

// routes is every route of the app; openapi.go describes the same ones.
func (s *server) routes(e *echo.Echo, checks *health.Checker) {
	e.GET("/api/health", echo.WrapHandler(checks.Health()))
	e.GET("/api/livez", echo.WrapHandler(checks.Live()))
	e.GET("/api/readyz", echo.WrapHandler(checks.Ready()))
	e.GET("/api/openapi.json", s.getOpenAPI)
	e.GET("/api/config", s.getConfig)

	e.POST("/api/auth/signup", s.signUp)
	e.POST("/api/auth/login", s.logIn)
	e.POST("/api/auth/logout", s.logOut)
	e.POST("/api/auth/reset", s.resetPassword)
	e.GET("/api/auth/oidc/login", s.leaveForProvider)
	e.GET(callbackPath, s.returnFromProvider)
	e.PUT("/api/me/password", s.signedIn(s.changePassword))
	e.GET("/api/web-sessions", s.signedIn(s.listWebSessions))
	e.DELETE("/api/web-sessions", s.signedIn(s.endOtherWebSessions))
	e.DELETE("/api/web-sessions/:id", s.signedIn(s.endWebSession))
	e.GET("/api/me", s.signedIn(s.getMe))
	e.DELETE("/api/me", s.signedIn(s.deleteMe))
	e.GET("/api/me/provider", s.signedIn(s.getLinked))
	e.DELETE("/api/me/provider", s.signedIn(s.unlink))
	e.GET("/api/me/second-factor", s.signedIn(s.getFactor))
	e.POST("/api/me/second-factor", s.signedIn(s.beginFactor))
	e.POST("/api/me/second-factor/confirm", s.signedIn(s.confirmFactor))
	e.DELETE("/api/me/second-factor", s.signedIn(s.removeFactor))
	e.GET("/api/tokens", s.signedIn(s.listTokens))
	e.POST("/api/tokens", s.signedIn(s.createToken))
	e.DELETE("/api/tokens/:id", s.signedIn(s.deleteToken))
	e.POST("/api/ws-ticket", s.signedIn(s.issueTicket))

	e.GET("/api/projects", s.signedIn(s.listProjects))
	e.POST("/api/projects", s.signedIn(s.createProject))
	e.DELETE("/api/projects/:name", s.signedIn(s.deleteProject))
	e.GET("/api/trash", s.signedIn(s.listTrash))
	e.POST("/api/trash/:id/restore", s.signedIn(s.restoreTrash))
	e.DELETE("/api/trash/:id", s.signedIn(s.purgeTrash))
	e.GET("/api/sessions", s.signedIn(s.listSessions))
	e.GET("/api/sessions/:id", s.signedIn(s.getSession))
	e.PATCH("/api/sessions/:id", s.signedIn(s.patchSession))
	e.DELETE("/api/sessions/:id", s.signedIn(s.deleteSession))
	e.GET("/api/sessions/:id/messages", s.signedIn(s.listMessages))
	e.GET("/api/sessions/:id/subagents/:agent/messages", s.signedIn(s.listSubagentMessages))
	e.POST("/api/sessions/:id/fork", s.signedIn(s.forkSession))
	e.GET("/api/sessions/:id/export", s.signedIn(s.exportSession))
	e.GET("/api/search", s.signedIn(s.searchText))

	e.GET("/ws/agent", s.forwardWS)
	s.adminRoutes(e)
}

// adminRoutes is every route that is for administrators alone.
func (s *server) adminRoutes(e *echo.Echo) {
	e.GET("/api/admin/doctor", s.administrator(s.examineSessions))
	e.POST("/api/admin/doctor/repair", s.administrator(s.repairSession))

	e.GET("/api/admin/boundary", s.administrator(s.getBoundary))
	e.POST("/api/admin/boundary/test", s.administrator(s.testBoundary))

	e.GET("/api/admin/users", s.administrator(s.listUsers))
	e.PATCH("/api/admin/users/:id", s.administrator(s.patchUser))
	e.DELETE("/api/admin/users/:id", s.administrator(s.deleteUser))
	e.DELETE("/api/admin/users/:id/second-factor", s.administrator(s.removeFactorOf))
	e.POST("/api/admin/users/:id/reset", s.administrator(s.offerReset))
	e.GET("/api/admin/links", s.administrator(s.listLinks))
	e.POST("/api/admin/invitations", s.administrator(s.invite))
	e.DELETE("/api/admin/links/:id", s.administrator(s.deleteLink))
	e.GET("/api/usage", s.signedIn(s.ownUsage))
	e.GET("/api/admin/usage", s.administrator(s.allUsage))
	e.GET("/api/admin/turns", s.administrator(s.runningTurns))
	e.GET("/api/admin/audit", s.administrator(s.listAudit))
	e.GET("/api/admin/audit/export", s.administrator(s.exportAudit))
	e.GET("/api/admin/audit/verify", s.administrator(s.verifyAudit))
}

// handler is a handler that knows who asks.
type handler func(c echo.Context, who auth.Identity) error

// administrator lets only administrators through.
func (s *server) administrator(next handler) echo.HandlerFunc {
	return s.signedIn(func(c echo.Context, who auth.Identity) error {
		if who.Role != store.RoleAdmin {
			return fault.New(fault.Forbidden, "Only administrators may do this.")
		}
		return next(c, who)
	})
}

// signedIn lets only callers with a valid cookie or token through.
func (s *server) signedIn(next handler) echo.HandlerFunc {
	return func(c echo.Context) error {
		who, err := s.auth.Authenticate(c.Request())
		if err != nil {
			return err
		}
		return next(c, who)
	}
}
