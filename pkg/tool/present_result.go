package tool

import (
	"encoding/json"
	"strings"

	"claude-agent-chat/pkg/acp"
)

// maxPresented is how much of a result people are shown; the raw output has the rest.
const maxPresented = 100_000

// PresentResult is the result of a tool call as people see it: a tool_call_update that lacks only its id. Like
// PresentCall it takes results of every program; content is what the model got, useResult the structured result.
func PresentResult(name string, _, useResult, content json.RawMessage, isError bool) acp.Update {
	l := looks[name]
	u := acp.Update{Kind: acp.UpdateToolCallUpdate, Status: acp.StatusCompleted, RawOutput: slim(useResult, l.bulky)}
	switch {
	case isError:
		u.Status = acp.StatusFailed
		u.ToolContent = presentBlocks(content, true)
		return u
	case l.silent:
		u.ToolContent = []acp.ToolCallContent{}
		return u
	case l.change != nil:
		c := l.change(useResult)
		u.ToolContent, u.Locations = c.content, c.locations
	}
	if u.ToolContent == nil {
		u.ToolContent = presentBlocks(content, l.plain)
	}
	return u
}

// slim leaves the named members out of a large result, in its file too: pictures and documents are no text that people
// read, and what they can see of them is in the content.
func slim(useResult json.RawMessage, bulky []string) json.RawMessage {
	if len(bulky) == 0 || len(useResult) <= maxPresented {
		return useResult
	}
	var all, file map[string]json.RawMessage
	if json.Unmarshal(useResult, &all) != nil {
		return useResult
	}
	if json.Unmarshal(all["file"], &file) == nil {
		leaveOut(file, bulky)
		all["file"] = marshalled(file)
	}
	leaveOut(all, bulky)
	return marshalled(all)
}

func leaveOut(members map[string]json.RawMessage, names []string) {
	for _, name := range names {
		delete(members, name)
	}
}

// marshalled is JSON made of JSON.
func marshalled(members map[string]json.RawMessage) json.RawMessage {
	data, err := json.Marshal(members)
	if err != nil {
		return nil // what was unmarshalled can be marshalled.
	}
	return data
}

// presentCell shows the change of a notebook's cell, from the structured result.
func presentCell(useResult json.RawMessage) changed {
	var change notebookEdited
	if err := json.Unmarshal(useResult, &change); err != nil || change.NotebookPath == "" {
		return changed{}
	}
	before := ""
	if change.OldSource != nil {
		before = cut(*change.OldSource)
	}
	return changed{[]acp.ToolCallContent{acp.ToolDiff(change.NotebookPath, &before, cut(change.NewSource))}, locate(change.NotebookPath, 0)}
}

// presentChange shows a change as one diff for each place in the file, from the structured result.
func presentChange(useResult json.RawMessage) changed {
	var change struct {
		Type            string  `json:"type"`
		FilePath        string  `json:"filePath"`
		Content         string  `json:"content"`
		OriginalFile    *string `json:"originalFile"`
		StructuredPatch []hunk  `json:"structuredPatch"`
	}
	if err := json.Unmarshal(useResult, &change); err != nil || change.FilePath == "" {
		return changed{}
	}
	if len(change.StructuredPatch) == 0 {
		if change.Type != "create" {
			return changed{[]acp.ToolCallContent{}, locate(change.FilePath, 0)}
		}
		return changed{[]acp.ToolCallContent{acp.ToolDiff(change.FilePath, nil, cut(change.Content))}, locate(change.FilePath, 0)}
	}
	shown := make([]acp.ToolCallContent, 0, len(change.StructuredPatch))
	for _, h := range change.StructuredPatch {
		before, after := h.texts()
		before = cut(before)
		shown = append(shown, acp.ToolDiff(change.FilePath, &before, cut(after)))
	}
	return changed{shown, locate(change.FilePath, change.StructuredPatch[0].NewStart)}
}

// texts are the two sides of a hunk.
func (h hunk) texts() (before, after string) {
	var a, b []string
	for _, line := range h.Lines {
		if line == "" {
			continue
		}
		switch text := line[1:]; line[0] {
		case '-':
			a = append(a, text)
		case '+':
			b = append(b, text)
		case ' ':
			a, b = append(a, text), append(b, text)
		}
	}
	return strings.Join(a, "\n"), strings.Join(b, "\n")
}

// presentBlocks shows what the model got: a string, or blocks of text and images.
func presentBlocks(content json.RawMessage, plain bool) []acp.ToolCallContent {
	var text string
	if json.Unmarshal(content, &text) == nil {
		return presentText(text, plain)
	}
	var blocks []struct {
		Type   string `json:"type"`
		Text   string `json:"text"`
		Source struct {
			Data      string `json:"data"`
			MediaType string `json:"media_type"`
		} `json:"source"`
	}
	_ = json.Unmarshal(content, &blocks) // what is not a list of blocks shows nothing.
	shown := []acp.ToolCallContent{}
	for _, block := range blocks {
		switch {
		case block.Type == "text":
			shown = append(shown, presentText(block.Text, plain)...)
		case block.Type == "image" && block.Source.Data != "":
			image := acp.ContentBlock{Type: "image", Data: block.Source.Data, MimeType: block.Source.MediaType}
			shown = append(shown, acp.ToolCallContent{Type: "content", Content: &image})
		}
	}
	return shown
}

func presentText(text string, plain bool) []acp.ToolCallContent {
	if text == "" {
		return []acp.ToolCallContent{}
	}
	text = cut(text)
	if plain {
		text = Fence("", text)
	}
	return []acp.ToolCallContent{acp.ToolText(text)}
}

func cut(text string) string {
	if len(text) <= maxPresented {
		return text
	}
	return strings.ToValidUTF8(text[:maxPresented], "") + "\n…"
}
