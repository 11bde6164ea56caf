package agent

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/google/uuid"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/anthropic"
	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/transcript"
)

// compaction is one wish to compact.
type compaction struct {
	auto bool   // nobody asked for it
	wish string // what the person wants kept
}

// compact has the model sum up the conversation, and puts the summary in place of it, for the model: in the transcript
// everything stays where it is, behind a boundary as Claude Code writes it.
func (t *turn) compact(ctx context.Context, c compaction) error {
	if err := t.compactHooks(ctx, &c); err != nil {
		return err
	}
	before := t.tokens()
	t.host.Stream(acp.Update{Kind: acp.UpdateNotice, Severity: "info", Title: "The conversation is being compacted."})
	summary, err := t.summary(ctx, c)
	if err != nil {
		return err
	}
	text := summaryBegins + summary + summaryEnds
	if c.auto && !t.fresh(c) {
		text += summaryGoesOn
	}
	boundary := transcript.CompactBoundary{Auto: c.auto, PreTokens: before}
	id := uuid.NewString()
	if t.fresh(c) {
		boundary.Summary = id
	}
	err = t.host.Record(context.WithoutCancel(ctx), boundary, transcript.CompactSummary{UUID: id, PromptID: t.PromptID, Text: text})
	if err != nil {
		return err
	}
	history, err := t.host.History(ctx)
	if err != nil {
		return err
	}
	t.restart(history)
	t.gauge(t.tokens())
	t.startAgain("compact")
	if c.auto {
		return t.startHooks(ctx)
	}
	return nil
}

// fresh reports whether the conversation ends with the turn's prompt, as one record, which is kept then and not summed up. A
// turn that goes on after a break can begin with the results of calls.
func (t *turn) fresh(c compaction) bool {
	if !c.auto || t.role != nil || t.stepped || t.Turn.Command.Name != "" || len(t.Open) > 0 || len(t.messages) == 0 {
		return false
	}
	blocks := lastBlocks(t.messages)
	return len(blocks) > 0 && !isResult(blocks[len(blocks)-1])
}

// lastBlocks are those of the last message.
func lastBlocks(messages []anthropic.Message) (blocks []json.RawMessage) {
	_ = json.Unmarshal(messages[len(messages)-1].Content, &blocks) // it is an array, see requestMessages.
	return blocks
}

func isResult(block json.RawMessage) bool {
	var b struct {
		Type string `json:"type"`
	}
	return json.Unmarshal(block, &b) == nil && b.Type == "tool_result"
}

// withoutPrompt leaves out the prompt at the end. In the same message there may be what came before it, such as a prompt that
// got no answer or the results of calls, without which the API takes no request. Where a prompt of several blocks begins
// cannot be seen: those before its last are summed up too.
func withoutPrompt(messages []anthropic.Message) []anthropic.Message {
	last := len(messages) - 1
	blocks := lastBlocks(messages)
	out := slices.Clone(messages[:last])
	if len(blocks) < 2 {
		return out
	}
	return append(out, anthropic.Message{Role: messages[last].Role, Content: joinBlocks(blocks[:len(blocks)-1])})
}

// What stands around a summary.
const (
	summaryBegins = "The conversation so far was too long to be kept whole, or was shortened on wish. This is a summary of it:\n\n"
	summaryEnds   = "\n\nThe summary replaces what was said before it. Files and commands can be looked at again where details are missing."
	summaryGoesOn = "\n\nGo on with the work where it stands, without asking and without speaking of the summary."
)

// summaryWish is what the model is asked for.
const summaryWish = "Do not call any tool. Write a summary of this conversation that will stand in place of it, for yourself: you will see " +
	"nothing else of it. Answer with the summary alone. It says, as far as there is something to say:\n" +
	"1. What the person asked for, in their words where these matter, and every wish, rule and correction that still holds.\n" +
	"2. What was done: files that were read, made or changed, with their paths and what matters of their contents; commands and what came of them.\n" +
	"3. Faults that came up, and how they were mended.\n" +
	"4. What is decided, what is open, and what is being worked on at this moment.\n" +
	"5. The next step, with the very words of the person that it follows from.\n" +
	"Keep names, paths, numbers and code that will be needed word for word. Write in the language of the conversation."

// maxShortened is how often the oldest messages are left out of a conversation that is too long even for its summary.
const maxShortened = 6

// summary asks the model for it. The request goes on from the last one, so that it finds it in the cache.
func (t *turn) summary(ctx context.Context, c compaction) (string, error) {
	wish := summaryWish
	if c.wish != "" {
		wish += "\nThe person wants this of the summary: " + c.wish
	}
	messages := slices.Clone(t.messages)
	if t.fresh(c) {
		messages = withoutPrompt(messages)
	}
	var tried mended
	for range maxShortened {
		text, err := t.askAside(ctx, withWish(messages, wish))
		var api *anthropic.APIError
		switch {
		case err == nil && strings.TrimSpace(text) == "":
			return "", fault.New(fault.Unavailable, "The model gave no summary; the conversation was not compacted.")
		case err == nil:
			return strings.TrimSpace(text), nil
		case errors.As(err, &api) && api.TooLong() && len(messages) > 1:
			messages = newerHalf(messages)
		default:
			again := false
			if errors.As(err, &api) {
				message, block, refused := api.RefusedBlock()
				again = refused && tried.blocks < maxMended && leaveOut(messages, message, block)
				tried.blocks++
			}
			if !again {
				return "", err
			}
		}
	}
	return "", fault.New(fault.TooLarge, "The conversation is too long to be summed up. Start a new session, or go back to an earlier message.")
}

// withWish puts a wish behind a conversation, into its last message if that is the user's.
func withWish(messages []anthropic.Message, wish string) []anthropic.Message {
	block := textBlock(wish)
	out := slices.Clone(messages)
	if n := len(out); n > 0 && out[n-1].Role == "user" {
		out[n-1] = anthropic.Message{Role: "user", Content: appendBlock(out[n-1].Content, block)}
		return out
	}
	return append(out, anthropic.Message{Role: "user", Content: joinBlocks([]json.RawMessage{block})})
}

func appendBlock(content, block json.RawMessage) json.RawMessage {
	var blocks []json.RawMessage
	if json.Unmarshal(content, &blocks) != nil {
		blocks = []json.RawMessage{mustJSON(map[string]json.RawMessage{"type": json.RawMessage(`"text"`), "text": content})}
	}
	return joinBlocks(append(blocks, block))
}

// newerHalf leaves out the older half of a conversation, and more until it begins with a message of the user's that holds
// no results of calls that were left out.
func newerHalf(messages []anthropic.Message) []anthropic.Message {
	for i := max(1, len(messages)/2); i < len(messages); i++ {
		if messages[i].Role == "user" && !strings.Contains(string(messages[i].Content), `"tool_result"`) {
			return messages[i:]
		}
	}
	return []anthropic.Message{{Role: "user", Content: joinBlocks([]json.RawMessage{textBlock(cutMiddle(string(messages[len(messages)-1].Content)))})}}
}

// maxCut is how much is kept of a message that alone is too long, in bytes.
const maxCut = 100_000

func cutMiddle(text string) string {
	if len(text) <= maxCut {
		return text
	}
	return strings.ToValidUTF8(text[:maxCut/2], "") + "\n[…]\n" + strings.ToValidUTF8(text[len(text)-maxCut/2:], "")
}

// askAside asks the model something that is neither shown nor recorded, and gives the text of its answer.
func (t *turn) askAside(ctx context.Context, messages []anthropic.Message) (string, error) {
	request := t.request()
	request.Messages = withBreakpoints(messages)
	a, err := t.attempts(ctx, request, true)
	if err != nil {
		return "", err
	}
	message := a.acc.Message()
	t.count(message.Usage)
	var text strings.Builder
	for _, block := range message.Blocks {
		if block.Type == "text" {
			text.WriteString(block.Text)
		}
	}
	return text.String(), nil
}
