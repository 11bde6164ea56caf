package tool

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// taskStop ends a background command or subagent.
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
		Description: "Stops a command or a subagent that runs in the background, with everything that it started.",
		InputSchema: json.RawMessage(`{"type":"object","additionalProperties":false,"properties":{` +
			`"task_id":{"type":"string","description":"The id that Bash or Agent gave"},` +
			`"shell_id":{"type":"string","description":"The same; use task_id"}}}`),
	}
}

// Safety says that stopping one's own work needs nobody's leave.
func (taskStop) Safety(json.RawMessage) Safety { return ReadOnly }

// Run stops the task and waits until it is gone.
func (taskStop) Run(ctx context.Context, env *Env, input json.RawMessage) (Result, error) {
	in, err := decode[taskStopInput](input)
	if err != nil {
		return refuseFor(err)
	}
	task, err := env.task(cmp.Or(in.TaskID, in.ShellID))
	if err != nil {
		return refuseFor(err)
	}
	if task.isOver() {
		return refuse("%s has ended already.", task.ID)
	}
	task.Stop(ByModel)
	timer := time.NewTimer(stopPatience)
	defer timer.Stop()
	select {
	case <-task.Ended:
	case <-timer.C:
		return refuse("%s has been told to stop and has not ended yet.", task.ID)
	case <-ctx.Done():
		return Result{}, ctx.Err()
	}
	message := fmt.Sprintf("Stopped %s in the background.", task.ID)
	return result(message, taskStopResult{message, task.ID, task.Kind, task.Title})
}
