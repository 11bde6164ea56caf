package transcript_test

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/transcript"
)

// FuzzRead reads anything: nothing panics, and what is made for the API is what the API takes.
func FuzzRead(f *testing.F) {
	for _, b := range []*book{newBook(), compacted("preservedMessages", nil), compacted("preservedSegment", nil)} {
		b.talk(2)
		parallel(b)
		b.lastPrompt("00000002-0000-4000-8000-000000000000", true)
		f.Add(b.bytes())
		b.beginAnew()
		b.talk(1)
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

// FuzzReader reads any file by any cursor: what it gives is what the whole file gives, whatever that is.
func FuzzReader(f *testing.F) {
	for seed := range uint64(20) {
		f.Add(int(seed), randomFile(seed, 40), "0.0")
	}
	f.Fuzz(func(t *testing.T, seed int, data []byte, cursor string) {
		smallReach(t)
		path := t.TempDir() + "/s.jsonl"
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		r := openReader(t, path)
		if page, err := r.Around(cursor, 3, showsWords); err == nil && len(page.Records) == 0 || err != nil && !fault.Is(err, fault.Invalid) {
			t.Errorf("around %q: %d records, %v", cursor, len(page.Records), err)
		}
		agrees(t, max(0, seed), data)
	})
}

// FuzzDecode holds what is made of a line against what encoding/json makes of it.
func FuzzDecode(f *testing.F) {
	for _, row := range bytes.Split(randomFile(1, 100), []byte("\n")) {
		f.Add(row)
	}
	f.Add([]byte(`{"type":"us\u0065r","uuid":"\ud83c\udf89","m\u0065ssage":{"content":"a\\\"b"},"message":{"role":"x"},"type":null}`))
	f.Add([]byte(`{"type":"user","message":null,"attachment":{"type":"queued_command","prompt":[{"type":"text","text":"\u003cb"}]}}`))
	f.Add([]byte(`{"type":"user","isMeta":1,"timestamp":"2026-11-20T10:00:00,5Z","toolUseResult":null,"message":{"content":[1,{"type":"text"}]}}`))
	f.Add([]byte(`{"type":"user","message":{"content":[{"type":"image","source":{"type":"base64","data":7}},{"type":"x","is_error":true,"content":null,"input":[1, 2]}]}}`))
	for _, line := range []string{`-0.5e+3`, "01", "1.", "[1,]", `{"a":1,}`, `"\u12g4"`, "\"\x1f\"", "tru", " null ", "[\x00]", "1 2", ""} {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		if transcript.Valid(line) != json.Valid(line) {
			t.Fatalf("valid is %v", transcript.Valid(line))
		}
		if capitals(line) {
			t.Skip()
		}
		got, ok := transcript.Decode(line)
		want, wanted := reference(line)
		if !json.Valid(line) {
			wanted = false
		}
		if ok != wanted || ok && !cmp.Equal(want, got, cmpopts.IgnoreUnexported(transcript.Record{})) {
			t.Fatalf("%v, want %v:\n%s", ok, wanted, cmp.Diff(want, got, cmpopts.IgnoreUnexported(transcript.Record{})))
		}
		if !ok {
			return
		}
		content := got.Content
		if raw := transcript.Queued(&got); raw != nil {
			content = raw
		}
		ignoreRaw := cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Raw" }, cmp.Ignore())
		if diff := cmp.Diff(referenceBlocks(content), got.Blocks(), cmpopts.EquateEmpty(), ignoreRaw); diff != "" {
			t.Fatalf("blocks (-want +got):\n%s", diff)
		}
		marks := transcript.MarksOf(line)
		if marks.Prompt != got.IsPrompt() || marks.Answer != got.IsAnswer() || marks.Interruption != got.Interruption() {
			t.Fatalf("%+v: prompt %v, answer %v, interruption %v", marks, got.IsPrompt(), got.IsAnswer(), got.Interruption())
		}
	})
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
