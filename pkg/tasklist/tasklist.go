// Package tasklist keeps the list of tasks of a session, in Claude Code's files: one for each task below
// {home}/.claude/tasks/{session}. What a session's calls did to the list can be done again from its transcript, where the
// files are not there, or where the conversation has gone back.
package tasklist

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
)

// MaxTasks is how many tasks a list may have.
const MaxTasks = 200

// The states of a task.
const (
	Pending    = "pending"
	InProgress = "in_progress"
	Completed  = "completed"
	deleted    = "deleted" // removes it
)

// Task is one task as it stands in its file.
type Task struct {
	ID          string                     `json:"id"`
	Subject     string                     `json:"subject"`
	Description string                     `json:"description"`
	ActiveForm  string                     `json:"activeForm,omitempty"`
	Owner       string                     `json:"owner,omitempty"`
	Status      string                     `json:"status"`
	Blocks      []string                   `json:"blocks"`
	BlockedBy   []string                   `json:"blockedBy"`
	Metadata    map[string]json.RawMessage `json:"metadata,omitempty"`
}

// List is the tasks in the order of their ids. An id is never given again.
type List struct {
	Tasks []*Task
	last  int // the highest id that was given
}

// New is what a new task is made of.
type New struct {
	Subject     string                     `json:"subject"`
	Description *string                    `json:"description"` // the subject, if it is nil
	ActiveForm  string                     `json:"activeForm"`
	Metadata    map[string]json.RawMessage `json:"metadata"`
}

// Change is what becomes of a task. What is nil stays.
type Change struct {
	TaskID       string                     `json:"taskId"`
	Subject      *string                    `json:"subject"`
	Description  *string                    `json:"description"`
	ActiveForm   *string                    `json:"activeForm"`
	Owner        *string                    `json:"owner"`
	Metadata     map[string]json.RawMessage `json:"metadata"` // null takes a key away
	Status       *string                    `json:"status"`
	AddBlocks    []string                   `json:"addBlocks"`
	AddBlockedBy []string                   `json:"addBlockedBy"`
}

// ValidStatus reports whether a task may have a status. A change may have one more, which deletes the task.
func ValidStatus(status string) bool {
	return status == Pending || status == InProgress || status == Completed
}

// Valid reports whether a change's status, if it has one, is one.
func (c *Change) Valid() bool {
	return c.Status == nil || *c.Status == deleted || ValidStatus(*c.Status)
}

// Find gives a task; nil if there is none with the id.
func (l *List) Find(id string) *Task {
	for _, t := range l.Tasks {
		if t.ID == id {
			return t
		}
	}
	return nil
}

// Create adds a task.
func (l *List) Create(n *New) *Task {
	l.last++
	t := &Task{
		ID: strconv.Itoa(l.last), Subject: n.Subject, Description: n.Subject, ActiveForm: n.ActiveForm, Status: Pending,
		Blocks: []string{}, BlockedBy: []string{}, Metadata: merged(nil, n.Metadata),
	}
	if n.Description != nil {
		t.Description = *n.Description
	}
	l.Tasks = append(l.Tasks, t)
	return t
}

// Update changes a task and names the fields that are others now. Tasks to wait for that do not exist are passed by, as
// Claude Code does it.
func (l *List) Update(t *Task, c *Change) (fields []string) {
	if c.Status != nil && *c.Status == deleted {
		l.remove(t)
		return []string{deleted}
	}
	fields = []string{}
	changed := func(name string, is bool) {
		if is {
			fields = append(fields, name)
		}
	}
	changed("subject", set(&t.Subject, c.Subject))
	changed("description", set(&t.Description, c.Description))
	changed("activeForm", set(&t.ActiveForm, c.ActiveForm))
	changed("owner", set(&t.Owner, c.Owner))
	changed("metadata", c.Metadata != nil)
	t.Metadata = merged(t.Metadata, c.Metadata)
	changed("status", set(&t.Status, c.Status))
	for _, id := range c.AddBlocks {
		link(t, l.Find(id))
	}
	changed("blocks", len(c.AddBlocks) > 0)
	for _, id := range c.AddBlockedBy {
		link(l.Find(id), t)
	}
	changed("blockedBy", len(c.AddBlockedBy) > 0)
	return fields
}

func (l *List) remove(gone *Task) {
	isGone := func(id string) bool { return id == gone.ID }
	l.Tasks = slices.DeleteFunc(l.Tasks, func(t *Task) bool { return t == gone })
	for _, t := range l.Tasks {
		t.Blocks, t.BlockedBy = slices.DeleteFunc(t.Blocks, isGone), slices.DeleteFunc(t.BlockedBy, isGone)
	}
}

// WaitsFor gives the ids of the tasks that are not done and that a task waits for.
func (l *List) WaitsFor(t *Task) []string {
	open := []string{}
	for _, id := range t.BlockedBy {
		if first := l.Find(id); first != nil && first.Status != Completed {
			open = append(open, id)
		}
	}
	return open
}

// set changes a field, and says whether it did.
func set(field *string, to *string) bool {
	if to == nil || *to == *field {
		return false
	}
	*field = *to
	return true
}

// merged adds metadata; null takes a key away.
func merged(old, added map[string]json.RawMessage) map[string]json.RawMessage {
	all := make(map[string]json.RawMessage, len(old)+len(added))
	maps.Copy(all, old)
	maps.Copy(all, added)
	maps.DeleteFunc(all, func(_ string, value json.RawMessage) bool { return string(value) == "null" })
	return all
}

// Size is how much the metadata of a task would have with more of it, in bytes.
func (t *Task) Size(more map[string]json.RawMessage) (bytes int) {
	for key, value := range merged(t.Metadata, more) {
		bytes += len(key) + len(value)
	}
	return bytes
}

// link has one task wait for another, if there are both.
func link(first, then *Task) {
	if first == nil || then == nil || first == then || slices.Contains(first.Blocks, then.ID) {
		return
	}
	first.Blocks, then.BlockedBy = append(first.Blocks, then.ID), append(then.BlockedBy, first.ID)
}
