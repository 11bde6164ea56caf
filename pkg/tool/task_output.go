package tool

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// taskOutput gives the output of a background command or subagent, and may wait for its end.
type taskOutput struct{}

type taskOutputInput struct {
	TaskID  string   `json:"task_id"`
	Block   *bool    `json:"block"`
	Timeout *float64 `json:"timeout"` // milliseconds
}

type taskOutputResult struct {
	RetrievalStatus string `json:"retrieval_status"`
	Task            struct {
		TaskID      string `json:"task_id"`
		TaskType    string `json:"task_type"`
		Status      string `json:"status"`
		Description string `json:"description"`
		Output      string `json:"output"`
		ExitCode    *int   `json:"exitCode"`
	} `json:"task"`
}

const (
	defaultWait = 30 * time.Second
	maxWait     = 10 * time.Minute
)

// Spec describes the tool.
func (taskOutput) Spec() Spec {
	return Spec{
		Name: "TaskOutput",
		Description: "Gives what a command that runs in the background has printed so far, or a subagent there has said, and whether it still runs. " +
			"It waits for the end, but not longer than the timeout; with block false it does not wait. Long output is cut in its middle.",
		InputSchema: json.RawMessage(`{"type":"object","additionalProperties":false,"required":["task_id"],"properties":{` +
			`"task_id":{"type":"string","description":"The id that Bash or Agent gave"},` +
			`"block":{"type":"boolean","description":"Wait for the end; true if not given"},` +
			`"timeout":{"type":"number","description":"How long to wait in milliseconds, at most 600000; 30000 if not given"}}}`),
	}
}

// Safety says that looking changes nothing.
func (taskOutput) Safety(json.RawMessage) Safety { return ReadOnly }

// Run waits and looks.
func (taskOutput) Run(ctx context.Context, env *Env, input json.RawMessage) (Result, error) {
	in, err := decode[taskOutputInput](input, "task_id")
	if err != nil {
		return refuseFor(err)
	}
	task, err := env.task(in.TaskID)
	if err != nil {
		return refuseFor(err)
	}
	if err := in.wait(ctx, task); err != nil {
		return Result{}, err
	}
	state := task.Look()
	out := taskOutputResult{RetrievalStatus: "success"}
	if state.Status == "running" {
		out.RetrievalStatus = "not_ready"
	}
	out.Task.TaskID, out.Task.TaskType, out.Task.Status, out.Task.Description = task.ID, task.Kind, state.Status, task.Title
	out.Task.Output, out.Task.ExitCode = state.Output, state.Exit
	text := fmt.Sprintf("<task_id>%s</task_id>\n<status>%s</status>\n", task.ID, state.Status)
	if state.Exit != nil {
		text += fmt.Sprintf("<exit_code>%d</exit_code>\n", *state.Exit)
	}
	text += strings.TrimSpace(join(state.Detail, "<output>\n"+out.Task.Output+"\n</output>"))
	return result(text, out)
}

// wait waits for the end of the task as long as the call asks for.
func (in taskOutputInput) wait(ctx context.Context, task Task) error {
	if in.Block != nil && !*in.Block {
		return nil
	}
	patience := defaultWait
	if in.Timeout != nil {
		patience = min(max(0, time.Duration(*in.Timeout)*time.Millisecond), maxWait)
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-task.Ended:
	case <-timer.C:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}
