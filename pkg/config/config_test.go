package config_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"claude-agent-chat/pkg/config"
)

const secret = "sk-ant-very-secret"

func load(t *testing.T, environ ...string) *config.Config {
	t.Helper()
	cfg, err := config.Load(environ, "")
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// problems gives the lines that Load complains with.
func problems(t *testing.T, environ ...string) config.Problems {
	t.Helper()
	cfg, err := config.Load(environ, "")
	var found config.Problems
	if !errors.As(err, &found) || cfg != nil {
		t.Fatalf("%q gave %v and error %v, want problems", environ, cfg, err)
	}
	return found
}

func same(t *testing.T, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Prefix{})); diff != "" {
		t.Fatalf("difference (-want +got):\n%s", diff)
	}
}

// writeFile makes a file with the name in a directory of the test.
func writeFile(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestDefaults(t *testing.T) {
	cfg := load(t)
	same(t, *cfg, config.Config{
		Port: 5000, WSPort: 3001, SessionsRoot: "/data/users", PublicURL: "http://localhost:5000",
		WSGatewayURL: "http://127.0.0.1:3001", AnthropicModel: "claude-sonnet-5-5", ContextWindow: 200_000, AgentEngine: "native",
		MaxConnections: 4096, MaxAccountConnections: 256,
		SandboxEnabled: "false", SandboxNetwork: "none", Signup: "first-user", LogLevel: slog.LevelInfo, LogFormat: "text",
		DrainTimeout: 25 * time.Second, DeleteGrace: 30 * 24 * time.Hour,
	})
	if !cfg.DemoModel() || cfg.SQLitePath() != "/data/users/.agentchat/agentchat.db" {
		t.Errorf("demo %v, database %s", cfg.DemoModel(), cfg.SQLitePath())
	}
}

func TestAllowedHosts(t *testing.T) {
	cfg := load(t, "SANDBOX_ENABLED=true", "SANDBOX_NETWORK=allowlist", "SANDBOX_ALLOWED_HOSTS=Git.Example.com:8443, @npm")
	if names := cfg.SandboxAllowedHosts.Names(); len(names) != 2 || names[0] != "git.example.com" {
		t.Errorf("hosts %v", names)
	}
}

// TestSettingsAreTheDefaults sets every setting to the default that is documented for it.
func TestSettingsAreTheDefaults(t *testing.T) {
	var environ []string
	for _, s := range config.Settings() {
		if s.Description == "" || s.Name != strings.ToUpper(s.Name) {
			t.Errorf("setting %+v", s)
		}
		environ = append(environ, s.Name+"="+s.Default)
	}
	same(t, load(t, environ...), load(t))
}

func TestEverySetting(t *testing.T) {
	cfg := load(t,
		"HOST=127.0.0.1", "PORT=80", "WS_PORT=0", "DATABASE_URL=postgres://u:p%40@db:5432/chat?sslmode=disable",
		"CLAUDE_SESSIONS_ROOT=/srv//x/../users/", "PUBLIC_URL=HTTPS://Chat.Example.COM:443/",
		"PUBLIC_WS_URL=wss://chat.example.com/ws/agent", "ALLOWED_ORIGINS=https://a.example, http://B.example:80 https://a.example/",
		"TRUSTED_PROXIES=10.1.2.3/8, 192.0.2.1 ::1", "MAX_CONNECTIONS=100", "MAX_ACCOUNT_CONNECTIONS=10",
		"WS_GATEWAY_URL=ws://gateway:3001/ws/agent", "ANTHROPIC_API_KEY= "+secret+" ", "ANTHROPIC_BASE_URL=http://10.0.0.1:8080/v1/",
		"ANTHROPIC_MODEL=my-model", "CONTEXT_WINDOW=1000000", "MCP_HOSTS=MCP.example.com:443, 10.0.0.5:8080", "AGENT_ENGINE=Native", "SANDBOX_ENABLED=No", "SIGNUP=OPEN", "LOG_LEVEL=debug",
		"LOG_FORMAT=json", "DRAIN_TIMEOUT=90", "DELETE_GRACE_DAYS=0", "DISK_QUOTA=2GB", "OIDC_ISSUER=https://id.example.com/", "OIDC_CLIENT_ID=chat", "OIDC_CLIENT_SECRET=hush", "OIDC_NAME=Example", "OIDC_SIGNUP=true", "PATH=/bin", "NOT_OURS=1", "broken",
	)
	same(t, *cfg, config.Config{
		Host: "127.0.0.1", Port: 80, DatabaseURL: "postgres://u:p%40@db:5432/chat?sslmode=disable",
		SessionsRoot: "/srv/users", PublicURL: "https://chat.example.com", PublicWSURL: "wss://chat.example.com/ws/agent",
		AllowedOrigins: []string{"https://a.example", "http://b.example"},
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("192.0.2.1/32"), netip.MustParsePrefix("::1/128")},
		MaxConnections: 100, MaxAccountConnections: 10, WSGatewayURL: "http://gateway:3001",
		AnthropicAPIKey: secret, AnthropicBaseURL: "http://10.0.0.1:8080/v1", AnthropicModel: "my-model", ContextWindow: 1_000_000, MCPHosts: []string{"mcp.example.com:443", "10.0.0.5:8080"},
		AgentEngine: "native", SandboxEnabled: "false", SandboxNetwork: "none", Signup: "open",
		LogLevel: slog.LevelDebug, LogFormat: "json", DrainTimeout: 90 * time.Second, DiskQuota: 2_000_000_000,
		OIDC: config.OIDC{Issuer: "https://id.example.com/", ClientID: "chat", ClientSecret: "hush", Name: "Example", Signup: true},
	})
	if cfg.DemoModel() {
		t.Error("demo model with a key")
	}
}

func TestSandbox(t *testing.T) {
	for value, want := range map[string]string{
		"": config.SandboxFalse, "FALSE": config.SandboxFalse, "0": config.SandboxFalse, "off": config.SandboxFalse,
		"true": config.SandboxTrue, "1": config.SandboxTrue, "Yes": config.SandboxTrue, "on": config.SandboxTrue, "unsafe": config.SandboxUnsafe,
	} {
		if got := load(t, "SANDBOX_ENABLED="+value).SandboxEnabled; got != want {
			t.Errorf("%q is %q", value, got)
		}
	}
}

func TestDerivedDefaults(t *testing.T) {
	cfg := load(t, "PORT=8080", "WS_PORT=8081")
	same(t, []string{cfg.PublicURL, cfg.WSGatewayURL}, []string{"http://localhost:8080", "http://127.0.0.1:8081"})
	if load(t, "ANTHROPIC_BASE_URL=http://localhost:1").DemoModel() {
		t.Error("demo model with another server")
	}
}

func TestGatewayURLForms(t *testing.T) {
	for in, want := range map[string]string{
		"ws://g:3001/ws/agent": "http://g:3001", "ws://g": "http://g", "wss://g:443/": "https://g", "https://G:8443/ws/agent/": "https://g:8443",
		"http://[::1]:3001": "http://[::1]:3001", "http://[::1]:80": "http://[::1]",
	} {
		same(t, load(t, "WS_GATEWAY_URL="+in).WSGatewayURL, want)
	}
}

func TestEachMistakeIsNamed(t *testing.T) {
	empty := writeFile(t, "empty", " \n")
	for _, environ := range [][]string{
		{"PORT=x"},
		{"PORT=65536"},
		{"PORT=-1"},
		{"PORT=5e3"},
		{"WS_PORT=3001.5"},
		{"WS_PORT=5000"},
		{"HOST=a:80"},
		{"HOST=http://a"},
		{"HOST=[::1]"},
		{"DATABASE_URL=mysql://u:" + secret + "@h/d"},
		{"DATABASE_URL=postgres://u:" + secret + "%@h/d"},
		{"DATABASE_URL=" + secret},
		{"DATABASE_URL=postgres:///d"},
		{"CLAUDE_SESSIONS_ROOT=/a\x00b"},
		{"PUBLIC_URL=chat.example.com"},
		{"PUBLIC_URL=ftp://a"},
		{"PUBLIC_URL=http://a/path"},
		{"PUBLIC_URL=http://u:" + secret + "@a"},
		{"PUBLIC_URL=http://a?x=1"},
		{"PUBLIC_URL=http://a#x"},
		{"PUBLIC_URL=http://a:99999"},
		{"PUBLIC_URL=http://a:"},
		{"PUBLIC_URL=http://"},
		{"PUBLIC_URL=http://:80"},
		{"PUBLIC_WS_URL=http://a"},
		{"PUBLIC_WS_URL=/ws/agent"},
		{"ALLOWED_ORIGINS=*"},
		{"TRUSTED_PROXIES=proxy.example"},
		{"TRUSTED_PROXIES=10.0.0.0/33"},
		{"MAX_CONNECTIONS=0"},
		{"MAX_ACCOUNT_CONNECTIONS=many"},
		{"ALLOWED_ORIGINS=https://*.example.com"},
		{"ALLOWED_ORIGINS=null"},
		{"ALLOWED_ORIGINS=https://a,b"},
		{"WS_GATEWAY_URL=ws://a/other"},
		{"WS_GATEWAY_URL=a:3001"},
		{"ANTHROPIC_BASE_URL=api.example.com"},
		{"ANTHROPIC_BASE_URL=https://u:" + secret + "@a"},
		{"ANTHROPIC_API_KEY=" + secret + "\nX-Evil: 1"},
		{"ANTHROPIC_API_KEY=" + secret + "é"},
		{"ANTHROPIC_API_KEY_FILE=/no/such/file"},
		{"ANTHROPIC_API_KEY_FILE=/dev/zero"},
		{"ANTHROPIC_API_KEY_FILE=/"},
		{"ANTHROPIC_API_KEY_FILE=" + empty},
		{"ANTHROPIC_API_KEY_FILE=" + empty, "ANTHROPIC_API_KEY=" + secret},
		{"ANTHROPIC_MODEL=two words"},
		{"AGENT_ENGINE=claude-code"},
		{"AGENT_ENGINE=other"},
		{"SANDBOX_ENABLED=maybe"},
		{"SANDBOX_NETWORK=allowlist", "SANDBOX_ENABLED=true"},
		{"SANDBOX_NETWORK=allowlist", "SANDBOX_ALLOWED_HOSTS=example.com"},
		{"SANDBOX_ALLOWED_HOSTS=*.example.com", "SANDBOX_NETWORK=allowlist", "SANDBOX_ENABLED=true"},
		{"SANDBOX_ALLOWED_HOSTS=example.com,10.0.0.1", "SANDBOX_NETWORK=allowlist", "SANDBOX_ENABLED=true"},
		{"SANDBOX_ALLOWED_HOSTS=@nothing", "SANDBOX_NETWORK=allowlist", "SANDBOX_ENABLED=true"},
		{"SANDBOX_NETWORK=x"},
		{"SANDBOX_ALLOWED_HOSTS=example.com"},
		{"SIGNUP=yes"},
		{"SIGNUP=" + secret + secret},
		{"LOG_LEVEL=loud"},
		{"LOG_FORMAT=xml"},
		{"METRICS_ADDR=9090"},
		{"DRAIN_TIMEOUT=soon"},
		{"DISK_QUOTA=much"},
		{"OIDC_ISSUER=ftp://id.example.com", "OIDC_CLIENT_ID=x"},
		{"OIDC_CLIENT_ID=", "OIDC_ISSUER=https://id.example.com"},
		{"OIDC_ISSUER=", "OIDC_CLIENT_ID=x"},
		{"OIDC_SIGNUP=perhaps"},
		{"DISK_QUOTA=5"},
		{"DELETE_GRACE_DAYS=a week"},
		{"DELETE_GRACE_DAYS=-1"},
		{"DRAIN_TIMEOUT=-1s"},
		{"DRAIN_TIMEOUT=2h"},
		{"CONFIG_FILE=/no/such.yaml"},
	} {
		found := problems(t, environ...)
		name, _, _ := strings.Cut(environ[0], "=")
		if len(found) != 1 || !strings.HasPrefix(found[0], name+": ") || !strings.HasSuffix(found[0], ".") || strings.Contains(found[0], "\n") {
			t.Errorf("%q gave %q, want one sentence about %s", environ, found, name)
		}
		if strings.Contains(found.Error(), secret) {
			t.Errorf("the secret of %s is in %q", name, found)
		}
	}
}

func TestAllMistakesAtOnce(t *testing.T) {
	found := problems(t, "PORT=x", "SIGNUP=x", "LOG_LEVEL=x", "AGENT_ENGINE=claude-code", "ALLOWED_ORIGINS=*,x")
	same(t, len(found), 6)
	same(t, len(strings.Split(found.Error(), "\n")), 6)
}

func TestKeyFile(t *testing.T) {
	path := writeFile(t, "key", secret+"\n")
	same(t, load(t, "ANTHROPIC_API_KEY_FILE="+path).AnthropicAPIKey.Reveal(), secret)
}

func TestFiles(t *testing.T) {
	for name, content := range map[string]string{
		"c.yaml": "port: 7000\nWS_PORT: 7001\nallowed_origins: [https://a.example, https://b.example]\ndrain_timeout: 5s\n",
		"c.json": `{"PORT": 7000, "ws_port": "7001", "ALLOWED_ORIGINS": ["https://a.example", "https://b.example"], "drain_timeout": 5}`,
		"c.toml": "port = 7000\nws_port = 7001\nallowed_origins = \"https://a.example,https://b.example\"\ndrain_timeout = \"5s\"\n",
		"c.env":  "PORT=7000\nWS_PORT=\"7001\"\nALLOWED_ORIGINS=\"https://a.example https://b.example\"\nDRAIN_TIMEOUT=5\n",
	} {
		path := writeFile(t, name, content)
		cfg := load(t, "CONFIG_FILE="+path, "PORT=8000", "WS_PORT=")
		named, err := config.Load([]string{"PORT=8000"}, path)
		if err != nil {
			t.Fatal(err)
		}
		same(t, named, cfg)
		same(t, []any{cfg.Port, cfg.WSPort, cfg.AllowedOrigins, cfg.DrainTimeout},
			[]any{8000, 7001, []string{"https://a.example", "https://b.example"}, 5 * time.Second})
	}
}

func TestBadFiles(t *testing.T) {
	for name, content := range map[string]string{
		"a.yaml":  "port: 1\n\tanthropic_api_key: " + secret,
		"b.yaml":  secret,
		"c.json":  `{"anthropic_api_key": "` + secret + `"`,
		"d.yaml":  "prot: 5000\n",
		"e.yaml":  "anthropic:\n  api_key: " + secret,
		"f.ini":   "port=1",
		"g.yaml":  "ANTHROPIC_API_KEYS: " + secret,
		"h.toml":  "anthropic_api_key = " + secret,
		"i.jsonl": "{}",
	} {
		found := problems(t, "CONFIG_FILE="+writeFile(t, name, content))
		if len(found) != 1 || !strings.HasPrefix(found[0], "CONFIG_FILE: ") || strings.Contains(found[0], secret) {
			t.Errorf("%s gave %q", name, found)
		}
	}
}

func TestSecretIsNeverShown(t *testing.T) {
	s := config.Secret(secret)
	holder := struct {
		Key config.Secret
		Ptr *config.Secret
	}{s, &s}
	encoded, err := json.Marshal(holder)
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "key", s, "holder", holder, "config", config.Config{AnthropicAPIKey: s})
	shown := string(encoded) + log.String() + s.String() + s.GoString()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%c", "%10s", "%z"} {
		shown += fmt.Sprintf(verb, s) + fmt.Sprintf(verb, &s) + fmt.Sprintf(verb, holder) + fmt.Sprintf(verb, []config.Secret{s})
	}
	for _, form := range []string{secret, fmt.Sprintf("%x", secret), fmt.Sprintf("%X", secret), secret[:8]} {
		if strings.Contains(shown, form) {
			t.Errorf("the secret is in %q", shown)
		}
	}
	same(t, s.Reveal(), secret)
}

func TestUsage(t *testing.T) {
	var help strings.Builder
	config.Usage(&help, "app", [2]string{"--with-gateway", "run the gateway too"})
	for _, s := range config.Settings() {
		if !strings.Contains(help.String(), "\n  "+s.Name+" ") || !strings.Contains(help.String(), s.Default) {
			t.Errorf("the help lacks %s", s.Name)
		}
	}
	for _, word := range []string{"Usage: app", "--with-gateway", "--help", "--version"} {
		if !strings.Contains(help.String(), word) {
			t.Errorf("the help lacks %q", word)
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add("PUBLIC_URL", "https://a")
	f.Add("ALLOWED_ORIGINS", "https://[::1%25eth0]:1,*")
	f.Add("DRAIN_TIMEOUT", "1h")
	f.Fuzz(func(t *testing.T, name, value string) {
		if name == "CONFIG_FILE" || name == "ANTHROPIC_API_KEY_FILE" {
			return
		}
		cfg, err := config.Load([]string{name + "=" + value}, "")
		if (cfg == nil) == (err == nil) {
			t.Fatalf("config %v and error %v", cfg, err)
		}
		var found config.Problems
		if err != nil && !errors.As(err, &found) {
			t.Fatalf("error %T", err)
		}
	})
}
