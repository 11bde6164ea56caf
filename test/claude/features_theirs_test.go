package claude_test

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

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

// mustGoOn opens a session of the program's: people see this, and the model is told this by our server, as by the program.
// Then both go on with it.
func (f *feature) mustGoOn(t *testing.T, shown, want []string) {
	t.Helper()
	if diff := cmp.Diff(shown, f.load(t, f.id)); diff != "" {
		t.Errorf("shown (-expected +is):\n%s", diff)
	}
	f.mustAgree(t, want)
}

// TestTheirCompact goes on with a session that the program compacted. Row: Compaction.
func TestTheirCompact(t *testing.T) {
	t.Parallel()
	f := newFeature(t)
	f.there(t, newModel(t, to("one", said("first")), to("two", said("second")), to("three", said("third"))), "one", "two", "/compact keep x", "three")
	f.mustGoOn(t, []string{
		"user: one", "agent: first", "user: two", "agent: second", "user: /compact keep x", "agent: Compacted (ctrl+o to see full summary)",
		"user: three", "agent: third",
	}, []string{
		"user: This session is being continued from a previous conversation…", "assistant: second",
		"user: <local-command-caveat>…Compacted (ctrl+o to see full summary)</local-command-stdout> | three", "assistant: third",
	})
}

// TestTheirCompactLast goes on with a session that ends with a compaction of the program's. Row: Compaction.
func TestTheirCompactLast(t *testing.T) {
	t.Parallel()
	f := newFeature(t)
	f.there(t, newModel(t, to("one", said("first")), to("two", said("second"))), "one", "two", "/compact")
	f.mustGoOn(t, []string{
		"user: one", "agent: first", "user: two", "agent: second", "user: /compact", "agent: Compacted (ctrl+o to see full summary)",
	}, []string{
		"user: This session is being continued from a previous conversation…", "assistant: second",
		"user: <local-command-caveat>…Compacted (ctrl+o to see full summary)</local-command-stdout>",
	})
}

// TestTheirSubagent goes on with a session in which a subagent of the program's worked. Row: Subagents.
func TestTheirSubagent(t *testing.T) {
	t.Parallel()
	f := newFeature(t)
	f.there(t, newModel(t,
		to("go", callOf("a1", "Agent", object{"description": "d", "prompt": "sub task", "subagent_type": "general-purpose", "run_in_background": false})),
		to("sub task", said("I look."), callOf("b1", "Bash", object{"command": "echo in-sub", "description": "x"})), then("b1", said("the report")),
		then("a1", said("Done.")),
	), "go")
	f.mustGoOn(t, []string{"user: go", "a1 pending", "a1 completed", "agent: Done."},
		[]string{"user: go", "assistant: call a1", "user: result of a1: …[Subagent hand-back] The …", "assistant: Done."})
}

// TestTheirSkill goes on with a session in which the program opened a skill, by itself and on wish. Row: Skills.
func TestTheirSkill(t *testing.T) {
	t.Parallel()
	f := newFeature(t)
	f.file(t, ".claude/skills/tidy/SKILL.md", "---\nname: tidy\ndescription: How to tidy up\n---\nPut $ARGUMENTS away.")
	f.there(t, newModel(t, to("tidy up", callOf("s1", "Skill", object{"skill": "tidy", "args": "the desk"})), then("s1", said("Tidied."))), "tidy up", "/tidy the shelf")
	f.mustGoOn(t, []string{"user: tidy up", "s1 pending", "s1 completed", "agent: Tidied.", "user: /tidy the shelf", "agent: noted"}, []string{
		"user: tidy up", "assistant: call s1", "user: result of s1: Launching skill: tidy | Base directory…Put the desk away.", "assistant: Tidied.",
		"user: <command-message>tidy…Put the shelf away.", "assistant: noted",
	})
}

// TestTheirCommand goes on with a session of commands. Row: Slash commands.
func TestTheirCommand(t *testing.T) {
	t.Parallel()
	f := newFeature(t)
	f.file(t, ".claude/commands/greet.md", "---\ndescription: Greet\n---\nGreet $ARGUMENTS warmly.")
	f.there(t, newModel(t), "/greet the two", "/nonsense x", "/rename A title", "on")
	f.mustGoOn(t, []string{
		"user: /greet the two", "agent: noted", "user: /nonsense x", "agent: noted", "user: /rename A title", "agent: Session renamed to: A title",
		"user: on", "agent: noted",
	}, []string{
		"user: <command-message>greet… | Greet the two warmly.", "assistant: noted", "user: /nonsense x", "assistant: noted",
		"user: <…on", "assistant: noted",
	})
}

// withTasks has the program offer its tools for tasks, whatever the model.
func (f *feature) withTasks(t *testing.T) {
	t.Helper()
	settings := object{"cleanupPeriodDays": 36500, "env": object{"CLAUDE_CODE_ENABLE_TODO_TOOLS": "1"}}
	must(t, os.WriteFile(filepath.Join(f.desk.home, ".claude", "settings.json"), []byte(encode(settings)), 0o600))
}

// TestTheirTasks goes on with a session in which the program kept a list, with the tools that it has for that by now.
// Row: Todo lists.
func TestTheirTasks(t *testing.T) {
	t.Parallel()
	f := newFeature(t)
	f.withTasks(t)
	f.there(t, newModel(t,
		to("go", callOf("l1", "TaskCreate", object{"subject": "One", "description": "Do one", "activeForm": "Doing one"})),
		then("l1", callOf("l2", "TaskUpdate", object{"taskId": "1", "status": "in_progress"})), then("l2", said("Begun.")),
	), "go")
	f.mustGoOn(t, []string{"user: go", "l1 pending", "l1 completed", "l2 pending", "l2 completed", "agent: Begun."}, []string{
		"user: go", "assistant: call l1", "user: result of l1: Task #1 created successfully: One", "assistant: call l2",
		"user: result of l2: Updated task #1 status", "assistant: Begun.",
	})
}

// listed has the model look at the list of tasks, and finds out what it is told.
func listed(t *testing.T, prompt, id, want string) []anthropictest.Exchange {
	t.Helper()
	told := false
	t.Cleanup(func() {
		if !told {
			t.Errorf("%s: there is no list", prompt)
		}
	})
	return []anthropictest.Exchange{to(prompt, callOf(id, "TaskList", object{})), {
		Match: anthropictest.HasResult(id), Check: func(r *anthropictest.Request) error {
			for _, m := range r.Messages {
				for _, b := range m.Results() {
					if told = told || b.ToolUseID == id; b.ToolUseID == id && !strings.HasPrefix(b.ResultText(), want) {
						t.Errorf("%s: the list is %q", prompt, b.ResultText())
					}
				}
			}
			return nil
		}, Reply: anthropictest.Stream(said("Listed.")),
	}}
}

// TestTasksBoth has both programs work on one list, and takes the list from the transcript where its files are lost.
// Row: Todo lists.
func TestTasksBoth(t *testing.T) {
	t.Parallel()
	ours := listed(t, "list here", "o1", "#1 [in_progress] One\n#2 [pending] Two [blocked by #1]")
	ours = append(ours, to("on here", callOf("o2", "TaskUpdate", object{"taskId": "1", "status": "completed", "owner": "me"}), callOf("o3", "TaskCreate", object{"subject": "Three", "description": "d"}), callOf("o4", "TaskUpdate", object{"taskId": "3", "status": "deleted"})), then("o4", said("Done.")))
	ours = append(ours, listed(t, "list again", "o5", "#1 [completed] One (me)\n#2 [pending] Two\n#4 [pending] Four")...)
	f := newFeature(t, ours...)
	f.withTasks(t)
	f.there(t, newModel(t,
		to("go", callOf("l1", "TaskCreate", object{"subject": "One", "description": "Do one"}), callOf("l2", "TaskCreate", object{"subject": "Two", "description": "Do two"})),
		then("l2", callOf("l3", "TaskUpdate", object{"taskId": "1", "status": "in_progress"}), callOf("l4", "TaskUpdate", object{"taskId": "2", "addBlockedBy": []string{"1"}})), then("l4", said("Begun.")),
	), "go")
	f.load(t, f.id)
	f.say(t, "list here", "on here")
	f.close(t, f.id)
	theirs := append(listed(t, "list there", "t1", "#1 [completed] One (me)\n#2 [pending] Two"),
		to("on there", callOf("t2", "TaskCreate", object{"subject": "Four", "description": "d"})), then("t2", said("Added.")))
	m := newModel(t, theirs...)
	for _, prompt := range []string{"list there", "on there"} {
		f.desk.mustRun(m, "-p", prompt, "--resume", f.id, "--permission-mode", "bypassPermissions")
	}
	f.Stop()
	must(t, os.RemoveAll(filepath.Join(f.desk.home, ".claude", "tasks")))
	f.Start()
	f.client = f.Dial(f.user)
	f.load(t, f.id)
	f.say(t, "list again")
}

// TestTheirSteer goes on with a session in which the person wrote while the program worked. Row: Messages while it works.
func TestTheirSteer(t *testing.T) {
	t.Parallel()
	f := newFeature(t)
	m := newModel(t, to("go", callOf("b1", "Bash", object{"command": "sleep 1", "description": "Wait"})), then("b1", said("Both.")))
	f.id = f.desk.answering(m, []string{"go", "and this"}, nil, "--permission-mode", "bypassPermissions")
	f.mustGoOn(t, []string{"user: go", "b1 pending", "b1 completed", "user: and this", "agent: Both."},
		[]string{"user: go", "assistant: call b1", "user: result of b1: … | and this", "assistant: Both."})
}

// TestTheirQuestions goes on with a session in which the program had a plan approved and asked the person. Rows: Plan mode,
// AskUserQuestion.
func TestTheirQuestions(t *testing.T) {
	t.Parallel()
	f := newFeature(t)
	question := object{"question": "Which colour?", "header": "Colour", "multiSelect": false, "options": []object{
		{"label": "Red", "description": "r"}, {"label": "Blue", "description": "b"},
	}}
	m := newModel(t,
		to("go", callOf("q1", "AskUserQuestion", object{"questions": []object{question}})),
		then("q1", callOf("t1", "ExitPlanMode", object{"plan": "1. Paint it blue"})), then("t1", said("Done.")),
	)
	f.id = f.desk.answering(m, []string{"go"}, func(tool string, input object) object {
		if tool == "AskUserQuestion" {
			input["answers"] = object{"Which colour?": "Blue"}
		}
		return input
	}, "--permission-mode", "plan", "--permission-prompt-tool", "stdio")
	f.mustGoOn(t, []string{"user: go", "q1 pending", "q1 completed", "t1 pending", "t1 completed", "agent: Done."}, []string{
		"user: go", "assistant: call q1", `user: result of q1: Your questions have been answered: "Which colour?"="Blue"…`, "assistant: call t1", "user: result of t1: User has approved exiting plan mode. You can now proceed.", "assistant: Done.",
	})
}

// TestTheirRewind goes back in sessions of the program's. Row: Rewind.
func TestTheirRewind(t *testing.T) {
	for name, c := range map[string]struct {
		to   string
		want []string
	}{
		"to a message":       {"two", []string{"user: one", "assistant: noted"}},
		"to the first one":   {"one", nil},
		"to a local command": {"/rename A title", []string{"user: one", "assistant: noted", "user: two", "assistant: noted"}},
	} {
		t.Run(dashed(name), func(t *testing.T) {
			t.Parallel()
			f := newFeature(t)
			f.id = f.desk.converse(newModel(t), []any{"one", "two", "/rename A title", "three"})
			f.rewind(t, c.to)
			f.say(t, "other")
			f.mustAgree(t, append(c.want, "user: other", "assistant: noted"))
		})
	}
}

// TestCompactBoth has a session compacted by both, in turn. Row: Compaction.
func TestCompactBoth(t *testing.T) {
	t.Parallel()
	large := strings.Repeat("word ", 60_000)
	f := newFeature(t, to("one", said(large)), summed("in short"), to("two", said("second")), summed("shorter still"), to("four", said("fourth")))
	f.narrow(90_000)
	f.say(t, "one", "two")
	f.close(t, f.id)
	f.desk.mustRun(newModel(t), "-p", "/compact", "--resume", f.id)
	f.desk.mustRun(newModel(t, to("three", said(large))), "-p", "three", "--resume", f.id)
	f.load(t, f.id)
	f.say(t, "four")
	f.mustAgree(t, []string{"user: The conversation so far was… | four", "assistant: fourth"})
}

// answering runs the program with prompts that all come at its beginning, and grants each call that it asks about, with
// the input that allow makes of the call's. It gives the id of the session.
func (d *desk) answering(m *model, prompts []string, allow func(tool string, input object) object, args ...string) string {
	d.t.Helper()
	turns <- struct{}{}
	defer func() { <-turns }()
	id := uuid.NewString()
	cmd := d.command(m, append(args, streaming(id)...)...)
	in, err := cmd.StdinPipe()
	must(d.t, err)
	out, err := cmd.StdoutPipe()
	must(d.t, err)
	must(d.t, cmd.Start())
	for _, p := range prompts {
		_, err = io.WriteString(in, userLine(p))
		must(d.t, err)
	}
	answers := bufio.NewScanner(out)
	answers.Buffer(nil, 16<<20)
	for answers.Scan() && !strings.Contains(answers.Text(), `"type":"result"`) {
		var asked struct {
			Type      string
			RequestID string `json:"request_id"`
			Request   struct {
				ToolName string `json:"tool_name"`
				Input    object
			}
		}
		must(d.t, json.Unmarshal(answers.Bytes(), &asked))
		if asked.Type != "control_request" {
			continue
		}
		granted := object{"behavior": "allow", "updatedInput": allow(asked.Request.ToolName, asked.Request.Input)}
		_, err = io.WriteString(in, encode(object{"type": "control_response", "response": object{
			"subtype": "success", "request_id": asked.RequestID, "response": granted,
		}})+"\n")
		must(d.t, err)
	}
	must(d.t, answers.Err())
	must(d.t, in.Close())
	_, err = io.Copy(io.Discard, out)
	must(d.t, err)
	must(d.t, cmd.Wait())
	return id
}
