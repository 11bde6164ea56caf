package transcript_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/transcript"
)

// forkSource is a conversation with two parallel calls; the second record of its prompt names a session id inside.
func forkSource(t *testing.T) *transcript.Conversation {
	t.Helper()
	path := filepath.Join(t.TempDir(), "source.jsonl")
	w, err := transcript.OpenWriter(t.Context(), path, transcript.Context{SessionID: "source", Cwd: "/w"})
	if err != nil {
		t.Fatal(err)
	}
	call := func(uuid, id string) transcript.Assistant {
		return transcript.Assistant{UUID: uuid, MessageID: "m1", Model: "m", Block: json.RawMessage(`{"type":"tool_use","id":"` + id + `","name":"Read","input":{}}`)}
	}
	result := func(uuid, id string) transcript.ToolResult {
		return transcript.ToolResult{UUID: uuid, ToolUseID: id, Content: json.RawMessage(`"ok"`), UseResult: json.RawMessage(`{"sessionId":"inner"}`)}
	}
	_, err = w.Append(t.Context(),
		transcript.Prompt{UUID: "p1", Content: json.RawMessage(`"first"`)},
		transcript.AITitle{Title: "First"},
		call("c1", "t1"), call("c2", "t2"), result("r1", "t1"), result("r2", "t2"),
		transcript.Assistant{UUID: "a1", MessageID: "m2", Model: "m", Block: json.RawMessage(`{"type":"text","text":"done"}`)},
		transcript.LastPrompt{Text: "first"},
		transcript.Prompt{UUID: "p2", Content: json.RawMessage(`"second"`)},
	)
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	conv, err := transcript.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return conv
}

func TestFork(t *testing.T) {
	source := forkSource(t)
	cursorOf := func(uuid string) string {
		for _, rec := range source.Records() {
			if rec.UUID == uuid {
				return rec.Cursor
			}
		}
		return ""
	}
	for name, test := range map[string]struct {
		at   transcript.ForkPoint
		want string
	}{
		"the end":                {transcript.ForkPoint{}, "p1 c1 c2 r1 r2 a1 p2"},
		"a prompt":               {transcript.ForkPoint{UUID: "p1"}, "p1"},
		"the first of two calls": {transcript.ForkPoint{UUID: "c1"}, "p1 c1 c2 r1 r2"},
		"a result":               {transcript.ForkPoint{Cursor: cursorOf("r1")}, "p1 c1 c2 r1"},
		"an answer":              {transcript.ForkPoint{Cursor: cursorOf("a1")}, "p1 c1 c2 r1 r2 a1"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "new", "fork.jsonl")
			if err := transcript.Fork(source, test.at, path, "forked", "A fork"); err != nil {
				t.Fatal(err)
			}
			conv, err := transcript.Load(path)
			if err != nil {
				t.Fatal(err)
			}
			var uuids []string
			for _, rec := range conv.Chain() {
				uuids = append(uuids, rec.UUID)
			}
			if got := strings.Join(uuids, " "); got != test.want {
				t.Errorf("the fork holds %s, not %s", got, test.want)
			}
			if got := conv.Title(); got != "A fork" {
				t.Errorf("its title is %q", got)
			}
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for line := range bytes.Lines(data) {
				var rec struct{ SessionID string }
				if err := json.Unmarshal(line, &rec); err != nil || rec.SessionID != "forked" {
					t.Errorf("a record of another session: %s", line)
				}
			}
			if strings.Contains(test.want, "r1") && !bytes.Contains(data, []byte(`{"sessionId":"inner"}`)) {
				t.Error("what a tool answered was changed")
			}
		})
	}
}

// TestForkKeepsMessages compares what the model is shown in a fork from the end with what it is shown in the source.
func TestForkKeepsMessages(t *testing.T) {
	source := forkSource(t)
	path := filepath.Join(t.TempDir(), "fork.jsonl")
	if err := transcript.Fork(source, transcript.ForkPoint{}, path, "forked", ""); err != nil {
		t.Fatal(err)
	}
	conv, err := transcript.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(source.Messages(), conv.Messages()); diff != "" {
		t.Errorf("the fork (-source +fork):\n%s", diff)
	}
}

func TestForkRefuses(t *testing.T) {
	source := forkSource(t)
	path := filepath.Join(t.TempDir(), "fork.jsonl")
	if err := transcript.Fork(source, transcript.ForkPoint{UUID: "nobody"}, path, "forked", ""); !fault.Is(err, fault.Invalid) {
		t.Errorf("a point that is not there: %v", err)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file was made: %v", err)
	}
	if err := os.WriteFile(path, []byte("taken"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := transcript.Fork(source, transcript.ForkPoint{}, path, "forked", ""); err == nil {
		t.Error("a file that was there is replaced")
	}
	if data, err := os.ReadFile(path); err != nil || string(data) != "taken" {
		t.Errorf("the file that was there holds %q, %v", data, err)
	}
}
