// Package wire_test drives the gateway over its WebSocket, on real parts; only the Messages API is scripted.
package wire_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/anthropic/anthropictest"
	"claude-agent-chat/test/world"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreAnyFunction("net/http.(*persistConn).writeLoop"),
		goleak.IgnoreAnyFunction("database/sql.(*DB).connectionOpener"))
}

// says makes an exchange: to this last text the model answers with these pieces.
func says(prompt string, pieces ...string) anthropictest.Exchange {
	return anthropictest.Exchange{
		Match: anthropictest.LastText(prompt), Reply: anthropictest.Stream(anthropictest.Text(pieces...)),
	}
}

// calls makes an exchange: to this last text the model calls a tool.
func calls(prompt, id, name, input string) anthropictest.Exchange {
	return anthropictest.Exchange{
		Match: anthropictest.LastText(prompt), Reply: anthropictest.Stream(anthropictest.Tool(id, name, input)),
	}
}

// then makes an exchange: to the result of this call the model answers with a text.
func then(id string, pieces ...string) anthropictest.Exchange {
	return anthropictest.Exchange{
		Match: anthropictest.HasResult(id), Reply: anthropictest.Stream(anthropictest.Text(pieces...)),
	}
}

// start makes a world with a script, a user and a connection.
func start(t *testing.T, script ...anthropictest.Exchange) (*world.World, world.User, *world.Client, *anthropictest.Server) {
	t.Helper()
	model := anthropictest.New(t, script...)
	w := world.New(t, model.Start())
	user := w.User("ada")
	return w, user, w.Dial(user), model
}

// view is a conversation as a client assembles it: messages by id, tool calls by id, in the order of their beginning.
type view struct {
	order  []string
	text   map[string]string
	status map[string]string
	marks  []mark // after each update with a cursor: what stood there
}

type mark struct {
	cursor string
	snap   string
}

func newView() *view { return &view{text: map[string]string{}, status: map[string]string{}} }

func (v *view) apply(u world.Update) {
	switch up := u.Update; up.Kind {
	case acp.UpdateUserMessage, acp.UpdateAgentMessage, acp.UpdateAgentThought:
		id := up.Kind + " " + up.MessageID
		if _, known := v.text[id]; !known {
			v.order = append(v.order, id)
		}
		v.text[id] += up.Block.Text
	case acp.UpdateToolCall, acp.UpdateToolCallUpdate:
		id := "tool " + up.ToolCallID
		if _, known := v.text[id]; !known {
			v.order = append(v.order, id)
		}
		if up.Title != "" {
			v.text[id] = up.Title
		} else if v.text[id] == "" {
			v.text[id] = " "
		}
		if up.Status != "" {
			v.status[id] = up.Status
		}
	}
	if c := u.Cursor(); c != "" {
		v.marks = append(v.marks, mark{c, v.String()})
	}
}

// String shows the conversation for comparison; what is empty does not show.
func (v *view) String() string {
	var b strings.Builder
	for _, id := range v.order {
		if v.text[id] != "" {
			fmt.Fprintf(&b, "%s: %s %s\n", id, v.text[id], v.status[id])
		}
	}
	return b.String()
}

func viewOf(updates []world.Update) *view {
	v := newView()
	for _, u := range updates {
		v.apply(u)
	}
	return v
}

// state waits until the session's newest state is the wanted one.
func waitState(c *world.Client, want string) {
	c.Until("the state "+want, func(s world.Seen) bool { return s.State() == want })
}

// promptAndAnswer sends a prompt, answers the n-th question of the connection, which the turn asks, and waits for the turn's
// end. It gives the question.
func promptAndAnswer(t *testing.T, c *world.Client, sessionID, prompt string, n int, option string) (ask world.Ask) {
	t.Helper()
	wait := c.BeginPrompt(sessionID, "", prompt)
	c.Until("a question about "+prompt, func(s world.Seen) bool { return len(s.Asks()) == n })
	c.Look(func(s world.Seen) { ask = s.Asks()[n-1] })
	c.Choose(ask, option, "")
	_, err := wait()
	must(t, err)
	return ask
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// transcript reads a user's only transcript, and fails if any line of it is no JSON.
func transcriptOf(t *testing.T, w *world.World, u world.User) []map[string]any {
	t.Helper()
	paths := w.Transcripts(u)
	if len(paths) != 1 {
		t.Fatalf("there are %d transcripts", len(paths))
	}
	data, err := os.ReadFile(paths[0])
	must(t, err)
	var records []map[string]any
	for line := range strings.Lines(string(data)) {
		var rec map[string]any
		if err := json.Unmarshal([]byte(line), &rec); err != nil || !strings.HasSuffix(line, "\n") {
			t.Fatalf("a line is not valid: %q", line)
		}
		records = append(records, rec)
	}
	return records
}
