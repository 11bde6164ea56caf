package tool

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// taskOutput gives the output of a background command, and may wait for its end.
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
		Description: "Gives what a command that runs in the background has printed so far, and whether it still runs. It waits for the end of the " +
			"command, but not longer than the timeout; with block false it does not wait. Long output is cut in its middle.",
		InputSchema: json.RawMessage(`{"type":"object","additionalProperties":false,"required":["task_id"],"properties":{` +
			`"task_id":{"type":"string","description":"The id that Bash gave for the command"},` +
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
	job, err := env.State.jobs.find(in.TaskID)
	if err != nil {
		return refuseFor(err)
	}
	if err := in.wait(ctx, job); err != nil {
		return Result{}, err
	}
	status, detail := env.State.jobs.state(job)
	out := taskOutputResult{RetrievalStatus: "success"}
	if status == "running" {
		out.RetrievalStatus = "not_ready"
	}
	out.Task.TaskID, out.Task.TaskType, out.Task.Status, out.Task.Description, out.Task.Output = job.id, "local_bash", status, job.command, job.out.String()
	text := fmt.Sprintf("<task_id>%s</task_id>\n<status>%s</status>\n", job.id, status)
	if status != "running" {
		out.Task.ExitCode = &job.exit.Code
		text += fmt.Sprintf("<exit_code>%d</exit_code>\n", job.exit.Code)
	}
	text += strings.TrimSpace(join(detail, "<output>\n"+out.Task.Output+"\n</output>"))
	return result(text, out)
}

// wait waits for the end of the job as long as the call asks for.
func (in taskOutputInput) wait(ctx context.Context, job *job) error {
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
	case <-job.ended:
	case <-timer.C:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}
