package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
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
