package wire_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/anthropic/anthropictest"
	"claude-agent-chat/pkg/store"
	"claude-agent-chat/pkg/transcript"
	"claude-agent-chat/test/world"
)

// callsWith is calls with an input that is made into JSON.
func callsWith(prompt, id, name string, input any) anthropictest.Exchange {
	data, err := json.Marshal(input)
	if err != nil {
		panic(err)
	}
	return calls(prompt, id, name, string(data))
}

// ends matches requests whose last text ends so: what the program itself said stands before it.
func ends(text string) func(*anthropictest.Request) bool {
	return func(r *anthropictest.Request) bool { return strings.HasSuffix(r.Last().Text(), text) }
}

// resultOf finds what a tool call gave in a request, as text.
func resultOf(r *anthropictest.Request, id string) string {
	for _, m := range r.Messages {
		for _, b := range m.Results() {
			if b.ToolUseID == id {
				return b.ResultText()
			}
		}
	}
	return ""
}

// subagents gives the transcripts of a session's subagents, by agent id.
func subagents(t *testing.T, w *world.World, user world.User, sessionID string) map[string]*transcript.Conversation {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(filepath.Join(w.Config.SessionsRoot, user.ID), ".claude", "projects", "*", sessionID, "subagents", "agent-*.jsonl"))
	must(t, err)
	found := map[string]*transcript.Conversation{}
	for _, file := range files {
		info, err := os.Stat(file)
		must(t, err)
		conv, err := transcript.LoadAgent(file, info.Size())
		must(t, err)
		found[strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), "agent-"), ".jsonl")] = conv
	}
	return found
}

// TestSubagent has a subagent ask for leave to run a command, and the parent get its report. Row: Subagents.
func TestSubagent(t *testing.T) {
	task := map[string]any{"description": "look around", "prompt": "sub task", "subagent_type": "general-purpose"}
	w, user, c, _ := start(t,
		callsWith("go", "agent1", "Agent", task),
		callsWith("sub task", "sub1", "Bash", map[string]any{"command": "echo from-sub > sub.txt; cat sub.txt"}),
		anthropictest.Exchange{Match: anthropictest.HasResult("sub1"), Check: func(r *anthropictest.Request) error {
			if got := resultOf(r, "sub1"); got != "from-sub" {
				return fmt.Errorf("the subagent's command gave %q", got)
			}
			return nil
		}, Reply: anthropictest.Stream(anthropictest.Text("the report"))},
		anthropictest.Exchange{Match: anthropictest.HasResult("agent1"), Check: func(r *anthropictest.Request) error {
			if got := resultOf(r, "agent1"); !strings.HasPrefix(got, "the report") || !strings.Contains(got, "tool_uses: 1") {
				return fmt.Errorf("the report is %q", got)
			}
			return nil
		}, Reply: anthropictest.Stream(anthropictest.Text("Done."))},
	)
	id := c.NewSession(user.Cwd)
	promptAndAnswer(t, c, id, "go", 1, "allow")
	found := subagents(t, w, user, id)
	if len(found) != 1 {
		t.Fatalf("%d subagents have transcripts", len(found))
	}
	for agentID, conv := range found {
		if n := len(conv.Messages()); n != 4 {
			t.Errorf("the subagent %s has %d messages on record", agentID, n)
		}
	}
	eventually(t, "what the session and its subagent used is in the index", func() bool {
		used, err := w.Store().UsageByDay(t.Context(), store.UsageFilter{SessionID: id})
		return err == nil && len(used) == 1 && used[0].Output > 0 && used[0].Input > 4000
	})
	for _, rec := range transcriptOf(t, w, user) {
		if rec["isSidechain"] == true {
			t.Error("the subagent's records are in the session's own transcript")
		}
	}
}

// TestFiftySubagents has fifty of them at work at once. Row: Subagents.
func TestFiftySubagents(t *testing.T) {
	const n = 50
	gate := anthropictest.NewGate()
	t.Cleanup(gate.Release)
	var waiting atomic.Int32
	var steps []anthropictest.Step
	for i := range n {
		steps = append(steps, anthropictest.Tool(fmt.Sprintf("agent%d", i), "Agent", fmt.Sprintf(`{"description":"part %d","prompt":"part %d"}`, i, i)))
	}
	w, user, c, _ := start(t,
		anthropictest.Exchange{Match: anthropictest.LastText("go"), Reply: anthropictest.Stream(steps...)},
		anthropictest.Exchange{
			Times: n, Match: func(r *anthropictest.Request) bool { return strings.HasPrefix(r.Last().Text(), "part ") },
			Reply: func(wr *anthropictest.Writer) error {
				if waiting.Add(1) == n {
					gate.Release()
				}
				return anthropictest.Stream(anthropictest.Hold(gate), anthropictest.Text("report"))(wr)
			},
		},
		then("agent49", "All there."),
	)
	id := c.NewSession(user.Cwd)
	c.Prompt(id, "go")
	if found := subagents(t, w, user, id); len(found) != n {
		t.Errorf("%d subagents have transcripts, not %d", len(found), n)
	}
}

// TestHeldApproval stops the gateway, and kills it, while a call waits for a person: whoever comes then is asked again, and
// the call runs once. Rows: Permission prompts, Subagents.
func TestHeldApproval(t *testing.T) {
	for name, nested := range map[string]bool{"the session's own": false, "a subagent's": true} {
		for _, killed := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s killed %v", name, killed), func(t *testing.T) { heldApproval(t, nested, killed) })
		}
	}
}

func heldApproval(t *testing.T, nested, killed bool) {
	command := map[string]any{"command": "echo once >> count.txt"}
	script := []anthropictest.Exchange{callsWith("go", "t1", "Bash", command), then("t1", "Done.")}
	if nested {
		script = []anthropictest.Exchange{
			callsWith("go", "agent1", "Agent", map[string]any{"description": "d", "prompt": "sub task"}),
			callsWith("sub task", "t1", "Bash", command), then("t1", "sub done"), then("agent1", "Done."),
		}
	}
	w, user, c, _ := start(t, script...)
	c, restart := restartable(t, w, user, c, killed)
	id := c.NewSession(user.Cwd)
	c.BeginPrompt(id, "p1", "go")
	c.Until("the question", func(s world.Seen) bool { return len(s.Asks()) == 1 })
	again := allowedAgain(t, w, user, id, restart)
	again.Until("the end", func(s world.Seen) bool { return strings.HasSuffix(s.Text(acp.UpdateAgentMessage), "Done.") })
	waitState(again, acp.StateIdle)
	ranOnce(t, user)
}

// restartable gives a client of a gateway that can be stopped and started again: by an order, or, killed, as a process of its own.
func restartable(t *testing.T, w *world.World, user world.User, c *world.Client, killed bool) (_ *world.Client, restart func()) {
	t.Helper()
	if !killed {
		return c, func() {
			w.Stop()
			w.Start()
		}
	}
	binary := buildGateway(t)
	c.Drop()
	w.Stop()
	program := spawn(t, w, binary)
	return w.Dial(user), func() {
		kill(t, program)
		spawn(t, w, binary)
	}
}

// allowedAgain restarts the gateway and allows the one call about which whoever attaches then is asked.
func allowedAgain(t *testing.T, w *world.World, user world.User, id string, restart func()) *world.Client {
	t.Helper()
	restart()
	again := w.Dial(user)
	_, err := again.Attach(acp.MethodSessionLoad, id, user.Cwd, "")
	must(t, err)
	again.Until("the question again", func(s world.Seen) bool { return len(s.Asks()) == 1 })
	var ask world.Ask
	again.Look(func(s world.Seen) { ask = s.Asks()[0] })
	again.Choose(ask, "allow", "")
	return again
}

// ranOnce looks at what the command left that was asked about.
func ranOnce(t *testing.T, user world.User) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(user.Cwd, "count.txt"))
	if err != nil || string(data) != "once\n" {
		t.Errorf("the command ran so: %q, %v", data, err)
	}
}

// TestCompact compacts by itself when the window is nearly full, ten times, and once on wish; the model then sees the summary
// and what came after it, people see everything. Row: Compaction.
func TestCompact(t *testing.T) {
	const rounds = 10
	large := strings.Repeat("word ", 40_000)
	summaries := 0
	w, user, _, model := start(t,
		anthropictest.Exchange{Times: -1, Match: anthropictest.IsSummary, Reply: func(wr *anthropictest.Writer) error {
			summaries++
			return anthropictest.Stream(anthropictest.Text(fmt.Sprintf("summary %d", summaries)))(wr)
		}},
		anthropictest.Exchange{
			Times: -1, Match: func(r *anthropictest.Request) bool { return strings.Contains(r.Last().Text(), "round") },
			Reply: anthropictest.Stream(anthropictest.Text(large)),
		},
		anthropictest.Exchange{Match: ends("the end"), Reply: anthropictest.Stream(anthropictest.Text("Nearly."))},
	)
	w.Stop()
	w.Config.ContextWindow = 90_000
	w.Start()
	c := w.Dial(user)
	id := c.NewSession(user.Cwd)
	for i := range rounds + 1 {
		c.Prompt(id, fmt.Sprintf("round %d", i))
		c.Prompt(id, fmt.Sprintf("round %d again", i))
	}
	if summaries < rounds {
		t.Errorf("the conversation was compacted %d times", summaries)
	}
	c.Prompt(id, "/compact keep the names")
	c.Prompt(id, "the end")
	requests := model.Requests()
	last := requests[len(requests)-1]
	first := last.Messages[0].Text()
	if !strings.Contains(first, fmt.Sprintf("summary %d", summaries)) || strings.Contains(first, "word word") {
		t.Errorf("the last request begins with %.300q", first)
	}
	if wish := requests[len(requests)-2]; !strings.Contains(wish.Last().Text(), "keep the names") {
		t.Errorf("the wish did not reach the model: %.300q", wish.Last().Text())
	}
	again := w.Dial(user)
	_, err := again.Attach(acp.MethodSessionLoad, id, user.Cwd, "")
	must(t, err)
	again.Look(func(s world.Seen) {
		if got := strings.Count(s.Text(acp.UpdateAgentMessage), large); got != 2*(rounds+1) {
			t.Errorf("after a load %d of %d answers are there", got, 2*(rounds+1))
		}
		if !strings.Contains(s.Text(acp.UpdateUserMessage), "round 0round 0 again") {
			t.Error("the first prompts are gone for people")
		}
	})
}

// TestTooLong compacts when the server says that the prompt is too long, and asks again. Row: Compaction.
func TestTooLong(t *testing.T) {
	_, user, c, _ := start(t,
		says("one", "First."), says("two", "Second."),
		anthropictest.Exchange{Match: anthropictest.LastText("three"), Reply: anthropictest.Fail(400, "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum")},
		anthropictest.Exchange{Match: anthropictest.IsSummary, Reply: anthropictest.Stream(anthropictest.Text("in short"))},
		anthropictest.Exchange{Match: func(r *anthropictest.Request) bool { return strings.Contains(r.Last().Text(), "in short") }, Reply: anthropictest.Stream(anthropictest.Text("Third."))},
	)
	id := c.NewSession(user.Cwd)
	for _, text := range []string{"one", "two", "three"} {
		c.Prompt(id, text)
	}
}

// TestRefusedPicture leaves a picture out that the server cannot take, so that the conversation can go on. Row: Images.
func TestRefusedPicture(t *testing.T) {
	withPicture := func(r *anthropictest.Request) bool { return strings.Contains(string(r.Body), `"type":"image"`) }
	_, user, c, _ := start(t,
		anthropictest.Exchange{Match: withPicture, Reply: anthropictest.Fail(400, "invalid_request_error", "messages.0.content.1.image.source.base64: could not process image")},
		anthropictest.Exchange{Match: func(r *anthropictest.Request) bool { return strings.Contains(r.Last().Text(), "Left out") }, Reply: anthropictest.Stream(anthropictest.Text("I cannot see it."))},
	)
	id := c.NewSession(user.Cwd)
	end, err := c.BeginPromptBlocks(id, "", []acp.ContentBlock{acp.Text("look"), {Type: "image", MimeType: "image/png", Data: tinyPNG}})()
	must(t, err)
	if end.StopReason != acp.StopEndTurn {
		t.Errorf("the turn ended with %q", end.StopReason)
	}
}

// tinyPNG is one pixel.
const tinyPNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="

// TestSteer sends a waiting prompt into the running turn. Row: Messages while it works.
func TestSteer(t *testing.T) {
	gate := anthropictest.NewGate()
	t.Cleanup(gate.Release)
	w, user, c, _ := start(t,
		anthropictest.Exchange{Match: anthropictest.LastText("go"), Reply: anthropictest.Stream(anthropictest.Hold(gate), anthropictest.Tool("t1", "Glob", `{"pattern":"*"}`))},
		anthropictest.Exchange{Match: anthropictest.HasResult("t1"), Check: func(r *anthropictest.Request) error {
			if !strings.HasSuffix(r.Last().Text(), "look at this first") {
				return fmt.Errorf("the model sees %q", r.Last().Text())
			}
			return nil
		}, Reply: anthropictest.Stream(anthropictest.Text("Both."))},
		says("later", "Then."),
	)
	id := c.NewSession(user.Cwd)
	first := c.BeginPrompt(id, "p1", "go")
	<-gate.Reached()
	later := c.BeginPrompt(id, "p2", "later")
	now := c.BeginPrompt(id, "p3", "look at this first")
	c.Until("the queue", func(s world.Seen) bool { return queueLength(s) == 2 })
	_, err := c.Call(acp.MethodQueueSend, map[string]any{"sessionId": id, "promptId": "p3"})
	must(t, err)
	gate.Release()
	for _, wait := range []func() (acp.PromptResponse, error){first, now, later} {
		_, err := wait()
		must(t, err)
	}
	again := w.Dial(user)
	_, err = again.Attach(acp.MethodSessionLoad, id, user.Cwd, "")
	must(t, err)
	again.Look(func(s world.Seen) {
		if got := s.Text(acp.UpdateUserMessage); got != "golook at this firstlater" {
			t.Errorf("after a load the prompts are %q", got)
		}
	})
}

// TestRewind goes back to a message, and to the first one. Row: Rewind.
func TestRewind(t *testing.T) {
	seen := func(want int) func(*anthropictest.Request) error {
		return func(r *anthropictest.Request) error {
			if len(r.Messages) != want {
				return fmt.Errorf("the model sees %d messages, not %d", len(r.Messages), want)
			}
			return nil
		}
	}
	w, user, c, _ := start(t, says("one", "First."), says("two", "Second."),
		anthropictest.Exchange{Match: anthropictest.LastText("other"), Check: seen(3), Reply: anthropictest.Stream(anthropictest.Text("Other."))},
		anthropictest.Exchange{Match: anthropictest.LastText("anew"), Check: seen(1), Reply: anthropictest.Stream(anthropictest.Text("New."))},
	)
	id := c.NewSession(user.Cwd)
	c.Prompt(id, "one")
	c.Prompt(id, "two")
	rewind := func(text string) {
		t.Helper()
		loaded := w.Dial(user)
		_, err := loaded.Attach(acp.MethodSessionLoad, id, user.Cwd, "")
		must(t, err)
		for _, u := range loaded.Updates() {
			if u.Update.Kind == acp.UpdateUserMessage && u.Update.Block.Text == text {
				result, err := c.Call(acp.MethodRewind, map[string]any{"sessionId": id, "messageId": u.Update.MessageID})
				must(t, err)
				if !strings.Contains(string(result), `"text":"`+text+`"`) {
					t.Errorf("the answer is %s", result)
				}
				return
			}
		}
		t.Fatalf("there is no message %q", text)
	}
	shows := func(want string) {
		t.Helper()
		loaded := w.Dial(user)
		_, err := loaded.Attach(acp.MethodSessionLoad, id, user.Cwd, "")
		must(t, err)
		loaded.Look(func(s world.Seen) {
			if got := s.Text(acp.UpdateUserMessage) + "|" + s.Text(acp.UpdateAgentMessage); got != want {
				t.Errorf("the conversation is %q, not %q", got, want)
			}
		})
	}
	rewind("two")
	shows("one|First.")
	c.Prompt(id, "other")
	shows("oneother|First.Other.")
	rewind("one")
	shows("|")
	c.Prompt(id, "anew")
	shows("anew|New.")
	if _, err := c.Call(acp.MethodRewind, map[string]any{"sessionId": id, "messageId": "nowhere"}); err == nil {
		t.Error("it goes back to a message that is not there")
	}
}

// TestLoop stops a turn that goes round in a circle. Row: Endless loops.
func TestLoop(t *testing.T) {
	_, user, c, model := start(t, anthropictest.Exchange{Times: -1, Reply: anthropictest.Stream(anthropictest.Tool("same", "TodoWrite", `{"todos":[]}`))})
	id := c.NewSession(user.Cwd)
	end, err := c.BeginPrompt(id, "", "go")()
	must(t, err)
	if end.StopReason != acp.StopMaxTurnRequests {
		t.Errorf("the turn ended with %q", end.StopReason)
	}
	if n := len(model.Requests()); n != 100 {
		t.Errorf("it took %d requests", n)
	}
}

// TestLocalCommands gives commands that the model does not answer. Row: Slash commands. Row: Usage and cost.
func TestLocalCommands(t *testing.T) {
	_, user, c, _ := start(t, says("hello", "Hi."), anthropictest.Exchange{
		Match: ends("after"), Check: func(r *anthropictest.Request) error {
			if strings.Contains(string(r.Body), "hello") || strings.Contains(string(r.Body), "greeting") {
				return fmt.Errorf("the model still sees what was cleared away")
			}
			return nil
		}, Reply: anthropictest.Stream(anthropictest.Text("Fresh.")),
	}, says("/nonsense x", "What?"), anthropictest.Exchange{Match: anthropictest.IsSummary, Reply: anthropictest.Stream(anthropictest.Text("A greeting."))})
	id := c.NewSession(user.Cwd)
	c.Until("the commands", func(s world.Seen) bool {
		for _, u := range s.Updates() {
			if u.Update.Kind == acp.UpdateAvailableCommands {
				return len(u.Update.AvailableCommands) >= 6
			}
		}
		return false
	})
	c.Prompt(id, "hello")
	for _, tc := range [][2]string{{"/context", "of 200000 tokens"}, {"/cost", "| claude-test |"}, {"/compact", "Compacted: "}} {
		c.Prompt(id, tc[0])
		c.Look(func(s world.Seen) {
			if !strings.Contains(s.Text(acp.UpdateAgentMessage), tc[1]) {
				t.Errorf("%s answers nothing with %q: %s", tc[0], tc[1], s.Text(acp.UpdateAgentMessage))
			}
		})
	}
	c.Prompt(id, "/clear")
	c.Prompt(id, "after")
	c.Prompt(id, "/nonsense x")
}

// TestTitle takes the title that the model words, once, and leaves a person's alone. Row: Titles.
func TestTitle(t *testing.T) {
	_, user, c, model := start(t, says("please count the files of this project", "Three."), says("more", "Four."))
	model.Titles().Add(anthropictest.Exchange{Match: anthropictest.IsTitle, Reply: anthropictest.Stream(anthropictest.Text("\"Counting files.\""))})
	id := c.NewSession(user.Cwd)
	c.Prompt(id, "please count the files of this project")
	c.Until("the title", func(s world.Seen) bool {
		for _, u := range s.Updates() {
			if u.Update.Kind == acp.UpdateSessionInfo && u.Update.Title == "Counting files" {
				return true
			}
		}
		return false
	})
	c.Prompt(id, "more")
}

// TestPlanMode presents a plan and leaves plan mode with the person's leave. Row: Plan mode.
func TestPlanMode(t *testing.T) {
	plan := map[string]any{"plan": "1. Write a file"}
	_, user, c, _ := start(t,
		callsWith("go", "t1", "ExitPlanMode", plan),
		anthropictest.Exchange{Match: anthropictest.HasResult("t1"), Reply: anthropictest.Stream(anthropictest.Tool("t2", "ExitPlanMode", `{"plan":"2. Better"}`))},
		anthropictest.Exchange{Match: anthropictest.HasResult("t2"), Check: func(r *anthropictest.Request) error {
			if no, yes := resultOf(r, "t1"), resultOf(r, "t2"); !strings.Contains(no, "shorter") || !strings.Contains(yes, "2. Better") {
				return fmt.Errorf("the results are %q and %q", no, yes)
			}
			return nil
		}, Reply: anthropictest.Stream(anthropictest.Text("Done."))},
	)
	id := c.NewSession(user.Cwd)
	_, err := c.Call(acp.MethodSetMode, map[string]any{"sessionId": id, "modeId": "plan"})
	must(t, err)
	wait := c.BeginPrompt(id, "", "go")
	for i, answer := range [][2]string{{"reject", "shorter"}, {"plan_accept_edits", ""}} {
		c.Until("the question", func(s world.Seen) bool { return len(s.Asks()) == i+1 })
		var ask world.Ask
		c.Look(func(s world.Seen) { ask = s.Asks()[i] })
		c.Choose(ask, answer[0], answer[1])
	}
	_, err = wait()
	must(t, err)
	c.Until("the mode", func(s world.Seen) bool {
		for _, u := range s.Updates() {
			if u.Update.Kind == acp.UpdateCurrentMode && u.Update.CurrentModeID == "acceptEdits" {
				return true
			}
		}
		return false
	})
}

// TestAskUser has the model ask the person. Row: AskUserQuestion.
func TestAskUser(t *testing.T) {
	question := map[string]any{"questions": []any{map[string]any{
		"question": "Which colour?", "header": "Colour", "options": []any{
			map[string]any{"label": "Red", "description": "r"}, map[string]any{"label": "Blue", "description": "b"},
		},
	}}}
	_, user, c, _ := start(t, callsWith("go", "t1", "AskUserQuestion", question),
		anthropictest.Exchange{Match: anthropictest.HasResult("t1"), Check: func(r *anthropictest.Request) error {
			if got := resultOf(r, "t1"); !strings.Contains(got, `"Which colour?"="Blue"`) {
				return fmt.Errorf("the answer is %q", got)
			}
			return nil
		}, Reply: anthropictest.Stream(anthropictest.Text("Blue it is."))})
	id := c.NewSession(user.Cwd)
	ask := promptAndAnswer(t, c, id, "go", 1, "choice-1")
	if ask.ToolCall.Title != "Which colour?" || len(ask.Options) != 3 {
		t.Errorf("the question is %+v", ask)
	}
}

// TestFiveHundredCalls has one turn of 500 calls, one after the other, and finds all of them on record in their order. Row: Bash.
func TestFiveHundredCalls(t *testing.T) {
	const n = 500
	var script []anthropictest.Exchange
	for i := range n + 1 {
		reply := anthropictest.Stream(anthropictest.Tool(fmt.Sprintf("call%d", i), "TodoWrite", fmt.Sprintf(`{"todos":[{"content":"step %d","status":"pending","activeForm":"stepping"}]}`, i)))
		if i%50 == 25 {
			reply = anthropictest.Stream(anthropictest.Tool(fmt.Sprintf("call%d", i), "Bash", fmt.Sprintf(`{"command":"echo %d >> steps.txt"}`, i)))
		}
		match := anthropictest.LastText("go")
		if i > 0 {
			match = anthropictest.HasResult(fmt.Sprintf("call%d", i-1))
		}
		if i == n {
			reply = anthropictest.Stream(anthropictest.Text("All done."))
		}
		script = append(script, anthropictest.Exchange{Match: match, Reply: reply})
	}
	w, user, c, _ := start(t, script...)
	id := c.NewSession(user.Cwd)
	_, err := c.Call(acp.MethodSetMode, map[string]any{"sessionId": id, "modeId": "bypassPermissions"})
	must(t, err)
	c.Prompt(id, "go")
	conv, err := transcript.Load(w.Transcripts(user)[0])
	must(t, err)
	next := 0
	for _, rec := range conv.Chain() {
		for _, b := range rec.Blocks() {
			if b.Type == "tool_result" {
				if want := fmt.Sprintf("call%d", next); b.ToolUseID != want || b.IsError {
					t.Fatalf("result %d is that of %s, error %v", next, b.ToolUseID, b.IsError)
				}
				next++
			}
		}
	}
	if next != n || conv.Skipped() > 0 {
		t.Errorf("%d of %d results are on record, %d lines are damaged", next, n, conv.Skipped())
	}
	data, err := os.ReadFile(filepath.Join(user.Cwd, "steps.txt"))
	if err != nil || strings.Count(string(data), "\n") != 10 {
		t.Errorf("the commands left %q, %v", data, err)
	}
}
