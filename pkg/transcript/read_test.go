package transcript_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/transcript"
)

// TestDamagedFiles takes files that other programs and accidents left behind: every whole record counts, and what was
// skipped is counted.
func TestDamagedFiles(t *testing.T) {
	whole := newBook()
	whole.talk(3)
	rows := whole.rows()
	join := func(rows ...string) string { return strings.Join(rows, "\n") + "\n" }
	all := "q0 a0 q1 a1 q2 a2"
	cases := []struct {
		name    string
		file    string
		want    string
		skipped int
	}{
		{"sound", join(rows...), all, 0},
		{"no last line feed", strings.TrimSuffix(join(rows...), "\n"), all, 0},
		{"byte order mark", "\ufeff" + join(rows...), all, 0},
		{"carriage returns", strings.ReplaceAll(join(rows...), "\n", "\r\n"), all, 0},
		{"blank lines", strings.ReplaceAll(join(rows...), "\n", "\n\n  \n"), all, 0},
		{"torn last line", join(rows...) + rows[0][:40], all, 1},
		{"zeros at the end", join(rows...) + "\x00\x00\x00\x00", all, 1},
		{"zeros before a record", join(rows[0], rows[1], "\x00\x00\x00"+rows[2]) + join(rows[3:]...), all, 0},
		{"garbage between", join(rows[0], "\xff\xfe garbage {", "17", `"text"`, "[]", "{}") + join(rows[1:]...), all, 5},
		{"a record glued to a torn one", join(rows[0], rows[1][:60]+rows[2]) + join(rows[3:]...), "q0 q1 a1 q2 a2", 1},
		{"two records on a line", join(rows[0]+rows[1], rows[2]+" "+rows[3]) + join(rows[4:]...), all, 0},
		{"a line of megabytes", join(append(rows, `{"type":"unknown","sessionId":"x","blob":"`+strings.Repeat("x", 5<<20)+`"}`)...), all, 0},
		{"members of a wrong type", join(append(rows, `{"type":"mode","uuid":7,"timestamp":{},"message":"hm"}`)...), all, 0},
		{"nothing", "", "", 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			conv, err := transcript.Load(writeFile(t, []byte(c.file)))
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(shown(conv), " "); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if conv.Skipped() != c.skipped {
				t.Errorf("skipped %d, want %d", conv.Skipped(), c.skipped)
			}
		})
	}
}

// TestLineSeparatorsInStrings makes sure that only a line feed ends a line.
func TestLineSeparatorsInStrings(t *testing.T) {
	b := newBook()
	b.user("", "one\u2028two\u2029three\u0085four")
	raw := strings.NewReplacer(`\u2028`, "\u2028", `\u2029`, "\u2029").Replace(string(b.bytes()))
	conv := transcript.Parse([]byte(raw))
	if diff := cmp.Diff([]string{"one\u2028two\u2029three\u0085four"}, shown(conv)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestLoadUpTo(t *testing.T) {
	b := newBook()
	b.talk(2)
	path := writeFile(t, b.bytes())
	first := int64(len(b.rows()[0]) + 1)
	for end, want := range map[int64]int{first: 1, 0: 0, -1: 4, 1 << 40: 4} {
		conv, err := transcript.LoadUpTo(path, end)
		if err != nil {
			t.Fatal(err)
		}
		if got := len(conv.Records()); got != want {
			t.Errorf("up to %d: %d records, want %d", end, got, want)
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	dir := t.TempDir()
	if _, err := transcript.Load(filepath.Join(dir, "absent.jsonl")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an absent file: %v", err)
	}
	pipe := filepath.Join(dir, "pipe.jsonl")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := transcript.Load(pipe); !fault.Is(err, fault.Invalid) {
		t.Errorf("a pipe: %v", err)
	}
	link := filepath.Join(dir, "link.jsonl")
	if err := os.Symlink("/etc/passwd", link); err != nil {
		t.Fatal(err)
	}
	if _, err := transcript.Load(link); err == nil {
		t.Error("a symbolic link was followed")
	}
}

func TestTitle(t *testing.T) {
	loose := func(kind, key, value string) object { return object{"type": kind, key: value, "sessionId": sessionID} }
	custom := []object{loose("custom-title", "customTitle", "Old"), loose("custom-title", "customTitle", "Mine")}
	model := loose("ai-title", "aiTitle", "The model's")
	last := loose("last-prompt", "lastPrompt", "the last prompt")
	summary := loose("summary", "summary", "A summary")
	cases := []struct {
		name  string
		lines []object
		want  string
	}{
		{"custom title", append([]object{model, last, summary}, custom...), "Mine"},
		{"the model's", []object{last, model, summary}, "The model's"},
		{"last prompt", []object{summary, last}, "the last prompt"},
		{"summary", []object{summary}, "A summary"},
		{"first prompt", nil, "First line"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			b := newBook()
			parent := b.put("", object{"type": "user", "isMeta": true, "message": object{"role": "user", "content": "a caveat"}})
			parent = b.user(parent, "<command-name>/model</command-name>")
			b.user(parent, "\n First line \nsecond line")
			b.lines = append(b.lines, c.lines...)
			if got := transcript.Parse(b.bytes()).Title(); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestTitleBesideTheFile(t *testing.T) {
	b := newBook()
	b.talk(1)
	path := writeFile(t, b.bytes())
	dir := strings.TrimSuffix(path, ".jsonl")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "custom-title.json"), []byte(`{"customTitle":"Beside"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	conv, err := transcript.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if conv.Title() != "Beside" {
		t.Errorf("title %q", conv.Title())
	}
}

func TestSummary(t *testing.T) {
	b := newBook()
	ids := b.talk(2)
	b.lines[2]["permissionMode"] = "plan"
	b.put(ids[3], object{"type": "assistant", "isApiErrorMessage": true, "message": object{
		"role": "assistant", "model": "<synthetic>", "content": []object{text("Overloaded.")},
	}})
	got := transcript.Parse(b.bytes()).Summary()
	if got.Messages != 4 || got.Cwd != "/work/demo" || got.Model != "claude-test" || got.PermissionMode != "plan" {
		t.Errorf("%+v", got)
	}
	if got.First.Second() != 1 || got.Last.Second() != 5 {
		t.Errorf("from %v to %v", got.First, got.Last)
	}
}

// TestSummaryOfUsage counts an answer once, however many records and copies it has, and other branches too.
func TestSummaryOfUsage(t *testing.T) {
	b := newBook()
	usage := func(id string, output int) {
		line := b.lines[len(b.lines)-1]
		line["message"].(object)["usage"] = object{"input_tokens": 1, "output_tokens": output, "cache_read_input_tokens": 10, "cache_creation_input_tokens": 100, "service_tier": "x"}
		line["requestId"] = id
	}
	prompt := b.user("", "q")
	b.lines[0]["promptId"] = "p0"
	first := b.answer(prompt, "same", text("a"))
	usage("r1", 5)
	b.answer(first, "same", text("b"))
	usage("r1", 7)
	b.answer(b.user(prompt, "again"), "same", text("c"))
	usage("r2", 2)
	b.lines = append(b.lines, b.lines[2])
	got := transcript.Parse(append(b.bytes(), "garbage"...)).Summary()
	if want := (transcript.Usage{Input: 2, Output: 9, CacheRead: 20, CacheWrite: 200}); got.Usage != want {
		t.Errorf("usage %+v", got.Usage)
	}
	if diff := cmp.Diff([]string{"p0"}, got.PromptIDs); diff != "" || got.LastPrompt.Second() != 4 || got.Skipped != 1 {
		t.Errorf("prompts %v, last at %v, skipped %d", got.PromptIDs, got.LastPrompt, got.Skipped)
	}
}

func TestInterrupted(t *testing.T) {
	mark := []object{text("[Request interrupted by user]")}
	cases := []struct {
		name string
		end  func(b *book, leaf string)
		want bool
	}{
		{"an answer", func(*book, string) {}, false},
		{"a prompt", func(b *book, leaf string) { b.user(leaf, "q") }, true},
		{"a note behind an answer", func(b *book, leaf string) {
			b.put(leaf, object{"type": "user", "isMeta": true, "message": object{"content": "note"}})
		}, false},
		{"a command behind a prompt", func(b *book, leaf string) { b.user(b.user(leaf, "q"), "<command-name>/model</command-name>") }, true},
		{"a call", func(b *book, leaf string) { b.answer(b.user(leaf, "q"), "m9", call("t9")) }, true},
		{"a call before a text", func(b *book, leaf string) {
			b.answer(b.answer(b.user(leaf, "q"), "m9", call("t9")), "m9", text("so"))
		}, true},
		{"a call in an older turn", func(b *book, leaf string) {
			b.answer(b.user(b.answer(leaf, "m9", call("t9")), "q"), "m10", text("a"))
		}, false},
		{"a result", func(b *book, leaf string) { b.result(b.answer(leaf, "m9", call("t9")), "t9", "x") }, true},
		{"an answer that broke off", func(b *book, leaf string) {
			b.answer(b.user(leaf, "q"), "m9", text("par"))
			b.lines[len(b.lines)-1]["isAbortedMidStream"] = true
		}, true},
		{"the same with a person's mark", func(b *book, leaf string) {
			part := b.answer(b.user(leaf, "q"), "m9", text("par"))
			b.lines[len(b.lines)-1]["isAbortedMidStream"] = true
			b.user(part, mark)
		}, false},
		{"a failure", func(b *book, leaf string) {
			b.put(b.user(leaf, "q"), object{"type": "assistant", "isApiErrorMessage": true, "message": object{"content": []object{text("Overloaded.")}}})
		}, true},
		{"a compaction", func(b *book, leaf string) {
			b.put(leaf, object{"type": "user", "isCompactSummary": true, "message": object{"content": "SUMMARY"}})
		}, false},
		{"another branch", func(b *book, leaf string) { b.user(leaf, "q"); b.lastPrompt(leaf, true) }, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			b := newBook()
			ids := b.talk(1)
			c.end(b, ids[1])
			if got := transcript.Parse(b.bytes()).Summary().Interrupted; got != c.want {
				t.Errorf("interrupted: %v", got)
			}
		})
	}
}

func TestPages(t *testing.T) {
	b := newBook()
	b.talk(4)
	conv := transcript.Parse(b.bytes())
	var pages []string
	before, more := "", true
	for more {
		var records []transcript.Record
		records, more = conv.Page(before, 3)
		var said []string
		for _, rec := range records {
			said = append(said, rec.Blocks()[0].Text)
		}
		pages = append(pages, strings.Join(said, " "))
		before = records[0].Cursor
	}
	if diff := cmp.Diff([]string{"a2 q3 a3", "q1 a1 q2", "q0 a0"}, pages); diff != "" {
		t.Errorf("pages (-want +got):\n%s", diff)
	}
}

func TestAfter(t *testing.T) {
	b := newBook()
	b.talk(3)
	conv := transcript.Parse(b.bytes())
	chain := conv.Chain()
	for i, rec := range chain {
		rest, ok := conv.After(rec.Cursor)
		if !ok || len(rest) != len(chain)-1-i {
			t.Errorf("after record %d: %d records, %v", i, len(rest), ok)
		}
	}
	other := transcript.CursorOf(int64(len(b.rows()[0])), "another uuid")
	for _, cursor := range []string{"", "x", "0.0", other, chain[0].Cursor + "0", strings.Repeat("z", 1000)} {
		if _, ok := conv.After(cursor); ok {
			t.Errorf("cursor %.20q is known", cursor)
		}
		if records, more := conv.Page(cursor, 10); cursor != "" && (len(records) > 0 || more) {
			t.Errorf("cursor %.20q has a page", cursor)
		}
	}
}

// TestCursorsStay makes sure that a cursor does not change when a file is appended to, or gets its last line feed.
func TestCursorsStay(t *testing.T) {
	b := newBook()
	b.talk(1)
	whole := b.bytes()
	torn := transcript.Parse(whole[:len(whole)-1]).Chain()
	b.user(torn[1].UUID, "more")
	grown := transcript.Parse(b.bytes())
	rest, ok := grown.After(torn[1].Cursor)
	if !ok || len(rest) != 1 {
		t.Errorf("%d records, %v", len(rest), ok)
	}
}

func BenchmarkLoad(b *testing.B) {
	file := newBook()
	file.talk(2000)
	for i := range file.lines {
		file.lines[i]["pad"] = strings.Repeat("x", 1000)
	}
	data := file.bytes()
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		conv := transcript.Parse(data)
		if got := len(conv.Messages()); got != 4000 {
			b.Fatalf("%d messages", got)
		}
	}
}
