package tool

import (
	"context"
	"encoding/json"

	"claude-agent-chat/pkg/fault"
)

// maxEditFile is the largest file that Write and Edit change; both texts go into the transcript.
const maxEditFile = 4 << 20

// write creates a file or replaces its whole content.
type write struct{}

type writeInput struct {
	FilePath string `json:"file_path"`
	Content  string `json:"content"`
}

type writeResult struct {
	Type            string  `json:"type"`
	FilePath        string  `json:"filePath"`
	Content         string  `json:"content"`
	StructuredPatch []hunk  `json:"structuredPatch"`
	OriginalFile    *string `json:"originalFile"`
	UserModified    bool    `json:"userModified"`
}

const (
	createdText = "File created successfully at: %s (file state is current in your context — no need to Read it back)"
	updatedText = "The file %s has been updated successfully. (file state is current in your context — no need to Read it back)"
)

// Spec describes the tool.
func (write) Spec() Spec {
	return Spec{
		Name: "Write",
		Description: "Writes a file of the workspace, creating it and its directories or replacing what it held. " +
			"A file that exists must have been read before. To change a part of a file, use Edit.",
		InputSchema: json.RawMessage(`{"type":"object","additionalProperties":false,"required":["file_path","content"],"properties":{` +
			`"file_path":{"type":"string","description":"Absolute path of the file"},` +
			`"content":{"type":"string","description":"The whole content"}}}`),
	}
}

// Safety says that it changes files.
func (write) Safety(json.RawMessage) Safety { return EditsFiles }

// Run writes the file.
func (write) Run(_ context.Context, env *Env, input json.RawMessage) (Result, error) {
	in, err := decode[writeInput](input, "file_path", "content")
	if err != nil {
		return refuseFor(err)
	}
	if len(in.Content) > maxEditFile {
		return refuse("The content is larger than %d MB.", maxEditFile>>20)
	}
	rel, err := env.FS.Rel(env.Cwd, in.FilePath)
	if err != nil {
		return refuseFor(err)
	}
	old, err := env.knownFile(rel)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return refuseFor(err)
	}
	exists := err == nil
	if err := env.replace(rel, []byte(in.Content)); err != nil {
		return refuseFor(err)
	}
	path := env.FS.Abs(rel)
	if !exists {
		return said(createdText, path, writeResult{Type: "create", FilePath: path, Content: in.Content, StructuredPatch: []hunk{}})
	}
	before := decodeText(old)
	return said(updatedText, path, writeResult{
		Type: "update", FilePath: path, Content: in.Content, OriginalFile: &before, StructuredPatch: diff(before, in.Content),
	})
}

// knownFile reads a file that is to be changed. It is refused if the model has not read it, or not as it is now.
func (e *Env) knownFile(rel string) ([]byte, error) { return e.knownUpTo(rel, maxEditFile) }

// knownUpTo is knownFile for files of at most limit bytes.
func (e *Env) knownUpTo(rel string, limit int64) ([]byte, error) {
	data, err := e.readFile(rel, limit)
	if err != nil {
		return nil, err
	}
	switch seen, current := e.State.knows(rel, data); {
	case !seen:
		return nil, fault.New(fault.Conflict, "File has not been read yet. Read it first before writing to it.")
	case !current:
		return nil, fault.New(fault.Conflict, "The file has changed since it was read, by a command or by somebody else. Read it again before writing to it.")
	}
	return data, nil
}

// replace writes a file and remembers that the model knows its content.
func (e *Env) replace(rel string, content []byte) error {
	if _, err := e.FS.WriteFile(rel, content); err != nil {
		return err
	}
	e.State.know(rel, content)
	return nil
}
