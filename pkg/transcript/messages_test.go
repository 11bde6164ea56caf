package transcript_test

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"claude-agent-chat/pkg/transcript"
)

func TestMessagesAreMended(t *testing.T) {
	cases := []struct {
		name  string
		write func(b *book)
		want  []string
	}{
		{"an answer first", func(b *book) {
			b.user(b.answer("", "m0", text("a0")), "q1")
		}, []string{"user: (no content)", "assistant: a0", "user: q1"}},
		{"a call without result at the end", func(b *book) {
			b.answer(b.answer(b.user("", "q"), "m0", text("x")), "m0", call("t1"))
		}, []string{"user: q", "assistant: x, call t1", "user: error of t1"}},
		{"a call without result in the middle", func(b *book) {
			use := b.answer(b.user("", "q"), "m0", call("t1"))
			b.answer(b.user(use, "q2"), "m1", text("a"))
		}, []string{"user: q", "assistant: call t1", "user: error of t1, q2", "assistant: a"}},
		{"one of two calls without result", func(b *book) {
			one := b.answer(b.user("", "q"), "m0", call("t1"))
			two := b.answer(one, "m0", call("t2"))
			b.answer(b.result(two, "t2", "x"), "m1", text("a"))
		}, []string{"user: q", "assistant: call t1, call t2", `user: result of t2 "x", error of t1`, "assistant: a"}},
		{"a result without call", func(b *book) {
			b.user(b.result(b.answer(b.user("", "q"), "m0", text("a")), "t9", "x"), "q2")
		}, []string{"user: q", "assistant: a", "user: q2"}},
		{"a call id twice", func(b *book) {
			first := b.result(b.answer(b.user("", "q"), "m0", call("t1")), "t1", "x")
			b.result(b.answer(first, "m1", call("t1")), "t1", "again")
		}, []string{"user: q", "assistant: call t1", `user: result of t1 "x"`, "assistant: [Tool use interrupted]"}},
		{"a result twice", func(b *book) {
			b.result(b.result(b.answer(b.user("", "q"), "m0", call("t1")), "t1", "x"), "t1", "again")
		}, []string{"user: q", "assistant: call t1", `user: result of t1 "x"`}},
		{"a late result", func(b *book) {
			use := b.answer(b.user("", "q"), "m0", call("t1"))
			other := b.answer(b.user(use, "hm"), "m1", text("a"))
			b.result(other, "t1", "x")
		}, []string{"user: q", "assistant: call t1", `user: result of t1 "x", hm`, "assistant: a"}},
		{"blank texts", func(b *book) {
			blank := b.answer(b.user("", "q"), "m0", text(" \n"))
			b.answer(b.user(b.user(blank, "  "), "q2"), "m1", text("a"))
		}, []string{"user: q, q2", "assistant: a"}},
		{"nothing but thinking", func(b *book) {
			b.user(b.answer(b.user("", "q"), "m0", thought("hm", "c2ln")), "q2")
		}, []string{"user: q, q2"}},
		{"unfinished thinking", func(b *book) {
			b.answer(b.answer(b.user("", "q"), "m0", thought("hm", "")), "m0", text("a"))
		}, []string{"user: q", "assistant: a"}},
		{"finished thinking", func(b *book) {
			b.answer(b.answer(b.user("", "q"), "m0", thought("hm", "c2ln")), "m0", text("a"))
		}, []string{"user: q", "assistant: thinking, a"}},
		{"an error of the API", func(b *book) {
			failed := b.put(b.user("", "q"), object{"type": "assistant", "isApiErrorMessage": true, "message": object{
				"id": "x", "model": "<synthetic>", "content": []object{text("Overloaded.")},
			}})
			b.user(failed, "q2")
		}, []string{"user: q, q2"}},
		{"an interruption", func(b *book) {
			part := b.answer(b.user("", "q"), "m0", text("part"))
			b.user(b.user(part, []object{text("[Request interrupted by user]")}), "q2")
		}, []string{"user: q", "assistant: part", "user: [Request interrupted by user], q2"}},
		{"string content of an answer", func(b *book) {
			b.put(b.user("", "q"), object{"type": "assistant", "message": object{"role": "assistant", "content": "a"}})
		}, []string{"user: q", "assistant: a"}},
		{"unknown blocks", func(b *book) {
			b.answer(b.user("", "q"), "m0", object{"type": "novelty", "x": 1})
		}, []string{"user: q", "assistant: novelty"}},
		{"one id for all answers", func(b *book) {
			first := b.answer(b.user("", "q0"), "same", text("a0"))
			b.answer(b.user(first, "q1"), "same", text("a1"))
		}, []string{"user: q0", "assistant: a0", "user: q1", "assistant: a1"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			b := newBook()
			c.write(b)
			if diff := cmp.Diff(c.want, said(t, transcript.Parse(b.bytes()))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// compacted is two exchanges, a compaction that keeps the second, and what came after.
func compacted(metadata string, again func(b *book, summary string, kept []string) string) *book {
	b := newBook()
	ids := b.talk(2)
	boundary := b.put("", object{"type": "system", "subtype": "compact_boundary", "logicalParentUuid": ids[3]})
	summary := b.put(boundary, object{"type": "user", "isCompactSummary": true, "message": object{"role": "user", "content": "SUMMARY"}})
	kept := object{"anchorUuid": summary, "uuids": ids[2:], "headUuid": ids[2], "tailUuid": ids[3]}
	b.lines[4]["compactMetadata"] = object{"trigger": "auto", metadata: kept}
	leaf := summary
	if again != nil {
		leaf = again(b, summary, ids[2:])
	}
	b.answer(b.user(leaf, "after"), "msg_9", text("so"))
	return b
}

// repeat appends the kept records once more with the same uuids.
func repeat(b *book, parents ...string) string {
	for i, line := range b.lines[2:4] {
		copied := object{}
		for key, value := range line {
			copied[key] = value
		}
		if len(parents) > 0 {
			copied["parentUuid"] = parents[i]
		}
		b.lines = append(b.lines, copied)
	}
	return b.lines[3]["uuid"].(string)
}

func TestCompaction(t *testing.T) {
	whole := []string{"q0", "a0", "q1", "a1", "SUMMARY", "after", "so"}
	repeated := []string{"q0", "a0", "SUMMARY", "q1", "a1", "after", "so"}
	cases := []struct {
		name  string
		file  *book
		shown []string
	}{
		{"kept by their uuids", compacted("preservedMessages", nil), whole},
		{"kept by their ends", compacted("preservedSegment", nil), whole},
		{"kept and appended again", compacted("preservedMessages", func(b *book, _ string, _ []string) string {
			return repeat(b)
		}), []string{"q0", "a0", "q1", "a1", "after", "so"}},
		{"kept and appended again behind the summary", compacted("preservedMessages", func(b *book, summary string, kept []string) string {
			return repeat(b, summary, kept[0])
		}), repeated},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			conv := transcript.Parse(c.file.bytes())
			want := []string{"user: SUMMARY, q1", "assistant: a1", "user: after", "assistant: so"}
			if diff := cmp.Diff(want, said(t, conv)); diff != "" {
				t.Errorf("messages (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.shown, shown(conv)); diff != "" {
				t.Errorf("chain (-want +got):\n%s", diff)
			}
		})
	}
}

// TestCompactionAtTheEnd keeps the kept records when nothing came after the summary yet.
func TestCompactionAtTheEnd(t *testing.T) {
	b := compacted("preservedMessages", nil)
	b.lines = b.lines[:6]
	want := []string{"user: SUMMARY, q1", "assistant: a1"}
	if diff := cmp.Diff(want, said(t, transcript.Parse(b.bytes()))); diff != "" {
		t.Errorf("messages (-want +got):\n%s", diff)
	}
}

func TestForModel(t *testing.T) {
	b := newBook()
	b.answer(b.answer(b.user("", "q"), "m0", thought("hm", "c2ln")), "m0", text("a"))
	messages := transcript.Parse(b.bytes()).Messages()
	for model, want := range map[string]int{"claude-test": 2, "claude-test-20260101": 2, "claude-other": 1} {
		if got := len(transcript.ForModel(messages, model)[1].Content); got != want {
			t.Errorf("for %s: %d blocks, want %d", model, got, want)
		}
	}
	if len(messages[1].Content) != 2 {
		t.Error("the messages that were given have changed")
	}
}

func TestBlocksPassUnchanged(t *testing.T) {
	b := newBook()
	block := object{"type": "tool_use", "id": "t1", "name": "X", "input": object{"n": json.Number("12345678901234567890"), "s": "<&>"}}
	b.answer(b.user("", "q"), "m0", block)
	got := transcript.Parse(b.bytes()).Messages()[1].Content[0]
	if want := encode(block); string(got) != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestNestedMemory puts files of instructions behind the results of the calls that they were given with, those of Claude Code's
// record too, and names them.
func TestNestedMemory(t *testing.T) {
	theirs := object{"type": "attachment", "attachment": object{
		"type": "nested_memory", "path": "/w/b.md", "displayPath": "b.md", "content": object{"path": "/w/b.md", "type": "Project", "content": "B", "globs": []string{"*.go"}},
	}}
	b := newBook()
	one := b.answer(b.user("", "q"), "m0", call("t1"))
	two := b.answer(one, "m0", call("t2"))
	b.result(one, "t1", "x")
	at := b.put(b.result(two, "t2", "y"), theirs)
	for _, wrong := range []object{{"type": "nested_memory"}, {"type": "nested_memory", "path": 7}, {"type": "other", "path": "nested_memory"}} {
		at = b.put(at, object{"type": "attachment", "attachment": wrong})
	}
	b.answer(at, "m1", text("a"))
	conv := transcript.Parse(b.bytes())
	given := "<system-reminder>\nContents of /w/b.md:\n\nB\n</system-reminder>"
	want := []string{"user: q", "assistant: call t1, call t2", `user: result of t1 "x", result of t2 "y", ` + given, "assistant: a"}
	if diff := cmp.Diff(want, said(t, conv)); diff != "" {
		t.Errorf("messages (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"/w/b.md"}, conv.Messages()[2].Given); diff != "" {
		t.Errorf("given (-want +got):\n%s", diff)
	}
	path := filepath.Join(t.TempDir(), "s.jsonl")
	w, err := transcript.OpenWriter(t.Context(), path, transcript.Context{SessionID: "s", Cwd: "/w"})
	if err != nil {
		t.Fatal(err)
	}
	entry := transcript.NestedMemory{Path: "/w/a.md", Kind: "User", Shown: "a.md", Content: "A \"quoted\" \u2028\n</x>"}
	_, err = w.Append(t.Context(), transcript.Prompt{Content: []byte(`"q"`)}, entry)
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	conv, err = transcript.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"user: q, " + entry.Text()}, said(t, conv)); diff != "" {
		t.Errorf("our own (-want +got):\n%s", diff)
	}
}
