package transcript

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// maxLastPrompt is how much of a prompt a last-prompt keeps, in characters.
const maxLastPrompt = 200

// noUsage is the usage of a message that cost nothing, or whose cost is not known.
const noUsage = `{"input_tokens":0,"output_tokens":0,"cache_creation_input_tokens":0,"cache_read_input_tokens":0}`

// Entry is something that can be appended. The types of this package that have its methods are all there are.
type Entry interface {
	// line gives the entry as it goes into the file; the batch stamps it.
	line(b *batch) stamped
}

// Prompt is a message that the person typed. Content is a JSON string or an array of content blocks.
type Prompt struct {
	UUID           string // made if it is empty, here and in the other entries
	PromptID       string
	Content        json.RawMessage
	PermissionMode string
}

func (e Prompt) line(b *batch) stamped {
	b.promptID = e.PromptID
	return &chainedLine{
		Type: typeUser, UUID: e.UUID, PromptID: e.PromptID, PermissionMode: e.PermissionMode,
		Message: userMessage{b.content(e.Content)},
	}
}

// Assistant is one content block of the model's answer. All blocks of an answer share MessageID, RequestID and Usage,
// and are appended together.
type Assistant struct {
	UUID         string
	MessageID    string
	RequestID    string
	Model        string // Claude Code does not resume without one: "unknown" if it is empty
	Block        json.RawMessage
	BlockIndex   int
	StopReason   *string // nil if the answer broke off
	StopSequence *string
	Usage        json.RawMessage
	Aborted      bool
}

func (e Assistant) line(b *batch) stamped {
	l := &chainedLine{
		Type: typeAssistant, UUID: e.UUID, RequestID: e.RequestID, APIBlockIndex: &e.BlockIndex, Aborted: e.Aborted,
	}
	l.name()
	l.Message = assistantMessage{
		ID: b.messageID(e.MessageID), Model: cmp.Or(e.Model, "unknown"), Block: b.block(e.Block, l.UUID),
		StopReason: e.StopReason, StopSequence: e.StopSequence, Usage: b.usage(e.Usage),
	}
	return l
}

func (b *batch) usage(raw json.RawMessage) json.RawMessage {
	if len(raw) == 0 {
		return json.RawMessage(noUsage)
	}
	return b.checked(raw)
}

// ToolResult is what a tool answered. Content is a JSON string or an array of content blocks, for the model; UseResult is
// the structured result for people.
type ToolResult struct {
	UUID      string
	ToolUseID string
	PromptID  string // of the last prompt if it is empty
	Content   json.RawMessage
	UseResult json.RawMessage
	IsError   bool
	Denied    bool   // the person declined the call
	Boundary  string // what the tool ran inside of
}

func (e ToolResult) line(b *batch) stamped {
	l := &chainedLine{
		Type: typeUser, UUID: e.UUID, PromptID: e.PromptID, SourceAssistant: b.callerOf(e.ToolUseID), Boundary: e.Boundary,
		Message: userMessage{listOf(resultBlock(e.ToolUseID, b.content(e.Content), e.IsError))},
	}
	if len(e.UseResult) > 0 {
		l.ToolUseResult = b.checked(e.UseResult)
	}
	if l.PromptID == "" {
		l.PromptID = b.promptID
	}
	if e.Denied {
		l.ToolDenialKind = "user-rejected"
		if l.ToolUseResult == nil {
			l.ToolUseResult = json.RawMessage(`"User rejected tool use"`)
		}
	}
	return l
}

// listOf is the content of a message with one block.
func listOf(b Block) json.RawMessage { return slices.Concat([]byte{'['}, b.Raw, []byte{']'}) }

// Note is a message to the model that people do not see, such as the one that has it go on after an interruption.
type Note struct {
	PromptID string
	Text     string
}

func (e Note) line(b *batch) stamped {
	b.promptID = e.PromptID
	return &chainedLine{
		Type: typeUser, PromptID: e.PromptID, IsMeta: true,
		Message: userMessage{listOf(textBlock(e.Text))},
	}
}

// Interrupted is the mark of a person's stop.
type Interrupted struct{ ForToolUse bool }

func (e Interrupted) line(b *batch) stamped {
	text := interruptedText
	if e.ForToolUse {
		text = interruptedForToolText
	}
	return &chainedLine{
		Type: typeUser, PromptID: b.promptID,
		Message: userMessage{listOf(textBlock(text))},
	}
}

// APIError is a sentence about a failed turn, which the person sees and the model does not.
type APIError struct{ Text string }

func (e APIError) line(*batch) stamped {
	stop, sequence := "stop_sequence", ""
	return &chainedLine{
		Type: typeAssistant, IsAPIError: true,
		Message: assistantMessage{
			ID: uuid.NewString(), Model: "<synthetic>", Block: textBlock(e.Text).Raw,
			StopReason: &stop, StopSequence: &sequence, Usage: json.RawMessage(noUsage),
		},
	}
}

// LastPrompt ends a turn: it names the leaf from which the next one goes on. Text is the turn's prompt.
type LastPrompt struct{ Text string }

func (e LastPrompt) line(b *batch) stamped {
	text := lastPromptText(e.Text)
	leaf := b.leaf
	return &looseLine{Type: typeLastPrompt, Members: func(o *object) {
		o.text("lastPrompt", text)
		o.textIfAny("leafUuid", leaf)
	}}
}

// lastPromptText is a prompt as a last-prompt quotes it.
func lastPromptText(text string) string {
	return shorten(strings.Join(strings.Fields(text), " "), maxLastPrompt)
}

// CustomTitle is the person's title.
type CustomTitle struct{ Title string }

func (e CustomTitle) line(*batch) stamped {
	return &looseLine{Type: typeCustomTitle, Members: func(o *object) { o.text("customTitle", e.Title) }}
}

// AITitle is the model's title.
type AITitle struct{ Title string }

func (e AITitle) line(*batch) stamped {
	return &looseLine{Type: typeAITitle, Members: func(o *object) { o.text("aiTitle", e.Title) }}
}

// QueueOperation notes what became of a prompt that waited: Operation is "enqueue", "dequeue" or "remove".
type QueueOperation struct{ Operation, Content string }

func (e QueueOperation) line(b *batch) stamped {
	at := b.stamp()
	return &looseLine{Type: "queue-operation", Members: func(o *object) {
		o.text("operation", e.Operation)
		o.text("timestamp", at)
		o.textIfAny("content", e.Content)
	}}
}
