package agent

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"claude-agent-chat/pkg/anthropic"
	"claude-agent-chat/pkg/tool"
	"claude-agent-chat/pkg/transcript"
)

// ephemeral is the mark of a prompt-caching breakpoint. The API allows four in a request; three are used: behind the system
// prompt, before which the tools stand, behind the last message, and behind the last but one of the user's side, where
// the request before this one had its last: a step with many calls would otherwise be too long for the API to find it.
var ephemeral = json.RawMessage(`{"type":"ephemeral"}`)

// kit is the tools of a turn, by name and as the API wants them.
type kit struct {
	byName map[string]tool.Tool
	all    []tool.Tool
	specs  []json.RawMessage
}

// newKit describes tools; of two with one name the first counts.
func newKit(tools []tool.Tool) kit {
	k := kit{byName: make(map[string]tool.Tool, len(tools))}
	for _, t := range tools {
		spec := t.Spec()
		if k.byName[spec.Name] != nil {
			continue
		}
		k.byName[spec.Name] = t
		k.all = append(k.all, t)
	}
	for _, t := range k.all {
		if spec := t.Spec(); k.byName[spec.Instead] == nil {
			k.specs = append(k.specs, spec.JSON())
		}
	}
	return k
}

// find gives a tool by its name, or by one that it had in older versions.
func (k kit) find(name string) (tool.Tool, bool) {
	if t, ok := k.byName[name]; ok {
		return t, true
	}
	t, ok := k.byName[aliases[name]]
	return t, ok
}

// only are the tools of a kit that a filter lets through.
func (k kit) only(keep func(name string) bool) kit {
	var kept []tool.Tool
	for _, t := range k.all {
		if keep(t.Spec().Name) {
			kept = append(kept, t)
		}
	}
	return newKit(kept)
}

// request is the next request of the turn.
func (t *turn) request() anthropic.Request {
	model := t.model()
	r := anthropic.Request{
		Model:     model,
		MaxTokens: t.agent.opts.MaxTokens,
		System:    t.systemPrompt(model),
		Messages:  withNotes(withBreakpoints(t.messages), t.notes),
		Tools:     t.kit.specs,
		Thinking:  thinking(model),
	}
	if effort := t.Settings().Effort; effort != "" && takesEffort(model) {
		r.Extra, r.Beta = map[string]json.RawMessage{"output_config": mustJSON(map[string]string{"effort": effort})}, effortBeta
	}
	return r
}

// add puts a message of the user's side behind the others.
func (t *turn) add(blocks []json.RawMessage) {
	content := joinBlocks(blocks)
	t.messages = append(t.messages, anthropic.Message{Role: "user", Content: content})
	t.unseen += weigh(content)
}

// append puts blocks behind what the user's side has said last.
func (t *turn) append(blocks []json.RawMessage) {
	last := len(t.messages) - 1
	if last < 0 || t.messages[last].Role != "user" {
		if len(blocks) > 0 {
			t.add(blocks)
		}
		return
	}
	for _, block := range blocks {
		t.messages[last].Content = appendBlock(t.messages[last].Content, block)
		t.unseen += len(block)
	}
}

// effortBeta is what the API asks for with an effort.
const effortBeta = "effort-2025-11-24"

// model is the model of the next request.
func (t *turn) model() string { return t.Settings().Model }

// takesEffort reports whether a model takes the wish for an effort: those that think adaptively do.
func takesEffort(model string) bool { return thinking(model) != nil }

// thinking asks for adaptive thinking where the model has it: every Claude after 4.5, and the demo model. Another vendor's
// model behind the same API might refuse to be asked.
func thinking(model string) json.RawMessage {
	if !strings.HasPrefix(model, "claude-") && model != "demo" {
		return nil
	}
	for _, old := range []string{"claude-3", "-4-5", "-4-0", "-4-1", "opus-4-2", "sonnet-4-2"} {
		if strings.Contains(model, old) {
			return nil
		}
	}
	return json.RawMessage(`{"type":"adaptive","display":"summarized"}`)
}

// textBlock is a content block of text.
func textBlock(text string) json.RawMessage {
	return mustJSON(map[string]string{"type": "text", "text": text})
}

// requestMessages turns a transcript's messages into a request's.
func requestMessages(history []transcript.Message) []anthropic.Message {
	messages := make([]anthropic.Message, 0, len(history)+8)
	for _, m := range history {
		messages = append(messages, anthropic.Message{Role: m.Role, Content: joinBlocks(m.Content)})
	}
	return messages
}

// withBreakpoints returns the messages with caching breakpoints in the last one and in the last but one of the same role.
// What it is given stays as it was.
func withBreakpoints(messages []anthropic.Message) []anthropic.Message {
	out := append([]anthropic.Message{}, messages...)
	for i, left := len(out)-1, 2; i >= 0 && left > 0; i-- {
		if out[i].Role != out[len(out)-1].Role {
			continue
		}
		out[i].Content = withBreakpoint(out[i].Content)
		left--
	}
	return out
}

// withBreakpoint marks the last block of a message's content, if that may carry a mark.
func withBreakpoint(content json.RawMessage) json.RawMessage {
	var blocks []json.RawMessage
	if err := json.Unmarshal(content, &blocks); err != nil || len(blocks) == 0 {
		return content
	}
	end := len(blocks) - 1
	var block struct {
		Type json.RawMessage `json:"type"`
	}
	text := bytes.TrimSpace(blocks[end])
	if err := json.Unmarshal(text, &block); err != nil || isThinking(block.Type) || bytes.Contains(text, []byte(`"cache_control"`)) {
		return content
	}
	// The block stays byte for byte what it was when it had no mark, or another one would be found in the cache.
	marked := slices.Concat(text[:len(text)-1], []byte(`,"cache_control":`), ephemeral, []byte{'}'})
	return joinBlocks(append(append([]json.RawMessage{}, blocks[:end]...), marked))
}

// withNotes puts blocks behind the last message, behind its breakpoint.
func withNotes(messages []anthropic.Message, notes []json.RawMessage) []anthropic.Message {
	if n := len(messages); n > 0 && messages[n-1].Role == "user" {
		for _, note := range notes {
			messages[n-1].Content = appendBlock(messages[n-1].Content, note)
		}
	}
	return messages
}

// isThinking reports whether a block of this type may not carry a breakpoint.
func isThinking(kind json.RawMessage) bool {
	return bytes.Contains(kind, []byte("thinking"))
}

// joinBlocks makes a JSON array of blocks that are JSON already.
func joinBlocks(blocks []json.RawMessage) json.RawMessage {
	size := 2
	for _, b := range blocks {
		size += len(b) + 1
	}
	out := make([]byte, 0, size)
	out = append(out, '[')
	for i, b := range blocks {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, b...)
	}
	return append(out, ']')
}

// mustJSON marshals values that are built here and hold nothing that could fail.
func mustJSON(v any) json.RawMessage {
	data, err := json.Marshal(v)
	if err != nil {
		panic("agent: " + err.Error())
	}
	return data
}
