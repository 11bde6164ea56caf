package tasklist

import (
	"encoding/json"
	"strconv"

	"claude-agent-chat/pkg/transcript"
)

// The tools that change a list. Others only look at it.
const (
	ToolCreate = "TaskCreate"
	ToolUpdate = "TaskUpdate"
)

// Updated is what a call of ToolUpdate gave, in Claude Code's toolUseResult.
type Updated struct {
	Success       bool          `json:"success"`
	TaskID        string        `json:"taskId"`
	UpdatedFields []string      `json:"updatedFields"`
	StatusChange  *StatusChange `json:"statusChange,omitempty"`
	Error         string        `json:"error,omitempty"`
}

// StatusChange is in Updated if there was one.
type StatusChange struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// Created is what a call of ToolCreate gave.
type Created struct {
	Task *struct {
		ID          string `json:"id"`
		Subject     string `json:"subject"`
		Description string `json:"description"`
	} `json:"task"`
}

// Of does again what the calls of a conversation did to an empty list. Calls of other tools, and those that failed, do
// nothing.
func Of(calls []transcript.AnsweredCall) *List {
	list := &List{}
	for _, c := range calls {
		switch c.Name {
		case ToolCreate:
			list.created(c)
		case ToolUpdate:
			list.updated(c)
		}
	}
	return list
}

func (l *List) created(c transcript.AnsweredCall) {
	var made Created
	var in New
	if json.Unmarshal(c.UseResult, &made) != nil || made.Task == nil || json.Unmarshal(c.Input, &in) != nil {
		return
	}
	id, err := strconv.Atoi(made.Task.ID)
	if err != nil || id <= l.last || id > maxID || len(l.Tasks) >= MaxTasks {
		return
	}
	l.last = id - 1
	l.Create(&in)
}

func (l *List) updated(c transcript.AnsweredCall) {
	var done Updated
	var in Change
	if json.Unmarshal(c.UseResult, &done) != nil || !done.Success || json.Unmarshal(c.Input, &in) != nil || !in.Valid() {
		return
	}
	if t := l.Find(in.TaskID); t != nil && t.Size(in.Metadata) <= maxFile/2 {
		l.Update(t, &in)
	}
}
