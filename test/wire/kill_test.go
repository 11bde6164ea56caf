package wire_test

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/anthropic/anthropictest"
	"claude-agent-chat/test/world"
)

// TestKill kills the real program with SIGKILL in the middle of a command: what was acknowledged is there afterwards, the
// command is shown as interrupted and does not run again, nothing of it is left, and the conversation goes on.
func TestKill(t *testing.T) {
	w, user, c, _ := start(t,
		calls("begin", "k1", "Bash", `{"command":"echo x >> runs.txt; sleep 600.25","description":"d"}`),
		anthropictest.Exchange{
			Match: func(r *anthropictest.Request) bool { return strings.HasSuffix(r.Last().Text(), "go on") },
			Check: func(r *anthropictest.Request) error {
				for _, m := range r.Messages {
					for _, b := range m.Results() {
						if b.ToolUseID == "k1" && b.IsError {
							return nil
						}
					}
				}
				return fmt.Errorf("the interrupted call has no result")
			},
			Reply: anthropictest.Stream(anthropictest.Text("Going on.")),
		},
	)
	c.Drop()
	w.Stop()
	binary := buildGateway(t)
	cmd := spawn(t, w, binary)
	c = w.Dial(user)
	id := c.NewSession(user.Cwd)
	_, err := c.Call(acp.MethodSetMode, map[string]any{"sessionId": id, "modeId": "bypassPermissions"})
	must(t, err)
	c.BeginPrompt(id, "", "begin")
	runs := filepath.Join(user.Cwd, "runs.txt")
	eventually(t, "the command runs", func() bool { _, err := os.Stat(runs); return err == nil })
	must(t, cmd.Process.Kill())
	if err := cmd.Wait(); err == nil {
		t.Error("a killed program ends well")
	}
	eventually(t, "the command is gone", func() bool { return !commandLives("600.25") })
	transcriptOf(t, w, user)

	spawn(t, w, binary)
	again := w.Dial(user)
	answer, err := again.Attach(acp.MethodSessionLoad, id, user.Cwd, "")
	must(t, err)
	if answer.Meta[acp.MetaState] != acp.StateIdle {
		t.Errorf("the answer says %v", answer.Meta)
	}
	again.Until("the interrupted call", func(s world.Seen) bool {
		for _, u := range s.Updates() {
			if u.Update.ToolCallID == "k1" && u.Update.Status == acp.StatusFailed {
				return true
			}
		}
		return false
	})
	again.Prompt(id, "go on")
	if data, err := os.ReadFile(runs); err != nil || string(data) != "x\n" {
		t.Errorf("the command ran again: %q, %v", data, err)
	}
	transcriptOf(t, w, user)
}

// buildGateway builds the real program.
func buildGateway(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "wsgateway")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "../../cmd/wsgateway").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return binary
}

// spawn starts the built gateway on the world's data, on a port of its own, with further settings.
func spawn(t *testing.T, w *world.World, binary string, settings ...string) *exec.Cmd {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	w.Addr = l.Addr().String()
	_, port, err := net.SplitHostPort(w.Addr)
	must(t, err)
	must(t, l.Close())
	cmd := exec.Command(binary)
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOST=127.0.0.1", "WS_PORT=" + port, "CLAUDE_SESSIONS_ROOT=" + w.Config.SessionsRoot,
		"ANTHROPIC_API_KEY=sk-ant-test", "ANTHROPIC_BASE_URL=" + w.Config.AnthropicBaseURL, "LOG_LEVEL=error",
	}
	cmd.Env = append(cmd.Env, settings...)
	cmd.Stderr = os.Stderr
	must(t, cmd.Start())
	t.Cleanup(func() {
		if cmd.ProcessState == nil {
			must(t, cmd.Process.Kill())
			_ = cmd.Wait()
		}
	})
	eventually(t, "the gateway answers", func() bool {
		resp, err := http.Get("http://" + w.Addr + "/api/livez")
		if err != nil {
			return false
		}
		return resp.Body.Close() == nil && resp.StatusCode == http.StatusOK
	})
	return cmd
}

// commandLives reports whether a process with this word in its command line exists.
func commandLives(word string) bool {
	paths, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		return true
	}
	for _, path := range paths {
		if data, err := os.ReadFile(path); err == nil && strings.Contains(string(data), "sleep\x00"+word) {
			return true
		}
	}
	return false
}

// eventually waits for what another process does.
func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it does not come to this within 20 s: %s", what)
		}
	}
}
