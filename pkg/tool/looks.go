package tool

import (
	"cmp"
	"encoding/json"
	"net/url"
	"strings"

	"claude-agent-chat/pkg/acp"
)

// look is how the calls and results of one tool are shown.
type look struct {
	kind    string
	verb    string                                 // what the title begins with
	what    func(callFields) string                // what it goes on with; the tool's name stands alone if that is empty
	file    func(callFields) string                // the path that a call is about; it is what the title goes on with if there is no other
	content func(callFields) []acp.ToolCallContent // of the call
	change  func(json.RawMessage) changed          // what a structured result says was changed
	bulky   []string                               // members of the structured result that are not shown if it is large
	plain   bool                                   // the text of results is no markdown
	silent  bool                                   // results are not shown
}

// looks has the tools of Claude Code, those too that this server does not have itself.
var looks = map[string]look{
	"Bash":         {kind: acp.KindExecute, what: callFields.command, content: callFields.script, plain: true},
	"BashOutput":   {kind: acp.KindExecute, verb: "Output of ", what: callFields.task, plain: true},
	"TaskOutput":   {kind: acp.KindExecute, verb: "Output of ", what: callFields.task, plain: true},
	"KillShell":    {kind: acp.KindExecute, verb: "Stop ", what: callFields.task, plain: true},
	"TaskStop":     {kind: acp.KindExecute, verb: "Stop ", what: callFields.task, plain: true},
	"Read":         {kind: acp.KindRead, verb: "Read ", file: callFields.path, plain: true, bulky: []string{"base64", "cells"}},
	"NotebookRead": {kind: acp.KindRead, verb: "Read ", file: callFields.path, plain: true},
	"Write":        {kind: acp.KindEdit, verb: "Write ", file: callFields.path, content: callFields.newFile, change: presentChange},
	"Edit":         {kind: acp.KindEdit, verb: "Edit ", file: callFields.path, content: callFields.edit, change: presentChange},
	"MultiEdit":    {kind: acp.KindEdit, verb: "Edit ", file: callFields.path, change: presentChange},
	"NotebookEdit": {
		kind: acp.KindEdit, verb: "Edit ", file: callFields.path, content: callFields.cell, change: presentCell,
		bulky: []string{"original_file", "updated_file"},
	},
	"Glob":            {kind: acp.KindSearch, verb: "Find ", what: callFields.pattern, file: callFields.directory, plain: true},
	"Grep":            {kind: acp.KindSearch, verb: "Search for ", what: callFields.pattern, file: callFields.directory, plain: true},
	"LS":              {kind: acp.KindSearch, verb: "List ", file: callFields.directory, plain: true},
	"WebFetch":        {kind: acp.KindFetch, verb: "Fetch ", what: callFields.address, content: callFields.fetch},
	"WebSearch":       {kind: acp.KindFetch, verb: "Search the web for ", what: callFields.query},
	"Agent":           {kind: acp.KindThink, what: callFields.description, content: callFields.request},
	"Task":            {kind: acp.KindThink, what: callFields.description, content: callFields.request},
	"TodoWrite":       {kind: acp.KindThink, verb: "Update the plan", silent: true},
	"TaskCreate":      {kind: acp.KindThink, verb: "Plan: ", what: callFields.subject, plain: true},
	"TaskUpdate":      {kind: acp.KindThink, verb: "Update task ", what: callFields.update, plain: true},
	"TaskGet":         {kind: acp.KindThink, verb: "Look at task ", what: callFields.update, plain: true},
	"TaskList":        {kind: acp.KindThink, verb: "Look at the tasks", plain: true},
	"Skill":           {kind: acp.KindOther, verb: "Skill ", what: callFields.skill},
	"AskUserQuestion": {kind: acp.KindOther, what: callFields.question, content: callFields.questions},
	"EnterPlanMode":   {kind: acp.KindSwitchMode, verb: "Plan first"},
	"ExitPlanMode":    {kind: acp.KindSwitchMode, verb: "Go on with the plan", content: callFields.plan},
}

// changed is what a call changed, and where. Content that is nil is not known.
type changed struct {
	content   []acp.ToolCallContent
	locations []acp.Location
}

// title is the title of a call.
func (l *look) title(name string, in callFields, cwd string) string {
	switch {
	case l.what != nil:
		return title(l.verb, l.what(in), name)
	case l.file != nil:
		return title(l.verb, shortPath(l.file(in), cwd), name)
	}
	return l.verb
}

// callFields are the input fields that a call is shown by, of every tool that has them.
type callFields struct {
	FilePath     string  `json:"file_path"`
	NotebookPath string  `json:"notebook_path"`
	Path         string  `json:"path"`
	Pattern      string  `json:"pattern"`
	Command      string  `json:"command"`
	Description  string  `json:"description"`
	Content      string  `json:"content"`
	OldString    string  `json:"old_string"`
	NewString    string  `json:"new_string"`
	NewSource    string  `json:"new_source"`
	EditMode     string  `json:"edit_mode"`
	Offset       float64 `json:"offset"`
	URL          string  `json:"url"`
	Prompt       string  `json:"prompt"`
	Query        string  `json:"query"`
	Skill        string  `json:"skill"`
	Plan         string  `json:"plan"`
	Subject      string  `json:"subject"`
	Status       string  `json:"status"`
	TaskNumber   string  `json:"taskId"`
	TaskID       string  `json:"task_id"`
	BashID       string  `json:"bash_id"`
	ShellID      string  `json:"shell_id"`
	Questions    []struct {
		Question string `json:"question"`
		Options  []struct {
			Label       string `json:"label"`
			Description string `json:"description"`
		} `json:"options"`
	} `json:"questions"`
}

func (in callFields) command() string     { return in.Command }
func (in callFields) description() string { return in.Description }
func (in callFields) directory() string   { return in.Path }
func (in callFields) path() string        { return cmp.Or(in.FilePath, in.NotebookPath) }
func (in callFields) pattern() string     { return in.Pattern }
func (in callFields) query() string       { return in.Query }
func (in callFields) skill() string       { return in.Skill }
func (in callFields) subject() string     { return in.Subject }
func (in callFields) task() string        { return cmp.Or(in.TaskID, in.BashID, in.ShellID) }

// address is what a URL leads to; who it pretends to be, before an @, is no part of it.
func (in callFields) address() string {
	u, err := url.Parse(in.URL)
	if err != nil || u.Host == "" {
		return in.URL
	}
	return u.Host + strings.TrimSuffix(u.EscapedPath(), "/")
}

// update is a task and what becomes of it.
func (in callFields) update() string {
	switch {
	case in.TaskNumber == "":
		return ""
	case in.Status == "":
		return "#" + in.TaskNumber
	}
	return "#" + in.TaskNumber + ": " + strings.ReplaceAll(in.Status, "_", " ")
}

func (in callFields) question() string {
	if len(in.Questions) == 0 {
		return ""
	}
	return in.Questions[0].Question
}

// questions shows all questions with what can be answered.
func (in callFields) questions() []acp.ToolCallContent {
	var b strings.Builder
	for _, q := range in.Questions {
		b.WriteString("**" + oneLine(q.Question) + "**\n\n")
		for _, o := range q.Options {
			b.WriteString("- " + oneLine(o.Label))
			if o.Description != "" {
				b.WriteString(": " + oneLine(o.Description))
			}
			b.WriteByte('\n')
		}
		b.WriteByte('\n')
	}
	return markdown(b.String())
}

func (in callFields) plan() []acp.ToolCallContent    { return markdown(in.Plan) }
func (in callFields) request() []acp.ToolCallContent { return markdown(in.Prompt) }

// fetch shows the whole address, of which the title has the end cut off.
func (in callFields) fetch() []acp.ToolCallContent {
	if in.URL == "" {
		return nil
	}
	return append([]acp.ToolCallContent{acp.ToolText(Fence("", in.URL))}, in.request()...)
}

// script shows the whole command, whatever is in it, because its title may be cut.
func (in callFields) script() []acp.ToolCallContent {
	if in.Command == "" {
		return nil
	}
	return []acp.ToolCallContent{acp.ToolText(Fence("sh", in.Command))}
}

func (in callFields) newFile() []acp.ToolCallContent { return in.diff(nil, in.Content) }
func (in callFields) edit() []acp.ToolCallContent    { return in.diff(&in.OldString, in.NewString) }

// cell shows the new source of a cell; what it was before, the call does not say.
func (in callFields) cell() []acp.ToolCallContent {
	if in.EditMode == modeDelete {
		return nil
	}
	before := ""
	return in.diff(&before, in.NewSource)
}

func (in callFields) diff(before *string, after string) []acp.ToolCallContent {
	if in.path() == "" {
		return nil
	}
	return []acp.ToolCallContent{acp.ToolDiff(in.path(), before, after)}
}

func markdown(text string) []acp.ToolCallContent {
	if strings.TrimSpace(text) == "" {
		return nil
	}
	return []acp.ToolCallContent{acp.ToolText(cut(text))}
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
