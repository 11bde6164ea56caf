package tool

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// taskStop ends a background command.
type taskStop struct{}

type taskStopInput struct {
	TaskID  string `json:"task_id"`
	ShellID string `json:"shell_id"` // its name in older versions
}

type taskStopResult struct {
	Message  string `json:"message"`
	TaskID   string `json:"task_id"`
	TaskType string `json:"task_type"`
	Command  string `json:"command"`
}

// stopPatience is how long the end of a stopped command is waited for.
const stopPatience = 10 * time.Second

// Spec describes the tool.
func (taskStop) Spec() Spec {
	return Spec{
		Name:        "TaskStop",
		Description: "Stops a command that runs in the background, with everything that it started.",
		InputSchema: json.RawMessage(`{"type":"object","additionalProperties":false,"properties":{` +
			`"task_id":{"type":"string","description":"The id that Bash gave for the command"},` +
			`"shell_id":{"type":"string","description":"The same; use task_id"}}}`),
	}
}

// Safety says that stopping one's own command needs nobody's leave.
func (taskStop) Safety(json.RawMessage) Safety { return ReadOnly }

// Run stops the command and waits until it is gone.
func (taskStop) Run(ctx context.Context, env *Env, input json.RawMessage) (Result, error) {
	in, err := decode[taskStopInput](input)
	if err != nil {
		return refuseFor(err)
	}
	job, err := env.State.jobs.find(cmp.Or(in.TaskID, in.ShellID))
	if err != nil {
		return refuseFor(err)
	}
	if job.isOver() {
		return refuse("The command %s has ended already.", job.id)
	}
	env.State.jobs.mu.Lock()
	job.stopped = true
	env.State.jobs.mu.Unlock()
	job.stop()
	timer := time.NewTimer(stopPatience)
	defer timer.Stop()
	select {
	case <-job.ended:
	case <-timer.C:
		return refuse("The command %s has been told to stop and has not ended yet.", job.id)
	case <-ctx.Done():
		return Result{}, ctx.Err()
	}
	message := fmt.Sprintf("Stopped the background command %s.", job.id)
	return result(message, taskStopResult{message, job.id, "local_bash", job.command})
}
