package wire_test

import (
	"fmt"
	"strings"
	"testing"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/anthropic/anthropictest"
)

// TestBackground runs a command in the background over two turns, reads its output and stops it. Row: Background commands.
func TestBackground(t *testing.T) {
	result := func(id string, wants ...string) func(*anthropictest.Request) error {
		return func(r *anthropictest.Request) error {
			for _, want := range wants {
				if got := resultOf(r, id); !strings.Contains(got, want) {
					return fmt.Errorf("the result of %s is %q, without %q", id, got, want)
				}
			}
			return nil
		}
	}
	tool := func(id, name, input string) anthropictest.Reply {
		return anthropictest.Stream(anthropictest.Tool(id, name, input))
	}
	_, user, c, _ := start(t,
		calls("start", "t1", "Bash", `{"command":"echo begun; sleep 300","run_in_background":true}`),
		anthropictest.Exchange{Match: anthropictest.HasResult("t1"), Check: result("t1", "b1"), Reply: anthropictest.Stream(anthropictest.Text("It runs."))},
		calls("look", "t2", "TaskOutput", `{"task_id":"b1","timeout":2000}`),
		anthropictest.Exchange{Match: anthropictest.HasResult("t2"), Check: result("t2", "begun", "running"), Reply: tool("t3", "TaskStop", `{"task_id":"b1"}`)},
		anthropictest.Exchange{Match: anthropictest.HasResult("t3"), Check: result("t3", "Stopped"), Reply: tool("t4", "TaskOutput", `{"task_id":"b1"}`)},
		anthropictest.Exchange{Match: anthropictest.HasResult("t4"), Check: result("t4", "stopped"), Reply: tool("t5", "Bash", `{"command":"exit 3","run_in_background":true}`)},
		anthropictest.Exchange{Match: anthropictest.HasResult("t5"), Reply: tool("t6", "TaskOutput", `{"task_id":"b2"}`)},
		anthropictest.Exchange{Match: anthropictest.HasResult("t6"), Check: result("t6", "failed", "<exit_code>3"), Reply: tool("t7", "TaskOutput", `{"task_id":"nothing"}`)},
		anthropictest.Exchange{Match: anthropictest.HasResult("t7"), Check: result("t7", "No command with the id"), Reply: anthropictest.Stream(anthropictest.Text("Done."))},
	)
	id := c.NewSession(user.Cwd)
	_, err := c.Call(acp.MethodSetMode, map[string]any{"sessionId": id, "modeId": "bypassPermissions"})
	must(t, err)
	c.Prompt(id, "start")
	c.Prompt(id, "look")
}
