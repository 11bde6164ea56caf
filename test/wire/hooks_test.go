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

// TestHookEvents runs hooks at the beginning and the end of sessions and subagents, before a compaction, after a call that failed
// and before a question. Row: Hooks.
func TestHookEvents(t *testing.T) {
	result := func(id, want string) func(*anthropictest.Request) error {
		return func(r *anthropictest.Request) error {
			if got := resultOf(r, id); !strings.Contains(got, want) {
				return fmt.Errorf("the result of %s is %q, without %q", id, got, want)
			}
			return nil
		}
	}
	sees := func(wants ...string) func(*anthropictest.Request) bool {
		return func(r *anthropictest.Request) bool {
			text := r.Last().Text()
			for _, want := range wants {
				if !strings.Contains(text, want) {
					return false
				}
			}
			return true
		}
	}
	b := newBench(t,
		anthropictest.Exchange{Match: sees("go", "started by startup", "only at startup"), Reply: anthropictest.Stream(anthropictest.Tool("t1", "Read", `{"file_path":"missing"}`))},
		anthropictest.Exchange{Match: anthropictest.HasResult("t1"), Check: result("t1", "look elsewhere"), Reply: anthropictest.Stream(anthropictest.Tool("t2", "Write", `{"file_path":"no.txt","content":"x"}`))},
		anthropictest.Exchange{Match: anthropictest.HasResult("t2"), Check: result("t2", "nobody is here to ask"), Reply: anthropictest.Stream(anthropictest.Tool("g1", "Agent", `{"description":"d","prompt":"sub task"}`))},
		anthropictest.Exchange{Match: sees("sub task", "mind the gap"), Reply: anthropictest.Stream(anthropictest.Text("half done"))},
		anthropictest.Exchange{Match: sees("saw half done"), Reply: anthropictest.Stream(anthropictest.Text("whole"))},
		anthropictest.Exchange{Match: anthropictest.HasResult("g1"), Check: result("g1", "whole"), Reply: anthropictest.Stream(anthropictest.Text("ok"))},
		says("again", "ok"),
		anthropictest.Exchange{Match: func(r *anthropictest.Request) bool {
			return anthropictest.IsSummary(r) && strings.Contains(r.Last().Text(), "keep the manual names")
		}, Reply: anthropictest.Stream(anthropictest.Text("The summary."))},
		anthropictest.Exchange{Match: sees("after", "started by compact"), Reply: anthropictest.Stream(anthropictest.Text("ok"))},
		anthropictest.Exchange{Match: sees("fresh", "started by clear"), Reply: anthropictest.Stream(anthropictest.Text("ok"))},
		anthropictest.Exchange{Match: sees("resumed", "started by resume"), Reply: anthropictest.Stream(anthropictest.Text("ok"))},
	)
	b.own("settings.json", `{"permissions":{"allow":["Agent"]},"hooks":{
		"SessionStart":[{"hooks":[{"type":"command","command":"sed 's/.*\"source\":\"\\([a-z]*\\)\".*/started by \\1/'"}]},
			{"matcher":"startup","hooks":[{"type":"command","command":"echo '{\"hookSpecificOutput\":{\"additionalContext\":\"only at startup\",\"decision\":7}}'"},{"type":"command","command":"echo start complains >&2; exit 2"}]}],
		"PostToolUseFailure":[{"matcher":"Read","hooks":[{"type":"command","command":"grep -q 'does not exist' && echo '{\"hookSpecificOutput\":{\"additionalContext\":\"look elsewhere\"}}'"}]}],
		"PostToolUse":[{"matcher":"Read","hooks":[{"type":"command","command":"touch wrong"}]}],
		"PermissionRequest":[{"matcher":"Write","hooks":[{"type":"command","command":"echo '{\"hookSpecificOutput\":{\"decision\":{\"behavior\":\"deny\",\"message\":\"nobody is here to ask\"}}}'"}]},
			{"matcher":"Bash","hooks":[{"type":"command","command":"echo '{\"hookSpecificOutput\":{\"decision\":{\"behavior\":\"allow\"}}}'"}]}],
		"SubagentStart":[{"matcher":"general-purpose","hooks":[{"type":"command","command":"echo '{\"hookSpecificOutput\":{\"additionalContext\":\"mind the gap\"}}'"}]},
			{"matcher":"Explore","hooks":[{"type":"command","command":"touch wrong"}]}],
		"SubagentStop":[{"hooks":[{"type":"command","command":"grep -o 'half done' >said && { echo saw $(cat said) >&2; exit 2; }; true"}]}],
		"PreCompact":[{"matcher":"manual","hooks":[{"type":"command","command":"grep -q stop-it && exit 2; echo keep the manual names"}]},
			{"matcher":"auto","hooks":[{"type":"command","command":"touch wrong"}]}],
		"SessionEnd":[{"hooks":[{"type":"command","command":"touch ended"}]},{"hooks":[{"type":"command","command":"sleep 60"}]}]}}`)
	b.prompt("go", false, "")
	b.prompt("again", false, "")
	wait := b.c.BeginPrompt(b.id, "", "/compact stop-it")
	if _, err := wait(); err == nil || !strings.Contains(err.Error(), "stopped the compaction") {
		t.Errorf("the compaction that a hook stopped: %v", err)
	}
	b.prompt("/compact", false, "")
	b.prompt("after", false, "")
	b.prompt("/clear", false, "")
	b.prompt("fresh", false, "")
	b.exists("no.txt", false)
	b.exists("wrong", false)
	b.exists("ended", false)
	if !strings.Contains(b.notices(), "start complains") {
		t.Errorf("the person was told %s", b.notices())
	}
	b.w.Stop()
	b.exists("ended", true)
	b.w.Start()
	b.c = b.w.Dial(b.user)
	_, err := b.c.Attach(acp.MethodSessionLoad, b.id, b.user.Cwd, "")
	must(t, err)
	b.prompt("resumed", false, "")
}

// TestHookAllowsNothing has a hook that allows a call: the person is asked all the same. Row: Hooks.
func TestHookAllowsNothing(t *testing.T) {
	b := newBench(t, touches("go", "t1", "made")...)
	allow := `{"hooks":[{"type":"command","command":"echo '{\"hookSpecificOutput\":{\"permissionDecision\":\"allow\",\"decision\":{\"behavior\":\"allow\"}}}'"}]}`
	b.own("settings.json", `{"hooks":{"PreToolUse":[`+allow+`],"PermissionRequest":[`+allow+`]}}`)
	b.prompt("go", true, "reject")
	b.exists("made", false)
}
