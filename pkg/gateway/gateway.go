// Package gateway is the WebSocket edge: it finds out who is there, frames the Agent Client Protocol, keeps a bounded
// queue for each connection, and lets connections go when the server drains. It is the only package that knows the
// WebSocket library.
package gateway

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"nhooyr.io/websocket"

	"claude-agent-chat/pkg/auth"
	"claude-agent-chat/pkg/door"
	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/sandbox"
	"claude-agent-chat/pkg/session"
)

// revokedEvery is how often credentials are checked after the upgrade.
const revokedEvery = time.Second

// subprotocol is what a client may offer beside a ticket.
const (
	subprotocol  = "acp.v1"
	ticketPrefix = "ticket."
)

// Options are what a Gateway works with. All fields are required.
type Options struct {
	Sessions       *session.Manager
	Auth           *auth.Service
	PublicURL      string
	AllowedOrigins []string
	Hosts          door.Hosts       // the names by which it may be called
	Sandbox        *sandbox.Sandbox // for administrators to look at; nil shows nothing
	Boundary       Boundary         // what the operator chose for it
	ServersByHTTP  bool             // MCP servers on the network can be used
	// The rating: more connections, in all or of one account, are refused with 4429, so that memory stays bounded.
	MaxConnections        int
	MaxAccountConnections int
	Version               string
	Log                   *slog.Logger
}

// Gateway serves /ws/agent. It is safe for concurrent use.
type Gateway struct {
	opts    Options
	origins map[string]bool

	mu       sync.Mutex
	conns    map[*conn]struct{}
	accounts map[string]int
	draining bool
}

// New makes a gateway; Watch must run for signed-out users to be noticed.
func New(opts Options) *Gateway {
	g := &Gateway{opts: opts, origins: map[string]bool{}, conns: map[*conn]struct{}{}, accounts: map[string]int{}}
	for _, origin := range append([]string{opts.PublicURL}, opts.AllowedOrigins...) {
		if o := normalOrigin(origin); o != "" {
			g.origins[o] = true
		}
	}
	return g
}

// normalOrigin is scheme, host and port of a URL as a browser writes an origin; empty if it has none.
func normalOrigin(raw string) string {
	u, err := url.Parse(strings.ToLower(strings.TrimSpace(raw)))
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	host := u.Host
	if u.Scheme == "http" {
		host = strings.TrimSuffix(host, ":80")
	} else {
		host = strings.TrimSuffix(host, ":443")
	}
	return u.Scheme + "://" + host
}

// otherScheme is the scheme that an origin must not be confused with.
var otherScheme = map[string]string{"http": "https", "https": "http"}

// originAllowed checks the Origin of an upgrade. An absent one is a client that is no browser.
func (g *Gateway) originAllowed(r *http.Request) (present, ok bool) {
	values := r.Header.Values("Origin")
	if len(values) == 0 {
		return false, true
	}
	origin := normalOrigin(values[0])
	if len(values) != 1 || origin == "" {
		return true, false
	}
	if g.origins[origin] {
		return true, true
	}
	scheme, host, _ := strings.Cut(origin, "://")
	if g.origins[otherScheme[scheme]+"://"+host] {
		return true, false // this host is known under the other scheme only
	}
	same := strings.ToLower(r.Host)
	if strings.HasPrefix(origin, "https:") {
		same = strings.TrimSuffix(same, ":443")
	} else {
		same = strings.TrimSuffix(same, ":80")
	}
	return true, host == same
}

// authenticate finds out who asks: by bearer token, by ticket, or by cookie from an allowed origin.
func (g *Gateway) authenticate(r *http.Request) (auth.Identity, error) {
	fromBrowser, allowed := g.originAllowed(r)
	if !allowed {
		return auth.Identity{}, fault.New(fault.Forbidden, "This origin may not connect. ALLOWED_ORIGINS names those that may.")
	}
	if ticket := offeredTicket(r); ticket != "" {
		return g.opts.Auth.RedeemTicket(r.Context(), ticket)
	}
	if r.Header.Get("Authorization") == "" && !fromBrowser {
		return auth.Identity{}, fault.New(fault.Unauthenticated, "Sign in, or send a token.")
	}
	return g.opts.Auth.Authenticate(r)
}

// offeredTicket finds a ticket among the subprotocols.
func offeredTicket(r *http.Request) string {
	for _, line := range r.Header.Values("Sec-WebSocket-Protocol") {
		for _, p := range strings.Split(line, ",") {
			if ticket, ok := strings.CutPrefix(strings.TrimSpace(p), ticketPrefix); ok {
				return ticket
			}
		}
	}
	return ""
}

// ServeHTTP upgrades a request and serves its connection to the end.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	who, err := g.authenticate(r)
	if err != nil {
		writeError(w, err)
		return
	}
	id := uuid.NewString()
	w.Header().Set("Acp-Connection-Id", id)
	ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{
		Subprotocols:       []string{subprotocol},
		InsecureSkipVerify: true, // the origin was checked above, scheme included
		CompressionMode:    websocket.CompressionDisabled,
	})
	if err != nil {
		g.opts.Log.Debug("upgrade refused", "error", err)
		return
	}
	c := g.newConn(r, ws, who)
	if code, text := g.register(c); code != 0 {
		c.close(code, text)
		c.serve()
		return
	}
	g.opts.Log.Debug("connection opened", "connection_id", id, "account_id", who.AccountID)
	c.serve()
	g.unregister(c)
	g.opts.Log.Debug("connection closed", "connection_id", id)
}

func (g *Gateway) newConn(r *http.Request, ws *websocket.Conn, who auth.Identity) *conn {
	ctx, cancel := context.WithCancel(context.WithoutCancel(r.Context()))
	return &conn{
		gateway: g, ws: ws, who: who, ctx: ctx, cancel: cancel, out: newQueue(), busy: make(chan struct{}, maxRequests),
		sessions: map[string]*session.Live{}, prompts: map[string]promptRef{},
	}
}

// register counts a connection in; a code other than 0 says why it must go.
func (g *Gateway) register(c *conn) (websocket.StatusCode, string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.draining:
		return closeDraining, "the server restarts; come back"
	case len(g.conns) >= g.opts.MaxConnections, g.accounts[c.who.AccountID] >= g.opts.MaxAccountConnections:
		return closeTooMany, "too many connections"
	}
	g.conns[c] = struct{}{}
	g.accounts[c.who.AccountID]++
	return 0, ""
}

func (g *Gateway) unregister(c *conn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.conns, c)
	if g.accounts[c.who.AccountID]--; g.accounts[c.who.AccountID] <= 0 {
		delete(g.accounts, c.who.AccountID)
	}
}

// Connections counts those that are open.
func (g *Gateway) Connections() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.conns)
}

// Watch closes the connections of those who signed out, until ctx ends.
func (g *Gateway) Watch(ctx context.Context) error {
	tick := time.NewTicker(revokedEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			g.closeRevoked(ctx)
		case <-ctx.Done():
			return nil
		}
	}
}

func (g *Gateway) closeRevoked(ctx context.Context) {
	byCredential := map[string][]*conn{}
	g.mu.Lock()
	for c := range g.conns {
		byCredential[c.who.Credential] = append(byCredential[c.who.Credential], c)
	}
	g.mu.Unlock()
	if len(byCredential) == 0 {
		return
	}
	credentials := make([]string, 0, len(byCredential))
	for credential := range byCredential {
		credentials = append(credentials, credential)
	}
	revoked, err := g.opts.Auth.Revoked(ctx, credentials)
	if err != nil {
		g.opts.Log.Debug("credentials not checked", "error", err)
		return
	}
	for _, credential := range revoked {
		for _, c := range byCredential[credential] {
			c.close(closeSignedOut, "signed out")
		}
	}
}

// Drain takes no new connections, closes those that are open with 1012, and then lets the sessions drain.
func (g *Gateway) Drain(ctx context.Context) error {
	g.mu.Lock()
	g.draining = true
	for c := range g.conns {
		c.close(closeDraining, "the server restarts; come back")
	}
	g.mu.Unlock()
	err := g.opts.Sessions.Drain(ctx)
	g.waitClosed(ctx)
	g.opts.Sessions.Close()
	return err
}

// waitClosed waits for the connections' goroutines.
func (g *Gateway) waitClosed(ctx context.Context) {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		g.mu.Lock()
		open := len(g.conns)
		g.mu.Unlock()
		if open == 0 {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

func (c *conn) logFailure(err error) {
	if fault.CodeOf(err) == fault.Internal {
		c.gateway.opts.Log.Error("request failed", "account_id", c.who.AccountID, "error", err)
	}
}
