package mcp_test

import (
	"context"
	"errors"
	"io"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"claude-agent-chat/pkg/mcp"
)

// again tries failed servers again, once their runs are over, and waits for them.
func again(t *testing.T, set *mcp.Set) mcp.ServerStatus {
	t.Helper()
	for !set.Retry() {
		if t.Context().Err() != nil {
			t.Fatal("it is not tried again")
		}
		runtime.Gosched()
	}
	set.Wait(t.Context())
	return set.Status()[0]
}

// TestRetry tries a server again that does not start at first, and no longer when it has connected.
func TestRetry(t *testing.T) {
	var tries atomic.Int32
	set := open(t, mcp.Options{
		Servers: map[string]mcp.Server{"one": fake(t, "good")}, RestartPause: time.Nanosecond,
		Run: func(ctx context.Context, args []string, dir string, env []string, stdin io.Reader, stdout, stderr io.Writer) error {
			if tries.Add(1) <= 2 {
				return errors.New("There is nothing to run yet.") //nolint:revive // a sentence for people.
			}
			return inProcess(ctx, args, dir, env, stdin, stdout, stderr)
		},
	})
	if status := set.Status()[0]; status.State != mcp.Failed || len(set.Tools()) > 0 {
		t.Fatalf("it is %+v", status)
	}
	if status := again(t, set); status.State != mcp.Failed || status.Detail == "" {
		t.Errorf("after the second try it is %+v", status)
	}
	if status := again(t, set); status.State != mcp.Connected || status.Detail != "" || len(set.Tools()) == 0 {
		t.Errorf("after the third try it is %+v", status)
	}
	if set.Retry() {
		t.Error("it is tried again although it has connected")
	}
}

// TestRetryLater leaves a server alone that failed just now, and one that is disabled.
func TestRetryLater(t *testing.T) {
	set := open(t, mcp.Options{Servers: map[string]mcp.Server{"one": command("/bin/false")}, RestartPause: time.Hour})
	if status := again(t, set); status.State != mcp.Failed {
		t.Errorf("it is %+v", status)
	}
	if set.Retry() {
		t.Error("it is tried a third time at once")
	}
	disabled := open(t, mcp.Options{Servers: map[string]mcp.Server{"one": {Type: mcp.TypeHTTP, URL: "http://127.0.0.1:1/mcp"}}, RestartPause: time.Nanosecond})
	if disabled.Retry() {
		t.Error("a server is tried again that is not for this deployment")
	}
}

func TestPauseGrows(t *testing.T) {
	for failures, want := range map[int]time.Duration{
		1: 0, 2: 10 * time.Second, 3: 20 * time.Second, 4: 40 * time.Second, 8: 10 * time.Minute, 1 << 20: 10 * time.Minute,
	} {
		if got := mcp.Pause(failures, mcp.DefaultRestartPause); got != want {
			t.Errorf("after %d failures the pause is %s", failures, got)
		}
	}
}
