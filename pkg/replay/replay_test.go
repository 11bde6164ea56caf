package replay_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/replay"
	"claude-agent-chat/pkg/transcript"
)

const cwd = "/work/demo"

// stage is a transcript that is being written, and the renderer of its live side.
type stage struct {
	t      *testing.T
	path   string
	writer *transcript.Writer
	live   *replay.Renderer
	shown  []acp.Update
}

func newStage(t *testing.T) *stage {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s.jsonl")
	w, err := transcript.OpenWriter(t.Context(), path, transcript.Context{SessionID: "s", Cwd: cwd})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return &stage{t: t, path: path, writer: w, live: replay.NewRenderer(cwd)}
}

// add appends entries and gives what they show.
func (s *stage) add(entries ...transcript.Entry) []acp.Update {
	s.t.Helper()
	records, err := s.writer.Append(s.t.Context(), entries...)
	if err != nil {
		s.t.Fatal(err)
	}
	var updates []acp.Update
	for _, rec := range records {
		updates = append(updates, s.live.Updates(rec)...)
	}
	s.shown = append(s.shown, updates...)
	return updates
}

func (s *stage) load() *transcript.Conversation {
	s.t.Helper()
	conv, err := transcript.Load(s.path)
	if err != nil {
		s.t.Fatal(err)
	}
	return conv
}

func prompt(content string) transcript.Prompt {
	return transcript.Prompt{PromptID: "p1", Content: json.RawMessage(content)}
}

func block(content string) transcript.Assistant {
	return transcript.Assistant{MessageID: "m1", Model: "claude-test", Block: json.RawMessage(content)}
}

func result(id, content, useResult string) transcript.ToolResult {
	return transcript.ToolResult{ToolUseID: id, Content: json.RawMessage(content), UseResult: json.RawMessage(useResult)}
}

// turn writes a turn of every kind of record.
func (s *stage) turn() {
	s.add(prompt(`"do it"`))
	s.add(
		block(`{"type":"thinking","thinking":"hm","signature":"c2ln"}`), block(`{"type":"text","text":"I do"}`),
		block(`{"type":"tool_use","id":"t1","name":"Bash","input":{"command":"ls"}}`),
		block(`{"type":"tool_use","id":"t2","name":"TodoWrite","input":{"todos":[{"content":"one","status":"pending","activeForm":"One"}]}}`),
	)
	s.add(result("t2", `"ok"`, `{"oldTodos":[],"newTodos":[]}`))
	s.add(result("t1", `"a.txt"`, `{"stdout":"a.txt"}`))
	s.add(block(`{"type":"text","text":"part"}`), transcript.Interrupted{})
	s.add(transcript.APIError{Text: "Overloaded."}, transcript.LastPrompt{Text: "do it"})
}

// brief is an update in one line.
func brief(u acp.Update) string {
	switch {
	case u.Block != nil:
		return u.Kind + ": " + u.Block.Type + " " + u.Block.Text
	case u.ToolCallID != "":
		return strings.TrimSpace(fmt.Sprintf("%s: %s %s %s", u.Kind, u.ToolCallID, u.Status, u.Title))
	case u.Kind == acp.UpdatePlan:
		return fmt.Sprintf("%s: %d", u.Kind, len(u.Entries))
	default:
		return u.Kind
	}
}

func briefs(updates []acp.Update) []string {
	out := []string{}
	for _, u := range updates {
		out = append(out, brief(u))
	}
	return out
}

func TestTurn(t *testing.T) {
	s := newStage(t)
	s.turn()
	want := []string{
		"user_message_chunk: text do it", "agent_thought_chunk: text hm", "agent_message_chunk: text I do",
		"tool_call: t1 pending ls", "tool_call: t2 pending Update the plan", "plan: 1",
		"tool_call_update: t2 completed", "tool_call_update: t1 completed",
		"agent_message_chunk: text part", "session_info_update", "agent_message_chunk: text Overloaded.",
	}
	if diff := cmp.Diff(want, briefs(s.shown)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if s.shown[9].Meta[acp.MetaInterrupted] != true || s.shown[10].Meta[acp.MetaError] != true || s.shown[0].Meta[acp.MetaPromptID] != "p1" {
		t.Errorf("marks: %v, %v, %v", s.shown[9].Meta, s.shown[10].Meta, s.shown[0].Meta)
	}
	if raw := string(s.shown[7].RawOutput); raw != `{"stdout":"a.txt"}` {
		t.Errorf("raw output %s", raw)
	}
	if len(s.live.Unanswered()) > 0 {
		t.Errorf("unanswered: %v", s.live.Unanswered())
	}
}

// TestLiveAndReplayAgree compares every byte of what was shown live with what the file shows.
func TestLiveAndReplayAgree(t *testing.T) {
	s := newStage(t)
	s.turn()
	r := replay.NewRenderer(cwd)
	var replayed []acp.Update
	for _, rec := range s.load().Chain() {
		replayed = append(replayed, r.Updates(rec)...)
	}
	if diff := cmp.Diff(encode(t, s.shown), encode(t, replayed)); diff != "" {
		t.Errorf("(-live +replayed):\n%s", diff)
	}
}

func encode(t *testing.T, updates []acp.Update) []string {
	t.Helper()
	var out []string
	for _, u := range updates {
		data, err := json.Marshal(u)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(data))
	}
	return out
}

// TestCursors makes sure that the last update of each record carries its cursor, and no other does.
func TestCursors(t *testing.T) {
	s := newStage(t)
	s.turn()
	conv := s.load()
	r := replay.NewRenderer(cwd)
	for _, rec := range conv.Chain() {
		updates := r.Updates(rec)
		for i, u := range updates {
			if cursor, ok := u.Meta[acp.MetaCursor]; ok != (i == len(updates)-1) || ok && cursor != rec.Cursor {
				t.Errorf("update %d of %d has the cursor %v", i, len(updates), cursor)
			}
			if u.Meta[acp.MetaTimestamp] == nil {
				t.Errorf("update %d has no time", i)
			}
		}
	}
}

func TestRecords(t *testing.T) {
	cases := []struct {
		name, line string
		want       []string
	}{
		{
			"text and image", `{"type":"user","message":{"content":[{"type":"text","text":"see"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"iV"}}]}}`,
			[]string{"user_message_chunk: text see", "user_message_chunk: image "},
		},
		{
			"an image elsewhere", `{"type":"user","message":{"content":[{"type":"image","source":{"type":"url","url":"https://example.test/x.png"}}]}}`,
			[]string{"user_message_chunk: resource_link "},
		},
		{"for the model only", `{"type":"user","isMeta":true,"message":{"content":"hidden"}}`, nil},
		{"a subagent's", `{"type":"user","isSidechain":true,"message":{"content":"hidden"}}`, nil},
		{"a summary", `{"type":"user","isCompactSummary":true,"message":{"content":"hidden"}}`, nil},
		{
			"typed while a tool ran", `{"type":"attachment","attachment":{"type":"queued_command","prompt":"also"}}`,
			[]string{"user_message_chunk: text also"},
		},
		{"another attachment", `{"type":"attachment","attachment":{"type":"date","prompt":"also"}}`, nil},
		{"a kind that is not known", `{"type":"novelty","message":{"content":"x"}}`, nil},
		{
			"a command", `{"type":"user","message":{"content":"<command-name>/compact</command-name>\n <command-args>keep it</command-args>"}}`,
			[]string{"user_message_chunk: text /compact keep it"},
		},
		{
			"its output", `{"type":"user","message":{"content":"<local-command-stdout>Compacted </local-command-stdout>"}}`,
			[]string{"agent_message_chunk: text Compacted"},
		},
		{"no output", `{"type":"user","message":{"content":"<local-command-stdout></local-command-stdout>"}}`, nil},
		{"a shell command", `{"type":"user","message":{"content":"<bash-input>ls</bash-input>"}}`, []string{"user_message_chunk: text ! ls"}},
		{"markup of the person's", `{"type":"user","message":{"content":"<b>bold</b>"}}`, []string{"user_message_chunk: text <b>bold</b>"}},
		{"hidden thinking", `{"type":"assistant","message":{"content":[{"type":"thinking","thinking":"","signature":"s"},{"type":"redacted_thinking","data":"x"}]}}`, nil},
		{
			"a tool at the API", `{"type":"assistant","message":{"content":[{"type":"server_tool_use","id":"s1","name":"web_search","input":{}},{"type":"web_search_tool_result","tool_use_id":"s1","content":[]}]}}`,
			[]string{"tool_call: s1 pending web_search", "tool_call_update: s1 completed"},
		},
		{
			"a call without id", `{"type":"assistant","message":{"content":[{"type":"tool_use","name":"Bash","input":7}]}}`,
			[]string{"tool_call: u1 pending Bash"},
		},
		{
			"a result of a call that is not known", `{"type":"user","message":{"content":[{"type":"tool_result","tool_use_id":"t9","is_error":true,"content":"no"}]}}`,
			[]string{"tool_call_update: t9 failed"},
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := show(t, c.line)
			if diff := cmp.Diff(append([]string{}, c.want...), briefs(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// show renders one record that another program wrote, and makes sure that pages count it as they should.
func show(t *testing.T, line string) []acp.Update {
	t.Helper()
	path := writeLines(t, line)
	conv, err := transcript.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	var out []acp.Update
	for _, rec := range conv.Chain() {
		out = append(out, replay.NewRenderer(cwd).Updates(rec)...)
	}
	page, err := readPage(t, path, replay.PageQuery{Limit: 1})
	if err != nil || len(page.Items) != len(out) || page.NextBefore != "" {
		t.Errorf("a page has %d updates of %d: %v", len(page.Items), len(out), err)
	}
	return out
}

// TestMessageIDs keeps apart the blocks that another program put into one record.
func TestMessageIDs(t *testing.T) {
	got := show(t, `{"type":"assistant","message":{"content":[{"type":"thinking","thinking":"hm"},{"type":"text","text":"a"}]}}`)
	again := show(t, `{"type":"assistant","message":{"content":[{"type":"thinking","thinking":"hm"},{"type":"text","text":"a"}]}}`)
	if got[0].MessageID != "u1" || got[1].MessageID == "u1" || got[1].MessageID != again[1].MessageID {
		t.Errorf("ids %s and %s, then %s", got[0].MessageID, got[1].MessageID, again[1].MessageID)
	}
}

func TestUnanswered(t *testing.T) {
	s := newStage(t)
	s.add(prompt(`"q"`), block(`{"type":"tool_use","id":"t1","name":"Bash","input":{}}`),
		block(`{"type":"tool_use","id":"t2","name":"Bash","input":{}}`), block(`{"type":"tool_use","id":"t3","name":"Bash","input":{}}`))
	s.add(result("t2", `"x"`, `{}`))
	want := []string{"tool_call_update: t1 failed", "tool_call_update: t3 failed"}
	if diff := cmp.Diff(want, briefs(s.live.Unanswered())); diff != "" {
		t.Errorf("live (-want +got):\n%s", diff)
	}
	primed := replay.NewRenderer(cwd)
	for _, rec := range s.load().Chain() {
		primed.Prime(rec)
	}
	if diff := cmp.Diff(want, briefs(primed.Unanswered())); diff != "" {
		t.Errorf("primed (-want +got):\n%s", diff)
	}
}
