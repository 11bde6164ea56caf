package transcript

import (
	"encoding/json"
	"strconv"
)

// CompactBoundary is where a conversation was compacted: the model sees nothing of what came before, but for the last
// record if that is kept.
type CompactBoundary struct {
	Auto      bool // nobody asked for it
	PreTokens int64
	// Summary is the uuid of the CompactSummary that follows, if the last record is to be kept behind it.
	Summary string
}

func (e CompactBoundary) line(b *batch) stamped {
	trigger, leaf := "manual", b.leaf
	if e.Auto {
		trigger = "auto"
	}
	return &chainedLine{Type: typeSystem, Cut: true, Members: func(o *object) {
		o.text("subtype", subtypeCompact)
		o.text("content", "Conversation compacted")
		o.flag("isMeta", false)
		o.text("level", "info")
		o.member("compactMetadata")
		o.open()
		o.text("trigger", trigger)
		o.raw("preTokens", json.RawMessage(strconv.FormatInt(e.PreTokens, 10)))
		if e.Summary != "" {
			kept := mustJSON([]string{leaf})
			o.member("preservedSegment")
			o.open()
			o.text("headUuid", leaf)
			o.text("anchorUuid", e.Summary)
			o.text("tailUuid", leaf)
			o.close()
			o.member("preservedMessages")
			o.open()
			o.text("anchorUuid", e.Summary)
			o.raw("uuids", kept)
			o.raw("allUuids", kept)
			o.close()
		}
		o.close()
	}}
}

// CompactSummary stands behind a CompactBoundary for what came before it. People do not see it as a message.
type CompactSummary struct {
	UUID     string
	PromptID string
	Text     string
}

func (e CompactSummary) line(b *batch) stamped {
	if e.PromptID != "" {
		b.promptID = e.PromptID
	}
	return &chainedLine{
		Type: typeUser, UUID: e.UUID, PromptID: b.promptID, Message: userMessage{b.content(mustJSON(e.Text))},
		Members: func(o *object) {
			o.flag("isVisibleInTranscriptOnly", true)
			o.flag("isCompactSummary", true)
		},
	}
}

// QueuedCommand is a message that the person sent into a running turn. Content is a JSON string or an array of content
// blocks.
type QueuedCommand struct {
	UUID     string
	PromptID string
	Content  json.RawMessage
}

func (e QueuedCommand) line(b *batch) stamped {
	content := b.content(e.Content)
	return &chainedLine{Type: typeAttachment, UUID: e.UUID, PromptID: e.PromptID, Members: func(o *object) {
		o.member("attachment")
		o.open()
		o.text("type", "queued_command")
		o.raw("prompt", content)
		o.text("commandMode", "prompt")
		o.close()
	}}
}

// Rewind goes back: what is appended next hangs from the record Leaf. What came behind it stays in the file. Without a Leaf
// the conversation is empty, which Claude Code does not see by a FreshStart alone.
type Rewind struct {
	Leaf string
	Text string // of the prompt that the conversation now ends with
}

func (e Rewind) line(b *batch) stamped {
	if e.Leaf != "" {
		b.leaf = e.Leaf
	}
	clear(b.callers)
	return &looseLine{Type: typeLastPrompt, Members: func(o *object) {
		o.text("lastPrompt", lastPromptText(e.Text))
		o.textOrNull("leafUuid", e.Leaf)
		o.flag("explicit", true)
	}}
}

// FreshStart begins the conversation anew: nothing of what came before belongs to it any more.
type FreshStart struct{}

func (FreshStart) line(b *batch) stamped {
	b.leaf = ""
	clear(b.callers)
	return &chainedLine{Type: typeSystem, Members: func(o *object) {
		o.text("subtype", "informational")
		o.text("content", "Conversation rewound to its beginning")
		o.flag("isMeta", false)
		o.text("level", "info")
	}}
}

// Command is a prompt that is a command: its name without the slash, and what stands behind it.
type Command struct {
	UUID           string
	PromptID       string
	Name, Args     string
	PermissionMode string
}

func (e Command) line(b *batch) stamped {
	b.promptID = e.PromptID
	text := "<command-message>" + e.Name + "</command-message>\n<command-name>/" + e.Name + "</command-name>"
	if e.Args != "" {
		text += "\n<command-args>" + e.Args + "</command-args>"
	}
	return &chainedLine{
		Type: typeUser, UUID: e.UUID, PromptID: e.PromptID, PermissionMode: e.PermissionMode, Message: userMessage{mustJSON(text)},
	}
}

// LocalCaveat stands before a command whose answer does not concern the model.
const LocalCaveat = "<local-command-caveat>The person gave the following command to the program itself. Neither it nor its output asks anything of you.</local-command-caveat>"

// LocalOutput is what the program answered to a command.
type LocalOutput struct {
	UUID string
	Text string
}

func (e LocalOutput) line(b *batch) stamped {
	return &chainedLine{
		Type: typeUser, UUID: e.UUID, PromptID: b.promptID,
		Message: userMessage{b.content(mustJSON("<local-command-stdout>" + e.Text + "</local-command-stdout>"))},
	}
}
