package claude_test

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/anthropic/anthropictest"
	"claude-agent-chat/pkg/transcript"
	"claude-agent-chat/test/world"
)

// server is a gateway with a user, and a desk at which that user starts Claude Code in a terminal.
type server struct {
	*world.World
	user   world.User
	client *world.Client
	desk   *desk
}

// newServer starts a gateway on a model, which it calls as the program does.
func newServer(t *testing.T, m *model) *server {
	t.Helper()
	w := world.New(t, m.address)
	w.Stop()
	w.Config.AnthropicModel = usualModel
	w.Start()
	s := &server{World: w, user: w.User("ada")}
	s.client = w.Dial(s.user)
	s.desk = newDeskIn(t, filepath.Join(w.Config.SessionsRoot, s.user.ID), s.user.Cwd)
	return s
}

// rename gives a session a title, as the page does.
func (s *server) rename(t *testing.T, id, title string) {
	t.Helper()
	body := strings.NewReader(encode(object{"title": title}))
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPatch, "http://"+s.Addr+"/api/sessions/"+id, body)
	must(t, err)
	r.Header.Set("Authorization", "Bearer "+s.user.Token)
	answer, err := http.DefaultClient.Do(r)
	must(t, err)
	must(t, answer.Body.Close())
	if answer.StatusCode != http.StatusNoContent {
		t.Fatalf("the new title is answered with %d", answer.StatusCode)
	}
}

// prompt sends a prompt of these blocks and waits for the end of its turn.
func (s *server) prompt(t *testing.T, id string, blocks ...acp.ContentBlock) {
	t.Helper()
	_, err := s.client.Call(acp.MethodSessionPrompt, acp.PromptRequest{SessionID: id, Prompt: blocks})
	must(t, err)
}

// close lets go of a session, so that a terminal may write it.
func (s *server) close(t *testing.T, id string) {
	t.Helper()
	_, err := s.client.Call(acp.MethodSessionClose, map[string]any{"sessionId": id})
	must(t, err)
}

// load opens a session anew, and gives what a new client sees of it.
func (s *server) load(t *testing.T, id string) []string {
	t.Helper()
	s.client = s.Dial(s.user)
	_, err := s.client.Attach(acp.MethodSessionLoad, id, s.user.Cwd, "")
	must(t, err)
	var out []string
	for _, u := range s.client.Updates() {
		if line := brief(u.Update); line != "" {
			out = append(out, line)
		}
	}
	return out
}

// TestOurs has a conversation through the gateway and goes on with it in the program, then here again, then there. Row: Sessions on disk.
func TestOurs(t *testing.T) {
	t.Parallel()
	gate := anthropictest.NewGate()
	t.Cleanup(gate.Release)
	m := newModel(t,
		to("look", anthropictest.Thinking("c2ln", "Let me ", "look."), said("Looking."),
			anthropictest.Tool("p1", "Glob", `{"pattern":"*.txt"}`),
			anthropictest.Tool("p2", "Bash", `{"command":"touch made.txt","description":"Make it"}`)),
		then("p2", said("Understood.")),
		to("see", said("A pixel.")),
		to("talk", said("First words"), anthropictest.Hold(gate)),
	)
	s := newServer(t, m)
	id := s.client.NewSession(s.user.Cwd)
	s.deny(t, id, "look", "p1", "use another name")
	source := image["source"].(object)
	s.prompt(t, id, acp.Text("see"), acp.ContentBlock{Type: "image", MimeType: source["media_type"].(string), Data: source["data"].(string)})
	s.interrupt(t, id, "talk", "First words")
	s.prompt(t, id, acp.Text("and now"))
	s.rename(t, id, "A title of ours")
	s.close(t, id)

	shown := []string{
		"user: look", "thought: Let me look.", "agent: Looking.", "p1 pending", "p2 pending", "p1 completed", "p2 failed",
		"agent: Understood.",
		"user: see", "user: [image]", "agent: A pixel.", "user: talk", "agent: First words", "interrupted",
		"user: and now", "agent: noted",
	}
	if diff := cmp.Diff(shown, s.desk.shown(s.desk.mustBeWhole(id))); diff != "" {
		t.Errorf("written here (-expected +shown):\n%s", diff)
	}
	sent := []string{
		"user: look", "assistant: (Let me look.) | Looking. | call p1 | call p2",
		"user: result of p1: No files found | error of p2: …", "assistant: Understood.",
		"user: see | [image]", "assistant: A pixel.", "user: talk", "assistant: First words",
		"user: [Request interrupted by user] | and now", "assistant: noted",
	}
	s.mustAgree(t, id, sent)

	their := newModel(t)
	s.desk.mustRun(their, "-p", "in the terminal", "--resume", "A title of ours")
	if _, asked := their.asked("in the terminal"); !asked {
		t.Error("the program does not find the session by its title")
	}
	if got := titles(s.desk.load(id)); !slices.Equal(got, []string{"A title of ours"}) {
		t.Errorf("the titles that people gave are %q", got)
	}
	shown = append(shown, "user: in the terminal", "agent: noted")
	if diff := cmp.Diff(shown, s.load(t, id)); diff != "" {
		t.Errorf("after the terminal (-expected +shown):\n%s", diff)
	}
	s.prompt(t, id, acp.Text("here again"))
	s.close(t, id)
	s.mustAgree(t, id, append(sent, "user: in the terminal", "assistant: noted", "user: here again", "assistant: noted"))

	s.desk.mustRun(newModel(t), "-p", "/rename A title of theirs", "--resume", id)
	s.Stop() // a session that is in memory here is not read again
	s.Start()
	s.client = s.Dial(s.user)
	s.awaitTitle(t, id, "A title of theirs")
	s.rename(t, id, "Ours again")
	s.close(t, id)
	last := newModel(t)
	s.desk.mustRun(last, "-p", "the end", "--resume", "Ours again")
	if request, asked := last.asked("the end"); !asked || request.refused != "" {
		t.Errorf("the program does not find the session by its new title: %s", request.refused)
	}
	if got := s.desk.load(id).Title(); got != "Ours again" {
		t.Errorf("in the end the title is %q", got)
	}
}

// mustAgree makes sure that the program sends of a session what we would send, and that it is this. An ellipsis stands for
// any text.
func (s *server) mustAgree(t *testing.T, id string, want []string) {
	t.Helper()
	program, differs := s.desk.disagreement(id)
	if len(differs) > 0 {
		t.Errorf("the program and we differ: %q", differs)
	}
	got := program.lines()
	for i := range got {
		if i < len(want) && like(got[i], want[i]) {
			got[i] = want[i]
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the program (-expected +sent):\n%s", diff)
	}
}

// like reports whether a line is as wanted, where an ellipsis stands for any text.
func like(line, want string) bool {
	before, after, _ := strings.Cut(want, "…")
	return strings.HasPrefix(line, before) && strings.HasSuffix(line, after)
}

// deny sends a prompt and declines the call that it leads to, after the other one is done.
func (s *server) deny(t *testing.T, id, prompt, other, words string) {
	t.Helper()
	wait := s.client.BeginPrompt(id, "", prompt)
	var ask world.Ask
	s.client.Until("the question", func(seen world.Seen) bool {
		done := slices.ContainsFunc(seen.Updates(), func(u world.Update) bool {
			return u.Update.ToolCallID == other && u.Update.Status == acp.StatusCompleted
		})
		if len(seen.Asks()) == 0 || !done {
			return false
		}
		ask = seen.Asks()[0]
		return true
	})
	s.client.Choose(ask, "reject", words)
	_, err := wait()
	must(t, err)
}

// interrupt sends a prompt and stops its turn when these words of the answer have come.
func (s *server) interrupt(t *testing.T, id, prompt, words string) {
	t.Helper()
	wait := s.client.BeginPrompt(id, "", prompt)
	s.client.Until("the beginning of the answer", func(seen world.Seen) bool {
		return strings.HasSuffix(seen.Text(acp.UpdateAgentMessage), words)
	})
	s.client.Notify(acp.MethodSessionCancel, map[string]any{"sessionId": id})
	end, err := wait()
	must(t, err)
	if end.StopReason != acp.StopCancelled {
		t.Errorf("a turn that was stopped ends with %q", end.StopReason)
	}
}

// listed is the title under which a session is listed.
func (s *server) listed(t *testing.T, id string) string {
	t.Helper()
	result, err := s.client.Call(acp.MethodSessionList, map[string]any{})
	must(t, err)
	var list acp.ListSessionsResponse
	must(t, json.Unmarshal(result, &list))
	for _, session := range list.Sessions {
		if session.SessionID == id {
			return session.Title
		}
	}
	return ""
}

// awaitTitle waits until a session is listed under a title: the index follows the files within about a second.
func (s *server) awaitTitle(t *testing.T, id, want string) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); s.listed(t, id) != want; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Errorf("after the program gave a title, the list says %q", s.listed(t, id))
			return
		}
	}
}

// titles are the different titles in a file that people gave, in their order.
func titles(conv *transcript.Conversation) []string {
	var out []string
	for _, rec := range conv.Records() {
		var line struct{ CustomTitle string }
		if rec.Type == "custom-title" && json.Unmarshal(rec.Raw, &line) == nil && !slices.Contains(out, line.CustomTitle) {
			out = append(out, line.CustomTitle)
		}
	}
	return out
}

// TestWriter writes every kind of entry and resumes them in the program.
func TestWriter(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id := uuid.NewString()
	w, err := transcript.OpenWriter(t.Context(), d.path(id), transcript.Context{SessionID: id, Cwd: d.cwd, GitBranch: "main"})
	must(t, err)
	toolUse, endTurn := "tool_use", "end_turn"
	part := func(message string, index int, stop *string, block object) transcript.Assistant {
		return transcript.Assistant{
			MessageID: message, RequestID: "req_" + message, Model: usualModel, Block: json.RawMessage(encode(block)), BlockIndex: index,
			StopReason: stop, Aborted: stop == nil,
		}
	}
	prompt := func(text string) transcript.Prompt {
		return transcript.Prompt{PromptID: uuid.NewString(), Content: json.RawMessage(encode(text)), PermissionMode: "default"}
	}
	for _, batch := range [][]transcript.Entry{
		{prompt("one"), transcript.AITitle{Title: "A title of the model's"}},
		{
			part("m1", 0, &toolUse, thought("hm", "sig")), part("m1", 1, &toolUse, text("I call")),
			part("m1", 2, &toolUse, call("t1")), part("m1", 3, &toolUse, call("t2")), part("m1", 4, &toolUse, call("t3")),
		},
		{transcript.ToolResult{ToolUseID: "t2", Content: json.RawMessage(encode([]object{text("a picture"), image}))}},
		{transcript.ToolResult{ToolUseID: "t1", Content: json.RawMessage(`"failed"`), IsError: true}},
		{transcript.ToolResult{ToolUseID: "t3", Content: json.RawMessage(`"declined"`), IsError: true, Denied: true}},
		{transcript.Interrupted{ForToolUse: true}, transcript.LastPrompt{Text: "one"}},
		{transcript.QueueOperation{Operation: "enqueue", Content: "two"}, transcript.QueueOperation{Operation: "dequeue"}},
		{prompt("two"), part("m2", 0, nil, text("broken o")), transcript.Interrupted{}, transcript.LastPrompt{Text: "two"}},
		{prompt("three"), transcript.APIError{Text: "The API is down."}, transcript.LastPrompt{Text: "three"}},
		{prompt("four"), part("m2", 0, &endTurn, text("the same message id again")), transcript.LastPrompt{Text: "four"}},
	} {
		_, err := w.Append(t.Context(), batch...)
		must(t, err)
	}
	must(t, w.Close())

	program, differs := d.disagreement(id)
	if len(differs) > 0 {
		t.Errorf("the program and we differ: %q", differs)
	}
	want := []string{
		"user: one", "assistant: (hm) | I call | call t1 | call t2 | call t3",
		"user: result of t2: a picture + [image] | error of t1: failed | error of t3: declined | " +
			"[Request interrupted by user for tool use] | two",
		"assistant: broken o", "user: [Request interrupted by user] | three | four", "assistant: the same message id again",
	}
	if diff := cmp.Diff(want, program.lines()); diff != "" {
		t.Errorf("the program (-expected +sent):\n%s", diff)
	}
	m := newModel(t)
	d.mustRun(m, "-p", "by title", "--resume", "A title of the model's")
	if _, asked := m.asked("by title"); !asked {
		t.Error("the program does not find the session by the model's title")
	}
	if got := d.mustBeWhole(id).Title(); got != "A title of the model's" {
		t.Errorf("the title is %q", got)
	}
}
