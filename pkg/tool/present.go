package tool

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"claude-agent-chat/pkg/acp"
)

// maxTitle is how long a title may be, in characters.
const maxTitle = 120

// callFields are the input fields that a title or a location is made of, of every tool that has them.
type callFields struct {
	FilePath    string  `json:"file_path"`
	Path        string  `json:"path"`
	Pattern     string  `json:"pattern"`
	Command     string  `json:"command"`
	Description string  `json:"description"`
	Content     string  `json:"content"`
	OldString   string  `json:"old_string"`
	NewString   string  `json:"new_string"`
	Offset      float64 `json:"offset"`
}

// PresentCall is a tool call as people see it: a tool_call update that lacks only its id and status. It takes any
// tool, also of other programs, and any input, also one that is not complete.
func PresentCall(name string, input json.RawMessage, cwd string) acp.Update {
	var in callFields
	_ = json.Unmarshal(input, &in) // what does not fit is shown in the raw input.
	u := acp.Update{Kind: acp.UpdateToolCall, Name: name, Title: name, ToolKind: acp.KindOther, RawInput: input}
	if len(input) == 0 {
		u.RawInput = json.RawMessage(`{}`)
	}
	switch name {
	case "Bash":
		u.ToolKind, u.Title = acp.KindExecute, title("", in.Command, name)
		u.ToolContent = commandContent(in)
	case "Read":
		u.ToolKind, u.Title, u.Locations = acp.KindRead, title("Read ", shortPath(in.FilePath, cwd), name), locate(in.FilePath, int(in.Offset))
	case "Write":
		u.ToolKind, u.Title, u.Locations = acp.KindEdit, title("Write ", shortPath(in.FilePath, cwd), name), locate(in.FilePath, 0)
		if in.FilePath != "" {
			u.ToolContent = []acp.ToolCallContent{acp.ToolDiff(in.FilePath, nil, in.Content)}
		}
	case "Edit":
		u.ToolKind, u.Title, u.Locations = acp.KindEdit, title("Edit ", shortPath(in.FilePath, cwd), name), locate(in.FilePath, 0)
		if in.FilePath != "" {
			u.ToolContent = []acp.ToolCallContent{acp.ToolDiff(in.FilePath, &in.OldString, in.NewString)}
		}
	case "Glob", "Grep":
		u.ToolKind, u.Title, u.Locations = acp.KindSearch, title(verb[name], in.Pattern, name), locate(in.Path, 0)
	case "TodoWrite":
		u.ToolKind, u.Title = acp.KindThink, "Update the plan"
	default:
		u.Title, u.ToolKind = otherTool(name, in)
	}
	return u
}

var verb = map[string]string{"Glob": "Find ", "Grep": "Search for "}

// otherKinds are the kinds of Claude Code's tools that this server does not have itself.
var otherKinds = map[string]string{
	"WebFetch": acp.KindFetch, "WebSearch": acp.KindFetch, "NotebookEdit": acp.KindEdit, "MultiEdit": acp.KindEdit,
	"NotebookRead": acp.KindRead, "LS": acp.KindSearch, "Task": acp.KindThink, "Agent": acp.KindThink,
	"ExitPlanMode": acp.KindSwitchMode, "BashOutput": acp.KindExecute, "KillShell": acp.KindExecute,
}

// otherTool names a tool of another program: mcp__server__tool by its parts, others with their description.
func otherTool(name string, in callFields) (string, string) {
	if rest, ok := strings.CutPrefix(name, "mcp__"); ok {
		if server, tool, ok := strings.Cut(rest, "__"); ok {
			return title(server+": ", tool, name), acp.KindOther
		}
	}
	kind, ok := otherKinds[name]
	if !ok {
		kind = acp.KindOther
	}
	if in.Description != "" {
		return title(name+": ", in.Description, name), kind
	}
	return title("", name, "Tool"), kind
}

// title makes one line of text; fallback is used if there is no text.
func title(prefix, text, fallback string) string {
	line := strings.Join(strings.Fields(text), " ")
	if line == "" {
		return fallback
	}
	line = prefix + line
	if utf8.RuneCountInString(line) > maxTitle {
		line = string([]rune(line)[:maxTitle-1]) + "…"
	}
	return line
}

// commandContent shows the whole command, whatever is in it, because its title may be cut.
func commandContent(in callFields) []acp.ToolCallContent {
	if in.Command == "" {
		return nil
	}
	return []acp.ToolCallContent{acp.ToolText(Fence("sh", in.Command))}
}

// shortPath is a path as seen from the working directory.
func shortPath(path, cwd string) string {
	if short, err := filepath.Rel(cwd, path); err == nil && filepath.IsAbs(path) && filepath.IsLocal(short) {
		return short
	}
	return path
}

func locate(path string, line int) []acp.Location {
	if path == "" {
		return nil
	}
	if line > 0 {
		return []acp.Location{{Path: path, Line: &line}}
	}
	return []acp.Location{{Path: path}}
}

// Fence puts text into a code block of markdown that nothing in the text can end.
func Fence(language, text string) string {
	longest, run := 2, 0
	for _, r := range text {
		if r != '`' {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	marks := strings.Repeat("`", longest+1)
	return marks + language + "\n" + text + "\n" + marks
}

// Plan is the todo list of a TodoWrite call as the agent's plan; nil if the input is not one.
func Plan(input json.RawMessage) []acp.PlanEntry {
	var in todoInput
	if err := json.Unmarshal(input, &in); err != nil {
		return nil
	}
	entries := make([]acp.PlanEntry, 0, len(in.Todos))
	for _, entry := range in.Todos {
		status := entry.Status
		if !validStatus(status) {
			status = "pending"
		}
		entries = append(entries, acp.PlanEntry{Content: entry.Content, Priority: "medium", Status: status})
	}
	return entries
}
