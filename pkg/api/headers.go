package api

import (
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"claude-agent-chat/pkg/door"
	"claude-agent-chat/pkg/fault"
)

// contentSecurityPolicy words the policy; connect are the sources beside the page's own origin that it may connect to.
// Styles are the one thing that may stand inline: the syntax highlighter and the virtual list write style attributes.
func contentSecurityPolicy(connect []string) string {
	return strings.Join([]string{
		"default-src 'self'",
		"script-src 'self'",
		"style-src 'self' 'unsafe-inline'",
		"img-src 'self' data: blob:",
		"font-src 'self'",
		"connect-src " + strings.Join(append([]string{"'self'"}, connect...), " "),
		"worker-src 'self'",
		"object-src 'none'",
		"base-uri 'none'",
		"form-action 'self'",
		"frame-src 'none'",
		"frame-ancestors 'none'",
		// No text becomes markup or a script's address: what would make one fails in the browser, whoever wrote it.
		"require-trusted-types-for 'script'",
		"trusted-types 'none'",
	}, "; ")
}

// metaWSURL finds the gateway's address that the build of the page knows (VITE_WS_URL), where the page declares it.
var metaWSURL = regexp.MustCompile(`<meta\s+name="agentchat-ws-url"\s+content="([^"]*)"`)

// connectSources lists the WebSocket origins beyond its own that the page may need: the run-time address, and the one
// that the build has in it. A page that does not declare its build's address may know any, so any is allowed to it.
func connectSources(publicWSURL string, index []byte) []string {
	var sources []string
	if source := wsOrigin(publicWSURL); source != "" {
		sources = append(sources, source)
	}
	declared := metaWSURL.FindSubmatch(index)
	if declared == nil {
		return append(sources, "ws:", "wss:")
	}
	if source := wsOrigin(string(declared[1])); source != "" {
		sources = append(sources, source)
	}
	return sources
}

// plainHost is a host, with or without a port, that can stand in a policy without ending or widening it.
var plainHost = regexp.MustCompile(`^([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]+)?$`)

// wsOrigin is the scheme, host and port of a ws or wss address; "" for anything else.
func wsOrigin(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "ws" && u.Scheme != "wss" || !plainHost.MatchString(u.Host) {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// harden sets the security headers before anything else can answer.
func (s *server) harden(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		policy := s.policy
		if forAPI(c.Request().URL.Path) {
			policy = ""
		}
		door.Harden(c.Response().Header(), policy, s.overHTTPS(c.Request()))
		return next(c)
	}
}

// ownHost refuses requests that call this server by a name that is not its own. Probes may use any: an orchestrator
// calls a container by whatever name it has there, and the answer says nothing that is secret.
func (s *server) ownHost(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if !isProbe(c.Request().URL.Path) {
			if err := s.hosts.Check(c.Request()); err != nil {
				return err
			}
		}
		return next(c)
	}
}

// overHTTPS reports whether the person's browser speaks https: here, or at the proxy that PUBLIC_URL describes. What a
// request says of itself (X-Forwarded-Proto) is not asked, because anyone may write it.
func (s *server) overHTTPS(r *http.Request) bool {
	return r.TLS != nil || strings.HasPrefix(s.cfg.PublicURL, "https://")
}

// crossOrigin builds the check against requests that another site's page makes with the person's cookie. It looks at
// Sec-Fetch-Site and Origin; a program that sends neither has no cookie jar that a site could ride on.
func crossOrigin(publicURL string, allowed []string) (*http.CrossOriginProtection, error) {
	check := http.NewCrossOriginProtection()
	for _, origin := range append([]string{publicURL}, allowed...) {
		origin, ok := originOf(origin)
		if !ok {
			continue
		}
		if err := check.AddTrustedOrigin(origin); err != nil {
			return nil, err
		}
	}
	return check, nil
}

// originOf is the scheme, host and port of an http or https address, as a browser writes it in Origin.
func originOf(address string) (string, bool) {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", false
	}
	return u.Scheme + "://" + strings.ToLower(u.Host), true
}

// sameSite refuses cross-site requests that would change something.
func (s *server) sameSite(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		err := s.crossOrigin.Check(c.Request())
		if err == nil && s.downgraded(c.Request()) {
			err = errors.New("an http page asks an https server")
		}
		if err != nil {
			return fault.Wrap(err, fault.Forbidden, "This request comes from another site's page and was refused.")
		}
		return next(c)
	}
}

// downgraded reports whether a plain http page of the same host would change something on a server that people open
// over https: whoever sits on the network may have written that page. The general check compares hosts only when the
// browser is too old to send Sec-Fetch-Site.
func (s *server) downgraded(r *http.Request) bool {
	origin, ok := originOf(r.Header.Get("Origin"))
	if !ok || r.Method == http.MethodGet || !s.overHTTPS(r) || !strings.HasPrefix(origin, "http://") {
		return false
	}
	return !slices.ContainsFunc(s.cfg.AllowedOrigins, func(allowed string) bool {
		known, ok := originOf(allowed)
		return ok && known == origin
	})
}
