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

// PresentCall is a tool call as people see it: a tool_call update that lacks only its id and status. It takes any
// tool, also of other programs, and any input, also one that is not complete.
func PresentCall(name string, input json.RawMessage, cwd string) acp.Update {
	var in callFields
	_ = json.Unmarshal(input, &in) // what does not fit is shown in the raw input.
	u := acp.Update{Kind: acp.UpdateToolCall, Name: name, RawInput: input}
	if len(input) == 0 {
		u.RawInput = json.RawMessage(`{}`)
	}
	l, known := looks[name]
	if !known {
		u.Title, u.ToolKind = otherTool(name, in), acp.KindOther
		return u
	}
	u.ToolKind, u.Title = l.kind, l.title(name, in, cwd)
	if l.file != nil {
		u.Locations = locate(l.file(in), int(in.Offset))
	}
	if l.content != nil {
		u.ToolContent = l.content(in)
	}
	return u
}

// otherTool names a tool of another program: mcp__server__tool by its parts, others with their description.
func otherTool(name string, in callFields) string {
	if rest, ok := strings.CutPrefix(name, "mcp__"); ok {
		if server, tool, ok := strings.Cut(rest, "__"); ok {
			return title(server+": ", tool, name)
		}
	}
	if in.Description != "" {
		return title(name+": ", in.Description, name)
	}
	return title("", name, "Tool")
}

// title makes one line of text; fallback is used if there is no text.
func title(prefix, text, fallback string) string {
	line := oneLine(text)
	if line == "" {
		return fallback
	}
	line = prefix + line
	if utf8.RuneCountInString(line) > maxTitle {
		line = string([]rune(line)[:maxTitle-1]) + "…"
	}
	return line
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
