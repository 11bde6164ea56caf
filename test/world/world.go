// Package world sets up what the tests of the whole share: a gateway on real parts, on a port of its own, with a data
// directory, accounts and tokens. Only the Messages API is scripted.
package world

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"claude-agent-chat/pkg/auth"
	"claude-agent-chat/pkg/config"
	"claude-agent-chat/pkg/lifecycle"
	"claude-agent-chat/pkg/serve"
	"claude-agent-chat/pkg/store"
)

// World is one server and its data.
type World struct {
	t      testing.TB
	Config config.Config
	Addr   string // host and port of the gateway
	store  *store.Store
	auth   *auth.Service
	stop   func()
}

// New makes a world whose model is at baseURL, and starts its gateway.
func New(t testing.TB, baseURL string) *World {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	must(t, err)
	w := &World{t: t, Config: config.Config{
		Host: "127.0.0.1", SessionsRoot: root, PublicURL: "http://localhost:5000", Signup: "open",
		AnthropicAPIKey: "sk-ant-test", AnthropicBaseURL: baseURL, AnthropicModel: "claude-test",
		DrainTimeout: 5 * time.Second, MaxConnections: 4096, MaxAccountConnections: 2048,
	}}
	w.store, err = store.Open(t.Context(), store.Options{SQLitePath: w.Config.SQLitePath(), Log: Log(t)})
	must(t, err)
	t.Cleanup(func() { must(t, w.store.Close()) })
	w.auth = auth.New(w.store, auth.Options{PublicURL: w.Config.PublicURL, Signup: "open"})
	w.Start()
	t.Cleanup(w.Stop)
	return w
}

// At gives a world that something else runs at this address, for clients to connect to.
func At(t testing.TB, addr string) *World { return &World{t: t, Addr: addr} }

// Start starts the gateway, on a new port if it was stopped before.
func (w *World) Start() {
	w.t.Helper()
	gateway, err := serve.NewGateway(w.t.Context(), &w.Config, "test", Log(w.t))
	must(w.t, err)
	w.Addr = gateway.Addr.String()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- lifecycle.Run(ctx, Log(w.t), w.Config.DrainTimeout, gateway.Parts...) }()
	w.stop = func() {
		cancel()
		must(w.t, <-ended)
		must(w.t, gateway.Close())
	}
}

// Stop drains the gateway as SIGTERM does. It may be called twice.
func (w *World) Stop() {
	if w.stop != nil {
		w.stop()
		w.stop = nil
	}
}

// User is an account with a token.
type User struct {
	ID    string
	Token string
	Cwd   string // its workspace
}

// User signs a user up.
func (w *World) User(name string) User {
	w.t.Helper()
	who, _, err := w.auth.SignUp(w.t.Context(), "", name, "correct horse battery staple")
	must(w.t, err)
	_, token, err := w.auth.CreateToken(w.t.Context(), who, "test")
	must(w.t, err)
	return User{ID: who.AccountID, Token: token, Cwd: filepath.Join(w.Config.SessionsRoot, who.AccountID, "workspace")}
}

// Store gives the database.
func (w *World) Store() *store.Store { return w.store }

// Auth gives the accounts.
func (w *World) Auth() *auth.Service { return w.auth }

// Transcripts are the paths of a user's transcripts.
func (w *World) Transcripts(u User) []string {
	w.t.Helper()
	paths, err := filepath.Glob(filepath.Join(w.Config.SessionsRoot, u.ID, ".claude", "projects", "*", "*.jsonl"))
	must(w.t, err)
	return paths
}

// Log writes to standard error if TEST_LOG is set, and nowhere otherwise.
func Log(testing.TB) *slog.Logger {
	if os.Getenv("TEST_LOG") == "" {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
