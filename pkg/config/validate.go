package config

import (
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/dustin/go-humanize"

	"claude-agent-chat/pkg/egress"
)

// maxDrain bounds DRAIN_TIMEOUT.
const maxDrain = time.Hour

// config makes the Config and notes every mistake on the way.
func (r *reader) config() *Config {
	c := &Config{
		Host:                  r.host(),
		Port:                  r.port(keyPort),
		WSPort:                r.port(keyWSPort),
		DatabaseURL:           r.database(),
		SessionsRoot:          r.directory(keySessionsRoot),
		PublicWSURL:           r.webSocket(keyPublicWSURL),
		AllowedOrigins:        r.origins(keyAllowedOrigins),
		TrustedProxies:        r.networks(keyTrustedProxies),
		MaxConnections:        r.count(keyMaxConnections),
		MaxAccountConnections: r.count(keyMaxAccountConnections),
		AnthropicAPIKey:       r.apiKey(),
		AnthropicBaseURL:      r.base(keyAnthropicBaseURL),
		AnthropicModel:        r.word(keyAnthropicModel),
		ContextWindow:         r.window(),
		MCPHosts:              r.hostPorts(keyMCPHosts),
		AgentEngine:           r.choice(keyAgentEngine, []string{EngineNative}, "claude-code"),
		SandboxEnabled:        r.sandbox(),
		SandboxNetwork:        r.choice(keySandboxNetwork, []string{NetworkNone, NetworkAllowlist}),
		DiskQuota:             r.bytes(keyDiskQuota),
		Signup:                r.choice(keySignup, []string{SignupFirstUser, SignupOpen, SignupClosed}),
		LogLevel:              r.level(),
		LogFormat:             r.choice(keyLogFormat, []string{LogText, LogJSON}),
		DrainTimeout:          r.drain(),
		DeleteGrace:           r.days(keyDeleteGraceDays),
		ResumeTurns:           r.choice(keyResumeTurns, []string{"false", "true"}) == "true",
	}
	c.SandboxAllowedHosts = r.allowedHosts(c)
	c.OIDC = r.oidc()
	c.MetricsAddr = r.address(keyMetricsAddr)
	c.PublicURL = r.publicURL(c.Port)
	c.WSGatewayURL = r.gateway(c.WSPort)
	if c.Port == c.WSPort && c.Port != 0 {
		r.problem(keyWSPort, "it must differ from PORT, which is %d as well", c.Port)
	}
	return c
}

// address reads a host, which may be empty, and a port.
func (r *reader) address(name string) string {
	v := r.text(name)
	if v == "" {
		return ""
	}
	_, port, err := net.SplitHostPort(v)
	if _, numberErr := strconv.ParseUint(port, 10, 16); err != nil || numberErr != nil {
		r.problem(name, "%s is not an address; write 127.0.0.1:9090, or :9090 for all addresses", shown(v))
	}
	return v
}

// choice reads a setting with a fixed set of values; those of later are known and not available yet.
func (r *reader) choice(name string, allowed []string, later ...string) string {
	v := strings.ToLower(r.text(name))
	switch {
	case slices.Contains(allowed, v):
	case slices.Contains(later, v):
		r.problem(name, "%s is not available in this version; use %s", v, orList(allowed))
	default:
		r.problem(name, "%s is none of its values; use %s", shown(v), orList(allowed))
	}
	return v
}

// sandbox reads SANDBOX_ENABLED, which people write as they write any truth value.
func (r *reader) sandbox() string {
	switch v := strings.ToLower(r.text(keySandboxEnabled)); v {
	case SandboxFalse, "0", "no", "off":
		return SandboxFalse
	case SandboxTrue, "1", "yes", "on":
		return SandboxTrue
	case SandboxUnsafe:
		return SandboxUnsafe
	default:
		r.problem(keySandboxEnabled, "%s is none of its values; use true, false or unsafe", shown(v))
		return SandboxFalse
	}
}

func (r *reader) host() string {
	v := r.text(keyHost)
	if strings.ContainsAny(v, " \t/[]@?#") || (strings.Contains(v, ":") && net.ParseIP(v) == nil) {
		r.problem(keyHost, "%s is not an address; write an IP address or a host name without a port", shown(v))
	}
	return v
}

func (r *reader) port(name string) int {
	v := r.text(name)
	n, err := strconv.ParseUint(v, 10, 16)
	if err != nil {
		r.problem(name, "%s is not a port; use a number from 0 to 65535", shown(v))
		return 0
	}
	return int(n)
}

// maxCount bounds settings that are numbers of things.
const maxCount = 1_000_000

// count reads a number of things, at least one.
func (r *reader) count(name string) int {
	v := r.text(name)
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 || n > maxCount {
		r.problem(name, "%s is not a number from 1 to %d", shown(v), maxCount)
	}
	return n
}

// maxDays bounds settings that are numbers of days.
const maxDays = 3650

// hostPorts reads hosts with their ports.
func (r *reader) hostPorts(name string) []string {
	var hosts []string
	for _, entry := range r.list(name) {
		host, port, err := net.SplitHostPort(entry)
		number, numberErr := strconv.ParseUint(port, 10, 16)
		if err != nil || numberErr != nil || number == 0 || host == "" || strings.ContainsAny(host, "/*@ ") {
			r.problem(name, "%s is not a host and a port; write mcp.example.com:443", shown(entry))
			continue
		}
		hosts = append(hosts, strings.ToLower(net.JoinHostPort(host, port)))
	}
	return hosts
}

// leastWindow leaves room for an answer and for the summary beside the prompts that every request has.
const leastWindow = 60_000

// window reads how many tokens a conversation may have.
func (r *reader) window() int {
	n := r.count(keyContextWindow)
	if n > 0 && n < leastWindow {
		r.problem(keyContextWindow, "it must be %d or more", leastWindow)
	}
	return n
}

// days reads a number of days, which may be none.
func (r *reader) days(name string) time.Duration {
	v := r.text(name)
	n, err := strconv.Atoi(v)
	if err != nil || n < 0 || n > maxDays {
		r.problem(name, "%s is not a number of days from 0 to %d", shown(v), maxDays)
	}
	return time.Duration(n) * 24 * time.Hour
}

// bytes reads a number of bytes with a unit, 0 if there is none.
func (r *reader) bytes(name string) int64 {
	v := r.text(name)
	if v == "" {
		return 0
	}
	n, err := humanize.ParseBytes(v)
	if err != nil || n < 1<<20 || n > 1<<60 {
		r.problem(name, "%s is not a size of at least 1MiB; write for example 20GB", shown(v))
		return 0
	}
	return int64(n)
}

// oidc reads the settings of a provider of sign-ins. Its issuer is kept as it is, for it is compared.
func (r *reader) oidc() OIDC {
	o := OIDC{
		Issuer: r.text(keyOIDCIssuer), ClientID: r.word(keyOIDCClientID), ClientSecret: Secret(r.text(keyOIDCClientSecret)), Name: r.text(keyOIDCName),
		Signup: r.choice(keyOIDCSignup, []string{"false", "true"}) == "true",
	}
	switch {
	case o.Issuer == "" && o.ClientID != "":
		r.problem(keyOIDCIssuer, "OIDC_CLIENT_ID is set, and the provider is not")
	case o.Issuer == "":
		return OIDC{}
	case r.parse(keyOIDCIssuer, o.Issuer, "http", "https") != nil && o.ClientID == "":
		r.problem(keyOIDCClientID, "the provider needs to know this server by an id")
	}
	return o
}

// networks reads a list of IP addresses and networks.
func (r *reader) networks(name string) []netip.Prefix {
	var all []netip.Prefix
	for _, v := range r.list(name) {
		network, err := netip.ParsePrefix(v)
		if addr, addrErr := netip.ParseAddr(v); addrErr == nil {
			network, err = netip.PrefixFrom(addr.Unmap(), addr.Unmap().BitLen()), nil
		}
		if err != nil {
			r.problem(name, "%s is neither an IP address nor a network such as 10.0.0.0/8", shown(v))
			continue
		}
		all = append(all, network.Masked())
	}
	return all
}

// allowedHosts reads the hosts that commands may reach, and holds what belongs to them against each other: nobody shall
// believe that a network is open, or closed, when it is not.
func (r *reader) allowedHosts(c *Config) egress.Hosts {
	list := r.list(keySandboxAllowedHosts)
	for _, entry := range list {
		if _, err := egress.ParseHosts([]string{entry}); err != nil {
			r.problem(keySandboxAllowedHosts, "%v", err)
		}
	}
	switch {
	case c.SandboxNetwork == NetworkNone && len(list) > 0:
		r.problem(keySandboxAllowedHosts, "it needs SANDBOX_NETWORK=allowlist")
	case c.SandboxNetwork == NetworkAllowlist && len(list) == 0:
		r.problem(keySandboxNetwork, "allowlist needs hosts in SANDBOX_ALLOWED_HOSTS, such as @registries")
	}
	if c.SandboxNetwork == NetworkAllowlist && c.SandboxEnabled != SandboxTrue {
		r.problem(keySandboxNetwork, "allowlist needs SANDBOX_ENABLED=true; only in namespaces of their own do commands have a network")
	}
	if len(list) == 0 {
		return nil
	}
	hosts, _ := egress.ParseHosts(list) // its errors were told, each by itself.
	return hosts
}

// word reads a value that is one word.
func (r *reader) word(name string) string {
	v := r.text(name)
	if strings.ContainsFunc(v, notPrintable) {
		r.problem(name, "it must be one word without space")
	}
	return v
}

func notPrintable(c rune) bool { return unicode.IsSpace(c) || !unicode.IsPrint(c) }

func (r *reader) directory(name string) string {
	path, err := filepath.Abs(r.text(name))
	if err != nil || strings.ContainsRune(path, 0) {
		r.problem(name, "it is not a usable path")
	}
	return path
}

func (r *reader) level() slog.Level {
	levels := map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError}
	return levels[r.choice(keyLogLevel, []string{"debug", "info", "warn", "error"})]
}

// drain reads a duration such as 25s or 2m; a bare number is seconds.
func (r *reader) drain() time.Duration {
	v := r.text(keyDrainTimeout)
	if _, err := strconv.ParseUint(v, 10, 32); err == nil {
		v += "s"
	}
	d, err := time.ParseDuration(v)
	if err != nil || d < 0 || d > maxDrain {
		r.problem(keyDrainTimeout, "%s is not a time between 0s and 1h; write for example 25s", shown(v))
	}
	return d
}

// apiKey reads the key from its setting or from the file that another one names.
func (r *reader) apiKey() Secret {
	key, file := r.text(keyAnthropicAPIKey), r.text(keyAnthropicAPIKeyFile)
	if file == "" {
		return r.keyOf(keyAnthropicAPIKey, key)
	}
	if key != "" {
		r.problem(keyAnthropicAPIKeyFile, "set either this or ANTHROPIC_API_KEY, not both")
		return ""
	}
	data, err := readSmall(file)
	if err != nil {
		r.problem(keyAnthropicAPIKeyFile, "the file %s cannot be read: %v", file, reasonOf(err))
		return ""
	}
	key = strings.TrimSpace(string(data))
	if key == "" {
		r.problem(keyAnthropicAPIKeyFile, "the file %s is empty", file)
	}
	return r.keyOf(keyAnthropicAPIKeyFile, key)
}

// keyOf makes sure that a key fits into one header line.
func (r *reader) keyOf(name, key string) Secret {
	if strings.ContainsFunc(key, func(c rune) bool { return c <= ' ' || c > '~' }) {
		r.problem(name, "a key is one word of plain ASCII characters")
		return ""
	}
	return Secret(key)
}

// database checks the form of DATABASE_URL, and never shows any of it.
func (r *reader) database() Secret {
	v := r.text(keyDatabaseURL)
	if v == "" {
		return ""
	}
	u, err := url.Parse(v)
	switch {
	case err != nil:
		r.problem(keyDatabaseURL, "it is not a valid URL; special characters of a password must be percent-encoded")
	case u.Scheme != "postgres" && u.Scheme != "postgresql":
		r.problem(keyDatabaseURL, "it must begin with postgres://; leave it empty for SQLite")
	case u.Host == "" && u.Query().Get("host") == "":
		r.problem(keyDatabaseURL, "it names no host")
	}
	return Secret(v)
}

// orList words the choices: "a", "a or b", "a, b or c".
func orList(values []string) string {
	if len(values) == 1 {
		return values[0]
	}
	last := len(values) - 1
	return strings.Join(values[:last], ", ") + " or " + values[last]
}
