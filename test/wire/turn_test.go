package wire_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/anthropic/anthropictest"
	"claude-agent-chat/test/world"
)

// TestPermissions walks through the answers to a question and through the modes. Row: Permission modes.
func TestPermissions(t *testing.T) {
	bash := func(prompt, id, command string) anthropictest.Exchange {
		return calls(prompt, id, "Bash", `{"command":"`+command+`","description":"d"}`)
	}
	w, user, c, _ := start(t,
		bash("once", "t1", "echo once > once.txt"), then("t1", "ok"),
		bash("deny", "t2", "echo no > denied.txt"), then("t2", "understood"),
		bash("always", "t3", "echo again"), then("t3", "ok"),
		bash("again", "t4", "echo again"), then("t4", "ok"),
		bash("plan", "t5", "echo plan > plan.txt"), then("t5", "a plan"),
		bash("bypass", "t6", "echo free > free.txt"), then("t6", "ok"),
	)
	id := c.NewSession(user.Cwd)
	asked := 0
	prompt := func(text, option, words string) {
		t.Helper()
		wait := c.BeginPrompt(id, "", text)
		if option != "" {
			asked++
			c.Until("the question", func(s world.Seen) bool { return len(s.Asks()) == asked })
			waitState(c, acp.StateRequiresAction)
			var ask world.Ask
			c.Look(func(s world.Seen) { ask = s.Asks()[asked-1] })
			c.Choose(ask, option, words)
		}
		end, err := wait()
		must(t, err)
		if end.StopReason != acp.StopEndTurn {
			t.Errorf("%s: the turn ended with %q", text, end.StopReason)
		}
		c.Look(func(s world.Seen) {
			if len(s.Asks()) != asked {
				t.Errorf("%s: %d questions were asked, not %d", text, len(s.Asks()), asked)
			}
		})
	}
	mode := func(mode string) {
		t.Helper()
		_, err := c.Call(acp.MethodSetMode, map[string]any{"sessionId": id, "modeId": mode})
		must(t, err)
	}
	prompt("once", "allow", "")
	prompt("deny", "reject", "use another name")
	prompt("always", "allow_always", "")
	prompt("again", "", "")
	mode("plan")
	prompt("plan", "", "")
	mode("bypassPermissions")
	prompt("bypass", "", "")

	for name, want := range map[string]bool{"once.txt": true, "denied.txt": false, "plan.txt": false, "free.txt": true} {
		if _, err := os.Stat(filepath.Join(user.Cwd, name)); (err == nil) != want {
			t.Errorf("%s exists: %v", name, err == nil)
		}
	}
	ran := map[string]any{}
	c.Look(func(s world.Seen) {
		for _, u := range s.Updates() {
			if boundary, ok := u.Update.Meta[acp.MetaBoundary]; ok {
				ran[u.Update.ToolCallID] = boundary
			}
		}
	})
	if want := (map[string]any{"t1": "landlock", "t3": "landlock", "t4": "landlock", "t6": "landlock"}); !cmp.Equal(want, ran) {
		t.Errorf("boundaries on the calls: %s", cmp.Diff(want, ran))
	}
	var told string
	for _, rec := range transcriptOf(t, w, user) {
		if rec["toolUseResult"] == "User rejected tool use" {
			data, err := json.Marshal(rec["message"])
			must(t, err)
			told = string(data)
		}
	}
	if !strings.Contains(told, "use another name") {
		t.Errorf("the model was told %q", told)
	}
	w.Stop()
	decided, outcomes := writtenDown(t, w, user)
	if !slices.Equal(decided, []string{"allow", "reject", "allow_always"}) {
		t.Errorf("decisions in the audit log: %v", decided)
	}
	if !slices.Contains(outcomes, "done") || !slices.Contains(outcomes, "denied") || len(outcomes) < 6 {
		t.Errorf("outcomes in the audit log: %v", outcomes)
	}
}

// writtenDown gives what people decided and how calls ended, from the audit log, which must hold nothing of the calls.
func writtenDown(t *testing.T, w *world.World, user world.User) (decided, outcomes []string) {
	t.Helper()
	entries, err := w.Store().AuditAfter(t.Context(), 0, 1000)
	must(t, err)
	for _, e := range entries {
		var detail map[string]string
		must(t, json.Unmarshal([]byte(e.Detail), &detail))
		switch e.Action {
		case "permission.decided":
			decided = append(decided, detail["decision"])
		case "tool.called":
			outcomes = append(outcomes, detail["outcome"])
			if detail["boundary"] == "" || detail["tool"] == "" || detail["mode"] == "" {
				t.Errorf("the entry of a call lacks something: %s", e.Detail)
			}
		default:
			continue
		}
		if e.Actor != user.ID || strings.Contains(e.Detail, ".txt") {
			t.Errorf("entry %+v", e)
		}
	}
	return decided, outcomes
}

// TestTranscriptOfATurn looks at the records of a turn with thinking, text and parallel calls. Row: Streaming, thinking.
func TestTranscriptOfATurn(t *testing.T) {
	w, user, c, _ := start(t,
		anthropictest.Exchange{
			Match: anthropictest.LastText("look"),
			Reply: anthropictest.Stream(
				anthropictest.Thinking("c2ln", "Let me ", "look."),
				anthropictest.Text("Looking."),
				anthropictest.Tool("p1", "Glob", `{"pattern":"*.txt"}`),
				anthropictest.Tool("p2", "Read", `{"file_path":"missing.txt"}`),
			),
		},
		anthropictest.Exchange{
			Match: anthropictest.HasResult("p2"),
			Reply: anthropictest.Stream(anthropictest.Text("Nothing there.")),
		})
	id := c.NewSession(user.Cwd)
	end := c.Prompt(id, "look")
	if end.StopReason != acp.StopEndTurn {
		t.Errorf("the turn ended with %q", end.StopReason)
	}
	records := transcriptOf(t, w, user)
	var kinds []string
	parent := any(nil)
	for _, rec := range records {
		kind, _ := rec["type"].(string)
		kinds = append(kinds, kind)
		if rec["uuid"] == nil {
			continue
		}
		if rec["parentUuid"] != parent {
			t.Errorf("the record %v hangs from %v, not from %v", rec["uuid"], rec["parentUuid"], parent)
		}
		parent = rec["uuid"]
	}
	if got, want := strings.Join(kinds, " "), "user ai-title assistant assistant assistant assistant user user assistant last-prompt"; got != want {
		t.Errorf("the records are %s", got)
	}
	live := viewOf(c.Updates())
	again := w.Dial(user)
	if _, err := again.Attach(acp.MethodSessionLoad, id, user.Cwd, ""); err != nil {
		t.Fatal(err)
	}
	if got := viewOf(again.Updates()).String(); got != live.String() {
		t.Errorf("loaded:\n%s\nlive:\n%s", got, live)
	}
}

// TestRetries checks that an overload is bridged, with a notice, and that the person is told of a refusal.
func TestRetries(t *testing.T) {
	w, user, c, _ := start(t,
		anthropictest.Exchange{Match: anthropictest.LastText("busy"), Reply: anthropictest.Fail(529, "overloaded_error", "Overloaded")},
		anthropictest.Exchange{Match: anthropictest.LastText("busy"), Reply: anthropictest.Fail(429, "rate_limit_error", "Slow down", "retry-after", "0")},
		says("busy", "Here I am."),
		anthropictest.Exchange{
			Match: func(r *anthropictest.Request) bool { return strings.HasSuffix(r.Last().Text(), "bad") },
			Reply: anthropictest.Fail(400, "invalid_request_error", "no such thing"),
		},
	)
	id := c.NewSession(user.Cwd)
	c.Prompt(id, "busy")
	notices := 0
	for _, u := range c.Updates() {
		if u.Update.Kind == acp.UpdateNotice {
			notices++
			if _, ok := u.Update.Meta[acp.MetaRetry]; !ok {
				t.Error("the notice has no countdown")
			}
		}
	}
	if notices != 2 {
		t.Errorf("there were %d notices", notices)
	}
	if _, err := c.BeginPrompt(id, "", "bad")(); err == nil || strings.Contains(err.Error(), "sk-ant") {
		t.Errorf("the refusal is %v", err)
	}
	var said bool
	for _, rec := range transcriptOf(t, w, user) {
		said = said || rec["isApiErrorMessage"] == true
	}
	if !said {
		t.Error("the failure is not on record")
	}
	waitState(c, acp.StateIdle)
}

// TestCutAnswer checks that what came of a broken answer is kept and marked, and that its tool call does not run.
func TestCutAnswer(t *testing.T) {
	w, user, c, _ := start(t,
		anthropictest.Exchange{
			Match: anthropictest.LastText("cut"),
			Reply: anthropictest.Stream(anthropictest.Text("Half an "), anthropictest.Cut()),
		},
		anthropictest.Exchange{
			Match: func(r *anthropictest.Request) bool { return strings.Contains(r.Last().Text(), "go on") },
			Reply: anthropictest.Stream(anthropictest.Text("answer.")),
		})
	id := c.NewSession(user.Cwd)
	if _, err := c.BeginPrompt(id, "", "cut")(); err == nil {
		t.Error("a cut answer counts as an answer")
	}
	aborted := false
	for _, rec := range transcriptOf(t, w, user) {
		aborted = aborted || rec["isAbortedMidStream"] == true
	}
	if !aborted {
		t.Error("the half answer is not kept")
	}
	c.Prompt(id, "go on")
	var text string
	c.Look(func(s world.Seen) { text = s.Text(acp.UpdateAgentMessage) })
	if !strings.Contains(text, "Half an") || !strings.Contains(text, "answer.") {
		t.Errorf("the person saw %q", text)
	}
}

// TestCancel stops a stream and a command, soon after the person asks for it. Row: Interrupting.
func TestCancel(t *testing.T) {
	gate := anthropictest.NewGate()
	t.Cleanup(gate.Release)
	_, user, c, _ := start(t,
		anthropictest.Exchange{
			Match: anthropictest.LastText("talk"),
			Reply: anthropictest.Stream(anthropictest.Text("Once upon"), anthropictest.Hold(gate)),
		},
		anthropictest.Exchange{
			Match: func(r *anthropictest.Request) bool { return strings.HasSuffix(r.Last().Text(), "sleep") },
			Reply: anthropictest.Stream(anthropictest.Tool("s1", "Bash", `{"command":"sleep 60","description":"d"}`)),
		},
		anthropictest.Exchange{
			Match: func(r *anthropictest.Request) bool { return strings.HasSuffix(r.Last().Text(), "ask") },
			Reply: anthropictest.Stream(anthropictest.Tool("s2", "Bash", `{"command":"sleep 61","description":"d"}`)),
		},
	)
	id := c.NewSession(user.Cwd)
	cancel := func(wait func() (acp.PromptResponse, error)) {
		t.Helper()
		began := time.Now()
		c.Notify(acp.MethodSessionCancel, map[string]any{"sessionId": id})
		end, err := wait()
		must(t, err)
		if end.StopReason != acp.StopCancelled || time.Since(began) > 2*time.Second {
			t.Errorf("the turn ended with %q after %s", end.StopReason, time.Since(began))
		}
	}
	wait := c.BeginPrompt(id, "", "talk")
	c.Until("the first words", func(s world.Seen) bool { return s.Text(acp.UpdateAgentMessage) != "" })
	cancel(wait)

	wait = c.BeginPrompt(id, "", "ask")
	c.Until("the question", func(s world.Seen) bool { return len(s.Asks()) == 1 })
	cancel(wait)

	_, err := c.Call(acp.MethodSetMode, map[string]any{"sessionId": id, "modeId": "bypassPermissions"})
	must(t, err)
	wait = c.BeginPrompt(id, "", "sleep")
	c.Until("the running command", func(s world.Seen) bool {
		last := s.Updates()[len(s.Updates())-1].Update
		return last.ToolCallID == "s1" && last.Status == acp.StatusInProgress
	})
	cancel(wait)
}
