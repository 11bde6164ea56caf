package wire_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/anthropic/anthropictest"
	"claude-agent-chat/test/world"
)

// taskIDs finds the id that a call in the background gave.
var taskIDs = regexp.MustCompile(`(?:with the id |agentId: )([a-z0-9]+)`)

// taskOf is the id that a call in the background gave, in a request.
func taskOf(r *anthropictest.Request, id string) string {
	if found := taskIDs.FindStringSubmatch(resultOf(r, id)); found != nil {
		return found[1]
	}
	return "none"
}

// about makes an exchange: to the result of a call that began something in the background the model calls a tool about it.
func about(begun, id, name, input string) anthropictest.Exchange {
	task := ""
	return anthropictest.Exchange{
		Match: anthropictest.HasResult(begun),
		Check: func(r *anthropictest.Request) error {
			if task = taskOf(r, begun); task == "none" {
				return fmt.Errorf("the result of %s is %q", begun, resultOf(r, begun))
			}
			return nil
		},
		Reply: func(w *anthropictest.Writer) error {
			return anthropictest.Stream(anthropictest.Tool(id, name, strings.ReplaceAll(input, "TASK", task)))(w)
		},
	}
}

// TestBackground runs a command in the background over two turns, reads its output and stops it. Row: Background commands.
func TestBackground(t *testing.T) {
	var task string
	gives := func(id string, wants ...string) func(*anthropictest.Request) error {
		return func(r *anthropictest.Request) error {
			for _, want := range wants {
				if got := resultOf(r, id); !strings.Contains(got, want) {
					return fmt.Errorf("the result of %s is %q, without %q", id, got, want)
				}
			}
			if strings.Contains(r.Last().Text(), "<task-notification>") {
				return fmt.Errorf("the model is told what it has seen: %s", r.Last().Text())
			}
			return nil
		}
	}
	onTask := func(id, name, input string) anthropictest.Reply {
		return func(w *anthropictest.Writer) error {
			return anthropictest.Stream(anthropictest.Tool(id, name, strings.ReplaceAll(input, "TASK", task)))(w)
		}
	}
	_, user, c, _ := start(t,
		calls("start", "t1", "Bash", `{"command":"echo begun; sleep 300","run_in_background":true}`),
		anthropictest.Exchange{
			Match: anthropictest.HasResult("t1"), Reply: anthropictest.Stream(anthropictest.Text("It runs.")),
			Check: func(r *anthropictest.Request) error { task = taskOf(r, "t1"); return nil },
		},
		anthropictest.Exchange{Match: ends("look"), Reply: onTask("t2", "TaskOutput", `{"task_id":"TASK","timeout":2000}`)},
		anthropictest.Exchange{Match: anthropictest.HasResult("t2"), Check: gives("t2", "begun", "running"), Reply: onTask("t3", "TaskStop", `{"task_id":"TASK"}`)},
		anthropictest.Exchange{Match: anthropictest.HasResult("t3"), Check: gives("t3", "Stopped"), Reply: onTask("t4", "TaskOutput", `{"task_id":"TASK"}`)},
		anthropictest.Exchange{Match: anthropictest.HasResult("t4"), Check: gives("t4", "stopped"), Reply: onTask("t5", "TaskOutput", `{"task_id":"nothing"}`)},
		anthropictest.Exchange{Match: anthropictest.HasResult("t5"), Check: gives("t5", "with the id"), Reply: anthropictest.Stream(anthropictest.Text("Done."))},
	)
	id := c.NewSession(user.Cwd)
	_, err := c.Call(acp.MethodSetMode, map[string]any{"sessionId": id, "modeId": "bypassPermissions"})
	must(t, err)
	c.Prompt(id, "start")
	c.Prompt(id, "look")
}

// TestBackgroundIsTold has a command end while nothing runs: a turn begins with its end. Row: Background commands.
func TestBackgroundIsTold(t *testing.T) {
	w, user, c, _ := start(t,
		calls("start", "t1", "Bash", `{"command":"until [ -e go ]; do sleep 0.02; done; exit 3","description":"Wait for it","run_in_background":true}`),
		then("t1", "It runs."),
		anthropictest.Exchange{
			Match: toldThat("failed", `Background command "Wait for it" failed with exit code 3`), Reply: anthropictest.Stream(anthropictest.Text("It failed.")),
		},
	)
	id := c.NewSession(user.Cwd)
	_, err := c.Call(acp.MethodSetMode, map[string]any{"sessionId": id, "modeId": "bypassPermissions"})
	must(t, err)
	c.Prompt(id, "start")
	waitState(c, acp.StateIdle)
	must(t, os.WriteFile(filepath.Join(user.Cwd, "go"), nil, 0o600))
	c.Until("the turn about it", func(s world.Seen) bool { return strings.HasSuffix(s.Text(acp.UpdateAgentMessage), "It failed.") })
	waitState(c, acp.StateIdle)
	checkNotice(t, w, user, c, "user", "failed")
}
