package transcript_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/transcript"
)

// modelOf gives what a writer found when it was opened.
func modelOf(t *testing.T, w *transcript.Writer) *transcript.Conversation {
	t.Helper()
	conv, err := w.Model()
	if err != nil {
		t.Fatal(err)
	}
	return conv
}

func openWriter(t *testing.T, path string) *transcript.Writer {
	t.Helper()
	w, err := transcript.OpenWriter(t.Context(), path, transcript.Context{SessionID: sessionID, Cwd: "/work/demo"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() }) // a test may have closed it already.
	return w
}

func newPath(t *testing.T) string {
	t.Helper()
	return transcript.SessionPath(t.TempDir(), "/work/demo", sessionID)
}

func appendAll(t *testing.T, w *transcript.Writer, entries ...transcript.Entry) []transcript.Record {
	t.Helper()
	records, err := w.Append(t.Context(), entries...)
	if err != nil {
		t.Fatal(err)
	}
	return records
}

func prompt(s string) transcript.Prompt {
	return transcript.Prompt{PromptID: "prompt-" + s, Content: json.RawMessage(encode(s)), PermissionMode: "default"}
}

func reply(messageID string, block object) transcript.Assistant {
	stop := "end_turn"
	return transcript.Assistant{
		MessageID: messageID, RequestID: "req_" + messageID, Model: "claude-test", StopReason: &stop, Block: json.RawMessage(encode(block)),
	}
}

// fileRows gives the lines of a file, each of which must be JSON.
func fileRows(t *testing.T, path string) []map[string]any {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(data) > 0 && data[len(data)-1] != '\n' {
		t.Fatalf("the file ends within a line: %q", data)
	}
	var rows []map[string]any
	for row := range strings.Lines(string(data)) {
		var line map[string]any
		if err := json.Unmarshal([]byte(row), &line); err != nil {
			t.Fatalf("line %q: %v", row, err)
		}
		rows = append(rows, line)
	}
	return rows
}

// TestAppendAndLoad makes sure that what Append gives is what Load finds, and that the model sees it.
func TestAppendAndLoad(t *testing.T) {
	path := newPath(t)
	w := openWriter(t, path)
	var written []transcript.Record
	add := func(entries ...transcript.Entry) { written = append(written, appendAll(t, w, entries...)...) }
	add(prompt("<q> \u2028 你好"))
	add(reply("m0", thought("hm", "c2ln")), reply("m0", text("both")), reply("m0", call("t1")), reply("m0", call("t2")))
	add(transcript.ToolResult{ToolUseID: "t2", Content: json.RawMessage(`"two"`), UseResult: json.RawMessage(`{"stdout":"two"}`)})
	add(transcript.ToolResult{ToolUseID: "t1", Content: json.RawMessage(`"no"`), IsError: true, Denied: true})
	add(reply("m1", text("done")), transcript.Interrupted{}, transcript.APIError{Text: "Overloaded."})
	add(transcript.LastPrompt{Text: "q"}, transcript.CustomTitle{Title: "Mine"}, transcript.AITitle{Title: "Its"})
	add(transcript.QueueOperation{Operation: "enqueue", Content: "next"})
	conv, err := transcript.LoadUpTo(path, w.End())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(written, conv.Records(), cmpopts.IgnoreUnexported(transcript.Record{})); diff != "" {
		t.Errorf("records (-appended +loaded):\n%s", diff)
	}
	want := []string{
		"user: <q> \u2028 你好", "assistant: thinking, both, call t1, call t2", `user: result of t2 "two", error of t1`,
		"assistant: done", "user: [Request interrupted by user]",
	}
	if diff := cmp.Diff(want, said(t, conv)); diff != "" {
		t.Errorf("messages (-want +got):\n%s", diff)
	}
	if conv.Title() != "Mine" || conv.Skipped() != 0 {
		t.Errorf("title %q, skipped %d", conv.Title(), conv.Skipped())
	}
}

// TestLinesAreWhatClaudeCodeNeeds checks the members without which one version of it or another does not resume.
func TestLinesAreWhatClaudeCodeNeeds(t *testing.T) {
	path := newPath(t)
	w := openWriter(t, path)
	appendAll(t, w, prompt("q"), reply("m0", call("t1")))
	appendAll(t, w, transcript.ToolResult{ToolUseID: "t1", Content: json.RawMessage(`"x"`), Denied: true, IsError: true})
	appendAll(t, w, transcript.LastPrompt{Text: "a\n b"})
	rows := fileRows(t, path)
	before := any(nil)
	for i, row := range rows[:3] {
		if row["parentUuid"] != before || row["sessionId"] != sessionID || row["cwd"] != "/work/demo" || row["userType"] != "external" {
			t.Errorf("record %d: %v", i, row)
		}
		if row["version"] != transcript.FormatVersion || row["isSidechain"] != false || row["gitBranch"] != "" || row["entrypoint"] != "sdk-cli" {
			t.Errorf("record %d: %v", i, row)
		}
		if _, err := time.Parse("2006-01-02T15:04:05.000Z", row["timestamp"].(string)); err != nil {
			t.Errorf("record %d: %v", i, err)
		}
		before = row["uuid"]
	}
	message := rows[1]["message"].(map[string]any)
	for _, member := range []string{"id", "type", "role", "model", "content", "stop_reason", "stop_sequence", "usage"} {
		if _, ok := message[member]; !ok {
			t.Errorf("the assistant's message has no %s", member)
		}
	}
	if rows[2]["sourceToolAssistantUUID"] != rows[1]["uuid"] || rows[2]["toolUseResult"] != "User rejected tool use" || rows[2]["promptId"] != "prompt-q" {
		t.Errorf("result: %v", rows[2])
	}
	if rows[3]["leafUuid"] != rows[2]["uuid"] || rows[3]["lastPrompt"] != "a b" {
		t.Errorf("last prompt: %v", rows[3])
	}
}

func TestWriterGoesOn(t *testing.T) {
	b := newBook()
	leaf := parallel(b)
	b.lastPrompt(leaf, false)
	path := writeFile(t, b.bytes())
	w := openWriter(t, path)
	if w.Leaf() != leaf {
		t.Errorf("leaf %s, want %s", w.Leaf(), leaf)
	}
	conv := modelOf(t, w)
	conv.Add(appendAll(t, w, prompt("more"))...)
	if got := said(t, conv); got[len(got)-1] != "user: more" {
		t.Errorf("messages: %v", got)
	}
	if modelOf(t, w) != nil {
		t.Error("the writer kept the conversation")
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	reloaded, err := transcript.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(shown(conv), shown(reloaded)); diff != "" {
		t.Errorf("(-added +loaded):\n%s", diff)
	}
}

// TestResultAfterRestart finds the record of a call that an earlier writer wrote.
func TestResultAfterRestart(t *testing.T) {
	path := newPath(t)
	w := openWriter(t, path)
	use := appendAll(t, w, prompt("q"), reply("m0", call("t1")))[1]
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	appendAll(t, openWriter(t, path), transcript.ToolResult{ToolUseID: "t1", Content: json.RawMessage(`"x"`)})
	rows := fileRows(t, path)
	if rows[2]["sourceToolAssistantUUID"] != use.UUID || rows[2]["promptId"] != "prompt-q" {
		t.Errorf("result: %v", rows[2])
	}
}

func TestOneWriter(t *testing.T) {
	path := newPath(t)
	w := openWriter(t, path)
	if _, err := transcript.OpenWriter(t.Context(), path, transcript.Context{}); !fault.Is(err, fault.Busy) {
		t.Errorf("a second writer: %v", err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	openWriter(t, path)
}

// TestOtherPrograms makes sure that a program that takes no lock is noticed and its records stay.
func TestOtherPrograms(t *testing.T) {
	path := newPath(t)
	w := openWriter(t, path)
	appendAll(t, w, prompt("q"))
	foreign, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer foreign.Close()
	if _, err := foreign.WriteString(`{"type":"mode"}` + "\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Append(t.Context(), prompt("q2")); !fault.Is(err, fault.Busy) {
		t.Errorf("written by another: %v", err)
	}
	if rows := fileRows(t, path); len(rows) != 2 {
		t.Errorf("%d lines", len(rows))
	}
	if err := os.Truncate(path, 3); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Append(t.Context(), prompt("q2")); !fault.Is(err, fault.Conflict) {
		t.Errorf("cut short: %v", err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Append(t.Context(), prompt("q2")); !fault.Is(err, fault.Conflict) {
		t.Errorf("removed: %v", err)
	}
}

func TestTails(t *testing.T) {
	b := newBook()
	b.talk(1)
	rows := b.rows()
	sound := rows[0] + "\n"
	cases := []struct {
		name, tail string
		records    int
		aside      bool
	}{
		{"nothing", "", 1, false},
		{"a torn record", rows[1][:50], 1, true},
		{"a record without its line feed", rows[1], 2, false},
		{"zeros", "\x00\x00\x00", 1, true},
		{"something else that is whole", "17", 1, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			path := writeFile(t, []byte(sound+c.tail))
			appendAll(t, openWriter(t, path), prompt("next"))
			if got := len(fileRows(t, path)); got != c.records+1 {
				t.Errorf("%d records, want %d", got, c.records+1)
			}
			found, err := filepath.Glob(path + ".torn-*")
			if err != nil || (len(found) == 1) != c.aside {
				t.Fatalf("set aside: %v, %v", found, err)
			}
			if !c.aside {
				return
			}
			if copied, err := os.ReadFile(found[0]); err != nil || string(copied) != c.tail {
				t.Errorf("set aside %q, %v", copied, err)
			}
		})
	}
}

// TestDamageInTheMiddleStays makes sure that a writer repairs nothing that it was not asked to.
func TestDamageInTheMiddleStays(t *testing.T) {
	b := newBook()
	b.talk(2)
	rows := b.rows()
	damaged := rows[0] + "\ngarbage\n" + rows[1] + "\n" + rows[2][:30] + "\n"
	path := writeFile(t, []byte(damaged))
	w := openWriter(t, path)
	if got := modelOf(t, w).Skipped(); got != 2 {
		t.Errorf("skipped %d", got)
	}
	appendAll(t, w, prompt("next"))
	data, err := os.ReadFile(path)
	if err != nil || !strings.HasPrefix(string(data), damaged) {
		t.Errorf("the file was changed: %v", err)
	}
}

func TestWriterRefuses(t *testing.T) {
	dir := t.TempDir()
	link := filepath.Join(dir, "link.jsonl")
	if err := os.Symlink(filepath.Join(dir, "elsewhere.jsonl"), link); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{"a symbolic link": link, "a device": "/dev/null"} {
		if _, err := transcript.OpenWriter(t.Context(), path, transcript.Context{}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	path := newPath(t)
	w := openWriter(t, path)
	for name, entry := range map[string]transcript.Entry{
		"no content":              transcript.Prompt{},
		"content that is no JSON": transcript.Prompt{Content: json.RawMessage(`"open`)},
		"an object for content":   transcript.Prompt{Content: json.RawMessage(`{}`)},
		"a block without type":    transcript.Assistant{Block: json.RawMessage(`{}`)},
		"a result of nothing":     transcript.ToolResult{ToolUseID: "t"},
		"usage that is no JSON":   transcript.Assistant{Block: json.RawMessage(`{"type":"text"}`), Usage: json.RawMessage(`{`)},
	} {
		if _, err := w.Append(t.Context(), prompt("fine"), entry); err == nil {
			t.Errorf("%s was written", name)
		}
	}
	if rows := fileRows(t, path); len(rows) != 0 || w.Leaf() != "" || w.End() != 0 {
		t.Errorf("%d lines, leaf %q, end %d", len(rows), w.Leaf(), w.End())
	}
}

func TestFilesArePrivate(t *testing.T) {
	path := newPath(t)
	openWriter(t, path)
	for name, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700 | os.ModeDir} {
		if info, err := os.Stat(name); err != nil || info.Mode() != want {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
}

// TestClockJumps makes sure that times go up, whatever the clock does.
func TestClockJumps(t *testing.T) {
	path := newPath(t)
	w := openWriter(t, path)
	start := time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)
	at := start
	w.SetClock(func() time.Time { return at })
	for _, jump := range []time.Duration{0, 0, -time.Hour, time.Second, -48 * time.Hour} {
		at = at.Add(jump)
		appendAll(t, w, prompt("q"), prompt("q"))
	}
	conv, err := transcript.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	last := time.Time{}
	for i, rec := range conv.Chain() {
		if !rec.Timestamp.After(last) {
			t.Errorf("record %d: %v is not after %v", i, rec.Timestamp, last)
		}
		last = rec.Timestamp
	}
	if last.After(start.Add(2 * time.Second)) {
		t.Errorf("the times ran away to %v", last)
	}
}

// TestTitleStaysNearTheEnd makes sure that each turn ends with the person's title, also one that an earlier writer wrote.
func TestTitleStaysNearTheEnd(t *testing.T) {
	path := newPath(t)
	w := openWriter(t, path)
	appendAll(t, w, prompt("q"), transcript.LastPrompt{Text: "q"}, transcript.CustomTitle{Title: "Old"}, transcript.CustomTitle{Title: "Mine"})
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	w = openWriter(t, path)
	records := appendAll(t, w, prompt("q2"), transcript.LastPrompt{Text: "q2"}, prompt("q3"))
	rows := fileRows(t, path)
	if len(rows) != 8 || rows[6]["customTitle"] != "Mine" || len(records) != 3 {
		t.Fatalf("%d records, lines: %v", len(records), rows)
	}
	conv, err := transcript.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if last := conv.Records()[7]; last.Cursor != records[2].Cursor || last.UUID != records[2].UUID {
		t.Errorf("cursor %s, appended %s", last.Cursor, records[2].Cursor)
	}
}

// TestMessageIDsAreUnique makes sure that a server which gives every answer one id does not confuse those who read on.
func TestMessageIDsAreUnique(t *testing.T) {
	path := newPath(t)
	w := openWriter(t, path)
	ids := map[string]int{}
	for i := range 3 {
		appendAll(t, w, prompt(fmt.Sprint("q", i)))
		for _, id := range []string{"same", ""} {
			for _, rec := range appendAll(t, w, reply(id, text("a")), reply(id, text("b"))) {
				ids[rec.MessageID]++
			}
		}
	}
	if len(ids) != 6 || ids["same"] != 2 {
		t.Errorf("ids: %v", ids)
	}
}
