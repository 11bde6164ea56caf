// Package config reads the settings of both programs, from the environment and from a file, into one typed value. It
// reports every mistake at once and never prints a secret.
package config

import (
	"log/slog"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"claude-agent-chat/pkg/egress"
)

// Config is every setting, checked and in its final form. It does not change after Load.
type Config struct {
	Host   string // address that both servers bind to; empty binds to all
	Port   int    // of the app; 0 takes any free one
	WSPort int    // of the gateway; 0 takes any free one

	DatabaseURL  Secret // Postgres; empty is the SQLite database below SessionsRoot
	SessionsRoot string // absolute

	PublicURL      string         // origin that people open, without a slash at its end
	PublicWSURL    string         // ws or wss address that the page uses; empty leaves the choice to the page
	AllowedOrigins []string       // further origins that may connect, in the form of PublicURL
	TrustedProxies []netip.Prefix // whose X-Forwarded-For is believed
	WSGatewayURL   string         // http form of the gateway's address, without a slash at its end

	AnthropicAPIKey  Secret
	AnthropicBaseURL string // without a slash at its end; empty is Anthropic's own
	AnthropicModel   string
	ContextWindow    int      // tokens
	MCPHosts         []string // hosts with their ports, in lower case

	AgentEngine         string // EngineNative
	SandboxEnabled      string // SandboxFalse, SandboxTrue or SandboxUnsafe
	SandboxNetwork      string // NetworkNone or NetworkAllowlist
	SandboxAllowedHosts egress.Hosts

	DiskQuota int64 // bytes that the files of one account may take up; 0 is without limit

	MaxConnections        int // WebSocket connections of one gateway
	MaxAccountConnections int // of them, of one account

	Signup string // SignupFirstUser, SignupOpen or SignupClosed

	OIDC OIDC

	LogLevel     slog.Level
	LogFormat    string // LogText or LogJSON
	MetricsAddr  string
	DrainTimeout time.Duration
	DeleteGrace  time.Duration // how long what was deleted can be had back
	ResumeTurns  bool
}

// OIDC is a provider of sign-ins; there is none if Issuer is empty.
type OIDC struct {
	Issuer       string
	ClientID     string
	ClientSecret Secret
	Name         string // what the page calls it
	Signup       bool   // whomever it vouches for gets an account
}

// The values that settings of a fixed choice may have.
const (
	EngineNative = "native"

	SandboxFalse  = "false"
	SandboxTrue   = "true"
	SandboxUnsafe = "unsafe"

	NetworkNone      = "none"
	NetworkAllowlist = "allowlist"

	SignupFirstUser = "first-user"
	SignupOpen      = "open"
	SignupClosed    = "closed"

	LogText = "text"
	LogJSON = "json"
)

// DemoModel reports whether the built-in demo model answers, because neither a key nor another server was named.
func (c *Config) DemoModel() bool { return c.AnthropicAPIKey == "" && c.AnthropicBaseURL == "" }

// HostAddresses are addresses whose hosts are names of this server: those that people open, the one that the page
// connects to, and the one under which the app reaches the gateway.
func (c *Config) HostAddresses() []string {
	return append([]string{c.PublicURL, c.PublicWSURL, c.WSGatewayURL}, c.AllowedOrigins...)
}

// SQLitePath is where the embedded database lies when there is no DATABASE_URL.
func (c *Config) SQLitePath() string {
	return filepath.Join(c.SessionsRoot, ".agentchat", "agentchat.db")
}

// Problems is what Load found wrong: one sentence for each mistake, none of which holds a secret.
type Problems []string

// Error puts each problem on a line of its own.
func (p Problems) Error() string { return strings.Join(p, "\n") }

// Secrets are the values that no log may hold, as far as they are set.
func (c *Config) Secrets() []string {
	secrets := []string{c.AnthropicAPIKey.Reveal(), c.DatabaseURL.Reveal(), c.OIDC.ClientSecret.Reveal()}
	if u, err := url.Parse(c.AnthropicBaseURL); err == nil && u.User != nil {
		secrets = append(secrets, c.AnthropicBaseURL)
	}
	return secrets
}
