package wire_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/anthropic/anthropictest"
	"claude-agent-chat/test/world"
)

// TestHooks runs the person's hooks inside the boundary: before and after calls, at prompts and at the end of a turn. Row: Hooks.
func TestHooks(t *testing.T) {
	result := func(id, want string) func(*anthropictest.Request) error {
		return func(r *anthropictest.Request) error {
			if got := resultOf(r, id); !strings.Contains(got, want) {
				return fmt.Errorf("the result of %s is %q, without %q", id, got, want)
			}
			return nil
		}
	}
	sees := func(want string) func(*anthropictest.Request) bool {
		return func(r *anthropictest.Request) bool { return strings.Contains(r.Last().Text(), want) }
	}
	w, user, c, _ := start(t,
		anthropictest.Exchange{Match: sees("saw 0 users"), Reply: anthropictest.Stream(anthropictest.Tool("t1", "Write", `{"file_path":"no.txt","content":"x"}`))},
		anthropictest.Exchange{Match: anthropictest.HasResult("t1"), Check: result("t1", "not on my watch"), Reply: anthropictest.Stream(anthropictest.Tool("t2", "Bash", `{"command":"echo ran >> ran.txt"}`))},
		anthropictest.Exchange{Match: anthropictest.HasResult("t2"), Check: result("t2", "run the linter"), Reply: anthropictest.Stream(anthropictest.Text("Finished?"))},
		anthropictest.Exchange{Match: sees("one thing is left"), Reply: anthropictest.Stream(anthropictest.Text("Now it is."))},
	)
	settings := fmt.Sprintf(`{"hooks":{
		"UserPromptSubmit":[{"hooks":[{"type":"command","command":"if grep -q forbidden; then echo no such words >&2; exit 2; fi; echo saw $(ls %s 2>/dev/null | wc -l) users"}]}],
		"PreToolUse":[{"matcher":"Write|Edit","hooks":[{"type":"command","command":"echo not on my watch >&2; exit 2"}]},
			{"matcher":"Bash","hooks":[{"type":"command","command":"echo '{\"hookSpecificOutput\":{\"permissionDecision\":\"ask\"}}'"}]}],
		"PostToolUse":[{"matcher":"Bash","hooks":[{"type":"command","command":"echo '{\"decision\":\"block\",\"reason\":\"run the linter\"}'"}]}],
		"Stop":[{"hooks":[{"type":"command","command":"test -e stopped || { touch stopped; echo one thing is left >&2; exit 2; }"}]}],
		"Notification":[{"hooks":[{"type":"command","command":"touch notified"}]}]}}`, w.Config.SessionsRoot)
	writeFile(t, filepath.Join(w.Config.SessionsRoot, user.ID, ".claude", "settings.json"), settings)
	id := c.NewSession(user.Cwd)
	_, err := c.Call(acp.MethodSetMode, map[string]any{"sessionId": id, "modeId": "bypassPermissions"})
	must(t, err)
	promptAndAnswer(t, c, id, "go", 1, "allow")
	c.Prompt(id, "forbidden words")
	c.Look(func(s world.Seen) {
		if text := s.Text(acp.UpdateAgentMessage); !strings.Contains(text, "Now it is.") || !strings.Contains(text, "no such words") {
			t.Errorf("the agent says %q", text)
		}
	})
	for name, want := range map[string]bool{"no.txt": false, "ran.txt": true, "stopped": true, "notified": false} {
		if _, err := os.Stat(filepath.Join(user.Cwd, name)); (err == nil) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
}
