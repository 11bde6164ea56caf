package transcript_test

import (
	"encoding/json"
	"testing"

	"claude-agent-chat/pkg/transcript"
)

// FuzzRead reads anything: nothing panics, and what is made for the API is what the API takes.
func FuzzRead(f *testing.F) {
	for _, b := range []*book{newBook(), compacted("preservedMessages", nil), compacted("preservedSegment", nil)} {
		b.talk(2)
		parallel(b)
		b.lastPrompt("00000002-0000-4000-8000-000000000000", true)
		f.Add(b.bytes())
	}
	f.Add([]byte("\x00{\"parentUuid\":\"a\",\"type\":\"user\",\"uuid\":\"a\",\"sessionId\":\"s\"}{\"type\":"))
	loose := newBook()
	parallel(loose)
	loose.lines[3]["uuid"], loose.lines[4]["uuid"] = "", "" // a call and a result outside the chain.
	f.Add(loose.bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		conv := transcript.Parse(data)
		_, _ = conv.Title(), conv.Summary()
		checkChain(t, conv)
		checkMessages(t, conv.Messages())
	})
}

// checkChain makes sure that no record comes twice, and that every cursor is found.
func checkChain(t *testing.T, conv *transcript.Conversation) {
	t.Helper()
	seen := map[string]bool{}
	chain := conv.Chain()
	for i, rec := range chain {
		if seen[rec.UUID] {
			t.Fatalf("record %q twice", rec.UUID)
		}
		seen[rec.UUID] = true
		if rest, ok := conv.After(rec.Cursor); !ok || len(rest) != len(chain)-1-i {
			t.Fatalf("after %q: %d records, %v", rec.Cursor, len(rest), ok)
		}
	}
	conv.OpenCalls()
}

func checkMessages(t *testing.T, messages []transcript.Message) {
	t.Helper()
	open := map[string]bool{}
	called := map[string]bool{}
	for i, m := range messages {
		if len(m.Content) == 0 || i == 0 && m.Role != "user" || i > 0 && m.Role == "user" && messages[i-1].Role == "user" {
			t.Fatalf("message %d: %s with %d blocks", i, m.Role, len(m.Content))
		}
		if m.Role != "user" && len(open) > 0 {
			t.Fatalf("message %d: calls without result: %v", i, open)
		}
		for _, raw := range m.Content {
			var b transcript.Block
			_ = json.Unmarshal(raw, &b) // members of a wrong type are passed on as they are.
			switch b.Type {
			case "":
				t.Fatalf("message %d: block %s", i, raw)
			case "tool_use":
				if called[b.ID] {
					t.Fatalf("call %q twice", b.ID)
				}
				called[b.ID], open[b.ID] = true, true
			case "tool_result":
				if !open[b.ToolUseID] {
					t.Fatalf("message %d: a result of no call, %q", i, b.ToolUseID)
				}
				delete(open, b.ToolUseID)
			}
		}
	}
	if len(open) > 0 {
		t.Fatalf("calls without result: %v", open)
	}
}

// FuzzCursor takes any cursor apart; what is one comes out as it went in.
func FuzzCursor(f *testing.F) {
	for _, seed := range []string{"", "0.0", "or.181u34o", transcript.CursorOf(1<<40, "a uuid"), "-1.0", "+1.2", "zzzzzzzzzzzzzzzz.1", "1.2.3"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, cursor string) {
		end, _, ok := transcript.ParseCursor(cursor)
		if !ok {
			return
		}
		if end < 0 || len(cursor) > 32 {
			t.Errorf("%q is a cursor at %d", cursor, end)
		}
	})
}
