package claude_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/anthropic/anthropictest"
	"claude-agent-chat/pkg/transcript"
	"claude-agent-chat/test/world"
)

var taskEnd = regexp.MustCompile(`<task-id>([^<]*)</task-id>(?s:.*?)<status>([^<]*)</status>`)

// heard is what the program says of tasks when it resumes a session: each with how it ended. The file stays as it was.
func (d *desk) heard(sessionID string) (all []string) {
	d.t.Helper()
	request := d.resumed(sessionID)
	if request.refused != "" {
		d.t.Fatalf("the API would refuse what the program sends: %s", request.refused)
	}
	for _, message := range request.Messages {
		for _, b := range message.Content {
			for _, found := range taskEnd.FindAllStringSubmatch(b.text(), -1) {
				all = append(all, found[1]+" "+found[2])
			}
		}
	}
	slices.Sort(all)
	return all
}

// TestBackgroundForms writes ends of tasks in each form, and one task that has neither an end nor files: the program reads the ends,
// and tells by itself of the one that is missing. Row: Subagents.
func TestBackgroundForms(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id := uuid.NewString()
	w, err := transcript.OpenWriter(t.Context(), d.path(id), transcript.Context{SessionID: id, Cwd: d.cwd})
	must(t, err)
	entries := []transcript.Entry{transcript.Prompt{PromptID: "p1", Content: json.RawMessage(`"go"`), PermissionMode: "default"}}
	ids := []string{"a1111111111111111", "a2222222222222222", "a3333333333333333", "a4444444444444444"}
	answer := func(content object) transcript.Entry {
		stop := "end_turn"
		return transcript.Assistant{MessageID: "msg_" + uuid.NewString(), RequestID: "req_1", Model: usualModel, Block: json.RawMessage(encode(content)), StopReason: &stop}
	}
	for _, task := range ids {
		call := "toolu_" + task
		entries = append(
			entries, answer(object{"type": "tool_use", "id": call, "name": "Agent", "input": object{"description": "d", "prompt": "p", "run_in_background": true}}),
			transcript.ToolResult{
				ToolUseID: call, Content: json.RawMessage(encode("agentId: " + task)),
				UseResult: json.RawMessage(encode(object{"isAsync": true, "status": "async_launched", "agentId": task, "description": "d", "prompt": "p"})),
			},
		)
	}
	end := func(i int) transcript.TaskNotice {
		return transcript.TaskNotice{PromptID: "p2", Notification: transcript.Notification{
			TaskID: ids[i], ToolUseID: "toolu_" + ids[i], Status: transcript.TaskCompleted, Summary: `Agent "d" finished`, Result: "report",
		}}
	}
	queued, silent := end(1), end(2)
	queued.Queued, silent.Silent = true, true
	entries = append(entries, queued, answer(text("first")), transcript.LastPrompt{Text: "go"}, end(0), answer(text("second")), transcript.LastPrompt{Text: "go"},
		silent, transcript.LastPrompt{Text: "go"})
	_, err = w.Append(t.Context(), entries...)
	must(t, err)
	must(t, w.Close())
	want := []string{ids[0] + " completed", ids[1] + " completed", ids[2] + " completed", ids[3] + " failed"}
	if got := d.heard(id); !slices.Equal(got, want) {
		t.Errorf("the program hears of %q, not %q", got, want)
	}
	if open := d.load(id).OpenTasks(); len(open) != 1 || open[0].ID != ids[3] {
		t.Errorf("we miss the ends of %v", open)
	}
}

// TestBackgroundThere has a subagent end in the background here, and a second one still run when the program goes on with the
// session: that hears of both ends, and so do we of the one that it told. Row: Subagents.
func TestBackgroundThere(t *testing.T) {
	t.Parallel()
	gate, never := anthropictest.NewGate(), anthropictest.NewGate()
	t.Cleanup(gate.Release)
	t.Cleanup(never.Release)
	begin := func(id, prompt string) anthropictest.Step {
		return anthropictest.Tool(id, "Agent", encode(object{"description": "d", "prompt": prompt, "run_in_background": true}))
	}
	f := newFeature(t,
		to("go", begin("t1", "task one")), to("task one", anthropictest.Hold(gate), said("The report.")), then("t1", said("Started.")),
		to("again", begin("t2", "task two")), to("task two", anthropictest.Hold(never), said("never")), then("t2", said("Started too.")),
	)
	f.say(t, "go")
	gate.Release()
	f.client.Until("the turn about it", func(s world.Seen) bool {
		return s.Text(acp.UpdateAgentMessage) == "Started.noted" && s.State() == acp.StateIdle
	})
	f.say(t, "again")
	heard := f.desk.heard(f.id)
	var ends []string
	for _, line := range heard {
		_, status, _ := strings.Cut(line, " ")
		ends = append(ends, status)
	}
	slices.Sort(ends)
	if !slices.Equal(ends, []string{"completed", "stopped"}) {
		t.Errorf("the program hears of %q", heard)
	}
	f.desk.mustRun(newModel(t), "-p", "in the terminal", "--resume", f.id)
	if open := f.desk.load(f.id).OpenTasks(); len(open) != 0 {
		t.Errorf("the program has told of all ends, and we miss those of %v", open)
	}
}
