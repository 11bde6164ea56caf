package transcript

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"
)

// The types of record that this package looks into. There are many more, and new ones with every version.
const (
	typeUser        = "user"
	typeAssistant   = "assistant"
	typeAttachment  = "attachment"
	typeSystem      = "system"
	typeLastPrompt  = "last-prompt"
	typeCustomTitle = "custom-title"
	typeAITitle     = "ai-title"
	typeSummary     = "summary"
	subtypeCompact  = "compact_boundary"
	subtypeCommand  = "local_command"
)

// The marks that stand where a person stopped a turn.
const (
	interruptedText        = "[Request interrupted by user]"
	interruptedForToolText = "[Request interrupted by user for tool use]"
)

// Record is one line of a file. The fields that a kind does not have are zero. Its slices belong to the conversation
// that it comes from and must not be changed.
type Record struct {
	Type       string
	Subtype    string
	UUID       string // empty on loose records, which stand outside the chain
	ParentUUID string // empty on a root
	Timestamp  time.Time

	Sidechain      bool
	Meta           bool // for the model, not for people
	Notice         bool // to the model from the program, such as that a task ended: nobody typed it
	CompactSummary bool
	APIError       bool // an assistant record that the program wrote about a failure
	Aborted        bool // the answer broke off here

	PromptID       string
	PermissionMode string
	Cwd            string

	MessageID string // of the API
	RequestID string // of the API
	Model     string
	Role      string
	Content   json.RawMessage // a string or an array of blocks
	UseResult json.RawMessage // toolUseResult
	Boundary  string          // what the tool of a result ran inside of; only records of ours say

	Raw    json.RawMessage // the whole record
	Cursor string          // opaque; everything up to and with this record

	// Oversized says that the record was too long to be decoded: a sentence stands in place of its content, and there is no
	// Raw.
	Oversized bool

	queued json.RawMessage
	start  int64 // offset of the record, if Stream gave it
	end    int64 // offset of the end of the line, its line feed not counted
}

func isTypeError(err error) bool {
	var wrong *json.UnmarshalTypeError
	return errors.As(err, &wrong)
}

// Blocks are the record's content blocks; a string is one text block. A message typed while a tool ran counts as a
// user's, and so does what the program records of a command to itself.
func (r *Record) Blocks() []Block {
	if r.queued != nil {
		return contentBlocks(r.queued)
	}
	return contentBlocks(r.Content)
}

// IsUser reports whether the record is something that the user's side said: a prompt, a tool result, a note.
func (r *Record) IsUser() bool { return r.Type == typeUser || r.queued != nil }

// Interruption reports whether the record is the mark of a person's stop.
func (r *Record) Interruption() bool {
	if r.Type != typeUser || len(r.Content) > 4*len(interruptedForToolText) {
		return false
	}
	blocks := r.Blocks()
	return len(blocks) == 1 && (blocks[0].Text == interruptedText || blocks[0].Text == interruptedForToolText)
}

// IsPrompt reports whether the record is a message that a person typed, commands to the program itself not counted.
func (r *Record) IsPrompt() bool {
	if !r.IsUser() || r.Type == typeSystem || r.Meta || r.Sidechain || r.CompactSummary || r.UseResult != nil || r.Interruption() {
		return false
	}
	blocks := r.Blocks()
	if len(blocks) == 0 || slices.ContainsFunc(blocks, func(b Block) bool { return b.Type == blockToolResult }) {
		return false
	}
	return !isCommandText(blocks[0].Text)
}

// PromptText is the first text of a prompt; empty if it has none.
func (r *Record) PromptText() string {
	for _, b := range r.Blocks() {
		if b.Type == blockText {
			return b.Text
		}
	}
	return ""
}

// IsAnswer reports whether the record is a text of the model.
func (r *Record) IsAnswer() bool {
	if r.Type != typeAssistant || r.Sidechain || r.APIError {
		return false
	}
	blocks := r.Blocks()
	return len(blocks) > 0 && blocks[0].Type == blockText
}

// commandTags begin what Claude Code records of a command to itself.
var commandTags = []string{
	"<command-name>", "<command-message>", "<local-command-stdout>", "<local-command-stderr>",
	"<bash-input>", "<bash-stdout>", "<bash-stderr>",
}

// isCommandText reports whether a user's text is a command of the program, such as /model, or what such a command
// printed. Claude Code records both as messages of the user.
func isCommandText(text string) bool {
	for _, tag := range commandTags {
		if strings.HasPrefix(text, tag) {
			return true
		}
	}
	return false
}
