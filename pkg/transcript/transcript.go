// Package transcript reads and writes Claude Code's session files: one JSON object a line, appended and never changed.
// Readers are tolerant: they take every whole record, in whatever order and state a file is. Writers are strict: one
// owner, one write for each append, and nothing acknowledged before it is on disk.
//
// Source: the format is established by experiment with the program itself; docs/transcripts.md says what is known.
package transcript

import (
	"encoding/json"
	"path/filepath"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
)

// FormatVersion is the version of Claude Code whose format new records have.
const FormatVersion = "2.1.330"

// maxDirName is the length up to which Claude Code keeps a directory's whole encoding, in UTF-16 units.
const maxDirName = 200

// ProjectDirName encodes a working directory as Claude Code does: every UTF-16 unit that is no ASCII letter or digit
// becomes a hyphen; what is longer than 200 is cut and gets a hash. The directory must be real, symbolic links resolved.
// The encoding is not injective: take a session's directory from its records.
func ProjectDirName(realCwd string) string {
	units := utf16.Encode([]rune(realCwd))
	name := make([]byte, len(units))
	var hash int32
	for i, u := range units {
		hash = hash*31 + int32(u)
		if u < 0x80 && isAlphanumeric(byte(u)) {
			name[i] = byte(u)
		} else {
			name[i] = '-'
		}
	}
	if len(name) <= maxDirName {
		return string(name)
	}
	magnitude := int64(hash)
	if magnitude < 0 {
		magnitude = -magnitude
	}
	return string(name[:maxDirName]) + "-" + strconv.FormatInt(magnitude, 36)
}

func isAlphanumeric(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// SessionPath is where a session of a user lies.
func SessionPath(home, realCwd, sessionID string) string {
	return filepath.Join(home, ".claude", "projects", ProjectDirName(realCwd), sessionID+".jsonl")
}

// Record is one line of a file. The fields that a kind does not have are zero.
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
	Aborted        bool

	PromptID       string
	PermissionMode string
	Cwd            string

	MessageID string // of the API
	Model     string
	Role      string
	Content   json.RawMessage // a string or an array of blocks
	UseResult json.RawMessage // toolUseResult

	Raw    json.RawMessage // the whole line, without its end
	Cursor string          // opaque; everything up to and with this record

	logicalParent   string
	sourceAssistant string
	preserved       []string // compact_boundary: uuids that the model sees again
	leaf            string   // last-prompt
	explicit        bool     // last-prompt
	title           string   // custom-title, ai-title, summary, last-prompt
	queued          json.RawMessage
	index           int // in the file
}

// line is what a record is decoded from.
type line struct {
	Type             string          `json:"type"`
	Subtype          string          `json:"subtype"`
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
	SourceAssistant  string          `json:"sourceToolAssistantUUID"`
	UseResult        json.RawMessage `json:"toolUseResult"`
	LeafUUID         string          `json:"leafUuid"`
	Explicit         bool            `json:"explicit"`
	LastPrompt       string          `json:"lastPrompt"`
	CustomTitle      string          `json:"customTitle"`
	AITitle          string          `json:"aiTitle"`
	Summary          string          `json:"summary"`
	Message          *struct {
		ID      string          `json:"id"`
		Role    string          `json:"role"`
		Model   string          `json:"model"`
		Content json.RawMessage `json:"content"`
	} `json:"message"`
	Attachment *struct {
		Type   string          `json:"type"`
		Prompt json.RawMessage `json:"prompt"`
	} `json:"attachment"`
	CompactMetadata *struct {
		PreservedMessages struct {
			UUIDs []string `json:"uuids"`
		} `json:"preservedMessages"`
	} `json:"compactMetadata"`
}

// decode reads one line. Members of a wrong type are passed by where the rest still says what the record is.
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
		PromptID: l.PromptID, PermissionMode: l.PermissionMode, Cwd: l.Cwd, UseResult: l.UseResult,
		sourceAssistant: l.SourceAssistant, leaf: l.LeafUUID, explicit: l.Explicit, Raw: raw,
	}
	if at, err := time.Parse(time.RFC3339Nano, l.Timestamp); err == nil {
		rec.Timestamp = at
	}
	if l.Message != nil {
		rec.MessageID, rec.Role, rec.Model, rec.Content = l.Message.ID, l.Message.Role, l.Message.Model, l.Message.Content
	}
	if l.Attachment != nil && l.Attachment.Type == "queued_command" {
		rec.queued = l.Attachment.Prompt
	}
	if l.CompactMetadata != nil {
		rec.preserved = l.CompactMetadata.PreservedMessages.UUIDs
	}
	for _, title := range []string{l.CustomTitle, l.AITitle, l.Summary, l.LastPrompt} {
		if rec.title == "" {
			rec.title = title
		}
	}
	return rec, true
}

func isTypeError(err error) bool {
	_, ok := err.(*json.UnmarshalTypeError)
	return ok
}

// Block is one content block of a message.
type Block struct {
	Type      string          `json:"type"`
	Text      string          `json:"text"`
	Thinking  string          `json:"thinking"`
	Signature string          `json:"signature"`
	ID        string          `json:"id"`
	Name      string          `json:"name"`
	Input     json.RawMessage `json:"input"`
	ToolUseID string          `json:"tool_use_id"`
	Content   json.RawMessage `json:"content"`
	IsError   bool            `json:"is_error"`
	Source    *Source         `json:"source"`
	Raw       json.RawMessage `json:"-"`
}

// Source is where an image comes from.
type Source struct {
	Type      string `json:"type"`
	MediaType string `json:"media_type"`
	Data      string `json:"data"`
	URL       string `json:"url"`
}

// Blocks are the record's content blocks; a string is one text block. A message typed while a tool ran counts as a
// user's.
func (r *Record) Blocks() []Block {
	content := r.Content
	if r.queued != nil {
		content = r.queued
	}
	return contentBlocks(content)
}

func contentBlocks(content json.RawMessage) []Block {
	var text string
	if json.Unmarshal(content, &text) == nil {
		if text == "" {
			return nil
		}
		raw, err := json.Marshal(map[string]string{"type": "text", "text": text})
		if err != nil {
			return nil
		}
		return []Block{{Type: "text", Text: text, Raw: raw}}
	}
	var raws []json.RawMessage
	if json.Unmarshal(content, &raws) != nil {
		return nil
	}
	blocks := make([]Block, 0, len(raws))
	for _, raw := range raws {
		var b Block
		if err := json.Unmarshal(raw, &b); err != nil && !isTypeError(err) || b.Type == "" {
			continue
		}
		b.Raw = raw
		blocks = append(blocks, b)
	}
	return blocks
}

// IsUser reports whether the record is something that the user's side said: a prompt, a tool result, a note.
func (r *Record) IsUser() bool { return r.Type == "user" || r.queued != nil }

// Interruption reports whether the record is the mark of a person's stop.
func (r *Record) Interruption() bool {
	if r.Type != "user" {
		return false
	}
	blocks := r.Blocks()
	return len(blocks) == 1 && strings.HasPrefix(blocks[0].Text, "[Request interrupted by user")
}

// IsPrompt reports whether the record is a message that a person typed.
func (r *Record) IsPrompt() bool {
	if !r.IsUser() || r.Meta || r.Sidechain || r.CompactSummary || r.UseResult != nil || r.Interruption() {
		return false
	}
	for _, b := range r.Blocks() {
		if b.Type == "tool_result" {
			return false
		}
	}
	return true
}

// IsAnswer reports whether the record is a text of the model.
func (r *Record) IsAnswer() bool {
	if r.Type != "assistant" || r.Sidechain || r.APIError {
		return false
	}
	blocks := r.Blocks()
	return len(blocks) > 0 && blocks[0].Type == "text"
}

// chained reports whether the record stands in the chain.
func (r *Record) chained() bool { return r.UUID != "" }

// cursorOf makes the cursor of a record that ends at an offset.
func cursorOf(end int64, uuid string) string {
	return strconv.FormatInt(end, 36) + "." + uuid[:min(8, len(uuid))]
}
