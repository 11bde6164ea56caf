package config

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

// Setting describes one setting: its name in the environment, which is also its name in a file, the value it has when
// it is not set, and what it is for.
type Setting struct {
	Name        string
	Default     string
	Description string
	Secret      bool
}

// The names of the settings.
const (
	keyConfigFile            = "CONFIG_FILE"
	keyHost                  = "HOST"
	keyPort                  = "PORT"
	keyWSPort                = "WS_PORT"
	keyDatabaseURL           = "DATABASE_URL"
	keySessionsRoot          = "CLAUDE_SESSIONS_ROOT"
	keyPublicURL             = "PUBLIC_URL"
	keyPublicWSURL           = "PUBLIC_WS_URL"
	keyAllowedOrigins        = "ALLOWED_ORIGINS"
	keyTrustedProxies        = "TRUSTED_PROXIES"
	keyMaxConnections        = "MAX_CONNECTIONS"
	keyMaxAccountConnections = "MAX_ACCOUNT_CONNECTIONS"
	keyWSGatewayURL          = "WS_GATEWAY_URL"
	keyAnthropicAPIKey       = "ANTHROPIC_API_KEY"      //nolint:gosec // The name of a setting, not a credential.
	keyAnthropicAPIKeyFile   = "ANTHROPIC_API_KEY_FILE" //nolint:gosec // The name of a setting, not a credential.
	keyAnthropicBaseURL      = "ANTHROPIC_BASE_URL"
	keyAnthropicModel        = "ANTHROPIC_MODEL"
	keyContextWindow         = "CONTEXT_WINDOW"
	keyMCPHosts              = "MCP_HOSTS"
	keyAgentEngine           = "AGENT_ENGINE"
	keySandboxEnabled        = "SANDBOX_ENABLED"
	keySandboxNetwork        = "SANDBOX_NETWORK"
	keySandboxAllowedHosts   = "SANDBOX_ALLOWED_HOSTS"
	keySignup                = "SIGNUP"
	keyLogLevel              = "LOG_LEVEL"
	keyLogFormat             = "LOG_FORMAT"
	keyMetricsAddr           = "METRICS_ADDR"
	keyDrainTimeout          = "DRAIN_TIMEOUT"
	keyOIDCIssuer            = "OIDC_ISSUER"
	keyOIDCClientID          = "OIDC_CLIENT_ID"
	keyOIDCClientSecret      = "OIDC_CLIENT_SECRET" //nolint:gosec // a name.
	keyOIDCName              = "OIDC_NAME"
	keyOIDCSignup            = "OIDC_SIGNUP"
	keyDiskQuota             = "DISK_QUOTA"
	keyDeleteGraceDays       = "DELETE_GRACE_DAYS"
	keyResumeTurns           = "RESUME_TURNS"
)

var settings = []Setting{
	{Name: keyConfigFile, Description: "file with settings (yaml, json, toml or env); the environment wins over it"},
	{Name: keyHost, Description: "address that both servers bind to; empty binds to all"},
	{Name: keyPort, Default: "5000", Description: "port of the app"},
	{Name: keyWSPort, Default: "3001", Description: "port of the WebSocket gateway"},
	{Name: keyDatabaseURL, Description: "Postgres database (postgres://…); without it SQLite below the sessions root is used", Secret: true},
	{Name: keySessionsRoot, Default: "/data/users", Description: "directory with every user's files and transcripts"},
	{Name: keyPublicURL, Default: "http://localhost:5000", Description: "origin that people open; by default localhost with PORT"},
	{Name: keyPublicWSURL, Description: "ws:// or wss:// address of the gateway for the page; empty lets the page find it"},
	{Name: keyAllowedOrigins, Description: "further origins that may connect, separated by commas"},
	{Name: keyTrustedProxies, Description: "addresses or networks (10.0.0.0/8) of reverse proxies whose X-Forwarded-For is believed, separated by commas"},
	{Name: keyMaxConnections, Default: "4096", Description: "WebSocket connections that one gateway takes"},
	{Name: keyMaxAccountConnections, Default: "256", Description: "of them, how many one account may have"},
	{Name: keyWSGatewayURL, Default: "http://127.0.0.1:3001", Description: "where the app reaches the gateway; by default loopback with WS_PORT"},
	{Name: keyAnthropicAPIKey, Description: "key for the Messages API; without it and ANTHROPIC_BASE_URL the demo model answers", Secret: true},
	{Name: keyAnthropicAPIKeyFile, Description: "file with the key, instead of ANTHROPIC_API_KEY; read once at start"},
	{Name: keyAnthropicBaseURL, Description: "another server that speaks the Messages API"},
	{Name: keyAnthropicModel, Default: "claude-sonnet-5-5", Description: "model of new sessions"},
	{Name: keyContextWindow, Default: "200000", Description: "tokens that a conversation with a model may have; before it is full it is summed up"},
	{Name: keyAgentEngine, Default: EngineNative, Description: "engine that runs the turns: native"},
	{Name: keySandboxEnabled, Default: SandboxFalse, Description: "boundary of tools: true (namespaces, by bubblewrap), false (Landlock) or unsafe (none; for a server with one account)"},
	{Name: keySandboxNetwork, Default: NetworkNone, Description: "network of commands that the agent runs: none, or allowlist, which needs SANDBOX_ENABLED=true"},
	{Name: keySandboxAllowedHosts, Description: "hosts for SANDBOX_NETWORK=allowlist, separated by commas: example.com, example.com:8443, @registries or one of @npm, @pypi, @go, @crates, @debian, @maven, @ruby"},
	{Name: keyMCPHosts, Description: "hosts of MCP servers on the network that sessions may use, with their ports, separated by commas: mcp.example.com:443, 10.0.0.5:8080; none if it is empty"},
	{Name: keyOIDCIssuer, Description: "OpenID Connect provider that signs people in too, exactly as it calls itself; PUBLIC_URL/api/auth/oidc/callback is where it sends them back"},
	{Name: keyOIDCClientID, Description: "how the provider knows this server"},
	{Name: keyOIDCClientSecret, Description: "what the server shows it", Secret: true},
	{Name: keyOIDCName, Default: "single sign-on", Description: "what the page calls the provider"},
	{Name: keyOIDCSignup, Default: "false", Description: "true: everybody whom the provider vouches for gets an account, whatever SIGNUP says"},
	{Name: keyDiskQuota, Description: "how much the files of one account may take up, such as 20GB; without limit if it is empty"},
	{Name: keySignup, Default: SignupFirstUser, Description: "who may make an account: first-user, open or closed"},
	{Name: keyLogLevel, Default: "info", Description: "debug, info, warn or error"},
	{Name: keyLogFormat, Default: LogText, Description: "text or json"},
	{Name: keyMetricsAddr, Description: "address on which /metrics answers Prometheus, such as 127.0.0.1:9090; none if it is empty"},
	{Name: keyDrainTimeout, Default: "25s", Description: "how long running turns may go on after the order to stop"},
	{Name: keyDeleteGraceDays, Default: "30", Description: "days for which what was deleted can be had back; 0 removes it at once"},
	{Name: keyResumeTurns, Default: "false", Description: "true: turns that a restart or a crash cut off go on by themselves"},
}

// Settings lists every setting that the programs read, in the order in which documents show them.
func Settings() []Setting { return slices.Clone(settings) }

// Usage writes the help of a program: its flags and every setting. A flag is a pair of its name and what it does.
func Usage(w io.Writer, program string, flags ...[2]string) {
	out := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	defer func() { _ = out.Flush() }()
	printf := func(format string, args ...any) { _, _ = fmt.Fprintf(out, format, args...) }

	printf("Usage: %s [flags]\n\nFlags:\n", program)
	for _, f := range append(flags, [2]string{"--help", "show this help"}, [2]string{"--version", "show the version"}) {
		printf("  %s\t%s\n", f[0], f[1])
	}
	printf("\nSettings (environment, or the file that CONFIG_FILE names):\n")
	for _, s := range settings {
		note := ""
		if s.Default != "" {
			note = " (default " + s.Default + ")"
		}
		printf("  %s\t%s%s\n", s.Name, s.Description, note)
	}
}

// defaultOf is the default of a setting.
func defaultOf(name string) string {
	i := slices.IndexFunc(settings, func(s Setting) bool { return s.Name == name })
	return settings[i].Default
}

// known reports whether a file may hold the name, in either case.
func known(name string) bool {
	return slices.ContainsFunc(settings, func(s Setting) bool { return strings.EqualFold(s.Name, name) })
}
