package tool

import (
	"context"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"claude-agent-chat/pkg/fault"
)

// edit replaces a piece of a file.
type edit struct{}

type editInput struct {
	FilePath   string `json:"file_path"`
	OldString  string `json:"old_string"`
	NewString  string `json:"new_string"`
	ReplaceAll bool   `json:"replace_all"`
}

type editResult struct {
	FilePath        string `json:"filePath"`
	OldString       string `json:"oldString"`
	NewString       string `json:"newString"`
	OriginalFile    string `json:"originalFile"`
	StructuredPatch []hunk `json:"structuredPatch"`
	UserModified    bool   `json:"userModified"`
	ReplaceAll      bool   `json:"replaceAll"`
}

// Spec describes the tool.
func (edit) Spec() Spec {
	return Spec{
		Name: "Edit",
		Description: "Replaces an exact piece of text in a file of the workspace. The file must have been read before. " +
			"old_string must stand in the file exactly once, white space included, unless replace_all is set; " +
			"leave out the line numbers that Read puts before the lines.",
		InputSchema: json.RawMessage(`{"type":"object","additionalProperties":false,"required":["file_path","old_string","new_string"],"properties":{` +
			`"file_path":{"type":"string","description":"Absolute path of the file"},` +
			`"old_string":{"type":"string","description":"The text to replace"},` +
			`"new_string":{"type":"string","description":"The text to put there"},` +
			`"replace_all":{"type":"boolean","default":false,"description":"Replace every occurrence"}}}`),
	}
}

// Safety says that it changes files.
func (edit) Safety(json.RawMessage) Safety { return EditsFiles }

// Run makes the change.
func (edit) Run(_ context.Context, env *Env, input json.RawMessage) (Result, error) {
	in, err := decode[editInput](input, "file_path", "old_string", "new_string")
	if err != nil {
		return refuseFor(err)
	}
	if in.OldString == in.NewString {
		return refuse("No changes to make: old_string and new_string are exactly the same.")
	}
	rel, err := env.FS.Rel(env.Cwd, in.FilePath)
	if err != nil {
		return refuseFor(err)
	}
	data, err := env.knownFile(rel)
	if fault.Is(err, fault.NotFound) && in.OldString == "" {
		data, err = nil, nil
	}
	if err != nil {
		return refuseFor(err)
	}
	if !utf8.Valid(data) {
		return refuse("The file is not valid UTF-8 text, so a part of it cannot be replaced.")
	}
	before := string(plainNewlines(data))
	after, complaint := in.apply(before)
	if complaint != "" {
		return refuse("%s", complaint)
	}
	content := after
	if usesCRLF(data) {
		content = strings.ReplaceAll(after, "\n", "\r\n")
	}
	if err := env.replace(rel, []byte(content)); err != nil {
		return refuseFor(err)
	}
	path := env.FS.Abs(rel)
	return said(updatedText, path, editResult{
		FilePath: path, OldString: in.OldString, NewString: in.NewString, OriginalFile: before,
		StructuredPatch: diff(before, after), ReplaceAll: in.ReplaceAll,
	})
}

// apply makes the change in text, or says why it cannot be made.
func (in editInput) apply(text string) (after, complaint string) {
	if in.OldString == "" {
		if text != "" {
			return "", "old_string is empty, but the file is not. Say which text to replace, or use Write for the whole file."
		}
		return in.NewString, ""
	}
	count := strings.Count(text, in.OldString)
	switch {
	case count == 0:
		return "", "String to replace not found in file.\nString: " + in.OldString
	case count > 1 && !in.ReplaceAll:
		return "", "old_string stands in the file more than once. Give more of the text around it, so that it is the only one, " +
			"or set replace_all to change every one.\nString: " + in.OldString
	case len(text)+count*(len(in.NewString)-len(in.OldString)) > maxEditFile:
		return "", "The file would become too large."
	}
	return strings.ReplaceAll(text, in.OldString, in.NewString), ""
}
