package transcript_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"claude-agent-chat/pkg/transcript"
)

const sessionID = "5a5a5a5a-1111-4222-8333-444455556666"

// object is a JSON object by hand.
type object map[string]any

// book is a session file that a test writes line by line, as another program might.
type book struct {
	lines []object
	count int
}

func newBook() *book { return &book{} }

// put adds a chained record that hangs from parent and gives its uuid. The record's own members win.
func (b *book) put(parent string, rec object) string {
	b.count++
	id := fmt.Sprintf("%08d-0000-4000-8000-000000000000", b.count)
	line := object{
		"uuid": id, "parentUuid": nil, "isSidechain": false, "sessionId": sessionID, "cwd": "/work/demo", "version": "2.1.330",
		"timestamp": time.Date(2026, 11, 20, 10, 0, b.count, 0, time.UTC).Format(time.RFC3339Nano),
	}
	if parent != "" {
		line["parentUuid"] = parent
	}
	for key, value := range rec {
		line[key] = value
	}
	b.lines = append(b.lines, line)
	return line["uuid"].(string)
}

func (b *book) user(parent string, content any) string {
	return b.put(parent, object{"type": "user", "message": object{"role": "user", "content": content}})
}

func (b *book) answer(parent, messageID string, block object) string {
	return b.put(parent, object{"type": "assistant", "requestId": "req_" + messageID, "message": object{
		"id": messageID, "type": "message", "role": "assistant", "model": "claude-test", "content": []object{block},
	}})
}

func (b *book) result(parent, toolID, text string) string {
	return b.put(parent, object{
		"type": "user", "sourceToolAssistantUUID": parent, "toolUseResult": object{"stdout": text},
		"message": object{"role": "user", "content": []object{{"type": "tool_result", "tool_use_id": toolID, "content": text}}},
	})
}

func (b *book) lastPrompt(leaf string, explicit bool) {
	line := object{"type": "last-prompt", "lastPrompt": "x", "leafUuid": leaf, "sessionId": sessionID}
	if explicit {
		line["explicit"] = true
	}
	b.lines = append(b.lines, line)
}

// beginAnew says that the person went back to before the first message.
func (b *book) beginAnew() {
	b.lines = append(b.lines, object{"type": "last-prompt", "lastPrompt": "", "leafUuid": nil, "explicit": true, "sessionId": sessionID})
}

// talk is n questions with their answers; it gives the uuids of all records.
func (b *book) talk(n int) []string {
	var ids []string
	parent := ""
	for i := range n {
		parent = b.user(parent, fmt.Sprintf("q%d", i))
		ids = append(ids, parent)
		parent = b.answer(parent, fmt.Sprintf("msg_%d", i), text(fmt.Sprintf("a%d", i)))
		ids = append(ids, parent)
	}
	return ids
}

func (b *book) rows() []string {
	rows := make([]string, 0, len(b.lines))
	for _, line := range b.lines {
		rest := maps.Clone(line)
		first := ""
		if parent, chained := line["parentUuid"]; chained {
			delete(rest, "parentUuid")
			first = `"parentUuid":` + encode(parent) + ","
		}
		rows = append(rows, "{"+first+encode(rest)[1:])
	}
	return rows
}

func encode(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(data)
}

func (b *book) bytes() []byte { return []byte(strings.Join(b.rows(), "\n") + "\n") }

func text(s string) object { return object{"type": "text", "text": s} }

func call(id string) object {
	return object{"type": "tool_use", "id": id, "name": "Bash", "input": object{"command": "echo " + id}}
}

func thought(s, signature string) object {
	return object{"type": "thinking", "thinking": s, "signature": signature}
}

// said is a conversation for the model in short: one line a message.
func said(t *testing.T, conv *transcript.Conversation) []string {
	t.Helper()
	var out []string
	for _, m := range conv.Messages() {
		parts := []string{}
		for _, raw := range m.Content {
			parts = append(parts, short(t, raw))
		}
		out = append(out, m.Role+": "+strings.Join(parts, ", "))
	}
	return out
}

func short(t *testing.T, raw json.RawMessage) string {
	t.Helper()
	var b transcript.Block
	if err := json.Unmarshal(raw, &b); err != nil {
		t.Fatalf("block %s: %v", raw, err)
	}
	switch b.Type {
	case "text":
		return b.Text
	case "tool_use":
		return "call " + b.ID
	case "tool_result":
		if b.IsError {
			return "error of " + b.ToolUseID
		}
		return "result of " + b.ToolUseID + " " + string(b.Content)
	default:
		return b.Type
	}
}

// shown is the chain in short: the texts of its messages.
func shown(conv *transcript.Conversation) []string {
	var out []string
	for _, rec := range conv.Chain() {
		for _, b := range rec.Blocks() {
			switch b.Type {
			case "text":
				out = append(out, b.Text)
			case "tool_use":
				out = append(out, "call "+b.ID)
			case "tool_result":
				out = append(out, "result of "+b.ToolUseID)
			}
		}
	}
	return out
}

func writeFile(t *testing.T, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), sessionID+".jsonl")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
