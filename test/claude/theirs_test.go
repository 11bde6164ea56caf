package claude_test

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"claude-agent-chat/pkg/anthropic/anthropictest"
)

// genuine is a session that the program writes.
type genuine struct {
	name   string
	script []anthropictest.Exchange
	// write runs the program and gives the session's id.
	write func(t *testing.T, d *desk, m *model) string
	// shown is what people see of it here.
	shown []string
	// differs is in what our messages for the model differ from the program's, and why says the reason.
	differs []string
	why     string
}

// TestTheirs opens sessions that the program wrote: every record is kept, every message is shown, the model hears what it
// would hear from the program, and the program goes on where we went on.
func TestTheirs(t *testing.T) {
	for _, g := range genuineSessions {
		t.Run(dashed(g.name), func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			g.test(t, d, g.write(t, d, newModel(t, g.script...)))
		})
	}
}

func (g *genuine) test(t *testing.T, d *desk, id string) {
	conv := d.mustBeWhole(id)
	if diff := cmp.Diff(g.shown, d.shown(conv)); diff != "" {
		t.Errorf("shown (-expected +is):\n%s", diff)
	}
	before, differs := d.disagreement(id)
	if diff := cmp.Diff(g.differs, differs); diff != "" {
		t.Errorf("our difference %s (-expected +is):\n%s", g.why, diff)
	}
	d.goOn(id, "our prompt", "our answer")
	want := before.join(wireMessage{Role: "user", Content: wireBody{{"type": "text", "text": "our prompt"}}})
	want = want.join(wireMessage{Role: "assistant", Content: wireBody{{"type": "text", "text": "our answer"}}})
	m := newModel(t)
	d.mustRun(m, "-p", "their prompt", "--resume", id)
	request, _ := m.asked("their prompt")
	if diff := cmp.Diff(plain(t, want), plain(t, theirs(request.Messages, "their prompt"))); diff != "" || request.refused != "" {
		t.Errorf("after our turn %s (-expected +sent):\n%s", request.refused, diff)
	}
	after := append(g.shown, "user: our prompt", "agent: our answer", "user: their prompt", "agent: noted")
	if diff := cmp.Diff(after, d.shown(d.mustBeWhole(id))); diff != "" {
		t.Errorf("after both went on (-expected +shown):\n%s", diff)
	}
}

// genuineSessions are the kinds of sessions that the program writes.
var genuineSessions = []genuine{
	{
		name: "a day of work",
		script: []anthropictest.Exchange{
			to("work", anthropictest.Thinking("c2lnbmF0dXJl", "Hm, ", "well."), said("I work."),
				anthropictest.Tool("toolu_w", "Write", `{"file_path":"made.txt","content":"made\n"}`),
				anthropictest.Tool("toolu_b", "Bash", `{"command":"sleep 0.2; echo hello","description":"Greet"}`),
				anthropictest.Tool("toolu_r", "Read", `{"file_path":"missing.txt"}`)),
			then("toolu_b", anthropictest.Thinking("c2ln", "Done."), said("It is made.")),
			to("look", said("I see.")),
			{Match: prompted("fail"), Reply: anthropictest.Fail(http.StatusForbidden, "permission_error", "you may not")},
			to("again", said("It goes on.")),
		},
		write: func(t *testing.T, d *desk, m *model) string {
			id := d.converse(m, []any{"one\n\u2028三 😀", "work", []object{text("look"), image}, "fail", "again"}, "--permission-mode", "bypassPermissions")
			if _, err := os.Stat(filepath.Join(d.cwd, "made.txt")); err != nil {
				t.Errorf("the program did not write the file: %v", err)
			}
			return id
		},
		shown: []string{
			"user: one\n\u2028三 😀", "agent: noted", "user: work", "thought: Hm, well.", "agent: I work.",
			"toolu_w pending", "toolu_b pending", "toolu_r pending", "toolu_w completed", "toolu_r failed", "toolu_b completed",
			"thought: Done.", "agent: It is made.", "user: look", "user: [image]", "agent: I see.",
			"user: fail", "agent: Failed to authenticate. API Error: 403 you may not", "user: again", "agent: It goes on.",
		},
	},
	{
		name: "a refusal and a title",
		script: []anthropictest.Exchange{
			to("work", anthropictest.Tool("toolu_w", "Write", `{"file_path":"made.txt","content":"made\n"}`)),
			then("toolu_w", said("So I may not.")),
		},
		write: func(_ *testing.T, d *desk, m *model) string {
			return d.converse(m, []any{"work", "/rename A title of theirs"})
		},
		shown: []string{
			"user: work", "toolu_w pending", "toolu_w failed", "agent: So I may not.", "user: /rename A title of theirs",
			"agent: Session renamed to: A title of theirs",
		},
	},
	{
		name: "a subagent",
		script: []anthropictest.Exchange{
			to("delegate", anthropictest.Tool("toolu_a", "Agent", `{"description":"d","prompt":"for the subagent","subagent_type":"general-purpose"}`)),
			to("for the subagent", said("of the subagent")),
			then("toolu_a", said("It was begun.")),
		},
		write: func(_ *testing.T, d *desk, m *model) string { return d.session(m, "-p", "delegate") },
		shown: []string{
			"user: delegate", "toolu_a pending", "toolu_a completed", "agent: It was begun.",
			"agent: noted",
		},
	},
	{
		name: "a compaction",
		script: []anthropictest.Exchange{
			to("one", said("first")), to("two", said("second")), to("three", said("third")),
		},
		write: func(_ *testing.T, d *desk, m *model) string {
			return d.converse(m, []any{"one", "two", "/compact", "three"})
		},
		shown: []string{
			"user: one", "agent: first", "user: two", "agent: second",
			"user: /compact", "agent: Compacted", "user: three", "agent: third",
		},
	},
	{
		name: "a fork",
		script: []anthropictest.Exchange{
			to("one", said("first")), to("two", said("second")), to("another way", said("third")),
		},
		write: func(t *testing.T, d *desk, m *model) string {
			id := d.converse(m, []any{"one", "two"})
			forked := d.session(m, "-p", "another way", "--resume", id, "--fork-session")
			if forked == id {
				t.Error("a fork has its own id")
			}
			return forked
		},
		shown: []string{
			"user: one", "agent: first", "user: two", "agent: second", "user: another way", "agent: third",
		},
	},
	{
		name: "a turn that an editor stopped",
		write: func(t *testing.T, d *desk, _ *model) string {
			gate := anthropictest.NewGate()
			t.Cleanup(gate.Release)
			m := newModel(t, to("begin", anthropictest.Thinking("c2ln", "Hm."), said("The first words"), anthropictest.Hold(gate)))
			return d.breakOff(m, "begin", "The first words", asAnEditor)
		},
		shown: []string{
			"user: begin", "thought: Hm.", "agent: The first words", "interrupted",
		},
	},
	{
		name: "an interruption",
		write: func(t *testing.T, d *desk, _ *model) string {
			gate := anthropictest.NewGate()
			t.Cleanup(gate.Release)
			m := newModel(t, to("begin", anthropictest.Thinking("c2ln", "Hm."), said("The first words"), anthropictest.Hold(gate)))
			return d.breakOff(m, "begin", "The first words", asAPerson)
		},
		shown: []string{
			"user: begin", "thought: Hm.", "agent: The first words", "interrupted",
		},
	},
	{
		name: "an interruption of a tool",
		script: []anthropictest.Exchange{
			to("work", anthropictest.Tool("toolu_b", "Bash", `{"command":"touch began; sleep 60","description":"Wait"}`)),
		},
		write: func(_ *testing.T, d *desk, m *model) string {
			id := uuid.NewString()
			d.interruptWhen(m, func() bool {
				_, err := os.Stat(filepath.Join(d.cwd, "began"))
				return err == nil
			}, "-p", "work", "--session-id", id, "--permission-mode", "bypassPermissions")
			return id
		},
		shown: []string{
			"user: work", "toolu_b pending", "toolu_b failed", "interrupted",
		},
	},
}

// TestUnknown writes into a file of kinds of records, members and blocks that nobody knows, here and in the program: every
// line stays as it was.
func TestUnknown(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := newBook(d.cwd)
	b.loose(object{"type": "first-of-its-kind", "sessionId": b.session, "x": []int{1}})
	leaf := b.talk("", 1)
	leaf = b.put(leaf, object{"type": "mystery", "content": "?", "more": object{"a": nil}})
	leaf = b.put(leaf, object{"type": "user", "mystery": 1, "message": object{"role": "user", "content": []object{text("q"), {"type": "riddle"}}, "y": 1.50}})
	b.lastPrompt(b.answer(leaf, "msg_1", text("a"), object{"type": "riddle", "z": "\u2028"}), object{"mystery": true})
	d.put(b.session, b.bytes())
	d.goOn(b.session, "our prompt", "our answer")
	d.mustRun(newModel(t), "-p", "their prompt", "--resume", b.session)
	d.goOn(b.session, "our next prompt", "our next answer")
	conv := d.mustBeWhole(b.session)
	for i, rec := range conv.Records()[:len(b.lines)] {
		if string(rec.Raw) != b.lines[i] {
			t.Errorf("line %d was %s and is %s", i+1, b.lines[i], rec.Raw)
		}
	}
	program, differs := d.disagreement(b.session)
	want := []string{
		"user: q0", "assistant: a0", "user: q | [riddle]", "assistant: a | [riddle]", "user: our prompt", "assistant: our answer",
		"user: their prompt", "assistant: noted", "user: our next prompt", "assistant: our next answer",
	}
	if diff := cmp.Diff(want, program.lines()); diff != "" || len(differs) > 0 {
		t.Errorf("the program and we differ: %q (-expected +sent):\n%s", differs, diff)
	}
}
