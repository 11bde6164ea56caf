package transcript

import (
	"bytes"
	"encoding/json"
)

// NestedMemory is a file of instructions that was put before the model because a file was worked on for which it holds.
type NestedMemory struct {
	Path    string // absolute
	Kind    string // "User", "Project" or "Local"
	Shown   string // the path as people see it
	Content string
}

const typeNested = "nested_memory"

// Text is what the model is told.
func (e NestedMemory) Text() string {
	return "<system-reminder>\nContents of " + e.Path + ":\n\n" + e.Content + "\n</system-reminder>"
}

func (e NestedMemory) line(*batch) stamped {
	return &chainedLine{Type: typeAttachment, Members: func(o *object) {
		o.member("attachment")
		o.open()
		o.text("type", typeNested)
		o.text("path", e.Path)
		o.member("content")
		o.open()
		o.text("path", e.Path)
		o.text("type", e.Kind)
		o.text("content", e.Content)
		o.flag("contentDiffersFromDisk", false)
		o.close()
		o.text("displayPath", e.Shown)
		o.close()
		o.raw("rendered", mustJSON([]map[string]string{{"content": e.Text()}}))
		o.text("renderedRole", typeUser)
	}}
}

// nested reads a record of a file of instructions.
func (r *Record) nested() (NestedMemory, bool) {
	if r.Type != typeAttachment || !bytes.Contains(r.Raw, []byte(typeNested)) {
		return NestedMemory{}, false
	}
	var line struct {
		Attachment struct {
			Type    string `json:"type"`
			Path    string `json:"path"`
			Shown   string `json:"displayPath"`
			Content struct {
				Type    string `json:"type"`
				Content string `json:"content"`
			} `json:"content"`
		} `json:"attachment"`
	}
	if json.Unmarshal(r.Raw, &line) != nil || line.Attachment.Type != typeNested || line.Attachment.Path == "" {
		return NestedMemory{}, false
	}
	a := line.Attachment
	return NestedMemory{Path: a.Path, Kind: a.Content.Type, Shown: a.Shown, Content: a.Content.Content}, true
}
