package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/transcript"
	"claude-agent-chat/pkg/workspace"
)

type messagePage struct {
	Items      []acp.Update
	NextBefore *string
	HasMore    bool
}

// texts is what the page's messages say, in order.
func (p messagePage) texts() []string {
	var said []string
	for _, u := range p.Items {
		if u.Block != nil {
			said = append(said, u.Kind+": "+u.Block.Text)
		}
	}
	return said
}

// writeConversation writes a transcript of n exchanges, as the gateway would.
func (w *world) writeConversation(t *testing.T, p *person, n int) {
	t.Helper()
	row := w.sessionOf(p, sessionID, "A conversation")
	w.addSession(t, row)
	path := transcript.SessionPath(workspace.Home(w.root, p.id), row.Cwd, sessionID)
	writer, err := transcript.OpenWriter(t.Context(), path, transcript.Context{SessionID: sessionID, Cwd: row.Cwd})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = writer.Close() }()
	for i := range n {
		stop := "end_turn"
		_, err := writer.Append(t.Context(),
			transcript.Prompt{Content: json.RawMessage(fmt.Sprintf(`"question %d"`, i))},
			transcript.Assistant{
				MessageID: fmt.Sprintf("msg_%d", i), Model: "claude-test", StopReason: &stop,
				Block: json.RawMessage(fmt.Sprintf(`{"type":"text","text":"answer %d"}`, i)), Usage: json.RawMessage(`{}`),
			})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// subagentID is a subagent of the session.
const subagentID = "a0123456789abcdef"

// writeSubagent writes the files of a subagent, with n calls, as the gateway would.
func (w *world) writeSubagent(t *testing.T, p *person, id, call string, n int) {
	t.Helper()
	row := w.sessionOf(p, sessionID, "")
	dir := filepath.Join(strings.TrimSuffix(transcript.SessionPath(workspace.Home(w.root, p.id), row.Cwd, sessionID), ".jsonl"), "subagents")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	meta := fmt.Sprintf(`{"agentType":"general-purpose","description":"Look","toolUseId":%q,"spawnDepth":1}`, call)
	if err := os.WriteFile(filepath.Join(dir, "agent-"+id+".meta.json"), []byte(meta), 0o600); err != nil {
		t.Fatal(err)
	}
	about := transcript.Context{SessionID: sessionID, Cwd: row.Cwd, AgentID: id}
	writer, err := transcript.OpenWriter(t.Context(), filepath.Join(dir, "agent-"+id+".jsonl"), about)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = writer.Close() }()
	entries := []transcript.Entry{transcript.Prompt{Content: json.RawMessage(fmt.Sprintf(`"the task of %s"`, id))}}
	for i := range n {
		entries = append(entries,
			transcript.Assistant{
				MessageID: fmt.Sprintf("msg_%d", i), Model: "claude-test",
				Block: json.RawMessage(fmt.Sprintf(`{"type":"tool_use","id":"toolu_%s_%d","name":"Glob","input":{"pattern":"*"}}`, id, i)), Usage: json.RawMessage(`{}`),
			},
			transcript.ToolResult{ToolUseID: fmt.Sprintf("toolu_%s_%d", id, i), Content: json.RawMessage(`"found"`)})
	}
	stop := "end_turn"
	entries = append(entries, transcript.Assistant{
		MessageID: "msg_end", Model: "claude-test", StopReason: &stop, Block: json.RawMessage(`{"type":"text","text":"the report"}`), Usage: json.RawMessage(`{}`),
	})
	if _, err := writer.Append(t.Context(), entries...); err != nil {
		t.Fatal(err)
	}
}

// TestSubagentPages reads a subagent's conversation by its id and by its call's, page by page.
func TestSubagentPages(t *testing.T) {
	w := newWorld(t)
	p := w.signUp(t, "mei")
	w.writeConversation(t, p, 1)
	w.writeSubagent(t, p, subagentID, "toolu_first", 2)
	w.writeSubagent(t, p, "a2", "toolu_second", 0)
	base := "/api/sessions/" + sessionID + "/subagents/"
	for _, name := range []string{subagentID, "toolu_first"} {
		var last, first messagePage
		p.want(t, http.StatusOK, "GET", base+name+"/messages?limit=3", "").decode(t, &last)
		p.want(t, http.StatusOK, "GET", base+name+"/messages?limit=3&before="+*last.NextBefore, "").decode(t, &first)
		var kinds []string
		for _, u := range append(first.Items, last.Items...) {
			kinds = append(kinds, u.Kind)
		}
		want := []string{"user_message_chunk", "tool_call", "tool_call_update", "tool_call", "tool_call_update", "agent_message_chunk"}
		if diff := cmp.Diff(want, kinds); diff != "" || first.HasMore {
			t.Errorf("%s, more %t (-want +got):\n%s", name, first.HasMore, diff)
		}
		if diff := cmp.Diff([]string{"user_message_chunk: the task of " + subagentID}, first.texts()); diff != "" {
			t.Errorf("%s begins (-want +got):\n%s", name, diff)
		}
	}
	var other messagePage
	p.want(t, http.StatusOK, "GET", base+"toolu_second/messages", "").decode(t, &other)
	if diff := cmp.Diff([]string{"user_message_chunk: the task of a2", "agent_message_chunk: the report"}, other.texts()); diff != "" {
		t.Errorf("the other says (-want +got):\n%s", diff)
	}
	p.want(t, http.StatusBadRequest, "GET", base+"a2/messages?limit=0", "")
	p.want(t, http.StatusBadRequest, "GET", base+"a2/messages?before=nowhere", "")
}

func TestMessagePages(t *testing.T) {
	w := newWorld(t)
	p := w.signUp(t, "mei")
	w.writeConversation(t, p, 5)
	var pages [][]string
	path := "/api/sessions/" + sessionID + "/messages?limit=4"
	for {
		var page messagePage
		p.want(t, http.StatusOK, "GET", path, "").decode(t, &page)
		pages = append(pages, page.texts())
		for _, u := range page.Items {
			if cursor, ok := u.Meta[acp.MetaCursor].(string); !ok || cursor == "" {
				t.Errorf("an update without a cursor: %+v", u)
			}
		}
		if !page.HasMore {
			if page.NextBefore != nil {
				t.Errorf("the last page names another: %q", *page.NextBefore)
			}
			break
		}
		path = "/api/sessions/" + sessionID + "/messages?limit=4&before=" + *page.NextBefore
	}
	exchange := func(i int) []string {
		return []string{fmt.Sprintf("user_message_chunk: question %d", i), fmt.Sprintf("agent_message_chunk: answer %d", i)}
	}
	want := [][]string{append(exchange(3), exchange(4)...), append(exchange(1), exchange(2)...), exchange(0)}
	if diff := cmp.Diff(want, pages); diff != "" {
		t.Errorf("pages (-want +got):\n%s", diff)
	}
}

func TestMessagesOfANewSession(t *testing.T) {
	w := newWorld(t)
	p := w.signUp(t, "mei")
	w.addSession(t, w.sessionOf(p, sessionID, ""))
	got := p.want(t, http.StatusOK, "GET", "/api/sessions/"+sessionID+"/messages", "")
	if strings.TrimSpace(got.body) != `{"items":[],"nextBefore":null,"nextAfter":null,"hasMore":false,"skipped":0}` {
		t.Errorf("body: %s", got.body)
	}
}

func TestMessagesQueriesThatAreRefused(t *testing.T) {
	w := newWorld(t)
	p := w.signUp(t, "mei")
	w.addSession(t, w.sessionOf(p, sessionID, ""))
	for _, query := range []string{"limit=0", "limit=501", "limit=ten"} {
		p.want(t, http.StatusBadRequest, "GET", "/api/sessions/"+sessionID+"/messages?"+query, "")
	}
}

// TestMessagesReadOnly makes sure that reading a damaged transcript neither fails nor mends it.
func TestMessagesReadOnly(t *testing.T) {
	w := newWorld(t)
	p := w.signUp(t, "mei")
	w.writeConversation(t, p, 1)
	path := transcript.SessionPath(workspace.Home(w.root, p.id), w.sessionOf(p, sessionID, "").Cwd, sessionID)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	torn := append(whole, `{"type":"user","uuid":"half`...)
	if err := os.WriteFile(path, torn, 0o600); err != nil {
		t.Fatal(err)
	}
	var page messagePage
	p.want(t, http.StatusOK, "GET", "/api/sessions/"+sessionID+"/messages", "").decode(t, &page)
	if len(page.texts()) != 2 {
		t.Errorf("messages: %v", page.texts())
	}
	if after, err := os.ReadFile(path); err != nil || string(after) != string(torn) {
		t.Errorf("the file was changed: %v", err)
	}
}
