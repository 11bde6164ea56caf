package claude_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/anthropic/anthropictest"
	"claude-agent-chat/pkg/transcript"
	"claude-agent-chat/test/world"
)

// TestFeatureSteerPicture sends a picture into a running turn. Row: Messages while it works.
func TestFeatureSteerPicture(t *testing.T) {
	t.Parallel()
	gate := anthropictest.NewGate()
	t.Cleanup(gate.Release)
	f := newFeature(t, to("go", anthropictest.Hold(gate), callOf("c1", "Glob", object{"pattern": "*"})))
	wait := f.client.BeginPrompt(f.id, "p1", "go")
	<-gate.Reached()
	f.steer(t, "p2", acp.Text("look at this"), pixel())
	gate.Release()
	_, err := wait()
	must(t, err)
	f.mustAgree(t, []string{
		"user: go", "assistant: call c1", "user: result of c1: No files found | look at this | [image]", "assistant: noted",
	})
}

// pixel is a picture as a client sends it.
func pixel() acp.ContentBlock {
	source := image["source"].(object)
	return acp.ContentBlock{Type: "image", MimeType: source["media_type"].(string), Data: source["data"].(string)}
}

// TestFeatureSubagentThere asks a subagent of ours more, in the program: it has its conversation. Row: Subagents.
func TestFeatureSubagentThere(t *testing.T) {
	t.Parallel()
	f := newFeature(t,
		to("go", callOf("a1", "Agent", object{"description": "look", "prompt": "sub task", "subagent_type": "general-purpose"})),
		to("sub task", callOf("b1", "Glob", object{"pattern": "*"})), then("b1", said("the report")), then("a1", said("Done.")),
	)
	f.say(t, "go")
	f.close(t, f.id)
	agent := regexp.MustCompile(`agentId: (\w+)`).FindStringSubmatch(encode(f.desk.sends(f.id)))
	if agent == nil {
		t.Fatal("the result does not name the subagent")
	}
	m := newModel(t, to("ask it", callOf("s1", "SendMessage", object{"to": agent[1], "summary": "more", "message": "and more"})), then("s1", said("Sent.")))
	f.desk.mustRun(m, "-p", "ask it", "--resume", f.id, "--permission-mode", "bypassPermissions")
	m.mu.Lock()
	defer m.mu.Unlock()
	var got []string
	for _, r := range m.requests {
		if lines := theirs(r.Messages, "").lines(); lines[0] == "user: sub task" {
			got = lines
			break
		}
	}
	want := []string{"user: sub task", "assistant: call b1", "user: result of b1: No files found", "assistant: the report"}
	if len(got) != len(want)+1 || cmp.Diff(want, got[:len(want)]) != "" || !strings.Contains(got[len(want)], "and more") {
		t.Errorf("the subagent goes on with %q", got)
	}
}

// TestFeatureContinue stops the server in the middle of an answer, and has the turn go on. Row: Survival.
func TestFeatureContinue(t *testing.T) {
	t.Parallel()
	gate := anthropictest.NewGate()
	t.Cleanup(gate.Release)
	f := newFeature(t,
		to("go", callOf("c1", "Glob", object{"pattern": "*"})), then("c1", said("First words"), anthropictest.Hold(gate)),
		to("Continue from where you left off.", said("Last words.")),
	)
	f.client.BeginPrompt(f.id, "p1", "go")
	f.client.Until("the beginning of the answer", func(seen world.Seen) bool {
		return strings.HasSuffix(seen.Text(acp.UpdateAgentMessage), "First words")
	})
	f.Stop()
	f.Start()
	f.load(t, f.id)
	_, err := f.client.Call(acp.MethodContinue, map[string]any{"sessionId": f.id})
	must(t, err)
	f.client.Until("the end", func(seen world.Seen) bool {
		return strings.HasSuffix(seen.Text(acp.UpdateAgentMessage), "Last words.") && seen.State() == acp.StateIdle
	})
	f.mustAgree(t, []string{
		"user: go", "assistant: call c1", "user: result of c1: No files found", "assistant: First words",
		"user: Continue from where you left off.", "assistant: Last words.",
	})
}

// TestFeatureLoop stops a turn that goes round in a circle. Row: Endless loops.
func TestFeatureLoop(t *testing.T) {
	t.Parallel()
	again := anthropictest.Exchange{
		Times: 100, Match: func(r *anthropictest.Request) bool { return len(r.Last().Results()) > 0 || r.Last().Text() == "go" },
		Reply: func(w *anthropictest.Writer) error {
			return anthropictest.Stream(callOf("l"+uuid.NewString(), "TodoWrite", object{"todos": []object{}}))(w)
		},
	}
	f := newFeature(t, again)
	f.say(t, "go")
	f.close(t, f.id)
	program, differs := f.desk.disagreement(f.id)
	if len(program) != 201 || len(differs) > 0 {
		t.Errorf("the program sends %d messages; it differs: %q", len(program), differs)
	}
}

// TestFeatureFork forks sessions that were compacted, cleared and rewound. Row: Forks.
func TestFeatureFork(t *testing.T) {
	for name, c := range map[string]struct {
		script  []anthropictest.Exchange
		prepare func(t *testing.T, f *feature)
	}{
		"compacted by itself": {
			[]anthropictest.Exchange{to("one", said(strings.Repeat("word ", 60_000))), summed("in short")},
			func(t *testing.T, f *feature) {
				f.narrow(90_000)
				f.say(t, "one", "two", "three")
			},
		},
		"compacted on wish": {[]anthropictest.Exchange{summed("in short")}, func(t *testing.T, f *feature) { f.say(t, "one", "two", "/compact", "three") }},
		"cleared":           {nil, func(t *testing.T, f *feature) { f.say(t, "one", "/clear", "three") }},
		"rewound": {nil, func(t *testing.T, f *feature) {
			f.say(t, "one", "two", "three")
			f.rewind(t, "two")
		}},
		"rewound to its beginning": {nil, func(t *testing.T, f *feature) {
			f.say(t, "one", "two")
			f.rewind(t, "one")
			f.say(t, "three")
		}},
	} {
		t.Run(dashed(name), func(t *testing.T) {
			t.Parallel()
			f := newFeature(t, c.script...)
			c.prepare(t, f)
			f.close(t, f.id)
			before, _ := f.desk.disagreement(f.id)
			fork := uuid.NewString()
			must(t, transcript.Fork(f.desk.load(f.id), transcript.ForkPoint{}, f.desk.path(fork), fork, "Fork"))
			f.id = fork
			f.mustAgree(t, before.lines())
		})
	}
}
