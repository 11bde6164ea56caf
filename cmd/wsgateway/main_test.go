package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

func TestCommandLine(t *testing.T) {
	for name, tc := range map[string]struct {
		args, environ  []string
		status         int
		stdout, stderr string
	}{
		"help":           {[]string{"--help"}, nil, 0, "WS_PORT", ""},
		"version":        {[]string{"--version"}, nil, 0, "wsgateway ", ""},
		"unknown flag":   {[]string{"--nonsense"}, nil, 2, "", "nonsense"},
		"argument":       {[]string{"dance"}, nil, 2, "", "dance"},
		"two mistakes":   {nil, []string{"WS_PORT=banana", "SIGNUP=maybe"}, 2, "", "SIGNUP"},
		"not there yet":  {nil, []string{"AGENT_ENGINE=claude-code"}, 2, "", "AGENT_ENGINE"},
		"root is a file": {nil, []string{"CLAUDE_SESSIONS_ROOT=/dev/null"}, 2, "", "/dev/null"},
	} {
		t.Run(name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			status := run(t.Context(), tc.args, tc.environ, &stdout, &stderr)
			if status != tc.status || !strings.Contains(stdout.String(), tc.stdout) || !strings.Contains(stderr.String(), tc.stderr) {
				t.Errorf("status %d\n%s\n%s", status, &stdout, &stderr)
			}
		})
	}
}

// TestServes runs the whole program, asks for its health, and ends it as SIGTERM does.
func TestServes(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan int, 1)
	environ := []string{"HOST=127.0.0.1", fmt.Sprintf("WS_PORT=%d", port), "CLAUDE_SESSIONS_ROOT=" + t.TempDir(), "LOG_LEVEL=error"}
	go func() { ended <- run(ctx, nil, environ, io.Discard, os.Stderr) }()
	url := fmt.Sprintf("http://127.0.0.1:%d/api/health", port)
	for deadline := time.Now().Add(20 * time.Second); ; {
		resp, err := http.Get(url)
		if err == nil {
			body, err := io.ReadAll(resp.Body)
			if err != nil || resp.StatusCode != http.StatusOK || !strings.Contains(string(body), `"status":"healthy"`) {
				t.Errorf("%d %s %v", resp.StatusCode, body, err)
			}
			if err := resp.Body.Close(); err != nil {
				t.Error(err)
			}
			break
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
	http.DefaultClient.CloseIdleConnections()
	stop()
	if status := <-ended; status != 0 {
		t.Errorf("it ended with %d", status)
	}
}
