package tool

import (
	"context"
	"encoding/json"
	"strings"

	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/tasklist"
)

// The tools for the list of tasks, which has what TodoWrite's has not: descriptions, owners, and which task waits for which.
// It is the session's; its subagents work on the same.

// maxTaskInput bounds one call, and what all calls add to the metadata of one task, in bytes.
const maxTaskInput = 20_000

// noTask is the answer about a task that does not exist.
const noTask = "Task not found"

// taskCreate adds a task.
type taskCreate struct{}

// Spec describes the tool.
func (taskCreate) Spec() Spec {
	return Spec{
		Name: "TaskCreate",
		Description: "Adds a task to the task list of this session, which the user sees as your plan. Use the list for work of three " +
			"steps or more; a new task is pending.",
		InputSchema: json.RawMessage(`{"type":"object","additionalProperties":false,"required":["subject","description"],"properties":{` +
			`"subject":{"type":"string","description":"What to do in a few words, as an order: Run the tests"},` +
			`"description":{"type":"string","description":"What belongs to it"},` +
			`"activeForm":{"type":"string","description":"The subject while it is being done: Running the tests"},` +
			`"metadata":{"type":"object","additionalProperties":{},"description":"Whatever else is to be kept with it"}}}`),
	}
}

// Safety says that it changes nothing of the user's.
func (taskCreate) Safety(json.RawMessage) Safety { return ReadOnly }

// Orderly says that the ids of tasks follow the order of the calls.
func (taskCreate) Orderly() {}

// Run adds the task.
func (taskCreate) Run(_ context.Context, env *Env, input json.RawMessage) (Result, error) {
	in, err := decodeTask[tasklist.New](input, "subject")
	if err != nil {
		return refuseFor(err)
	}
	if strings.TrimSpace(in.Subject) == "" {
		return refuse("The task has no subject.")
	}
	var made *tasklist.Task
	err = env.changeTasks(func(l *tasklist.List) {
		if len(l.Tasks) < tasklist.MaxTasks {
			made = l.Create(&in)
		}
	})
	switch {
	case err != nil:
		return Result{}, err
	case made == nil:
		return refuse("There are %d tasks already. Delete those that are done.", tasklist.MaxTasks)
	}
	shown := struct {
		ID          string `json:"id"`
		Subject     string `json:"subject"`
		Description string `json:"description"`
	}{made.ID, made.Subject, made.Description}
	return result("Task #"+made.ID+" created successfully: "+made.Subject, map[string]any{"task": shown})
}

// decodeTask reads an input that is to be kept, and so must not be large.
func decodeTask[T any](input json.RawMessage, required ...string) (T, error) {
	in, err := decode[T](input, required...)
	if err == nil && len(input) > maxTaskInput {
		err = fault.New(fault.TooLarge, "The call has more than %d bytes. Write long texts to a file.", maxTaskInput)
	}
	return in, err
}

// changeTasks changes the session's list and shows it.
func (e *Env) changeTasks(change func(*tasklist.List)) error {
	var after *tasklist.List
	err := e.Tasks.Change(func(l *tasklist.List) {
		change(l)
		after = l
	})
	if err == nil && e.Planned != nil {
		e.Planned(after.Plan())
	}
	return err
}

// taskUpdate changes or deletes a task.
type taskUpdate struct{}

// Spec describes the tool.
func (taskUpdate) Spec() Spec {
	return Spec{
		Name: "TaskUpdate",
		Description: "Changes a task of the task list: only the fields that are given. Mark a task as in_progress before its work " +
			"begins, and as completed when it is done in full; deleted removes it.",
		InputSchema: json.RawMessage(`{"type":"object","additionalProperties":false,"required":["taskId"],"properties":{` +
			`"taskId":{"type":"string","description":"The id of the task"},` +
			`"subject":{"type":"string","description":"A new subject"},` +
			`"description":{"type":"string","description":"A new description"},` +
			`"activeForm":{"type":"string","description":"The subject while it is being done"},` +
			`"status":{"type":"string","enum":["pending","in_progress","completed","deleted"]},` +
			`"addBlocks":{"type":"array","items":{"type":"string"},"description":"Ids of tasks that wait for this one"},` +
			`"addBlockedBy":{"type":"array","items":{"type":"string"},"description":"Ids of tasks for which this one waits"},` +
			`"owner":{"type":"string","description":"Who does it"},` +
			`"metadata":{"type":"object","additionalProperties":{},"description":"Keys to add; null takes one away"}}}`),
	}
}

// Safety says that it changes nothing of the user's.
func (taskUpdate) Safety(json.RawMessage) Safety { return ReadOnly }

// Orderly says that the last of several changes counts.
func (taskUpdate) Orderly() {}

// Run changes the task.
func (taskUpdate) Run(_ context.Context, env *Env, input json.RawMessage) (Result, error) {
	in, err := decodeTask[tasklist.Change](input, "taskId")
	if err != nil {
		return refuseFor(err)
	}
	if !in.Valid() {
		return refuse("The status must be pending, in_progress, completed or deleted, not %q.", upTo(*in.Status, maxTitle))
	}
	done, tooLarge := tasklist.Updated{TaskID: in.TaskID, UpdatedFields: []string{}, Error: noTask}, false
	err = env.changeTasks(func(l *tasklist.List) {
		t := l.Find(in.TaskID)
		if t == nil {
			return
		}
		if tooLarge = t.Size(in.Metadata) > maxTaskInput; tooLarge {
			return
		}
		before := t.Status
		done = tasklist.Updated{Success: true, TaskID: t.ID, UpdatedFields: l.Update(t, &in)}
		if in.Status != nil && *in.Status != before {
			done.StatusChange = &tasklist.StatusChange{From: before, To: *in.Status}
		}
	})
	switch {
	case err != nil:
		return Result{}, err
	case tooLarge:
		return refuse("The metadata of a task may have %d bytes.", maxTaskInput)
	case !done.Success:
		return result(noTask, done)
	}
	return result(strings.TrimSpace("Updated task #"+done.TaskID+" "+strings.Join(done.UpdatedFields, ", ")), done)
}

// taskLister shows all tasks.
type taskLister struct{}

// Spec describes the tool.
func (taskLister) Spec() Spec {
	return Spec{
		Name:        "TaskList",
		Description: "Shows the tasks of the task list with their status, their owner and the open tasks that each waits for.",
		InputSchema: json.RawMessage(`{"type":"object","additionalProperties":false,"properties":{}}`),
	}
}

// Safety says that it changes nothing.
func (taskLister) Safety(json.RawMessage) Safety { return ReadOnly }

// listedTask is a task as TaskList shows it.
type listedTask struct {
	ID        string   `json:"id"`
	Subject   string   `json:"subject"`
	Status    string   `json:"status"`
	Owner     string   `json:"owner,omitempty"`
	BlockedBy []string `json:"blockedBy"`
}

// Run shows the tasks.
func (taskLister) Run(_ context.Context, env *Env, input json.RawMessage) (Result, error) {
	if _, err := decode[struct{}](input); err != nil {
		return refuseFor(err)
	}
	list, err := env.Tasks.Read()
	if err != nil {
		return Result{}, err
	}
	listed, lines := []listedTask{}, []string{}
	for _, t := range list.Tasks {
		shown := listedTask{t.ID, t.Subject, t.Status, t.Owner, list.WaitsFor(t)}
		listed, lines = append(listed, shown), append(lines, shown.line())
	}
	if len(lines) == 0 {
		lines = []string{"No tasks found"}
	}
	return result(strings.Join(lines, "\n"), map[string]any{"tasks": listed})
}

func (t listedTask) line() string {
	line := "#" + t.ID + " [" + t.Status + "] " + t.Subject
	if t.Owner != "" {
		line += " (" + t.Owner + ")"
	}
	if len(t.BlockedBy) > 0 {
		line += " [blocked by " + numbers(t.BlockedBy) + "]"
	}
	return line
}

// numbers writes ids as people refer to them.
func numbers(ids []string) string { return "#" + strings.Join(ids, ", #") }

// taskGet shows one task in full.
type taskGet struct{}

// Spec describes the tool.
func (taskGet) Spec() Spec {
	return Spec{
		Name:        "TaskGet",
		Description: "Shows one task of the task list in full: its description, the tasks it waits for, and those that wait for it.",
		InputSchema: json.RawMessage(`{"type":"object","additionalProperties":false,"required":["taskId"],"properties":{` +
			`"taskId":{"type":"string","description":"The id of the task"}}}`),
	}
}

// Safety says that it changes nothing.
func (taskGet) Safety(json.RawMessage) Safety { return ReadOnly }

// shownTask is a task as TaskGet shows it.
type shownTask struct {
	ID          string   `json:"id"`
	Subject     string   `json:"subject"`
	Description string   `json:"description"`
	Status      string   `json:"status"`
	Blocks      []string `json:"blocks"`
	BlockedBy   []string `json:"blockedBy"`
}

// Run shows the task.
func (taskGet) Run(_ context.Context, env *Env, input json.RawMessage) (Result, error) {
	in, err := decode[struct {
		TaskID string `json:"taskId"`
	}](input, "taskId")
	if err != nil {
		return refuseFor(err)
	}
	list, err := env.Tasks.Read()
	if err != nil {
		return Result{}, err
	}
	t := list.Find(in.TaskID)
	if t == nil {
		return result(noTask, map[string]any{"task": nil})
	}
	lines := []string{"Task #" + t.ID + ": " + t.Subject, "Status: " + t.Status, "Description: " + t.Description}
	if len(t.BlockedBy) > 0 {
		lines = append(lines, "Blocked by: "+numbers(t.BlockedBy))
	}
	if len(t.Blocks) > 0 {
		lines = append(lines, "Blocks: "+numbers(t.Blocks))
	}
	return result(strings.Join(lines, "\n"), map[string]any{"task": shownTask{t.ID, t.Subject, t.Description, t.Status, t.Blocks, t.BlockedBy}})
}
