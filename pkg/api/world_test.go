package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"claude-agent-chat/pkg/api"
	"claude-agent-chat/pkg/audit"
	"claude-agent-chat/pkg/auth"
	"claude-agent-chat/pkg/config"
	"claude-agent-chat/pkg/engine"
	"claude-agent-chat/pkg/store"
)

const password = "correct horse 电池 staple"

// world is a whole app on loopback: real database file, real directories, a stand-in for the gateway process.
type world struct {
	url   string
	root  string
	cfg   *config.Config
	store *store.Store
	auth  *auth.Service
	audit *audit.Log // written by flush only
	log   *logBuffer
	doc   description
	http  *http.Client
	serve http.Handler
}

// logBuffer collects log lines from any goroutine.
type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// option changes what a world is made of.
type option func(*config.Config, *api.Deps)

func withGateway(url string) option {
	return func(c *config.Config, _ *api.Deps) { c.WSGatewayURL = url }
}

func withPublicWS(url string) option {
	return func(c *config.Config, _ *api.Deps) { c.PublicWSURL = url }
}

func withPublicURL(url string) option {
	return func(c *config.Config, _ *api.Deps) { c.PublicURL = url }
}

func withSignup(mode string) option {
	return func(c *config.Config, _ *api.Deps) { c.Signup = mode }
}

func withAssets(assets fs.FS) option {
	return func(_ *config.Config, d *api.Deps) { d.Assets = assets }
}

func newWorld(t *testing.T, options ...option) *world {
	t.Helper()
	root := t.TempDir()
	cfg, err := config.Load([]string{"CLAUDE_SESSIONS_ROOT=" + root}, "")
	if err != nil {
		t.Fatal(err)
	}
	cfg.WSGatewayURL = "http://127.0.0.1:1" // Nothing listens there.
	cfg.Signup = "open"
	log := &logBuffer{}
	w := &world{root: root, cfg: cfg, log: log, http: &http.Client{Transport: &http.Transport{DisableCompression: true}}}
	logger := slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	deps := api.Deps{
		Config: cfg, Assets: builtClient(), Version: "1.2.3", Log: logger,
		Models: []engine.Model{{ID: "claude-test", Name: "Claude Test"}},
	}
	for _, change := range options {
		change(cfg, &deps)
	}
	w.store, err = store.Open(t.Context(), store.Options{SQLitePath: cfg.SQLitePath(), Log: logger})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.store.Close() })
	w.audit = audit.New(w.store, logger)
	w.auth = auth.New(w.store, auth.Options{PublicURL: cfg.PublicURL, Signup: cfg.Signup, Log: logger, Audit: w.audit, Provider: api.Provider(cfg)})
	deps.Store, deps.Auth, deps.Audit = w.store, w.auth, w.audit
	if deps.Health, err = api.NewHealth(cfg, w.store); err != nil {
		t.Fatal(err)
	}
	if w.serve, err = api.New(deps); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(w.serve)
	t.Cleanup(func() {
		w.http.CloseIdleConnections()
		server.Close()
	})
	w.url = server.URL
	if err := json.Unmarshal([]byte(readAll(t, w.raw(t, "GET", "/api/openapi.json", nil, ""))), &w.doc); err != nil {
		t.Fatal(err)
	}
	return w
}

// raw sends one request, without any credential of its own.
func (w *world) raw(t *testing.T, method, path string, headers map[string]string, body string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, w.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range headers {
		switch {
		case name == "Host":
			req.Host = value
		case value != "":
			req.Header.Set(name, value)
		}
	}
	res, err := w.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = res.Body.Close() })
	return res
}

// person is somebody who may be signed in.
type person struct {
	world  *world
	id     string
	cookie string
	token  string
}

// answer is a response that was read and compared with the description.
type answer struct {
	status int
	header http.Header
	body   string
}

// decode reads the body into a value.
func (a answer) decode(t *testing.T, dst any) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.body), dst); err != nil {
		t.Fatalf("%v in %s", err, a.body)
	}
}

// call sends a request as the person and checks that status and body are as described.
func (p *person) call(t *testing.T, method, path, body string) answer {
	t.Helper()
	headers := map[string]string{"Cookie": p.cookie}
	if p.token != "" {
		headers["Authorization"] = "Bearer " + p.token
	}
	if body != "" {
		headers["Content-Type"] = "application/json"
	}
	res := p.world.raw(t, method, path, headers, body)
	got := answer{status: res.StatusCode, header: res.Header, body: readAll(t, res)}
	p.world.compare(t, method, path, got)
	return got
}

// want is call for a status that is expected.
func (p *person) want(t *testing.T, status int, method, path, body string) answer {
	t.Helper()
	got := p.call(t, method, path, body)
	if got.status != status {
		t.Fatalf("%s %s: status %d, want %d: %s", method, path, got.status, status, got.body)
	}
	return got
}

// compare holds an answer against the description of its route.
func (w *world) compare(t *testing.T, method, path string, got answer) {
	t.Helper()
	op, ok := w.operationFor(method, path)
	if !ok {
		return
	}
	described, ok := op.Responses[statusText(got.status)]
	if !ok {
		t.Errorf("%s %s: status %d is not described: %s", method, path, got.status, got.body)
		return
	}
	if described == nil || len(described.Content) == 0 {
		return
	}
	decoder := json.NewDecoder(strings.NewReader(got.body))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		t.Errorf("%s %s: %v in %q", method, path, err, got.body)
		return
	}
	for _, problem := range w.doc.problems(described.Content["application/json"].Schema, value, "body") {
		t.Errorf("%s %s (%d): %s", method, path, got.status, problem)
	}
}

// operationFor finds the description of a concrete path.
func (w *world) operationFor(method, path string) (operation, bool) {
	path, _, _ = strings.Cut(path, "?")
	for pattern, item := range w.doc.Paths {
		if op, ok := item[strings.ToLower(method)]; ok && matches(pattern, path) {
			return op, true
		}
	}
	return operation{}, false
}

func matches(pattern, path string) bool {
	path, _, _ = strings.Cut(path, "?")
	want, got := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return false
	}
	for i := range want {
		if want[i] != got[i] && !strings.HasPrefix(want[i], "{") {
			return false
		}
	}
	return true
}

// guest is nobody.
func (w *world) guest() *person { return &person{world: w} }

// signUp makes an account and signs it in; the first one of a world is the administrator.
func (w *world) signUp(t *testing.T, username string) *person {
	t.Helper()
	p := w.guest()
	got := p.want(t, http.StatusCreated, "POST", "/api/auth/signup", credentials(username, password))
	p.take(t, got)
	return p
}

// take keeps the cookie and the id of a sign-up or sign-in.
func (p *person) take(t *testing.T, got answer) {
	t.Helper()
	var me struct {
		ID string `json:"id"`
	}
	got.decode(t, &me)
	p.id, p.cookie = me.ID, cookieOf(t, got.header)
}

// cookieOf gives the cookie that an answer set, as a Cookie header.
func cookieOf(t *testing.T, h http.Header) string {
	t.Helper()
	set := (&http.Response{Header: h}).Cookies()
	if len(set) != 1 {
		t.Fatalf("%d cookies were set", len(set))
	}
	return set[0].Name + "=" + set[0].Value
}

func credentials(username, password string) string {
	body, err := json.Marshal(map[string]string{"username": username, "password": password})
	if err != nil {
		panic(err)
	}
	return string(body)
}

func readAll(t *testing.T, res *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// wantError checks the shape and the code of an error's body.
func wantError(t *testing.T, res *http.Response, code string) {
	t.Helper()
	wantErrorBody(t, readAll(t, res), code)
}

func wantErrorBody(t *testing.T, body, code string) {
	t.Helper()
	var got struct {
		Error struct{ Code, Message string }
	}
	decoder := json.NewDecoder(strings.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&got); err != nil {
		t.Fatalf("%v in %q", err, body)
	}
	if got.Error.Code != code || !strings.HasSuffix(got.Error.Message, ".") {
		t.Errorf("error %+v, want code %s and a sentence", got.Error, code)
	}
}

// addSession puts a session into the index, as the gateway does.
func (w *world) addSession(t *testing.T, row store.Session) {
	t.Helper()
	if err := w.store.UpsertSession(context.Background(), row); err != nil {
		t.Fatal(err)
	}
}
