package agent

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"claude-agent-chat/pkg/anthropic"
	"claude-agent-chat/pkg/engine"
	"claude-agent-chat/pkg/permission"
	"claude-agent-chat/pkg/tool"
)

func TestJudge(t *testing.T) {
	reads, edits, reaches, runs := doing{safety: tool.ReadOnly}, doing{safety: tool.EditsFiles}, doing{safety: tool.ReachesOut}, doing{safety: tool.RunsCommands}
	looks, protected := doing{safety: tool.RunsCommands, looks: true}, doing{safety: tool.EditsFiles, protected: true}
	all := []doing{reads, looks, edits, protected, reaches, runs}
	for _, tc := range []struct {
		mode  string
		rules permission.Behavior
		want  []verdict
	}{
		{engine.ModeDefault, permission.None, []verdict{allow, allow, ask, ask, ask, ask}},
		{engine.ModeAcceptEdits, permission.None, []verdict{allow, allow, allow, ask, ask, ask}},
		{engine.ModePlan, permission.None, []verdict{allow, allow, refuse, refuse, ask, refuse}},
		{engine.ModeBypass, permission.None, []verdict{allow, allow, allow, allow, allow, allow}},
		{"unknown", permission.None, []verdict{allow, allow, ask, ask, ask, ask}},
		{engine.ModeDefault, permission.Allow, []verdict{allow, allow, allow, allow, allow, allow}},
		{engine.ModePlan, permission.Allow, []verdict{allow, allow, refuse, refuse, allow, refuse}},
		{engine.ModeBypass, permission.Ask, []verdict{ask, ask, ask, ask, ask, ask}},
		{engine.ModeAcceptEdits, permission.Ask, []verdict{ask, ask, ask, ask, ask, ask}},
		{engine.ModePlan, permission.Ask, []verdict{ask, ask, refuse, refuse, ask, refuse}},
		{engine.ModeBypass, permission.Deny, []verdict{deny, deny, deny, deny, deny, deny}},
	} {
		var got []verdict
		for _, d := range all {
			got = append(got, judge(tc.mode, tc.rules, d))
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s, %s:\n%s", tc.mode, tc.rules, diff)
		}
	}
}

func TestProtectedPath(t *testing.T) {
	for path, want := range map[string]bool{
		"/w/a.go": false, "/w/.claude/settings.json": true, "/w/.claude/settings.local.json": true, "/w/.mcp.json": true, "/w/p/.git/config": true,
		"/w/.claude/commands/x.md": false, "/w/.claude/skills/a/data.json": false, "/w/.claude/hooks/x.sh": true, "/w/CLAUDE.md": false, "/w/.gitignore": false,
	} {
		if got := protectedPath(path); got != want {
			t.Errorf("%s: %v", path, got)
		}
	}
}

// TestWithRules adds rules and keeps everything else.
func TestWithRules(t *testing.T) {
	got, err := withRules([]byte(`{"model":"x","permissions":{"deny":["Read(.env)"],"allow":["Bash(ls:*)"]}}`), []permission.Rule{{Tool: "Bash", Spec: "ls:*"}, {Tool: "Bash", Spec: "a && b"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"model": "x"`, `"Read(.env)"`, `"Bash(a && b)"`} {
		if !strings.Contains(string(got), want) {
			t.Errorf("%s is not in %s", want, got)
		}
	}
	if strings.Count(string(got), "Bash(ls") != 1 {
		t.Errorf("a rule is there twice: %s", got)
	}
	for _, bad := range []string{`[]`, `{"permissions":1}`, `{"permissions":{"allow":"x"}}`, `{`} {
		if _, err := withRules([]byte(bad), nil); err == nil {
			t.Errorf("%s is taken", bad)
		}
	}
}

func TestRetryDelay(t *testing.T) {
	r := Retry{Attempts: 10, Base: time.Second, Cap: 8 * time.Second, MaxRetryAfter: time.Minute}
	for attempt, least := range map[int]time.Duration{1: time.Second, 2: 2 * time.Second, 4: 8 * time.Second, 9: 8 * time.Second, 60: 8 * time.Second} {
		if got := r.delay(attempt, &anthropic.APIError{}); got < least || got > least*5/4+1 {
			t.Errorf("attempt %d waits %s", attempt, got)
		}
	}
	if got := r.delay(1, &anthropic.APIError{RetryAfter: 3 * time.Second}); got != 3*time.Second {
		t.Errorf("the server asks for 3 s, and it waits %s", got)
	}
	if got := r.delay(1, &anthropic.APIError{RetryAfter: time.Hour}); got != time.Minute {
		t.Errorf("the server asks for an hour, and it waits %s", got)
	}
}

func TestBreakpoints(t *testing.T) {
	user := func(text string) anthropic.Message {
		return anthropic.Message{Role: "user", Content: json.RawMessage(text)}
	}
	before := []anthropic.Message{
		user(`[{"type":"text","text":"a"}]`),
		{Role: "assistant", Content: json.RawMessage(`[{"type":"text","text":"x"}]`)},
		user(`[{"type":"text","text":"b"}]`),
		{Role: "assistant", Content: json.RawMessage(`[{"type":"text","text":"y"}]`)},
		user(`[{"type":"text","text":"c"},{"type":"text","text":"d"}]`),
	}
	marks := func(messages []anthropic.Message) (counts []int) {
		for _, m := range messages {
			counts = append(counts, strings.Count(string(m.Content), "cache_control"))
		}
		return counts
	}
	after := withBreakpoints(before)
	if diff := cmp.Diff([]int{0, 0, 1, 0, 1}, marks(after)); diff != "" {
		t.Error(diff)
	}
	if got := string(after[4].Content); !strings.HasSuffix(got, `{"type":"text","text":"d","cache_control":{"type":"ephemeral"}}]`) {
		t.Errorf("the last message is %s", got)
	}
	if diff := cmp.Diff([]int{0, 0, 0, 0, 0}, marks(before)); diff != "" {
		t.Error("what was given was changed: " + diff)
	}
	thinking := []anthropic.Message{{Role: "assistant", Content: json.RawMessage(`[{"type":"thinking","thinking":"t","signature":"s"}]`)}}
	if got := marks(withBreakpoints(thinking)); got[0] != 0 {
		t.Error("a thinking block carries a breakpoint, which the API refuses")
	}
	if got := withBreakpoints(nil); len(got) != 0 {
		t.Error("no messages become some")
	}
}

func TestThinkingByModel(t *testing.T) {
	for model, want := range map[string]bool{
		"claude-opus-5-5": true, "claude-sonnet-4-6": true, "demo": true,
		"claude-haiku-4-5-20251001": false, "claude-3-5-haiku-latest": false, "some-model": false,
	} {
		if got := thinking(model) != nil; got != want {
			t.Errorf("%s: %v", model, got)
		}
	}
}

// TestOlderForms understands a tool that another one stands for, and offers it only where that other one is not.
func TestOlderForms(t *testing.T) {
	offered := func(k kit) bool {
		return slices.ContainsFunc(k.specs, func(spec json.RawMessage) bool { return strings.Contains(string(spec), `"TodoWrite"`) })
	}
	all := newKit(tool.Builtin(nil))
	if _, ok := all.find("TodoWrite"); !ok || offered(all) {
		t.Errorf("TodoWrite is understood: %v, and offered: %v", ok, offered(all))
	}
	if k := all.only(func(name string) bool { return name == "TodoWrite" }); !offered(k) {
		t.Error("TodoWrite is not offered where it is the only list")
	}
}
