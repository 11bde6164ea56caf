package claude_test

import (
	"slices"
	"strings"
	"testing"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/anthropic/anthropictest"
)

// TestFeatureRewind goes back to a message: the program sees nothing of what came after it. Row: Rewind.
func TestFeatureRewind(t *testing.T) {
	t.Parallel()
	f := newFeature(t, to("one", said("first")), to("two", said("second"), callOf("c1", "Glob", object{"pattern": "*"})), to("three", said("third")), to("other", said("another")))
	f.say(t, "one", "two", "three")
	f.rewind(t, "two")
	f.close(t, f.id)
	t.Run("and ends there", func(t *testing.T) {
		if lines := f.desk.of(t).sends(f.id).unfilled().lines(); !slices.Equal(lines, []string{"user: one", "assistant: first"}) {
			t.Errorf("the program sends %q", lines)
		}
	})
	f.load(t, f.id)
	f.say(t, "other")
	f.mustAgree(t, []string{"user: one", "assistant: first", "user: other", "assistant: another"})
}

// rewind goes back to before a message.
func (f *feature) rewind(t *testing.T, words string) {
	t.Helper()
	f.load(t, f.id)
	for _, u := range f.client.Updates() {
		if u.Update.Kind == acp.UpdateUserMessage && u.Update.Block.Text == words {
			_, err := f.client.Call(acp.MethodRewind, map[string]any{"sessionId": f.id, "messageId": u.Update.MessageID})
			must(t, err)
			return
		}
	}
	t.Fatalf("there is no message %q", words)
}

// TestFeatureRewindToSteered goes back to a message that went into a running turn. Row: Rewind.
func TestFeatureRewindToSteered(t *testing.T) {
	t.Parallel()
	gate := anthropictest.NewGate()
	t.Cleanup(gate.Release)
	f := newFeature(t, to("go", anthropictest.Hold(gate), callOf("c1", "Glob", object{"pattern": "*"})), to("look here", said("I look.")), to("other", said("another")))
	wait := f.client.BeginPrompt(f.id, "p1", "go")
	<-gate.Reached()
	f.steer(t, "p2", acp.Text("look here"))
	gate.Release()
	_, err := wait()
	must(t, err)
	f.rewind(t, "look here")
	f.say(t, "other")
	f.mustAgree(t, []string{"user: go", "assistant: call c1", "user: result of c1: No files found | other", "assistant: another"})
}

// TestFeatureRewindToCommand goes back to a command that the model does not answer. Row: Rewind.
func TestFeatureRewindToCommand(t *testing.T) {
	t.Parallel()
	f := newFeature(t, to("one", said("first")), to("other", said("another")))
	f.say(t, "one", "/cost")
	f.rewind(t, "/cost")
	f.say(t, "other")
	f.mustAgree(t, []string{"user: one", "assistant: first", "user: other", "assistant: another"})
}

// TestFeatureRewindToBeginningThere goes back to the first message, and begins anew in the program. Row: Rewind.
func TestFeatureRewindToBeginningThere(t *testing.T) {
	t.Parallel()
	f := newFeature(t, to("one", said("first")), to("two", said("second")))
	f.say(t, "one", "two")
	f.rewind(t, "one")
	f.close(t, f.id)
	f.desk.mustRun(newModel(t), "-p", "anew", "--resume", f.id)
	f.mustAgree(t, []string{"user: anew", "assistant: noted"})
}

// TestFeatureRewindToBeginning goes back to the first message. Row: Rewind.
func TestFeatureRewindToBeginning(t *testing.T) {
	t.Parallel()
	f := newFeature(t, to("one", said("first")), to("two", said("second")), to("anew", said("new")))
	f.say(t, "one", "two")
	f.rewind(t, "one")
	f.close(t, f.id)
	t.Run("and ends there", func(t *testing.T) {
		if lines := f.desk.of(t).sends(f.id).unfilled().lines(); len(lines) > 0 {
			t.Errorf("the program sends %q", lines)
		}
	})
	f.load(t, f.id)
	f.say(t, "anew")
	f.mustAgree(t, []string{"user: anew", "assistant: new"})
}

// TestFeatureRewindOverCompaction goes back to a message before a compaction, and to the one that a compaction kept.
// Row: Rewind.
func TestFeatureRewindOverCompaction(t *testing.T) {
	t.Parallel()
	f := newFeature(t, to("one", said("first")), to("two", said("second")), summed("in short"), to("three", said("third")), to("four", said("fourth")))
	f.say(t, "one", "two", "/compact", "three")
	f.rewind(t, "two")
	f.say(t, "four")
	f.mustAgree(t, []string{"user: one", "assistant: first", "user: four", "assistant: fourth"})
}

// TestFeatureRewindToKept goes back to the prompt that a compaction kept. Row: Rewind.
func TestFeatureRewindToKept(t *testing.T) {
	t.Parallel()
	large := strings.Repeat("word ", 60_000)
	f := newFeature(t, to("one", said(large)), summed("in short"), to("two", said("second")), to("three", said("third")), summed("in short again"), to("four", said("fourth")))
	f.narrow(90_000)
	f.say(t, "one", "two", "three")
	f.rewind(t, "three")
	f.say(t, "four")
	f.mustAgree(t, []string{"user: The conversation so far was… | two", "assistant: second", "user: four", "assistant: fourth"})
}

// TestFeatureRewindKept goes back to before the prompt that a compaction kept. Row: Rewind.
func TestFeatureRewindKept(t *testing.T) {
	t.Parallel()
	large := strings.Repeat("word ", 60_000)
	f := newFeature(t, to("one", said(large)), summed("in short"), to("two", said("second")), to("three", said("third")), summed("in short again"), to("four", said("fourth")))
	f.narrow(90_000)
	f.say(t, "one", "two", "three")
	f.rewind(t, "two")
	f.say(t, "four")
	f.mustAgree(t, []string{"user: The conversation so far was… | four", "assistant: fourth"})
}
