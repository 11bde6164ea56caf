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
	typeLastPrompt  = "last-prompt"
	typeCustomTitle = "custom-title"
	typeAITitle     = "ai-title"
	typeSummary     = "summary"
	subtypeCompact  = "compact_boundary"
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

	Raw    json.RawMessage // the whole record
	Cursor string          // opaque; everything up to and with this record

	logicalParent   string
	sourceAssistant string
	kept            *preserved // compact_boundary: what the model sees again
	leaf            string     // last-prompt
	explicit        bool       // last-prompt
	title           string     // custom-title, ai-title, summary, last-prompt
	queued          json.RawMessage
	index           int   // in the file
	end             int64 // offset of the end of the line, its line feed not counted
}

// preserved names the records that a compaction kept word for word: all of them, or the ends of their segment.
type preserved struct {
	anchor     string // the record that they stand behind
	uuids      []string
	head, tail string
}

// line is what a record is decoded from.
type line struct {
	Type             string          `json:"type"`
	Subtype          string          `json:"subtype"`
	SessionID        string          `json:"sessionId"`
	UUID             string          `json:"uuid"`
	ParentUUID       string          `json:"parentUuid"`
	LogicalParent    string          `json:"logicalParentUuid"`
	Timestamp        string          `json:"timestamp"`
	IsSidechain      bool            `json:"isSidechain"`
	IsMeta           bool            `json:"isMeta"`
	IsCompactSummary bool            `json:"isCompactSummary"`
	IsAPIError       bool            `json:"isApiErrorMessage"`
	Aborted          bool            `json:"isAbortedMidStream"`
	PromptID         string          `json:"promptId"`
	PermissionMode   string          `json:"permissionMode"`
	Cwd              string          `json:"cwd"`
	RequestID        string          `json:"requestId"`
	SourceAssistant  string          `json:"sourceToolAssistantUUID"`
	UseResult        json.RawMessage `json:"toolUseResult"`
	LeafUUID         string          `json:"leafUuid"`
	Explicit         bool            `json:"explicit"`
	LastPrompt       string          `json:"lastPrompt"`
	CustomTitle      string          `json:"customTitle"`
	AITitle          string          `json:"aiTitle"`
	Summary          string          `json:"summary"`
	Message          *lineMessage    `json:"message"`
	Attachment       *lineAttachment `json:"attachment"`
	CompactMetadata  *lineCompact    `json:"compactMetadata"`
}

type lineMessage struct {
	ID      string          `json:"id"`
	Role    string          `json:"role"`
	Model   string          `json:"model"`
	Content json.RawMessage `json:"content"`
}

type lineAttachment struct {
	Type        string          `json:"type"`
	Prompt      json.RawMessage `json:"prompt"`
	CommandMode string          `json:"commandMode"`
	IsMeta      bool            `json:"isMeta"`
}

type lineCompact struct {
	PreservedMessages struct {
		Anchor string   `json:"anchorUuid"`
		UUIDs  []string `json:"uuids"`
	} `json:"preservedMessages"`
	PreservedSegment struct {
		Head   string `json:"headUuid"`
		Anchor string `json:"anchorUuid"`
		Tail   string `json:"tailUuid"`
	} `json:"preservedSegment"`
}

// decode reads one record. Members of a wrong type are passed by where the rest still says what the record is.
func decode(raw []byte) (Record, bool) {
	var l line
	if err := json.Unmarshal(raw, &l); err != nil && !isTypeError(err) {
		return Record{}, false
	}
	if l.Type == "" {
		return Record{}, false
	}
	rec := Record{
		Type: l.Type, Subtype: l.Subtype, UUID: l.UUID, ParentUUID: l.ParentUUID, logicalParent: l.LogicalParent,
		Sidechain: l.IsSidechain, Meta: l.IsMeta, CompactSummary: l.IsCompactSummary, APIError: l.IsAPIError, Aborted: l.Aborted,
		PromptID: l.PromptID, PermissionMode: l.PermissionMode, Cwd: l.Cwd, RequestID: l.RequestID, UseResult: l.UseResult,
		sourceAssistant: l.SourceAssistant, leaf: l.LeafUUID, explicit: l.Explicit, title: l.title(), Raw: raw,
	}
	if at, err := time.Parse(time.RFC3339Nano, l.Timestamp); err == nil {
		rec.Timestamp = at
	}
	if l.Message != nil {
		rec.MessageID, rec.Role, rec.Model, rec.Content = l.Message.ID, l.Message.Role, l.Message.Model, l.Message.Content
	}
	if a := l.Attachment; a != nil && a.Type == "queued_command" {
		rec.queued = a.Prompt
		rec.Meta = rec.Meta || a.IsMeta || a.CommandMode != "" && a.CommandMode != "prompt"
	}
	if rec.Subtype == subtypeCompact && l.CompactMetadata != nil {
		rec.kept = l.CompactMetadata.preserved()
	}
	return rec, true
}

func (l *line) title() string {
	switch l.Type {
	case typeCustomTitle:
		return l.CustomTitle
	case typeAITitle:
		return l.AITitle
	case typeSummary:
		return l.Summary
	case typeLastPrompt:
		return l.LastPrompt
	default:
		return ""
	}
}

func (m *lineCompact) preserved() *preserved {
	messages, segment := &m.PreservedMessages, &m.PreservedSegment
	switch {
	case len(messages.UUIDs) > 0:
		return &preserved{anchor: messages.Anchor, uuids: messages.UUIDs}
	case segment.Tail != "":
		return &preserved{anchor: segment.Anchor, head: segment.Head, tail: segment.Tail}
	default:
		return nil
	}
}

func isTypeError(err error) bool {
	var wrong *json.UnmarshalTypeError
	return errors.As(err, &wrong)
}

// Blocks are the record's content blocks; a string is one text block. A message typed while a tool ran counts as a
// user's.
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
	if !r.IsUser() || r.Meta || r.Sidechain || r.CompactSummary || r.UseResult != nil || r.Interruption() {
		return false
	}
	blocks := r.Blocks()
	if len(blocks) == 0 || slices.ContainsFunc(blocks, func(b Block) bool { return b.Type == blockToolResult }) {
		return false
	}
	return !isCommandText(blocks[0].Text)
}

// IsAnswer reports whether the record is a text of the model.
func (r *Record) IsAnswer() bool {
	if r.Type != typeAssistant || r.Sidechain || r.APIError {
		return false
	}
	blocks := r.Blocks()
	return len(blocks) > 0 && blocks[0].Type == blockText
}

// chained reports whether the record stands in the chain.
func (r *Record) chained() bool { return r.UUID != "" }

// message reports whether the record is a message of the conversation, which can be the end of a branch.
func (r *Record) message() bool {
	return r.chained() && !r.Sidechain && (r.Type == typeUser || r.Type == typeAssistant || r.queued != nil)
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
