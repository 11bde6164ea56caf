package wire_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/anthropic/anthropictest"
	"claude-agent-chat/pkg/transcript"
	"claude-agent-chat/test/world"
)

// toldThat matches requests whose last message tells of a task that ended so.
func toldThat(status string, wants ...string) func(*anthropictest.Request) bool {
	return func(r *anthropictest.Request) bool {
		text := r.Last().Text()
		for _, want := range append(wants, "<task-notification>", "<status>"+status+"</status>") {
			if !strings.Contains(text, want) {
				return false
			}
		}
		return true
	}
}

// tells makes an exchange: to a message that tells so the model answers with a text.
func tells(answer, status string, wants ...string) anthropictest.Exchange {
	return anthropictest.Exchange{Match: toldThat(status, wants...), Reply: anthropictest.Stream(anthropictest.Text(answer))}
}

// inBackground is the input of a call that has a subagent work in the background.
var inBackground = map[string]any{"description": "Look at it", "prompt": "sub task", "run_in_background": true}

// reports makes an exchange: the subagent works until the gate opens, and reports.
func reports(gate *anthropictest.Gate) anthropictest.Exchange {
	return anthropictest.Exchange{Match: ends("sub task"), Reply: anthropictest.Stream(anthropictest.Hold(gate), anthropictest.Text("The report."))}
}

// checkNotice looks for the end of a task: how it is recorded, that a client is shown it as such, and that nobody is said to
// have typed it.
func checkNotice(t *testing.T, w *world.World, user world.User, c *world.Client, kind, status string) {
	t.Helper()
	recorded := 0
	for _, rec := range transcriptOf(t, w, user) {
		origin, _ := rec["origin"].(map[string]any)
		if attachment, ok := rec["attachment"].(map[string]any); ok {
			origin, _ = attachment["origin"].(map[string]any)
		}
		if rec["type"] == kind && origin["kind"] == "task-notification" {
			recorded++
		}
	}
	if recorded != 1 {
		t.Errorf("%d records of the kind %s tell of the end", recorded, kind)
	}
	shown := 0
	for _, u := range c.Updates() {
		if task, ok := u.Update.Meta[acp.MetaTask].(map[string]any); ok && task["status"] == status && task["summary"] != "" {
			shown++
		}
	}
	if shown != 1 {
		t.Errorf("the client is shown %d ends of tasks", shown)
	}
	c.Look(func(s world.Seen) {
		if typed := s.Text(acp.UpdateUserMessage); strings.Contains(typed, "task-notification") {
			t.Errorf("somebody is said to have typed %q", typed)
		}
	})
}

// lastMark is the last record of a session's only subagent.
func lastMark(t *testing.T, w *world.World, user world.User, sessionID string) (last transcript.Record) {
	t.Helper()
	for _, conv := range subagents(t, w, user, sessionID) {
		records := conv.Records()
		last = records[len(records)-1]
	}
	return last
}

// TestBeside has a subagent work beside turns: a person's prompt is answered meanwhile, a turn begins by itself with its
// report, and its tokens count. Row: Subagents.
func TestBeside(t *testing.T) {
	gate := anthropictest.NewGate()
	t.Cleanup(gate.Release)
	w, user, c, _ := start(t,
		callsWith("go", "a1", "Agent", inBackground), reports(gate), then("a1", "Started."), says("meanwhile", " Yes."),
		tells(" Heard.", "completed", "<result>The report.</result>", `Agent "Look at it" finished`, "<tool-use-id>a1</tool-use-id>"),
	)
	id := c.NewSession(user.Cwd)
	c.Prompt(id, "go")
	<-gate.Reached()
	waitState(c, acp.StateRunning)
	c.Prompt(id, "meanwhile")
	waitState(c, acp.StateRunning)
	if _, err := c.Call(acp.MethodRewind, map[string]any{"sessionId": id, "messageId": "none"}); err == nil || !strings.Contains(err.Error(), "background") {
		t.Errorf("going back while it runs: %v", err)
	}
	gate.Release()
	c.Until("the turn about it", func(s world.Seen) bool { return s.Text(acp.UpdateAgentMessage) == "Started. Yes. Heard." })
	waitState(c, acp.StateIdle)
	checkNotice(t, w, user, c, "user", "completed")
	again := w.Dial(user)
	_, err := again.Attach(acp.MethodSessionLoad, id, user.Cwd, "")
	must(t, err)
	checkNotice(t, w, user, again, "user", "completed")
	eventually(t, "its tokens count", func() bool {
		row, err := w.Store().SessionByID(context.Background(), user.ID, id)
		live := row.Usage
		own, sub := int64(0), int64(0)
		for _, rec := range transcriptOf(t, w, user) {
			own += outputOf(rec)
		}
		for _, conv := range subagents(t, w, user, id) {
			sub += conv.Summary().Usage.Output
		}
		return err == nil && sub > 0 && live.Output == own+sub
	})
}

// outputOf is how many tokens the answer in a record took; 0 if it is none, or not the first block of one.
func outputOf(rec map[string]any) int64 {
	message, _ := rec["message"].(map[string]any)
	usage, _ := message["usage"].(map[string]any)
	n, _ := usage["output_tokens"].(float64)
	return int64(n)
}

// TestBesideTurn has a subagent end while the turn that began it runs: it is told at the next step. Row: Subagents.
func TestBesideTurn(t *testing.T) {
	step := 0
	w, user, c, _ := start(t,
		callsWith("go", "a1", "Agent", inBackground),
		anthropictest.Exchange{Match: ends("sub task"), Reply: anthropictest.Stream(anthropictest.Text("The report."))},
		tells("Heard.", "completed", "<result>The report.</result>"),
		anthropictest.Exchange{
			Times: -1, Match: func(r *anthropictest.Request) bool { return len(r.Last().Results()) > 0 },
			Reply: func(w *anthropictest.Writer) error {
				step++
				return anthropictest.Stream(anthropictest.Tool(fmt.Sprintf("s%d", step), "Glob", fmt.Sprintf(`{"pattern":"%d"}`, step)))(w)
			},
		},
	)
	id := c.NewSession(user.Cwd)
	c.Prompt(id, "go")
	checkNotice(t, w, user, c, "attachment", "completed")
	c.Look(func(s world.Seen) {
		if got := s.Text(acp.UpdateAgentMessage); got != "Heard." {
			t.Errorf("the answer is %q", got)
		}
	})
}

// TestStopBeside stops a subagent in the background: by the model, by a person's command, by cancelling while only it runs,
// but not by cancelling a turn. Row: Subagents.
func TestStopBeside(t *testing.T) {
	type its struct {
		c  *world.Client
		id string
	}
	cases := map[string]struct {
		script []anthropictest.Exchange
		stop   func(s its)
	}{
		"TaskStop": {
			script: []anthropictest.Exchange{
				about("a1", "s1", "TaskStop", `{"task_id":"TASK"}`),
				{
					Match: func(r *anthropictest.Request) bool { return anthropictest.HasResult("s1")(r) || toldThat("killed")(r) }, Times: -1,
					Reply: anthropictest.Stream(anthropictest.Text("Stopped.")),
				},
			},
			stop: func(s its) {
				s.c.Until("the notice", func(seen world.Seen) bool { return strings.Contains(noticesOf(seen), "killed") })
			},
		},
		"command": {
			script: []anthropictest.Exchange{then("a1", "Started."), tells("Heard.", "killed", "was stopped by the person", "next")},
			stop: func(s its) {
				s.c.Prompt(s.id, "/tasks")
				var id string
				s.c.Look(func(seen world.Seen) {
					_, rest, _ := strings.Cut(seen.Text(acp.UpdateAgentMessage), "`")
					id, _, _ = strings.Cut(rest, "`")
				})
				s.c.Prompt(s.id, "/tasks stop "+id)
				s.c.Until("the notice", func(seen world.Seen) bool { return strings.Contains(noticesOf(seen), "killed") })
				waitState(s.c, acp.StateIdle)
				s.c.Prompt(s.id, "next")
			},
		},
		"cancel": {
			script: []anthropictest.Exchange{then("a1", "Started."), tells("Heard.", "killed", "was stopped by the person", "next")},
			stop: func(s its) {
				s.c.Notify(acp.MethodSessionCancel, map[string]any{"sessionId": s.id})
				waitState(s.c, acp.StateIdle)
				s.c.Prompt(s.id, "next")
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			gate := anthropictest.NewGate()
			t.Cleanup(gate.Release)
			w, user, c, _ := start(t, append([]anthropictest.Exchange{callsWith("go", "a1", "Agent", inBackground), reports(gate)}, tc.script...)...)
			id := c.NewSession(user.Cwd)
			c.Prompt(id, "go")
			<-gate.Reached()
			tc.stop(its{c, id})
			waitState(c, acp.StateIdle)
			if last := lastMark(t, w, user, id); !last.Interruption() {
				t.Errorf("the subagent's transcript ends with %s", last.Raw)
			}
		})
	}
}

// noticesOf are the ends of tasks that a client was shown.
func noticesOf(s world.Seen) string {
	var all []string
	for _, u := range s.Updates() {
		if task, ok := u.Update.Meta[acp.MetaTask].(map[string]any); ok {
			all = append(all, fmt.Sprint(task["status"]))
		}
	}
	return strings.Join(all, " ")
}

// TestCancelledTurnBeside cancels the turn that began a subagent: that goes on, and a turn begins with its report.
func TestCancelledTurnBeside(t *testing.T) {
	gate, turn := anthropictest.NewGate(), anthropictest.NewGate()
	t.Cleanup(gate.Release)
	t.Cleanup(turn.Release)
	_, user, c, _ := start(t,
		callsWith("go", "a1", "Agent", inBackground), reports(gate),
		anthropictest.Exchange{Match: anthropictest.HasResult("a1"), Reply: anthropictest.Stream(anthropictest.Hold(turn), anthropictest.Text("never"))},
		tells("Heard.", "completed", "The report."),
	)
	id := c.NewSession(user.Cwd)
	wait := c.BeginPrompt(id, "", "go")
	<-gate.Reached()
	<-turn.Reached()
	c.Notify(acp.MethodSessionCancel, map[string]any{"sessionId": id})
	answer, err := wait()
	must(t, err)
	if answer.StopReason != acp.StopCancelled {
		t.Errorf("the turn ended with %s", answer.StopReason)
	}
	gate.Release()
	c.Until("the turn about it", func(s world.Seen) bool { return s.Text(acp.UpdateAgentMessage) == "Heard." })
	waitState(c, acp.StateIdle)
}

// TestDeletedBeside deletes a session whose subagent runs in the background: nothing of it is left.
func TestDeletedBeside(t *testing.T) {
	gate := anthropictest.NewGate()
	t.Cleanup(gate.Release)
	w, user, c, _ := start(t, callsWith("go", "a1", "Agent", inBackground), reports(gate), then("a1", "Started."))
	id := c.NewSession(user.Cwd)
	c.Prompt(id, "go")
	<-gate.Reached()
	_, err := c.Call(acp.MethodSessionDelete, map[string]any{"sessionId": id})
	must(t, err)
	if left := subagents(t, w, user, id); len(left) > 0 || len(w.Transcripts(user)) > 0 {
		t.Errorf("files are left: %v %v", left, w.Transcripts(user))
	}
}

// TestKilledBeside kills the gateway while a subagent works in the background: it does not run again, its transcript says
// that it was cut off, and the model is told with the next prompt, once. Row: Subagents.
func TestKilledBeside(t *testing.T) {
	gate := anthropictest.NewGate()
	t.Cleanup(gate.Release)
	w, user, c, _ := start(t,
		callsWith("go", "a1", "Agent", inBackground), reports(gate), then("a1", "Started."),
		tells("I know.", "stopped", "did not finish", "next"), says("last", "Yes."),
	)
	c.Drop()
	w.Stop()
	binary := buildGateway(t)
	cmd := spawn(t, w, binary)
	c = w.Dial(user)
	id := c.NewSession(user.Cwd)
	c.Prompt(id, "go")
	<-gate.Reached()
	kill(t, cmd)
	spawn(t, w, binary, "RESUME_TURNS=true")
	again := w.Dial(user)
	answer, err := again.Attach(acp.MethodSessionLoad, id, user.Cwd, "")
	must(t, err)
	if answer.Meta[acp.MetaState] != acp.StateIdle || answer.Meta[acp.MetaInterrupted] == true {
		t.Errorf("the answer says %v", answer.Meta)
	}
	again.Prompt(id, "next")
	again.Prompt(id, "last")
	checkNotice(t, w, user, again, "user", "stopped")
	if last := lastMark(t, w, user, id); !last.Interruption() {
		t.Errorf("the subagent's transcript ends with %s", last.Raw)
	}
}

// TestDrainedBeside stops the gateway in an orderly way while a subagent works in the background: it may come to its end
// within the time for that, and is cut off behind it. The next process's model knows of either. Row: Subagents.
func TestDrainedBeside(t *testing.T) {
	for name, status := range map[string]string{"it ends in time": "completed", "it is cut off": "stopped"} {
		t.Run(name, func(t *testing.T) {
			gate := anthropictest.NewGate()
			t.Cleanup(gate.Release)
			w, user, c, _ := start(t,
				callsWith("go", "a1", "Agent", inBackground), reports(gate), then("a1", "Started."), tells("I know.", status, "next"),
			)
			id := c.NewSession(user.Cwd)
			c.Prompt(id, "go")
			<-gate.Reached()
			stopped := make(chan struct{})
			go func() {
				defer close(stopped)
				w.Stop()
			}()
			if status == "completed" {
				if code := c.CloseCode(); code != 1012 {
					t.Errorf("the connection ended with %d", code)
				}
				gate.Release()
			}
			<-stopped
			w.Start()
			again := w.Dial(user)
			_, err := again.Attach(acp.MethodSessionLoad, id, user.Cwd, "")
			must(t, err)
			again.Prompt(id, "next")
			checkNotice(t, w, user, again, "user", status)
		})
	}
}

// TestHeldBeside has a subagent in the background ask, and restarts the gateway before somebody answers: it is asked again,
// the call runs once, and the model is told. Rows: Subagents, Permission prompts.
func TestHeldBeside(t *testing.T) {
	for _, killed := range []bool{false, true} {
		t.Run(fmt.Sprintf("killed %v", killed), func(t *testing.T) { heldBeside(t, killed) })
	}
}

func heldBeside(t *testing.T, killed bool) {
	t.Helper()
	w, user, c, _ := start(t,
		callsWith("go", "a1", "Agent", inBackground), then("a1", "Started."),
		anthropictest.Exchange{Match: ends("sub task"), Reply: anthropictest.Stream(anthropictest.Tool("t1", "Bash", `{"command":"echo once >> count.txt"}`))},
		then("t1", "The report."), tells(" Heard.", "completed", "The report."),
	)
	c, restart := restartable(t, w, user, c, killed)
	id := c.NewSession(user.Cwd)
	c.Prompt(id, "go")
	c.Until("the question", func(s world.Seen) bool { return len(s.Asks()) == 1 && s.State() == acp.StateRequiresAction })
	again := allowedAgain(t, w, user, id, restart)
	again.Until("the turn about it", func(s world.Seen) bool { return s.Text(acp.UpdateAgentMessage) == "Started. Heard." })
	waitState(again, acp.StateIdle)
	checkNotice(t, w, user, again, "user", "completed")
	ranOnce(t, user)
}

// TestUntoldBeside takes the end of a subagent out of the transcript, as if the server had ended before it was recorded: the
// model is told with the next prompt, report and all. Row: Subagents.
func TestUntoldBeside(t *testing.T) {
	gate := anthropictest.NewGate()
	t.Cleanup(gate.Release)
	w, user, c, _ := start(t,
		callsWith("go", "a1", "Agent", inBackground), reports(gate), then("a1", "Started."),
		anthropictest.Exchange{
			Times: 2, Match: toldThat("completed", "<result>The report.</result>"), Reply: anthropictest.Stream(anthropictest.Text("Heard.")),
		},
	)
	id := c.NewSession(user.Cwd)
	c.Prompt(id, "go")
	gate.Release()
	c.Until("the end", func(s world.Seen) bool { return strings.HasSuffix(s.Text(acp.UpdateAgentMessage), "Heard.") })
	waitState(c, acp.StateIdle)
	w.Stop()
	path := w.Transcripts(user)[0]
	data, err := os.ReadFile(path)
	must(t, err)
	at := strings.Index(string(data), "<task-notification>")
	must(t, os.Truncate(path, int64(strings.LastIndex(string(data[:at]), "\n")+1)))
	w.Start()
	again := w.Dial(user)
	_, err = again.Attach(acp.MethodSessionLoad, id, user.Cwd, "")
	must(t, err)
	again.Prompt(id, "next")
	checkNotice(t, w, user, again, "user", "completed")
}
