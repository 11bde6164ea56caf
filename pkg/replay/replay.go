// Package replay shows a transcript's records as the updates of the Agent Client Protocol. What is shown live and what is
// shown of the past come from the same function, so that they agree.
package replay

import (
	"encoding/json"
	"time"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/tool"
	"claude-agent-chat/pkg/transcript"
)

// Renderer turns records into updates. It remembers the calls that it has seen, because their results are shown with
// them; give it records in their order. It is not safe for concurrent use.
type Renderer struct {
	cwd   string
	calls map[string]call
}

type call struct {
	name  string
	input json.RawMessage
}

// NewRenderer makes a renderer for a session's working directory.
func NewRenderer(cwd string) *Renderer {
	return &Renderer{cwd: cwd, calls: map[string]call{}}
}

// Updates gives what a record shows; nothing for records that are not for people. Each update carries the record's time,
// the last one its cursor.
func (r *Renderer) Updates(rec transcript.Record) []acp.Update {
	updates := r.updates(&rec)
	for i := range updates {
		if !rec.Timestamp.IsZero() {
			updates[i] = updates[i].WithMeta(acp.MetaTimestamp, rec.Timestamp.UTC().Format(time.RFC3339Nano))
		}
		if i == len(updates)-1 {
			updates[i] = updates[i].WithMeta(acp.MetaCursor, rec.Cursor)
		}
	}
	return updates
}

func (r *Renderer) updates(rec *transcript.Record) []acp.Update {
	switch {
	case rec.Sidechain || rec.Meta || rec.CompactSummary:
		return nil
	case rec.Interruption():
		u := acp.Update{Kind: acp.UpdateSessionInfo, UpdatedAt: rec.Timestamp.UTC().Format(time.RFC3339Nano)}
		return []acp.Update{u.WithMeta(acp.MetaInterrupted, true)}
	case rec.IsUser():
		return r.user(rec)
	case rec.Type == "assistant":
		return r.assistant(rec)
	default:
		return nil
	}
}

// user shows a prompt, or the results that a user record holds.
func (r *Renderer) user(rec *transcript.Record) []acp.Update {
	var out []acp.Update
	for _, b := range rec.Blocks() {
		switch b.Type {
		case "tool_result":
			out = append(out, r.result(rec, b))
		default:
			if block, ok := shown(b); ok {
				out = append(out, acp.Chunk(acp.UpdateUserMessage, rec.UUID, block))
			}
		}
	}
	if rec.PromptID != "" && rec.IsPrompt() {
		for i := range out {
			out[i] = out[i].WithMeta(acp.MetaPromptID, rec.PromptID)
		}
	}
	return out
}

// shown is a block as people see it.
func shown(b transcript.Block) (acp.ContentBlock, bool) {
	switch {
	case b.Type == "text":
		return acp.Text(b.Text), true
	case b.Type == "image" && b.Source != nil && b.Source.Type == "base64":
		return acp.ContentBlock{Type: "image", Data: b.Source.Data, MimeType: b.Source.MediaType}, true
	case b.Type == "document":
		return acp.Text("[document]"), true
	default:
		return acp.ContentBlock{}, false
	}
}

func (r *Renderer) assistant(rec *transcript.Record) []acp.Update {
	var out []acp.Update
	for _, b := range rec.Blocks() {
		switch b.Type {
		case "text":
			u := acp.Chunk(acp.UpdateAgentMessage, rec.UUID, acp.Text(b.Text))
			if rec.APIError {
				u = u.WithMeta(acp.MetaError, true)
			}
			out = append(out, u)
		case "thinking":
			out = append(out, acp.Chunk(acp.UpdateAgentThought, rec.UUID, acp.Text(b.Thinking)))
		case "tool_use":
			out = append(out, r.call(b)...)
		}
	}
	return out
}

func (r *Renderer) call(b transcript.Block) []acp.Update {
	r.calls[b.ID] = call{b.Name, b.Input}
	u := tool.PresentCall(b.Name, b.Input, r.cwd)
	u.Kind, u.ToolCallID, u.Status = acp.UpdateToolCall, b.ID, acp.StatusPending
	out := []acp.Update{u.WithMeta(acp.MetaToolName, b.Name)}
	if entries := plan(b); entries != nil {
		out = append(out, acp.Update{Kind: acp.UpdatePlan, Entries: entries})
	}
	return out
}

// plan is the plan that a call sets, if it sets one.
func plan(b transcript.Block) []acp.PlanEntry {
	if b.Name != "TodoWrite" {
		return nil
	}
	return tool.Plan(b.Input)
}

func (r *Renderer) result(rec *transcript.Record, b transcript.Block) acp.Update {
	c := r.calls[b.ToolUseID]
	u := tool.PresentResult(c.name, c.input, rec.UseResult, b.Content, b.IsError)
	u.Kind, u.ToolCallID = acp.UpdateToolCallUpdate, b.ToolUseID
	return u
}

// Page gives a page of a conversation for a list that grows upwards: up to limit records before a cursor, the newest if
// it is empty, as updates in their order; the cursor for the page before; and whether there is one.
func Page(conv *transcript.Conversation, before string, limit int, cwd string) (items []acp.Update, nextBefore string, more bool) {
	records, more := conv.Page(before, limit)
	r := NewRenderer(cwd)
	first := ""
	if len(records) > 0 {
		first = records[0].Cursor
	}
	for _, rec := range conv.Chain() {
		if rec.Cursor == first {
			break
		}
		r.Updates(rec)
	}
	items = []acp.Update{}
	for _, rec := range records {
		items = append(items, r.Updates(rec)...)
	}
	if more {
		nextBefore = first
	}
	return items, nextBefore, more
}
