package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestCommandLine(t *testing.T) {
	for _, tc := range []struct {
		name           string
		args, environ  []string
		status         int
		stdout, stderr string
	}{
		{"help", []string{"--help"}, nil, exitOK, "--with-gateway", ""},
		{"help names the settings", []string{"--help"}, nil, exitOK, "CLAUDE_SESSIONS_ROOT", ""},
		{"version", []string{"--version"}, nil, exitOK, "app ", ""},
		{"unknown flag", []string{"--nonsense"}, nil, exitUsage, "", "nonsense"},
		{"unknown command", []string{"dance"}, nil, exitUsage, "", `"dance"`},
		{"bad port", nil, []string{"PORT=banana"}, exitUsage, "", "PORT"},
		{"healthcheck of nothing", []string{"healthcheck", "http://127.0.0.1:1/"}, nil, exitFailure, "", "healthcheck:"},
		{"reindex of an empty root", []string{"reindex"}, []string{"CLAUDE_SESSIONS_ROOT=" + t.TempDir()}, exitOK, "0 transcripts read", ""},
		{"reindex of a foreign file", []string{"reindex", "/etc/passwd"}, []string{"CLAUDE_SESSIONS_ROOT=" + t.TempDir()}, exitFailure, "", "no transcript"},
		{"doctor of an empty root", []string{"doctor"}, []string{"CLAUDE_SESSIONS_ROOT=" + t.TempDir()}, exitOK, "0 transcripts examined", ""},
		{"audit of an empty root", []string{"audit", "verify"}, []string{"CLAUDE_SESSIONS_ROOT=" + t.TempDir()}, exitOK, "0 entries, all as they were written", ""},
		{"audit without its verb", []string{"audit"}, nil, exitUsage, "", "unknown argument"},
		{"healthcheck with too much", []string{"healthcheck", "a", "b"}, nil, exitUsage, "", "unknown argument"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			status := run(t.Context(), tc.args, tc.environ, &stdout, &stderr)
			if status != tc.status || !strings.Contains(stdout.String(), tc.stdout) || !strings.Contains(stderr.String(), tc.stderr) {
				t.Errorf("status %d\nstdout: %s\nstderr: %s", status, &stdout, &stderr)
			}
			if tc.stderr == "" && stderr.Len() > 0 {
				t.Errorf("stderr: %s", &stderr)
			}
		})
	}
}

func TestEveryMistakeHasItsLine(t *testing.T) {
	var stderr bytes.Buffer
	environ := []string{"PORT=banana", "SIGNUP=perhaps", "LOG_LEVEL=loud", "DATABASE_URL=postgres://u:hunter2@[bad/db", "ANTHROPIC_API_KEY=sk-secret"}
	if status := run(t.Context(), nil, environ, io.Discard, &stderr); status != exitUsage {
		t.Errorf("status %d", status)
	}
	lines := strings.Split(strings.TrimSpace(stderr.String()), "\n")
	for _, name := range []string{"PORT", "SIGNUP", "LOG_LEVEL"} {
		found := 0
		for _, line := range lines {
			if strings.Contains(line, name) {
				found++
			}
		}
		if found != 1 {
			t.Errorf("%s is on %d lines:\n%s", name, found, &stderr)
		}
	}
	if strings.Contains(stderr.String(), "hunter2") || strings.Contains(stderr.String(), "sk-secret") {
		t.Errorf("a secret was printed:\n%s", &stderr)
	}
}

func TestRootThatCannotBeUsed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	status := run(t.Context(), nil, []string{"CLAUDE_SESSIONS_ROOT=" + file}, io.Discard, &stderr)
	if status != exitUsage || !strings.Contains(stderr.String(), file) || strings.Count(stderr.String(), "\n") != 1 {
		t.Errorf("status %d: %s", status, &stderr)
	}
}

// output collects what a server writes and lets a test wait for a line of it.
type output struct {
	mu      sync.Mutex
	buf     bytes.Buffer
	changed chan struct{}
}

func newOutput() *output { return &output{changed: make(chan struct{}, 1)} }

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	select {
	case o.changed <- struct{}{}:
	default:
	}
	return o.buf.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// waitFor waits for the first group of a pattern.
func (o *output) waitFor(t *testing.T, pattern string, ended <-chan int) string {
	t.Helper()
	re, deadline := regexp.MustCompile(pattern), time.After(30*time.Second)
	for {
		if found := re.FindStringSubmatch(o.String()); found != nil {
			return found[1]
		}
		select {
		case <-o.changed:
		case status := <-ended:
			t.Fatalf("ended with %d before %s:\n%s", status, pattern, o)
		case <-deadline:
			t.Fatalf("no %s within 30 s:\n%s", pattern, o)
		}
	}
}

// start runs the app on a free port until the test ends and returns its address, what it writes, and its end.
func start(t *testing.T, args ...string) (address string, out *output, stop func() int) {
	t.Helper()
	return startAt(t, t.TempDir(), nil, args...)
}

// startAt is start on a sessions root that may hold something already, with further settings.
func startAt(t *testing.T, root string, settings []string, args ...string) (address string, out *output, stop func() int) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	out, ended := newOutput(), make(chan int, 1)
	environ := append([]string{"PORT=0", "WS_PORT=0", "HOST=127.0.0.1", "CLAUDE_SESSIONS_ROOT=" + root}, settings...)
	go func() { ended <- run(ctx, args, environ, io.Discard, out) }()
	stop = sync.OnceValue(func() int {
		cancel()
		return <-ended
	})
	t.Cleanup(func() { stop() })
	addr := out.waitFor(t, `msg="app listens" addr=(\S+)`, ended)
	if _, _, err := net.SplitHostPort(addr); err != nil {
		t.Fatal(err)
	}
	return "http://" + addr, out, stop
}

func TestServesUntilToldToStop(t *testing.T) {
	address, out, stop := start(t)
	if status := run(t.Context(), []string{"healthcheck", address + "/api/livez"}, nil, io.Discard, io.Discard); status != exitOK {
		t.Errorf("healthcheck: %d", status)
	}
	if status := run(t.Context(), []string{"healthcheck", address + "/api/nothing"}, nil, io.Discard, io.Discard); status != exitFailure {
		t.Errorf("healthcheck of a missing route: %d", status)
	}
	if got := healthOf(t, address); got["sessionsVolume"] != "ok" || got["database"] != "ok" || got["gateway"] != "failed" {
		t.Errorf("health: %v", got)
	}
	http.DefaultClient.CloseIdleConnections()
	if status := stop(); status != exitOK {
		t.Errorf("exit status %d:\n%s", status, out)
	}
	if _, err := http.Get(address); err == nil {
		t.Error("it still answers")
	}
}

func TestServesWithGateway(t *testing.T) {
	address, out, stop := start(t, "--with-gateway")
	if got := healthOf(t, address); got["gateway"] != "ok" || got["model"] != "disabled" {
		t.Errorf("health: %v", got)
	}
	http.DefaultClient.CloseIdleConnections()
	if status := stop(); status != exitOK {
		t.Errorf("exit status %d:\n%s", status, out)
	}
}

// healthOf asks for the health answer and returns the status of each check.
func healthOf(t *testing.T, address string) map[string]string {
	t.Helper()
	res, err := http.Get(address + "/api/health")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var answer struct {
		Checks map[string]struct{ Status string }
	}
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for name, check := range answer.Checks {
		got[name] = check.Status
	}
	return got
}

func TestPortInUse(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	environ := []string{"PORT=" + port, "HOST=127.0.0.1", "CLAUDE_SESSIONS_ROOT=" + t.TempDir()}
	if status := run(t.Context(), nil, environ, io.Discard, &stderr); status != exitFailure || !strings.Contains(stderr.String(), "address already in use") {
		t.Errorf("status %d: %s", status, &stderr)
	}
}
