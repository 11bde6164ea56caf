package claude_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/anthropic/anthropictest"
	"claude-agent-chat/pkg/transcript"
	"claude-agent-chat/test/world"
)

// TestFeatureCommand gives commands of the workspace and one that every session has: the program sees what was typed and what
// it stands for. Row: Slash commands.
func TestFeatureCommand(t *testing.T) {
	t.Parallel()
	f := newFeature(t)
	f.file(t, ".claude/commands/greet.md", "---\ndescription: Greet\n---\nGreet $ARGUMENTS warmly.")
	f.say(t, "/greet the  two of them", "/greet", "/review the readme", "/nonsense x")
	f.mustAgree(t, []string{
		"user: <command-message>greet… | Greet the  two of them warmly.", "assistant: noted",
		"user: <command-message>greet…</command-name> | Greet  warmly.", "assistant: noted",
		"user: <command-message>review…(If nothing is named: the changes that are not com…", "assistant: noted",
		"user: /nonsense x", "assistant: noted",
	})
}

// TestFeatureLocalCommand gives commands that the model does not answer. Row: Slash commands.
func TestFeatureLocalCommand(t *testing.T) {
	t.Parallel()
	f := newFeature(t, to("one", said("first")), to("two", said("second")))
	f.say(t, "/cost", "one", "/context", "two", "/cost")
	caveat, typed := transcript.LocalCaveat[:90]+"…", "<command-message>%[1]s</command-message>\n<command-name>/%[1]s</command-name>"
	begins := func(command string) string {
		return caveat + " | " + fmt.Sprintf(typed, command) + " | <local-command-stdout>"
	}
	f.mustAgree(t, []string{
		"user: " + begins("cost") + "The session has used nothing yet.</local-command-stdout> | one", "assistant: first",
		"user: <local-command-caveat>…| two", "assistant: second", "user: <local-command-caveat>…",
	})
}

// TestFeatureSkill opens skills, by the model and by the person. Row: Skills.
func TestFeatureSkill(t *testing.T) {
	t.Parallel()
	f := newFeature(t, to("tidy up", said("I look it up."), callOf("s1", "Skill", object{"skill": "tidy", "args": "the desk"})), then("s1", said("Tidied.")))
	f.file(t, ".claude/skills/tidy/SKILL.md", "---\nname: tidy\ndescription: How to tidy up\n---\nPut $ARGUMENTS away.")
	f.say(t, "tidy up", "/tidy the shelf")
	f.mustAgree(t, []string{
		"user: tidy up", "assistant: I look it up. | call s1", "user: result of s1: Launching skill: tidy…", "assistant: Tidied.",
		"user: <command-message>tidy… | Base directory for this skill: /…\n\nPut the shelf away.", "assistant: noted",
	})
}

// TestFeatureSteer sends messages into a running turn, behind the results of calls and behind an answer. Row: Messages while
// it works.
func TestFeatureSteer(t *testing.T) {
	t.Parallel()
	calls, answers := anthropictest.NewGate(), anthropictest.NewGate()
	t.Cleanup(calls.Release)
	t.Cleanup(answers.Release)
	f := newFeature(t,
		to("go", anthropictest.Hold(calls), callOf("c1", "Glob", object{"pattern": "*"})),
		to("look here first", said("I look."), anthropictest.Hold(answers)),
		to("and there", said("There too.")), to("later", said("Then.")),
	)
	first := f.client.BeginPrompt(f.id, "p1", "go")
	<-calls.Reached()
	later := f.client.BeginPrompt(f.id, "p2", "later")
	f.steer(t, "p3", acp.Text("look here first"))
	calls.Release()
	<-answers.Reached()
	f.steer(t, "p4", acp.Text("and there"))
	answers.Release()
	for _, wait := range []func() (acp.PromptResponse, error){first, later} {
		_, err := wait()
		must(t, err)
	}
	f.mustAgree(t, []string{
		"user: go", "assistant: call c1", "user: result of c1: No files found | look here first",
		"assistant: I look.", "user: and there", "assistant: There too.", "user: later", "assistant: Then.",
	})
}

// steer queues a prompt and has it go into the running turn.
func (f *feature) steer(t *testing.T, promptID string, blocks ...acp.ContentBlock) {
	t.Helper()
	f.client.BeginPromptBlocks(f.id, promptID, blocks)
	f.client.Until("the queue", func(seen world.Seen) bool {
		return slices.ContainsFunc(seen.Notes(acp.MethodQueue), func(n json.RawMessage) bool { return strings.Contains(string(n), promptID) })
	})
	_, err := f.client.Call(acp.MethodQueueSend, map[string]any{"sessionId": f.id, "promptId": promptID})
	must(t, err)
}

// TestFeatureSubagent has two subagents at work at once, one of which asks the person. The program finds the reports, and of
// the subagents' own conversations nothing in the session's. Row: Subagents.
func TestFeatureSubagent(t *testing.T) {
	t.Parallel()
	task := func(prompt string) object {
		return object{"description": "look around", "prompt": prompt, "subagent_type": "general-purpose"}
	}
	f := newFeature(t,
		to("go", callOf("a1", "Agent", task("task one")), callOf("a2", "Agent", task("task two"))),
		to("task one", callOf("b1", "Bash", object{"command": "echo from-sub > sub.txt; cat sub.txt"})), then("b1", said("report one")),
		to("task two", said("report two")), then("a1", said("Both are there.")),
	)
	wait := f.client.BeginPrompt(f.id, "", "go")
	f.choose(0, "allow", "")
	_, err := wait()
	must(t, err)
	f.mustHaveSubagents(t, "task one", "task two")
	f.mustAgree(t, []string{
		"user: go", "assistant: call a1 | call a2", "user: result of a2: report two + agentId: …",
		"assistant: Both are there.",
	})
}

// mustHaveSubagents looks for the files of the session's subagents, by their tasks.
func (f *feature) mustHaveSubagents(t *testing.T, tasks ...string) {
	t.Helper()
	files, err := filepath.Glob(strings.TrimSuffix(f.desk.path(f.id), ".jsonl") + "/subagents/agent-*.jsonl")
	must(t, err)
	var got []string
	for _, file := range files {
		data, err := os.ReadFile(file)
		must(t, err)
		for _, task := range tasks {
			if strings.Contains(string(data), `"content":"`+task+`"`) {
				got = append(got, task)
			}
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, tasks) {
		t.Errorf("there are files of the subagents for %q, in %q", got, files)
	}
}

// TestFeaturePlan makes a plan that is declined, and one that is approved. Row: Plan mode.
func TestFeaturePlan(t *testing.T) {
	t.Parallel()
	f := newFeature(t,
		to("go", callOf("t1", "ExitPlanMode", object{"plan": "1. Write a file"})), then("t1", callOf("t2", "ExitPlanMode", object{"plan": "2. Better"})),
		then("t2", said("Done.")),
	)
	_, err := f.client.Call(acp.MethodSetMode, map[string]any{"sessionId": f.id, "modeId": "plan"})
	must(t, err)
	wait := f.client.BeginPrompt(f.id, "", "go")
	f.choose(0, "reject", "shorter")
	f.choose(1, "plan_default", "")
	_, err = wait()
	must(t, err)
	f.mustAgree(t, []string{
		"user: go", "assistant: call t1", "user: error of t1: The person did not approve the plan. Stay in plan mode. They said: shorter",
		"assistant: call t2", "user: result of t2: The person approved the plan…", "assistant: Done.",
	})
}

// TestFeatureAsk has the model ask the person. Row: AskUserQuestion.
func TestFeatureAsk(t *testing.T) {
	t.Parallel()
	f := newFeature(t, to("go", callOf("q1", "AskUserQuestion", object{"questions": []object{{
		"question": "Which colour?", "header": "Colour", "options": []object{{"label": "Red", "description": "r"}, {"label": "Blue", "description": "b"}},
	}}})), then("q1", said("Blue it is.")))
	wait := f.client.BeginPrompt(f.id, "", "go")
	f.choose(0, "choice-1", "")
	_, err := wait()
	must(t, err)
	f.mustAgree(t, []string{
		"user: go", "assistant: call q1", `user: result of q1: The person answered: "Which colour?"="Blue"…`, "assistant: Blue it is.",
	})
}

// TestFeatureTodo keeps a list. Row: Todo lists.
func TestFeatureTodo(t *testing.T) {
	t.Parallel()
	f := newFeature(t, to("go", callOf("l1", "TodoWrite", object{"todos": []object{{"content": "One", "status": "in_progress", "activeForm": "Doing one"}}})), then("l1", said("Begun.")))
	f.say(t, "go")
	f.mustAgree(t, []string{"user: go", "assistant: call l1", "user: result of l1: …", "assistant: Begun."})
}

// TestFeatureTitle has the model word the title: the program finds the session by it. Row: Titles.
func TestFeatureTitle(t *testing.T) {
	t.Parallel()
	f := newFeature(t, anthropictest.Exchange{Match: anthropictest.IsTitle, Reply: anthropictest.Stream(said("Counting files"))})
	f.model.handler.(*anthropictest.Server).Titles()
	f.say(t, "please count the files of this project")
	f.client.Until("the title", func(seen world.Seen) bool {
		return slices.ContainsFunc(seen.Updates(), func(u world.Update) bool {
			return u.Update.Kind == acp.UpdateSessionInfo && u.Update.Title == "Counting files"
		})
	})
	f.mustAgree(t, []string{"user: please count the files of this project", "assistant: noted"})
	m := newModel(t)
	f.desk.mustRun(m, "-p", "by title", "--resume", "Counting files")
	if _, asked := m.asked("by title"); !asked {
		t.Error("the program does not find the session by the title that the model worded")
	}
	if got := f.desk.load(f.id).Title(); got != "Counting files" {
		t.Errorf("the title is %q", got)
	}
}
