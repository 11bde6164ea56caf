package transcript_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"claude-agent-chat/pkg/transcript"
)

// TestBrokenChains holds the order of damaged and odd chains against what Claude Code 2.1.330 sends for the same files.
func TestBrokenChains(t *testing.T) {
	cases := []struct {
		name  string
		spoil func(b *book, ids []string)
		want  string
	}{
		{"sound", func(*book, []string) {}, "q0 a0 q1 a1 q2 a2 q3 a3"},
		{"a lost answer", func(b *book, _ []string) { b.lines = slices.Delete(b.lines, 3, 4) }, "q0 a0 q1 q2 a2 q3 a3"},
		{"a lost prompt", func(b *book, _ []string) { b.lines = slices.Delete(b.lines, 2, 3) }, "q0 a0 a1 q2 a2 q3 a3"},
		{"its own parent", func(b *book, ids []string) { b.lines[4]["parentUuid"] = ids[4] }, "q0 a0 q1 a1 q2 a2 q3 a3"},
		{"an unknown parent", func(b *book, _ []string) { b.lines[4]["parentUuid"] = "nobody" }, "q0 a0 q1 a1 q2 a2 q3 a3"},
		{"a circle", func(b *book, ids []string) { b.lines[2]["parentUuid"] = ids[5] }, "q0 a0 q1 a1 q2 a2 q3 a3"},
		{"a new root", func(b *book, _ []string) { b.lines[4]["parentUuid"] = nil }, "q2 a2 q3 a3"},
		{"lost where the clock was set back", func(b *book, _ []string) {
			b.lines[4]["timestamp"], b.lines[5]["timestamp"] = "2026-11-20T09:00:00Z", "2026-11-20T09:00:01Z"
			b.lines = slices.Delete(b.lines, 3, 4)
		}, "q2 a2 q3 a3"},
		{"a uuid twice", func(b *book, ids []string) {
			b.put(ids[2], object{"uuid": ids[3], "type": "assistant", "message": object{"id": "msg_1", "content": []object{text("again")}}})
		}, "q0 a0 q1 again q2 a2 q3 a3"},
		{"a subagent inline", func(b *book, ids []string) {
			b.put(ids[7], object{"type": "user", "isSidechain": true, "message": object{"content": "side"}})
		}, "q0 a0 q1 a1 q2 a2 q3 a3"},
		{"a kind that is not known", func(b *book, ids []string) {
			b.lines[7]["parentUuid"] = b.put(ids[6], object{"type": "novelty"})
		}, "q0 a0 q1 a1 q2 a2 q3 a3"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			b := newBook()
			c.spoil(b, b.talk(4))
			conv := transcript.Parse(b.bytes())
			var texts []string
			for _, m := range conv.Messages() {
				for _, raw := range m.Content {
					texts = append(texts, short(t, raw))
				}
			}
			if got := strings.Join(texts, " "); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestLeaf(t *testing.T) {
	cases := []struct {
		name string
		edit func(b *book, ids []string)
		want string
	}{
		{"the last message", func(*book, []string) {}, "q0 a0 qB aB"},
		{"a pointer to another branch", func(b *book, ids []string) { b.lastPrompt(ids[3], false) }, "q0 a0 q1 a1"},
		{"a pointer before the last message", func(b *book, ids []string) { b.lastPrompt(ids[1], false) }, "q0 a0 qB aB"},
		{"a pointer that the person set", func(b *book, ids []string) { b.lastPrompt(ids[1], true) }, "q0 a0"},
		{"a pointer to nothing", func(b *book, _ []string) { b.lastPrompt("nobody", false) }, "q0 a0 qB aB"},
		{"the person began anew", func(b *book, _ []string) { b.beginAnew() }, ""},
		{"the person began anew and went on", func(b *book, _ []string) {
			b.beginAnew()
			b.answer(b.user("", "q2"), "msg_C", text("a2"))
		}, "q2 a2"},
		{"the person began anew and a note came", func(b *book, _ []string) {
			b.beginAnew()
			b.put("", object{"type": "system", "subtype": "informational", "content": "x"})
		}, "q0 a0 qB aB"},
		{"the person began anew and chose", func(b *book, ids []string) { b.beginAnew(); b.lastPrompt(ids[3], false) }, "q0 a0 q1 a1"},
		{"the later pointer", func(b *book, ids []string) { b.lastPrompt(ids[3], false); b.lastPrompt(ids[1], false) }, "q0 a0 qB aB"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			b := newBook()
			ids := b.talk(2)
			b.answer(b.user(ids[1], "qB"), "msg_B", text("aB"))
			c.edit(b, ids)
			if got := strings.Join(shown(transcript.Parse(b.bytes())), " "); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestTrailingAttachment follows a pointer to what hangs from the last answer.
func TestTrailingAttachment(t *testing.T) {
	b := newBook()
	ids := b.talk(1)
	tail := b.put(ids[1], object{"type": "attachment", "attachment": object{"type": "novelty"}})
	b.lastPrompt(tail, false)
	conv := transcript.Parse(b.bytes())
	if chain := conv.Chain(); chain[len(chain)-1].UUID != tail {
		t.Errorf("the chain ends with %s", chain[len(chain)-1].UUID)
	}
}

// parallel is a turn with two calls whose results hang from their own calls, in order of completion.
func parallel(b *book) string {
	prompt := b.user("", "q")
	both := b.answer(prompt, "msg_0", text("both"))
	one := b.answer(both, "msg_0", call("t1"))
	two := b.answer(one, "msg_0", call("t2"))
	b.result(two, "t2", "second")
	last := b.result(one, "t1", "first")
	return b.answer(last, "msg_1", text("done"))
}

func TestParallelCalls(t *testing.T) {
	b := newBook()
	parallel(b)
	conv := transcript.Parse(b.bytes())
	if diff := cmp.Diff([]string{"q", "both", "call t1", "call t2", "result of t2", "result of t1", "done"}, shown(conv)); diff != "" {
		t.Errorf("chain (-want +got):\n%s", diff)
	}
	want := []string{
		"user: q", "assistant: both, call t1, call t2", `user: result of t2 "second", result of t1 "first"`, "assistant: done",
	}
	if diff := cmp.Diff(want, said(t, conv)); diff != "" {
		t.Errorf("messages (-want +got):\n%s", diff)
	}
	if open := conv.OpenCalls(); len(open) > 0 {
		t.Errorf("open calls: %v", open)
	}
}

// TestBranchAtAResult leaves out the result of the other branch.
func TestBranchAtAResult(t *testing.T) {
	b := newBook()
	use := b.answer(b.user("", "q"), "msg_0", call("t1"))
	b.answer(b.result(use, "t1", "old"), "msg_1", text("A"))
	b.answer(b.result(use, "t1", "new"), "msg_2", text("B"))
	want := []string{"user: q", "assistant: call t1", `user: result of t1 "new"`, "assistant: B"}
	if diff := cmp.Diff(want, said(t, transcript.Parse(b.bytes()))); diff != "" {
		t.Errorf("messages (-want +got):\n%s", diff)
	}
}

func TestQueuedPrompt(t *testing.T) {
	b := newBook()
	result := b.result(b.answer(b.user("", "q"), "msg_0", call("t1")), "t1", "one")
	queued := b.put(result, object{"type": "attachment", "attachment": object{
		"type": "queued_command", "prompt": "also this", "commandMode": "prompt",
	}})
	note := b.put(queued, object{"type": "attachment", "attachment": object{
		"type": "queued_command", "prompt": "a task has ended", "commandMode": "task-notification",
	}})
	b.answer(note, "msg_1", text("done"))
	conv := transcript.Parse(b.bytes())
	want := []string{"user: q", "assistant: call t1", `user: result of t1 "one", also this, <system-reminder>
This comes from the program that you run in, not from the user:
a task has ended
</system-reminder>`, "assistant: done"}
	if diff := cmp.Diff(want, said(t, conv)); diff != "" {
		t.Errorf("messages (-want +got):\n%s", diff)
	}
	var prompts []string
	for _, rec := range conv.Chain() {
		if rec.IsPrompt() {
			prompts = append(prompts, rec.Blocks()[0].Text)
		}
	}
	if diff := cmp.Diff([]string{"q", "also this"}, prompts); diff != "" {
		t.Errorf("prompts (-want +got):\n%s", diff)
	}
}
