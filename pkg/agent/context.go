package agent

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"

	"claude-agent-chat/pkg/anthropic"
	"claude-agent-chat/pkg/transcript"
)

const (
	// compactReserve is how many tokens of the context window are left free for the next answer and for the summary: a
	// conversation that comes nearer to the end is compacted.
	compactReserve = 33_000
	// bytesPerToken is a cautious guess of what a token takes of a request.
	bytesPerToken = 3
	// mediaTokens is about what a picture or a page costs, however many bytes it has.
	mediaTokens = 1600
	// leastCompacted is how many messages there must be for a compaction to help.
	leastCompacted = 3
)

// weigh guesses what content counts in bytes: pictures do not count by their size.
func weigh(content json.RawMessage) int {
	if !bytes.Contains(content, []byte(`"base64"`)) {
		return len(content)
	}
	var blocks []json.RawMessage
	if json.Unmarshal(content, &blocks) != nil {
		return len(content)
	}
	n := 0
	for _, raw := range blocks {
		var b struct {
			Type    string          `json:"type"`
			Content json.RawMessage `json:"content"`
		}
		_ = json.Unmarshal(raw, &b) // blocks are objects.
		switch {
		case b.Type == "image", b.Type == "document":
			n += mediaTokens * bytesPerToken
		case b.Type == "tool_result" && len(b.Content) > 0 && b.Content[0] == '[':
			n += weigh(b.Content)
		default:
			n += len(raw)
		}
	}
	return n
}

// sizeOf weighs messages.
func sizeOf(messages []anthropic.Message) int {
	n := 0
	for _, m := range messages {
		n += weigh(m.Content)
	}
	return n
}

// tokens is about how many tokens the conversation has: what the server said of the last request, and a guess of what came
// since.
func (t *turn) tokens() int64 { return t.context + int64(t.unseen)/bytesPerToken }

// room is how much text one of several calls may bring into the conversation, in bytes, so that it need not be compacted for
// them all.
func (t *turn) room(calls int) int {
	left := int64(t.agent.window()-compactReserve) - t.tokens()
	return int(max(0, left) * bytesPerToken / int64(max(1, calls)))
}

// restart has the turn go on from a conversation that was read afresh.
func (t *turn) restart(history []transcript.Message) {
	t.messages = requestMessages(transcript.ForModel(history, t.model()))
	t.context, t.unseen = 0, sizeOf(t.messages)
	t.nested.restart(history, t.around().Memory)
}

// fit makes room before a request that would come too near to the end of the context window. The guess of its size is
// checked with the server, if that counts.
func (t *turn) fit(ctx context.Context) error {
	limit := int64(t.agent.window() - compactReserve)
	size := t.tokens()
	if size <= limit || len(t.messages) < leastCompacted {
		return nil
	}
	if counted, err := t.agent.opts.Client.CountTokens(ctx, t.request()); err == nil {
		size = counted
	}
	t.context, t.unseen = size, 0
	if size <= limit {
		return ctx.Err()
	}
	return t.compact(ctx, compaction{auto: true})
}

// makeFit changes the conversation after a request that the server refused because of what is in it, and reports whether
// the request may be tried again: it was too long, or holds a block that the server cannot take. What is on record stays.
func (t *turn) makeFit(ctx context.Context, cause error, tried *mended) (again bool, err error) {
	var api *anthropic.APIError
	if !errors.As(cause, &api) {
		return false, nil
	}
	if api.TooLong() {
		if tried.compacted || len(t.messages) < leastCompacted {
			return false, nil
		}
		tried.compacted = true
		return true, t.compact(ctx, compaction{auto: true})
	}
	message, block, refused := api.RefusedBlock()
	if !refused || tried.blocks >= maxMended {
		return false, nil
	}
	tried.blocks++
	return leaveOut(t.messages, message, block), nil
}

// maxMended is how often one request is tried again without a block that the server did not take.
const maxMended = 8

// mended is what was tried already to make a request fit.
type mended struct {
	compacted bool
	blocks    int
}

// leftOut stands for a block that the server refused.
var leftOut = json.RawMessage(`{"type":"text","text":"[Left out: the model server could not take this picture or document.]"}`)

// leaveOut takes what the server refused out of the messages that are sent: the media in one block if its place is known,
// else all there are. Thinking goes if that was it. It reports whether anything was changed.
func leaveOut(messages []anthropic.Message, message, block int) (changed bool) {
	for i := range messages {
		if message >= 0 && i != message {
			continue
		}
		var blocks []json.RawMessage
		if json.Unmarshal(messages[i].Content, &blocks) != nil {
			continue
		}
		kept := blocks[:0:0]
		for j, raw := range blocks {
			if block >= 0 && j != block {
				kept = append(kept, raw)
				continue
			}
			now, other := withoutMedia(raw, block >= 0)
			changed = changed || other
			if now != nil {
				kept = append(kept, now)
			}
		}
		if len(kept) == 0 {
			kept = append(kept, leftOut)
		}
		messages[i].Content = joinBlocks(kept)
	}
	return changed
}

// withoutMedia replaces a picture or document, also in a tool's result. If it is certain that the block is what was
// refused, thinking is dropped.
func withoutMedia(raw json.RawMessage, certain bool) (now json.RawMessage, changed bool) {
	var b map[string]json.RawMessage
	if json.Unmarshal(raw, &b) != nil {
		return raw, false
	}
	var kind string
	_ = json.Unmarshal(b["type"], &kind) // of a block.
	switch kind {
	case "image", "document":
		return leftOut, true
	case "thinking", "redacted_thinking":
		if certain {
			return nil, true
		}
	case "tool_result":
		var parts []json.RawMessage
		if json.Unmarshal(b["content"], &parts) != nil {
			return raw, false
		}
		for i := range parts {
			part, other := withoutMedia(parts[i], false)
			parts[i], changed = part, changed || other
		}
		if changed {
			b["content"] = joinBlocks(parts)
			return mustJSON(b), true
		}
	}
	return raw, false
}
