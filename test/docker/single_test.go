//go:build docker

package docker_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/anthropic/anthropictest"
)

// TestSingleContainer runs both programs in one container, with SQLite on a volume, and lives through a restart.
func TestSingleContainer(t *testing.T) {
	model := anthropictest.New(t, answer("hello", "Hello from the container."))
	model.Add(bash("leave something behind", "toolu_behind", "setsid sleep 4242 >/dev/null 2>&1 & echo started; id -u; env", "Done.", checkClean)...)
	baseURL := startModel(t, model)

	volume := docker(t, "volume", "create")
	container := docker(t, "run", "-d", "-p", "127.0.0.1::5000", "-p", "127.0.0.1::3001", "-v", volume+":/data/users",
		"-e", "ANTHROPIC_API_KEY="+apiKey, "-e", "ANTHROPIC_BASE_URL="+baseURL, image)
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		if t.Failed() {
			t.Log(tryDocker(ctx, nil, "logs", container))
		}
		if _, err := tryDocker(ctx, nil, "rm", "--force", container); err != nil {
			t.Error(err)
		}
		if _, err := tryDocker(ctx, nil, "volume", "rm", volume); err != nil {
			t.Error(err)
		}
	})

	address := func(port string) string {
		return docker(t, "port", container, port+"/tcp")
	}
	awaitHealthy(t, "http://"+address("5000"), "http://"+address("3001"))
	eventually(t, 40*time.Second, "Docker's own health check", func() error {
		if status := docker(t, "inspect", container, "--format", "{{.State.Health.Status}}"); status != "healthy" {
			return errors.New(status)
		}
		return nil
	})
	if got := docker(t, "exec", container, "app", "healthcheck"); got != "" {
		t.Errorf("app healthcheck: %s", got)
	}

	ada := newPerson(t, "http://"+address("5000"), "ws://"+address("5000")+"/ws/agent") // the app forwards it
	cwd := ada.signUp()
	c := ada.connect()
	session := c.newSession(cwd)
	if stop := c.prompt(session, "hello"); stop != "end_turn" {
		t.Errorf("stop reason %q", stop)
	}
	c.prompt(session, "leave something behind")
	eventually(t, 2*time.Second, "what the command left behind is gone", func() error {
		if top := docker(t, "top", container, "-eo", "pid,stat,args"); strings.Contains(top, "4242") || strings.Contains(top, "defunct") {
			return errors.New(top)
		}
		return nil
	})

	start := time.Now()
	docker(t, "stop", "--time", "30", container)
	if code := docker(t, "inspect", container, "--format", "{{.State.ExitCode}}"); code != "0" {
		t.Errorf("exit status %s after a stop", code)
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("an idle server took %s to stop", took)
	}

	docker(t, "start", container)
	awaitHealthy(t, "http://"+address("5000"), "http://"+address("3001"))
	again := newPerson(t, "http://"+address("5000"), "ws://"+address("5000")+"/ws/agent")
	again.rest(http.MethodPost, "/api/auth/login", map[string]string{"username": "ada", "password": "a long enough pass phrase"}, http.StatusOK, nil)
	c = again.connect()
	c.call(acp.MethodSessionLoad, map[string]any{"sessionId": session, "cwd": cwd, "mcpServers": []any{}}, nil)
	if said := c.shown(acp.UpdateAgentMessage); !strings.Contains(said, "Hello from the container.") {
		t.Errorf("after the restart the conversation is: %s", said)
	}
	if files := docker(t, "exec", container, "sh", "-c", "ls /data/users/*/.claude/projects/*/*.jsonl"); !strings.HasSuffix(files, session+".jsonl") {
		t.Errorf("transcripts: %s", files)
	}
}

// checkClean looks at the result of a command that printed its environment.
func checkClean(r *anthropictest.Request) error {
	for _, block := range r.Last().Results() {
		out := block.ResultText()
		if !strings.Contains(out, "1001") {
			return fmt.Errorf("the command did not run as uid 1001: %s", out)
		}
		for _, secret := range []string{apiKey, "ANTHROPIC", "DATABASE_URL", "PGPASSFILE"} {
			if strings.Contains(out, secret) {
				return fmt.Errorf("the command saw %s", secret)
			}
		}
	}
	return nil
}

// awaitHealthy waits until both ports say that everything is well.
func awaitHealthy(t *testing.T, app, gateway string) {
	t.Helper()
	eventually(t, 40*time.Second, "health of the app", func() error {
		h, err := healthOf(t.Context(), app)
		return errors.Join(err, h.healthy("sessionsVolume", "database", "gateway", "sandbox", "model"))
	})
	eventually(t, 40*time.Second, "health of the gateway", func() error {
		h, err := healthOf(t.Context(), gateway)
		return errors.Join(err, h.healthy("sessionsVolume", "database", "sandbox", "model"))
	})
}
