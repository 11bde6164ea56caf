package claude_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"claude-agent-chat/pkg/anthropic/anthropictest"
)

// there makes a session with the program, prompt by prompt, each in a run of its own.
func (f *feature) there(t *testing.T, m *model, prompts ...string) {
	t.Helper()
	f.id = f.desk.session(m, "-p", prompts[0], "--permission-mode", "bypassPermissions")
	for _, p := range prompts[1:] {
		f.desk.mustRun(m, "-p", p, "--resume", f.id, "--permission-mode", "bypassPermissions")
	}
}

// TestTheirFeatureCompact goes on with a session that the program compacted. Row: Compaction.
func TestTheirFeatureCompact(t *testing.T) {
	t.Parallel()
	f := newFeature(t)
	f.there(t, newModel(t, to("one", said("first")), to("two", said("second")), to("three", said("third"))), "one", "two", "/compact keep x", "three")
	f.mustGoOn(t, []string{"user: …", "assistant: third"}, []string{"user: one"})
}

// TestTheirFeatureCompactLast goes on with a session that ends with a compaction of the program's. Row: Compaction.
func TestTheirFeatureCompactLast(t *testing.T) {
	t.Parallel()
	f := newFeature(t)
	f.there(t, newModel(t, to("one", said("first")), to("two", said("second"))), "one", "two", "/compact keep x")
	f.mustGoOn(t, []string{"user: …"}, nil)
}

// TestTheirFeatureSubagent goes on with a session in which a subagent of the program's worked. Row: Subagents.
func TestTheirFeatureSubagent(t *testing.T) {
	t.Parallel()
	f := newFeature(t)
	f.there(t, newModel(t,
		to("go", callOf("a1", "Agent", object{"description": "d", "prompt": "sub task", "subagent_type": "general-purpose", "run_in_background": false})),
		to("sub task", said("I look."), callOf("b1", "Bash", object{"command": "echo in-sub", "description": "x"})), then("b1", said("the report")), then("a1", said("Done.")),
	), "go")
	f.mustGoOn(t, []string{"user: go", "assistant: call a1", "user: result of a1: …", "assistant: Done."}, nil)
}

// TestTheirFeatureSkill goes on with a session in which the program opened a skill. Row: Skills.
func TestTheirFeatureSkill(t *testing.T) {
	t.Parallel()
	f := newFeature(t)
	f.file(t, ".claude/skills/tidy/SKILL.md", "---\nname: tidy\ndescription: How to tidy up\n---\nPut $ARGUMENTS away.")
	f.there(t, newModel(t, to("tidy up", callOf("s1", "Skill", object{"skill": "tidy", "args": "the desk"})), then("s1", said("Tidied."))), "tidy up", "/tidy the shelf")
	f.mustGoOn(t, []string{"user: tidy up", "assistant: call s1", "user: result of s1: Launching skill: tidy | …", "assistant: Tidied.", "user: …", "assistant: noted"}, nil)
}

// TestTheirFeatureCommand goes on with a session of commands. Row: Slash commands.
func TestTheirFeatureCommand(t *testing.T) {
	t.Parallel()
	f := newFeature(t)
	f.file(t, ".claude/commands/greet.md", "---\ndescription: Greet\n---\nGreet $ARGUMENTS warmly.")
	f.there(t, newModel(t), "/greet the two", "/nonsense x", "/cost", "/context", "on")
	f.mustGoOn(t, []string{"user: …"}, nil)
}

// TestTheirFeatureTodo goes on with a session in which the program kept lists. Row: Todo lists.
func TestTheirFeatureTodo(t *testing.T) {
	t.Parallel()
	f := newFeature(t)
	f.there(t, newModel(t,
		to("go", callOf("l1", "TaskCreate", object{"subject": "One", "description": "Do one", "activeForm": "Doing one"})),
		then("l1", callOf("l2", "TaskUpdate", object{"taskId": "1", "status": "in_progress"})),
		then("l2", callOf("l3", "TodoWrite", object{"todos": []object{{"content": "One", "status": "in_progress", "activeForm": "Doing one"}}})), then("l3", said("Begun.")),
	), "go")
	f.mustGoOn(t, []string{"user: go", "assistant: call l1", "user: …"}, nil)
}

// TestTheirFeatureSteer goes on with a session in which the person wrote while the program worked. Row: Messages while it
// works.
func TestTheirFeaturePlan(t *testing.T) {
	t.Parallel()
	f := newFeature(t)
	f.id = f.desk.session(newModel(t, to("go", callOf("t1", "ExitPlanMode", object{"plan": "1. Write"})), then("t1", said("Done."))), "-p", "go", "--permission-mode", "plan")
	f.mustGoOn(t, []string{"user: go", "assistant: call t1", "user: …", "assistant: Done."}, nil)
}

func (f *feature) mustGoOn(t *testing.T, want, not []string) {
	t.Helper()
	_ = anthropictest.Text
	program := f.desk.sends(f.id).unfilled()
	t.Logf("%q", program.lines())
	t.Logf("shown %q", f.load(t, f.id))
	own := f.here(t)
	if diff := cmp.Diff(plain(t, program), plain(t, own)); diff != "" {
		t.Errorf("our server (-the program's +ours):\n%s", diff)
	}
	f.goOnThere(t, own)
}
