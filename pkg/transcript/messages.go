package transcript

import (
	"encoding/json"
	"slices"
	"strings"
)

// Message is one message as the Messages API takes it: alternating sides, every tool call with its result behind it.
type Message struct {
	Role    string
	Content []json.RawMessage
}

// building is a message on its way.
type building struct {
	role   string
	id     string // of the API; assistant messages with the same one are one message
	blocks []Block
}

// Messages is the conversation for the next request. What the API would refuse is mended: calls without a result get
// one that says so, results without a call go, blank texts and unfinished thinking go.
func (c *Conversation) Messages() []Message {
	messages := joinUsers(mend(c.gather()))
	out := make([]Message, 0, len(messages))
	for _, m := range messages {
		message := Message{Role: m.role, Content: make([]json.RawMessage, 0, len(m.blocks))}
		for _, b := range m.blocks {
			message.Content = append(message.Content, b.Raw)
		}
		out = append(out, message)
	}
	return out
}

// modelRecords are the records that the model sees: from the last compaction on, its preserved messages behind its
// summary.
func (c *Conversation) modelRecords() []Record {
	chain := c.collect(c.path(false))
	for i := range chain {
		if chain[i].Subtype != "compact_boundary" || len(chain[i].preserved) == 0 {
			continue
		}
		present := map[string]bool{}
		for _, rec := range chain {
			present[rec.UUID] = true
		}
		var kept []Record
		for _, uuid := range chain[i].preserved {
			if at, ok := c.byUUID[uuid]; ok && !present[uuid] {
				kept = append(kept, c.records[at])
			}
		}
		at := i + 1
		if at < len(chain) && chain[at].CompactSummary {
			at++
		}
		return slices.Insert(slices.Clone(chain), at, kept...)
	}
	return chain
}

// gather makes messages of records: one for each API message, one for each user record.
func (c *Conversation) gather() []*building {
	var messages []*building
	byID := map[string]*building{}
	for _, rec := range c.modelRecords() {
		switch {
		case rec.APIError:
		case rec.IsUser():
			messages = append(messages, &building{role: "user", blocks: rec.Blocks()})
		case rec.Type == "assistant":
			m := byID[rec.MessageID]
			if m == nil || rec.MessageID == "" {
				m = &building{role: "assistant", id: rec.MessageID}
				byID[rec.MessageID] = m
				messages = append(messages, m)
			}
			m.blocks = append(m.blocks, rec.Blocks()...)
		}
	}
	return messages
}

// mend drops what the API refuses and pairs calls with results.
func mend(messages []*building) []*building {
	called := map[string]bool{}
	for _, m := range messages {
		if m.role == "assistant" {
			m.blocks = usable(m.blocks, called)
		}
	}
	answered := map[string]bool{}
	for _, m := range messages {
		if m.role != "user" {
			continue
		}
		m.blocks = slices.DeleteFunc(slices.Clone(m.blocks), func(b Block) bool {
			if b.Type != "tool_result" {
				return b.Type == "text" && strings.TrimSpace(b.Text) == ""
			}
			unknown := !called[b.ToolUseID] || answered[b.ToolUseID]
			answered[b.ToolUseID] = true
			return unknown
		})
	}
	return slices.DeleteFunc(answer(messages, answered), func(m *building) bool { return len(m.blocks) == 0 })
}

// usable filters an assistant message: no blank text, no thinking that was not finished, no call id twice, and nothing
// at all if only thinking is left.
func usable(blocks []Block, called map[string]bool) []Block {
	var out []Block
	thinkingOnly := true
	for _, b := range blocks {
		switch b.Type {
		case "text":
			if strings.TrimSpace(b.Text) == "" {
				continue
			}
		case "thinking":
			if b.Signature == "" {
				continue
			}
		case "tool_use":
			if called[b.ID] {
				b = textBlock("[Tool use interrupted]")
			}
			called[b.ID] = true
		}
		thinkingOnly = thinkingOnly && strings.Contains(b.Type, "thinking")
		out = append(out, b)
	}
	if thinkingOnly {
		return nil
	}
	return out
}

// answer puts a made-up result behind every call that has none.
func answer(messages []*building, answered map[string]bool) []*building {
	var out []*building
	for _, m := range messages {
		out = append(out, m)
		if m.role != "assistant" {
			continue
		}
		made := &building{role: "user"}
		for _, b := range m.blocks {
			if b.Type == "tool_use" && !answered[b.ID] {
				made.blocks = append(made.blocks, lostResult(b.ID))
			}
		}
		if len(made.blocks) > 0 {
			out = append(out, made)
		}
	}
	return out
}

// joinUsers joins user messages that stand in a row. Results come first, as the API wants them.
func joinUsers(messages []*building) []*building {
	var out []*building
	for _, m := range messages {
		if n := len(out); n > 0 && m.role == "user" && out[n-1].role == "user" {
			out[n-1].blocks = append(out[n-1].blocks, m.blocks...)
			continue
		}
		out = append(out, m)
	}
	for _, m := range out {
		if m.role == "user" {
			slices.SortStableFunc(m.blocks, func(a, b Block) int { return rank(a) - rank(b) })
		}
	}
	return out
}

func rank(b Block) int {
	if b.Type == "tool_result" {
		return 0
	}
	return 1
}

func textBlock(text string) Block {
	raw, err := json.Marshal(map[string]string{"type": "text", "text": text})
	if err != nil {
		return Block{}
	}
	return Block{Type: "text", Text: text, Raw: raw}
}

// lostResult stands for the result of a call that was interrupted before it was recorded.
func lostResult(id string) Block {
	raw, err := json.Marshal(map[string]any{
		"type": "tool_result", "tool_use_id": id, "is_error": true,
		"content": "The call was interrupted; whether it did its work is not known.",
	})
	if err != nil {
		return Block{}
	}
	return Block{Type: "tool_result", ToolUseID: id, Raw: raw}
}
