// Package replay shows a transcript's records as the updates of the Agent Client Protocol. What is shown live and what is
// shown of the past come from the same function, so that they agree.
package replay

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/tool"
	"claude-agent-chat/pkg/transcript"
)

// Renderer turns records into updates. It remembers the calls that have no result yet, because a result is shown with
// its call; give it records in their order. It is not safe for concurrent use.
type Renderer struct {
	cwd   string
	calls map[string]call
	count int
}

// call is a tool call that waits for its result.
type call struct {
	name  string
	input json.RawMessage
	order int
}

// NewRenderer makes a renderer for a session's working directory, from which paths are shown.
func NewRenderer(cwd string) *Renderer {
	return &Renderer{cwd: cwd, calls: map[string]call{}}
}

// Updates gives what a record shows; nothing for records that are not for people. Each update carries the record's time,
// the last one its cursor.
func (r *Renderer) Updates(rec transcript.Record) []acp.Update {
	updates := r.updates(&rec)
	for i := range updates {
		if !rec.Timestamp.IsZero() {
			updates[i] = updates[i].WithMeta(acp.MetaTimestamp, stamp(&rec))
		}
		if i == len(updates)-1 {
			updates[i] = updates[i].WithMeta(acp.MetaCursor, rec.Cursor)
		}
	}
	return updates
}

// Prime takes in a record that is not shown, for the sake of the results that come after it.
func (r *Renderer) Prime(rec transcript.Record) {
	switch {
	case !forPeople(&rec):
	case rec.Type == "assistant":
		for _, b := range rec.Blocks() {
			if isCall(&b) {
				r.remember(&rec, &b)
			}
		}
	default:
		for _, b := range rec.Blocks() {
			delete(r.calls, b.ToolUseID)
		}
	}
}

// Unanswered gives an update for each call that has no result, in their order: it failed, because what ran it ended
// before. Ask for it at the end of a conversation in which nothing runs.
func (r *Renderer) Unanswered() []acp.Update {
	ids := make([]string, 0, len(r.calls))
	for id := range r.calls {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b string) int { return cmp.Compare(r.calls[a].order, r.calls[b].order) })
	out := make([]acp.Update, 0, len(ids))
	for _, id := range ids {
		out = append(out, acp.Update{
			Kind: acp.UpdateToolCallUpdate, ToolCallID: id, Status: acp.StatusFailed,
			ToolContent: []acp.ToolCallContent{acp.ToolText("The call was interrupted; whether it did its work is not known.")},
		})
	}
	return out
}

func (r *Renderer) updates(rec *transcript.Record) []acp.Update {
	if n, ok := rec.Notification(); ok && !rec.Sidechain {
		u := acp.Update{Kind: acp.UpdateSessionInfo, UpdatedAt: stamp(rec)}
		return []acp.Update{u.WithMeta(acp.MetaTask, acp.Meta{"id": n.TaskID, "status": n.Status, "summary": n.Summary})}
	}
	switch {
	case !forPeople(rec):
		return nil
	case rec.Interruption():
		u := acp.Update{Kind: acp.UpdateSessionInfo, UpdatedAt: stamp(rec)}
		return []acp.Update{u.WithMeta(acp.MetaInterrupted, true)}
	case rec.IsUser():
		return r.user(rec)
	default:
		return r.assistant(rec)
	}
}

// forPeople reports whether a record is part of the conversation as people see it.
func forPeople(rec *transcript.Record) bool {
	return !rec.Sidechain && !rec.Meta && !rec.CompactSummary && (rec.IsUser() || rec.Type == "assistant")
}

func stamp(rec *transcript.Record) string { return rec.Timestamp.UTC().Format(time.RFC3339Nano) }

// user shows a prompt, or the results that a user record holds.
func (r *Renderer) user(rec *transcript.Record) []acp.Update {
	blocks := rec.Blocks()
	if u, ok := command(rec, blocks); ok {
		return u
	}
	var out []acp.Update
	for _, b := range blocks {
		if isResult(&b) {
			out = append(out, r.result(rec, &b, len(blocks) == 1))
		} else if block, ok := shown(&b); ok {
			out = append(out, acp.Chunk(acp.UpdateUserMessage, rec.UUID, block))
		}
	}
	if rec.PromptID != "" && rec.IsPrompt() {
		for i := range out {
			out[i] = out[i].WithMeta(acp.MetaPromptID, rec.PromptID)
		}
	}
	return out
}

func (r *Renderer) assistant(rec *transcript.Record) []acp.Update {
	var out []acp.Update
	for i, b := range rec.Blocks() {
		switch {
		case b.Type == "text" && b.Text != "":
			u := acp.Chunk(acp.UpdateAgentMessage, messageID(rec, i), acp.Text(b.Text))
			if rec.APIError {
				u = u.WithMeta(acp.MetaError, true)
			}
			if rec.Aborted {
				u = u.WithMeta(acp.MetaAborted, true)
			}
			out = append(out, u)
		case b.Type == "thinking" && b.Thinking != "":
			out = append(out, acp.Chunk(acp.UpdateAgentThought, messageID(rec, i), acp.Text(b.Thinking)))
		case isCall(&b):
			out = append(out, r.call(rec, &b)...)
		case isResult(&b):
			out = append(out, r.result(rec, &b, false))
		}
	}
	return out
}

// call shows a tool call, and the plan if it sets one.
func (r *Renderer) call(rec *transcript.Record, b *transcript.Block) []acp.Update {
	u := tool.PresentCall(b.Name, b.Input, r.cwd)
	u.Kind, u.ToolCallID, u.Status = acp.UpdateToolCall, r.remember(rec, b), acp.StatusPending
	out := []acp.Update{u.WithMeta(acp.MetaToolName, b.Name)}
	if b.Name != "TodoWrite" {
		return out
	}
	if entries := tool.Plan(b.Input); entries != nil {
		out = append(out, acp.Update{Kind: acp.UpdatePlan, Entries: entries})
	}
	return out
}

// remember keeps a call for its result and gives its id, which the protocol wants even of a call that has none.
func (r *Renderer) remember(rec *transcript.Record, b *transcript.Block) string {
	id := b.ID
	if id == "" {
		id = rec.UUID
	}
	r.count++
	r.calls[id] = call{b.Name, b.Input, r.count}
	return id
}

// result shows a tool result; alone says that the record's structured result belongs to it.
func (r *Renderer) result(rec *transcript.Record, b *transcript.Block, alone bool) acp.Update {
	c := r.calls[b.ToolUseID]
	delete(r.calls, b.ToolUseID)
	var useResult json.RawMessage
	if alone {
		useResult = rec.UseResult
	}
	u := tool.PresentResult(c.name, c.input, useResult, b.Content, b.IsError)
	u.Kind, u.ToolCallID = acp.UpdateToolCallUpdate, b.ToolUseID
	if rec.Boundary != "" {
		u = u.WithMeta(acp.MetaBoundary, rec.Boundary)
	}
	return u
}
