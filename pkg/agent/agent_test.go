package agent

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"claude-agent-chat/pkg/anthropic"
	"claude-agent-chat/pkg/engine"
	"claude-agent-chat/pkg/tool"
)

func TestJudge(t *testing.T) {
	for _, tc := range []struct {
		mode                  string
		reads, edits, command verdict
	}{
		{engine.ModeDefault, allow, ask, ask},
		{engine.ModeAcceptEdits, allow, allow, ask},
		{engine.ModePlan, allow, refuse, refuse},
		{engine.ModeBypass, allow, allow, allow},
		{"unknown", allow, ask, ask},
	} {
		got := [3]verdict{judge(tc.mode, tool.ReadOnly), judge(tc.mode, tool.EditsFiles), judge(tc.mode, tool.RunsCommands)}
		if want := [3]verdict{tc.reads, tc.edits, tc.command}; got != want {
			t.Errorf("%s: %v, not %v", tc.mode, got, want)
		}
	}
}

func TestRulesAreExact(t *testing.T) {
	r := newRules()
	r.add("Bash", json.RawMessage(`{"command":"ls","description":"list"}`))
	for input, want := range map[string]bool{
		`{"command":"ls"}`:             true,
		`{"command":"ls -a"}`:          false,
		`{"command":"ls; rm -rf x"}`:   false,
		`{"command":""}`:               false,
		`{"description":"ls"}`:         false,
		`{"command":"ls","timeout":5}`: true,
	} {
		if got := r.has("Bash", json.RawMessage(input)); got != want {
			t.Errorf("%s: %v", input, got)
		}
	}
	if r.has("Other", json.RawMessage(`{"command":"ls"}`)) {
		t.Error("the rule of one tool holds for another")
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
	if got := string(after[4].Content); !strings.HasSuffix(got, `{"cache_control":{"type":"ephemeral"},"text":"d","type":"text"}]`) {
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
