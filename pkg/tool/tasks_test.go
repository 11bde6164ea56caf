package tool_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/tasklist"
	"claude-agent-chat/pkg/tool"
	"claude-agent-chat/pkg/transcript"
)

// taskCalls are calls of the task tools of one session, which need nothing but its list.
type taskCalls struct {
	*testing.T
	list    tasklist.Store
	planned []acp.PlanEntry // as it was shown last
	done    []transcript.AnsweredCall
}

func newTaskCalls(t *testing.T) *taskCalls {
	t.Helper()
	return &taskCalls{T: t, list: tasklist.At(t.TempDir(), "s")}
}

func (c *taskCalls) run(name, input string) tool.Result {
	c.Helper()
	for _, each := range tool.Builtin(nil) {
		if each.Spec().Name == name {
			env := &tool.Env{Tasks: c.list, Planned: func(plan []acp.PlanEntry) { c.planned = plan }}
			r, err := each.Run(c.Context(), env, json.RawMessage(input))
			if err != nil {
				c.Fatal(err)
			}
			c.done = append(c.done, transcript.AnsweredCall{Name: name, Input: json.RawMessage(input), UseResult: r.UseResult})
			return r
		}
	}
	c.Fatalf("no tool %s", name)
	return tool.Result{}
}

// TestTasksLikeClaudeCode holds the results against those of a session of Claude Code with the same calls.
func TestTasksLikeClaudeCode(t *testing.T) {
	calls := newTaskCalls(t)
	for _, tt := range []struct{ name, input, content, use string }{
		{"TaskList", `{}`, "No tasks found", `{"tasks":[]}`},
		{"TaskCreate", `{"subject":"First","description":"do it","activeForm":"Doing"}`, "Task #1 created successfully: First", `{"task":{"id":"1","subject":"First","description":"do it"}}`},
		{"TaskCreate", `{"subject":"Second","description":"then","metadata":{"k":1}}`, "Task #2 created successfully: Second", `{"task":{"id":"2","subject":"Second","description":"then"}}`},
		{
			"TaskUpdate", `{"taskId":"1","status":"in_progress","owner":"me"}`, "Updated task #1 owner, status",
			`{"success":true,"taskId":"1","updatedFields":["owner","status"],"statusChange":{"from":"pending","to":"in_progress"}}`,
		},
		{
			"TaskUpdate", `{"taskId":"2","addBlockedBy":["1"],"metadata":{"k":null,"z":2},"subject":"Second!"}`, "Updated task #2 subject, metadata, blockedBy",
			`{"success":true,"taskId":"2","updatedFields":["subject","metadata","blockedBy"]}`,
		},
		{
			"TaskList", `{}`, "#1 [in_progress] First (me)\n#2 [pending] Second! [blocked by #1]",
			`{"tasks":[{"id":"1","subject":"First","status":"in_progress","owner":"me","blockedBy":[]},{"id":"2","subject":"Second!","status":"pending","blockedBy":["1"]}]}`,
		},
		{
			"TaskGet", `{"taskId":"2"}`, "Task #2: Second!\nStatus: pending\nDescription: then\nBlocked by: #1",
			`{"task":{"id":"2","subject":"Second!","description":"then","status":"pending","blocks":[],"blockedBy":["1"]}}`,
		},
		{
			"TaskGet", `{"taskId":"1"}`, "Task #1: First\nStatus: in_progress\nDescription: do it\nBlocks: #2",
			`{"task":{"id":"1","subject":"First","description":"do it","status":"in_progress","blocks":["2"],"blockedBy":[]}}`,
		},
		{"TaskGet", `{"taskId":"9"}`, "Task not found", `{"task":null}`},
		{"TaskUpdate", `{"taskId":"9","status":"completed"}`, "Task not found", `{"success":false,"taskId":"9","updatedFields":[],"error":"Task not found"}`},
		{
			"TaskUpdate", `{"taskId":"2","addBlockedBy":["7","2"]}`, "Updated task #2 blockedBy",
			`{"success":true,"taskId":"2","updatedFields":["blockedBy"]}`,
		},
		{"TaskUpdate", `{"taskId":"1","owner":"me"}`, "Updated task #1", `{"success":true,"taskId":"1","updatedFields":[]}`},
		{
			"TaskUpdate", `{"taskId":"1","status":"completed","subject":"1st","description":"d","activeForm":"f","owner":"o","metadata":{"x":1},"addBlocks":["2"]}`,
			"Updated task #1 subject, description, activeForm, owner, metadata, status, blocks",
			`{"success":true,"taskId":"1","updatedFields":["subject","description","activeForm","owner","metadata","status","blocks"],"statusChange":{"from":"in_progress","to":"completed"}}`,
		},
		{
			"TaskList", `{}`, "#1 [completed] 1st (o)\n#2 [pending] Second!",
			`{"tasks":[{"id":"1","subject":"1st","status":"completed","owner":"o","blockedBy":[]},{"id":"2","subject":"Second!","status":"pending","blockedBy":[]}]}`,
		},
		{
			"TaskUpdate", `{"taskId":"1","status":"deleted"}`, "Updated task #1 deleted",
			`{"success":true,"taskId":"1","updatedFields":["deleted"],"statusChange":{"from":"completed","to":"deleted"}}`,
		},
		{"TaskUpdate", `{"taskId":"2","status":"deleted"}`, "Updated task #2 deleted", `{"success":true,"taskId":"2","updatedFields":["deleted"],"statusChange":{"from":"pending","to":"deleted"}}`},
		{"TaskCreate", `{"subject":"Third"}`, "Task #3 created successfully: Third", `{"task":{"id":"3","subject":"Third","description":"Third"}}`},
	} {
		r := calls.run(tt.name, tt.input)
		if got := contentOf(t, r); got != tt.content || r.IsError {
			t.Errorf("%s %s: got %q", tt.name, tt.input, got)
		}
		sameJSON(t, r.UseResult, tt.use)
		list, err := calls.list.Read()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(list.Tasks, tasklist.Of(calls.done).Tasks, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s %s is recalled as %s", tt.name, tt.input, diff)
		}
		if diff := cmp.Diff(list.Plan(), calls.planned, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s %s is shown as %s", tt.name, tt.input, diff)
		}
	}
	if diff := cmp.Diff([]acp.PlanEntry{{Content: "Third", Priority: "medium", Status: "pending"}}, calls.planned); diff != "" {
		t.Error(diff)
	}
}

func TestTasksRefuse(t *testing.T) {
	calls := newTaskCalls(t)
	calls.run("TaskCreate", `{"subject":"One","description":"","metadata":{"a":"`+strings.Repeat("x", 15_000)+`"}}`)
	before := calls.run("TaskGet", `{"taskId":"1"}`)
	for _, tt := range []struct{ name, input, want string }{
		{"TaskCreate", `{"subject":" ","description":""}`, "no subject"},
		{"TaskCreate", `{"subject":"x","description":"","metadata":[]}`, "must be an object"},
		{"TaskCreate", `{"subject":"x","description":"` + strings.Repeat("y", 20_000) + `"}`, "more than 20000 bytes"},
		{"TaskUpdate", `{"taskId":1}`, "must be a string"},
		{"TaskUpdate", `{"taskId":"1","subject":"y","status":"done"}`, "must be pending"},
		{"TaskUpdate", `{"taskId":"1","subject":"y","metadata":{"b":"` + strings.Repeat("x", 15_000) + `"}}`, "metadata"},
		{"TaskList", `{"all":true}`, "does not know"},
		{"TaskGet", `{}`, `"taskId" is missing`},
	} {
		if r := calls.run(tt.name, tt.input); !r.IsError || !strings.Contains(contentOf(t, r), tt.want) {
			t.Errorf("%s %.100s: %s", tt.name, tt.input, r.Content)
		}
	}
	if after := calls.run("TaskGet", `{"taskId":"1"}`); string(after.Content) != string(before.Content) {
		t.Errorf("it is %s, and was %s", after.Content, before.Content)
	}
	for i := range 199 {
		calls.run("TaskCreate", fmt.Sprintf(`{"subject":"%d","description":""}`, i))
	}
	if r := calls.run("TaskCreate", `{"subject":"x","description":""}`); !r.IsError || len(calls.planned) != 200 {
		t.Errorf("task 201: %s", r.Content)
	}
}
