package session

import (
	"strings"

	"claude-agent-chat/pkg/acp"
)

// inflight is what was shown and is not recorded yet, in the order in which it began. Whoever attaches gets it whole.
type inflight struct {
	items []*flightItem
	usage *acp.Update
	retry *acp.Update
}

// flightItem is a message that streams in, or a tool call on its way.
type flightItem struct {
	kind string // acp.UpdateAgentMessage, acp.UpdateAgentThought, or acp.UpdateToolCall
	id   string
	text strings.Builder
	call acp.Update // tool calls: the announcement, then the newest progress
}

// texts are the answer's texts in flight, for the journal.
func (f *inflight) texts() []journalText {
	var out []journalText
	for _, item := range f.items {
		if item.kind == acp.UpdateAgentMessage {
			out = append(out, journalText{UUID: item.id, Text: item.text.String()})
		}
	}
	return out
}

func (f *inflight) find(id string) *flightItem {
	for _, item := range f.items {
		if item.id == id {
			return item
		}
	}
	return nil
}

// add takes in a streamed update.
func (f *inflight) add(u acp.Update) {
	switch u.Kind {
	case acp.UpdateAgentMessage, acp.UpdateAgentThought:
		f.retry = nil
		item := f.find(u.MessageID)
		if item == nil {
			item = &flightItem{kind: u.Kind, id: u.MessageID}
			f.items = append(f.items, item)
		}
		item.text.WriteString(u.Block.Text)
	case acp.UpdateToolCall, acp.UpdateToolCallUpdate:
		f.retry = nil
		f.addCall(u)
	case acp.UpdateUsage:
		f.usage = &u
	case acp.UpdateNotice:
		f.retry = &u
	}
}

func (f *inflight) addCall(u acp.Update) {
	if u.Status == acp.StatusFailed || u.Status == acp.StatusCompleted {
		f.remove(u.ToolCallID)
		return
	}
	if item := f.find(u.ToolCallID); item != nil && u.Kind == acp.UpdateToolCallUpdate && item.call.Kind == acp.UpdateToolCall {
		item.call.Status = u.Status
		if u.ToolContent != nil {
			item.call.ToolContent = u.ToolContent
		}
		return
	} else if item != nil {
		item.call = u
		return
	}
	f.items = append(f.items, &flightItem{kind: acp.UpdateToolCall, id: u.ToolCallID, call: u})
}

// remove forgets what has been recorded or has failed, and reports whether it was there.
func (f *inflight) remove(id string) bool {
	for i, item := range f.items {
		if item.id == id {
			f.items = append(f.items[:i], f.items[i+1:]...)
			return true
		}
	}
	return false
}

// clear forgets everything at the end of a turn; the usage stays for those who attach later.
func (f *inflight) clear() { f.items, f.retry = nil, nil }

// updates is what is in flight, whole.
func (f *inflight) updates() []acp.Update {
	var out []acp.Update
	for _, item := range f.items {
		if item.kind == acp.UpdateToolCall {
			out = append(out, item.call)
			continue
		}
		out = append(out, acp.Chunk(item.kind, item.id, acp.Text(item.text.String())))
	}
	if f.usage != nil {
		out = append(out, *f.usage)
	}
	if f.retry != nil {
		out = append(out, *f.retry)
	}
	return out
}
