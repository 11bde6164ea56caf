package claude_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"claude-agent-chat/pkg/anthropic/anthropictest"
	"claude-agent-chat/pkg/transcript"
)

// TestFork forks a session of the program's at its end and in its middle: the program resumes each fork with what was
// taken along and goes on in it, and the session that it comes from stays as it is.
func TestFork(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	m := newModel(t,
		to("work", said("Both."), anthropictest.Tool("t1", "Bash", `{"command":"echo one"}`), anthropictest.Tool("t2", "Bash", `{"command":"sleep 0.1; echo two"}`)),
		then("t2", said("Done.")),
		to("more", said("And more.")),
	)
	source := d.converse(m, []any{"work", "/rename The source", "more"}, "--permission-mode", "bypassPermissions")
	before, _ := d.disagreement(source)
	conv := d.load(source)
	for name, c := range map[string]struct {
		at   transcript.ForkPoint
		sent int // messages that are taken along
	}{
		"at the end":     {sent: len(before)},
		"at a call":      {at: transcript.ForkPoint{UUID: recordWith(conv, "t1")}, sent: 3},
		"at an answer":   {at: transcript.ForkPoint{UUID: recordWith(conv, "Done.")}, sent: 4},
		"before a title": {at: transcript.ForkPoint{UUID: recordWith(conv, "work")}, sent: 1},
	} {
		id := uuid.NewString()
		must(t, transcript.Fork(conv, c.at, d.path(id), id, "Fork "+name))
		own := d.mustBeWhole(id)
		if got := own.Title(); got != "Fork "+name {
			t.Errorf("%s: the title is %q", name, got)
		}
		if reason := refusal(t, ours(t, own, usualModel)); reason != "" {
			t.Errorf("%s: the API would refuse what we send: %s", name, reason)
		}
		terminal := newModel(t)
		d.mustRun(terminal, "-p", "go on", "--resume", "Fork "+name)
		request, _ := terminal.asked("go on")
		if diff := cmp.Diff(plain(t, before[:c.sent]), plain(t, theirs(request.Messages, "go on").unfilled())); diff != "" || request.refused != "" {
			t.Errorf("%s %s (-expected +sent):\n%s", name, request.refused, diff)
		}
		d.mustBeWhole(id)
	}
	after, _ := d.disagreement(source)
	if diff := cmp.Diff(plain(t, before), plain(t, after)); diff != "" {
		t.Errorf("the source (-before +after):\n%s", diff)
	}
}

// recordWith finds the first record of the chain that has a block with this text or this id.
func recordWith(conv *transcript.Conversation, what string) string {
	for _, rec := range conv.Chain() {
		for _, b := range rec.Blocks() {
			if b.Text == what || b.ID == what {
				return rec.UUID
			}
		}
	}
	return ""
}
