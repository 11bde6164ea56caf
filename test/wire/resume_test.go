package wire_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/anthropic/anthropictest"
	"claude-agent-chat/test/world"
)

// TestResumeAnywhere cuts a client off after every update of a turn and resumes: what it then has is what was said.
func TestResumeAnywhere(t *testing.T) {
	gate := anthropictest.NewGate()
	t.Cleanup(gate.Release)
	w, user, c, _ := start(t,
		anthropictest.Exchange{
			Match: anthropictest.LastText("work"),
			Reply: anthropictest.Stream(
				anthropictest.Thinking("c2ln", "Think", "ing."), anthropictest.Text("I look ", "around."),
				anthropictest.Tool("r1", "Glob", `{"pattern":"*"}`), anthropictest.Tool("r2", "Glob", `{"pattern":"*.go"}`)),
		},
		anthropictest.Exchange{
			Match: anthropictest.HasResult("r2"),
			Reply: anthropictest.Stream(anthropictest.Text("So far ", "so good"), anthropictest.Hold(gate), anthropictest.Text(", and done.")),
		},
	)
	id := c.NewSession(user.Cwd)
	wait := c.BeginPrompt(id, "", "work")
	<-gate.Reached()
	c.Until("the text in flight", func(s world.Seen) bool { return strings.Contains(s.Text(acp.UpdateAgentMessage), "so good") })
	seen := c.Updates()
	whole := viewOf(seen).String()

	type resumed struct {
		client *world.Client
		kept   []world.Update
	}
	var clients []resumed
	for cut := range len(seen) + 1 {
		kept, cursor := untilCursor(seen[:cut])
		again := w.Dial(user)
		answer, err := again.Attach(acp.MethodSessionResume, id, user.Cwd, cursor)
		must(t, err)
		if cursor == "" {
			continue
		}
		if answer.Meta[acp.MetaReplay] != acp.ReplayComplete || answer.Meta[acp.MetaState] != acp.StateRunning {
			t.Errorf("cut %d: the answer says %v", cut, answer.Meta)
		}
		if got := viewOf(append(kept, again.Updates()...)).String(); got != whole {
			t.Errorf("cut %d: in flight it has\n%s\nnot\n%s", cut, got, whole)
		}
		clients = append(clients, resumed{again, kept})
	}
	gate.Release()
	if _, err := wait(); err != nil {
		t.Fatal(err)
	}
	final := viewOf(c.Updates()).String()
	for i, r := range clients {
		waitState(r.client, acp.StateIdle)
		if got := viewOf(append(r.kept, r.client.Updates()...)).String(); got != final {
			t.Errorf("client %d has in the end\n%s\nnot\n%s", i, got, final)
		}
	}
	loaded := w.Dial(user)
	if _, err := loaded.Attach(acp.MethodSessionLoad, id, user.Cwd, ""); err != nil {
		t.Fatal(err)
	}
	if got := viewOf(loaded.Updates()).String(); got != final {
		t.Errorf("loaded:\n%s\nnot\n%s", got, final)
	}
	answer, err := loaded.Attach(acp.MethodSessionResume, id, user.Cwd, "zz.00000000")
	must(t, err)
	if answer.Meta[acp.MetaReplay] != acp.ReplayReset {
		t.Errorf("an unknown cursor is answered with %v", answer.Meta)
	}
}

// untilCursor drops what came after the last cursor, as a client must before it resumes.
func untilCursor(updates []world.Update) (kept []world.Update, cursor string) {
	for i, u := range updates {
		if c := u.Cursor(); c != "" {
			kept, cursor = updates[:i+1:i+1], c
		}
	}
	return kept, cursor
}

// TestTurnOutlivesConnection drops the only connection in mid-turn; the turn goes on and asks whoever comes back.
func TestTurnOutlivesConnection(t *testing.T) {
	gate := anthropictest.NewGate()
	t.Cleanup(gate.Release)
	w, user, c, _ := start(t,
		anthropictest.Exchange{
			Match: anthropictest.LastText("go"),
			Reply: anthropictest.Stream(anthropictest.Text("Wait."), anthropictest.Hold(gate), anthropictest.Tool("o1", "Bash", `{"command":"echo $((20+3))","description":"d"}`)),
		},
		then("o1", "Done."),
	)
	id := c.NewSession(user.Cwd)
	c.BeginPrompt(id, "", "go")
	<-gate.Reached()
	c.Drop()
	gate.Release()

	first, second := w.Dial(user), w.Dial(user)
	for _, back := range []*world.Client{first, second} {
		if _, err := back.Attach(acp.MethodSessionLoad, id, user.Cwd, ""); err != nil {
			t.Fatal(err)
		}
		back.Until("the question", func(s world.Seen) bool { return len(s.Asks()) == 1 })
	}
	var ask world.Ask
	second.Look(func(s world.Seen) { ask = s.Asks()[0] })
	second.Choose(ask, "allow", "")
	first.Until("the question taken back", func(s world.Seen) bool {
		for _, note := range s.Notes(acp.MethodCancelRequest) {
			if strings.Contains(string(note), ask.ID) {
				return true
			}
		}
		return false
	})
	waitState(first, acp.StateIdle)
	waitState(second, acp.StateIdle)
	a, b := viewOf(first.Updates()).String(), viewOf(second.Updates()).String()
	if a != b || !strings.Contains(a, "Done.") || !strings.Contains(a, "completed") {
		t.Errorf("the first sees\n%s\nthe second\n%s", a, b)
	}
}

// TestThreeTabs checks that connections on one session see the same updates in the same order, each prompt once.
func TestThreeTabs(t *testing.T) {
	w, user, a, _ := start(t, says("one", "First."), says("two", "Second."), says("three", "Third."))
	id := a.NewSession(user.Cwd)
	b, c := w.Dial(user), w.Dial(user)
	tabs := []*world.Client{a, b, c}
	for _, tab := range tabs[1:] {
		if _, err := tab.Attach(acp.MethodSessionResume, id, user.Cwd, ""); err != nil {
			t.Fatal(err)
		}
	}
	var waits []func() (acp.PromptResponse, error)
	for i, text := range []string{"one", "two", "three"} {
		waits = append(waits, tabs[i].BeginPrompt(id, "", text))
	}
	for _, wait := range waits {
		if _, err := wait(); err != nil {
			t.Fatal(err)
		}
	}
	var orders []string
	for _, tab := range tabs {
		tab.Until("the last text", func(s world.Seen) bool { return strings.Count(s.Text(acp.UpdateAgentMessage), ".") == 3 })
		waitState(tab, acp.StateIdle)
		var order strings.Builder
		for _, u := range tab.Updates() {
			if u.Update.Block != nil {
				fmt.Fprintf(&order, "%s %q %s\n", u.Update.Kind, u.Update.Block.Text, u.Cursor())
			}
		}
		orders = append(orders, order.String())
	}
	if orders[0] != orders[1] || orders[1] != orders[2] || strings.Count(orders[0], "user_message_chunk") != 3 {
		t.Errorf("the tabs saw\n%s", strings.Join(orders, "---\n"))
	}
}

// TestPromptTwice sends a prompt again whose answer was lost: it runs once, also over a restart.
func TestPromptTwice(t *testing.T) {
	w, user, c, model := start(t, says("once", "Only once."))
	id := c.NewSession(user.Cwd)
	const promptID = "0b8e4d1c-9f43-4c57-8f0e-6b1a2c3d4e5f"
	first, second := c.BeginPrompt(id, promptID, "once"), c.BeginPrompt(id, promptID, "once")
	for _, wait := range []func() (acp.PromptResponse, error){first, second} {
		end, err := wait()
		must(t, err)
		if end.StopReason != acp.StopEndTurn {
			t.Errorf("it ended with %q", end.StopReason)
		}
	}
	w.Stop()
	w.Start()
	again := w.Dial(user)
	if _, err := again.Attach(acp.MethodSessionLoad, id, user.Cwd, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := again.BeginPrompt(id, promptID, "once")(); err != nil {
		t.Fatal(err)
	}
	if n := len(model.Requests()); n != 1 {
		t.Errorf("the model was asked %d times", n)
	}
}

// TestQueue queues prompts behind a turn, changes one and removes one.
func TestQueue(t *testing.T) {
	gate := anthropictest.NewGate()
	t.Cleanup(gate.Release)
	_, user, c, _ := start(t,
		anthropictest.Exchange{
			Match: anthropictest.LastText("first"),
			Reply: anthropictest.Stream(anthropictest.Text("1"), anthropictest.Hold(gate)),
		},
		says("changed", "2"),
	)
	id := c.NewSession(user.Cwd)
	first := c.BeginPrompt(id, "p1", "first")
	<-gate.Reached()
	second, third := c.BeginPrompt(id, "p2", "second"), c.BeginPrompt(id, "p3", "third")
	queue := func(want string) {
		t.Helper()
		c.Until("the queue "+want, func(s world.Seen) bool {
			notes := s.Notes(acp.MethodQueue)
			if len(notes) == 0 {
				return false
			}
			var note acp.QueueNotification
			if json.Unmarshal(notes[len(notes)-1], &note) != nil {
				return false
			}
			var texts []string
			for _, p := range note.Queue {
				texts = append(texts, p.PromptID+"="+p.Prompt[0].Text)
			}
			return strings.Join(texts, " ") == want
		})
	}
	queue("p2=second p3=third")
	_, err := c.Call(acp.MethodQueueUpdate, acp.QueueRequest{SessionID: id, PromptID: "p2", Prompt: []acp.ContentBlock{acp.Text("changed")}})
	must(t, err)
	_, err = c.Call(acp.MethodQueueRemove, acp.QueueRequest{SessionID: id, PromptID: "p3"})
	must(t, err)
	queue("p2=changed")
	if end, err := third(); err != nil || end.StopReason != acp.StopCancelled {
		t.Errorf("the removed prompt ended with %v, %v", end, err)
	}
	gate.Release()
	for _, wait := range []func() (acp.PromptResponse, error){first, second} {
		if _, err := wait(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestDrain stops the gateway in mid-turn: everyone is told to come back, what was said is kept, and a cursor from before
// is good after the restart.
func TestDrain(t *testing.T) {
	gate := anthropictest.NewGate()
	t.Cleanup(gate.Release)
	w, user, c, _ := start(t,
		says("before", "Before."),
		anthropictest.Exchange{
			Match: anthropictest.LastText("during"),
			Reply: anthropictest.Stream(anthropictest.Text("Half."), anthropictest.Hold(gate)),
		},
		anthropictest.Exchange{
			Match: func(r *anthropictest.Request) bool { return strings.HasSuffix(r.Last().Text(), "after") },
			Reply: anthropictest.Stream(anthropictest.Text("After.")),
		},
	)
	id := c.NewSession(user.Cwd)
	c.Prompt(id, "before")
	c.BeginPrompt(id, "", "during")
	c.Until("the half", func(s world.Seen) bool { return strings.Contains(s.Text(acp.UpdateAgentMessage), "Half.") })
	w.Config.DrainTimeout = 4 * time.Second
	began := time.Now()
	w.Stop()
	if took := time.Since(began); took > w.Config.DrainTimeout+time.Second {
		t.Errorf("the drain took %s", took)
	}
	if code := c.CloseCode(); code != 1012 {
		t.Errorf("the close code is %d", code)
	}
	kept, cursor := untilCursor(c.Updates())

	w.Start()
	again := w.Dial(user)
	answer, err := again.Attach(acp.MethodSessionResume, id, user.Cwd, cursor)
	must(t, err)
	if answer.Meta[acp.MetaReplay] != acp.ReplayComplete || answer.Meta[acp.MetaState] != acp.StateIdle {
		t.Errorf("the answer says %v", answer.Meta)
	}
	again.Prompt(id, "after")
	got := viewOf(append(kept, again.Updates()...)).String()
	for _, want := range []string{"before", "Before.", "during", "Half.", "after", "After."} {
		if strings.Count(got, want) != 1 {
			t.Errorf("%q does not stand once in\n%s", want, got)
		}
	}
	transcriptOf(t, w, user)
}
