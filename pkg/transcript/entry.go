package transcript

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Context is what every chained record of a session has in common.
type Context struct {
	SessionID string
	Cwd       string
	GitBranch string
}

// Entry is something that can be appended. The entries of this package are all there are.
type Entry interface {
	// records gives the entry's record; chain says whether it hangs from the leaf.
	record(w *Writer) (fields fields, chain bool)
	uuid() string
}

// fields is a record on its way to the file.
type fields struct {
	ParentUUID      *string         `json:"parentUuid,omitempty"`
	IsSidechain     *bool           `json:"isSidechain,omitempty"`
	PromptID        string          `json:"promptId,omitempty"`
	Type            string          `json:"type"`
	Operation       string          `json:"operation,omitempty"`
	LastPrompt      string          `json:"lastPrompt,omitempty"`
	LeafUUID        string          `json:"leafUuid,omitempty"`
	CustomTitle     string          `json:"customTitle,omitempty"`
	AITitle         string          `json:"aiTitle,omitempty"`
	Message         any             `json:"message,omitempty"`
	IsAPIError      bool            `json:"isApiErrorMessage,omitempty"`
	Aborted         bool            `json:"isAbortedMidStream,omitempty"`
	APIBlockIndex   *int            `json:"apiBlockIndex,omitempty"`
	RequestID       string          `json:"requestId,omitempty"`
	UUID            string          `json:"uuid,omitempty"`
	Timestamp       string          `json:"timestamp,omitempty"`
	ToolUseResult   json.RawMessage `json:"toolUseResult,omitempty"`
	ToolDenialKind  string          `json:"toolDenialKind,omitempty"`
	SourceAssistant string          `json:"sourceToolAssistantUUID,omitempty"`
	PermissionMode  string          `json:"permissionMode,omitempty"`
	Content         string          `json:"content,omitempty"`
	UserType        string          `json:"userType,omitempty"`
	Entrypoint      string          `json:"entrypoint,omitempty"`
	Cwd             string          `json:"cwd,omitempty"`
	SessionID       string          `json:"sessionId"`
	Version         string          `json:"version,omitempty"`
	GitBranch       string          `json:"gitBranch,omitempty"`
}

// userMessage is the message member of a user record.
type userMessage struct {
	Role    string          `json:"role"`
	Content json.RawMessage `json:"content"`
}

// assistantMessage is the message member of an assistant record. Claude Code needs every member.
type assistantMessage struct {
	ID           string            `json:"id"`
	Type         string            `json:"type"`
	Role         string            `json:"role"`
	Model        string            `json:"model"`
	Content      []json.RawMessage `json:"content"`
	StopReason   *string           `json:"stop_reason"`
	StopSequence *string           `json:"stop_sequence"`
	Usage        json.RawMessage   `json:"usage"`
}

// Prompt is a message that the person typed. Content is a JSON string or an array of content blocks.
type Prompt struct {
	UUID           string
	PromptID       string
	Content        json.RawMessage
	PermissionMode string
}

func (e Prompt) uuid() string { return e.UUID }

func (e Prompt) record(w *Writer) (fields, bool) {
	w.promptID = e.PromptID
	return fields{
		Type: "user", UUID: e.UUID, PromptID: e.PromptID, PermissionMode: e.PermissionMode,
		Message: userMessage{"user", e.Content},
	}, true
}

// Assistant is one content block of the model's answer. All blocks of an answer share MessageID, RequestID and Usage,
// and are appended together.
type Assistant struct {
	UUID         string
	MessageID    string
	RequestID    string
	Model        string
	Block        json.RawMessage
	BlockIndex   int
	StopReason   *string // nil if the answer broke off
	StopSequence *string
	Usage        json.RawMessage
	Aborted      bool
}

func (e Assistant) uuid() string { return e.UUID }

func (e Assistant) record(w *Writer) (fields, bool) {
	var block struct {
		Type string `json:"type"`
		ID   string `json:"id"`
	}
	if json.Unmarshal(e.Block, &block) == nil && block.Type == "tool_use" {
		w.callers[block.ID] = e.UUID
	}
	usage := e.Usage
	if len(usage) == 0 {
		usage = json.RawMessage(noUsage)
	}
	return fields{
		Type: "assistant", UUID: e.UUID, RequestID: e.RequestID, APIBlockIndex: &e.BlockIndex, Aborted: e.Aborted,
		Message: assistantMessage{
			ID: e.MessageID, Type: "message", Role: "assistant", Model: e.Model,
			Content: []json.RawMessage{e.Block}, StopReason: e.StopReason, StopSequence: e.StopSequence, Usage: usage,
		},
	}, true
}

const noUsage = `{"input_tokens":0,"output_tokens":0,"cache_creation_input_tokens":0,"cache_read_input_tokens":0}`

// ToolResult is what a tool answered. Content is a JSON string or an array of content blocks, for the model; UseResult is
// the structured result for people.
type ToolResult struct {
	UUID      string
	ToolUseID string
	PromptID  string
	Content   json.RawMessage
	UseResult json.RawMessage
	IsError   bool
	Denied    bool // the person declined the call
}

func (e ToolResult) uuid() string { return e.UUID }

func (e ToolResult) record(w *Writer) (fields, bool) {
	block, err := json.Marshal([]struct {
		ToolUseID string          `json:"tool_use_id"`
		Type      string          `json:"type"`
		Content   json.RawMessage `json:"content"`
		IsError   bool            `json:"is_error,omitempty"`
	}{{e.ToolUseID, "tool_result", e.Content, e.IsError}})
	if err != nil {
		block = json.RawMessage("[]")
	}
	f := fields{
		Type: "user", UUID: e.UUID, PromptID: e.PromptID, Message: userMessage{"user", block},
		ToolUseResult: e.UseResult, SourceAssistant: w.callers[e.ToolUseID],
	}
	if e.Denied {
		f.ToolDenialKind = "user-rejected"
	}
	return f, true
}

// Interrupted is the mark of a person's stop.
type Interrupted struct{ ForToolUse bool }

func (Interrupted) uuid() string { return "" }

func (e Interrupted) record(w *Writer) (fields, bool) {
	text := "[Request interrupted by user]"
	if e.ForToolUse {
		text = "[Request interrupted by user for tool use]"
	}
	content := joinJSON(textBlock(text).Raw)
	return fields{Type: "user", PromptID: w.promptID, Message: userMessage{"user", content}}, true
}

// APIError is a sentence about a failed turn, which the person sees and the model does not.
type APIError struct{ Text string }

func (APIError) uuid() string { return "" }

func (e APIError) record(*Writer) (fields, bool) {
	stop := "stop_sequence"
	empty := ""
	return fields{
		Type: "assistant", IsAPIError: true,
		Message: assistantMessage{
			ID: uuid.NewString(), Type: "message", Role: "assistant", Model: "<synthetic>",
			Content: []json.RawMessage{textBlock(e.Text).Raw}, StopReason: &stop, StopSequence: &empty,
			Usage: json.RawMessage(noUsage),
		},
	}, true
}

// LastPrompt ends a turn: it names the leaf from which the next one goes on.
type LastPrompt struct{ Text string }

func (LastPrompt) uuid() string { return "" }

func (e LastPrompt) record(w *Writer) (fields, bool) {
	text := strings.Join(strings.Fields(e.Text), " ")
	if runes := []rune(text); len(runes) > 200 {
		text = string(runes[:199]) + "…"
	}
	return fields{Type: "last-prompt", LastPrompt: text, LeafUUID: w.leaf}, false
}

// CustomTitle is the person's title.
type CustomTitle struct{ Title string }

func (CustomTitle) uuid() string { return "" }

func (e CustomTitle) record(*Writer) (fields, bool) {
	return fields{Type: "custom-title", CustomTitle: e.Title}, false
}

// AITitle is the model's title.
type AITitle struct{ Title string }

func (AITitle) uuid() string { return "" }

func (e AITitle) record(*Writer) (fields, bool) {
	return fields{Type: "ai-title", AITitle: e.Title}, false
}

func joinJSON(raws ...json.RawMessage) json.RawMessage {
	data, err := json.Marshal(raws)
	if err != nil {
		return json.RawMessage("[]")
	}
	return data
}

// encode makes the line of an entry and moves the chain on.
func (w *Writer) encode(e Entry) ([]byte, error) {
	f, chain := e.record(w)
	f.SessionID = w.context.SessionID
	if chain {
		no := false
		f.IsSidechain = &no
		if w.leaf != "" {
			leaf := w.leaf
			f.ParentUUID = &leaf
		}
		if f.UUID == "" {
			f.UUID = uuid.NewString()
		}
		f.Timestamp = w.now().Format("2006-01-02T15:04:05.000Z")
		f.UserType, f.Entrypoint = "external", "sdk-cli"
		f.Cwd, f.Version, f.GitBranch = w.context.Cwd, FormatVersion, w.context.GitBranch
	}
	data, err := json.Marshal(f)
	if err != nil {
		return nil, err
	}
	if chain {
		if f.ParentUUID == nil {
			data = append([]byte(`{"parentUuid":null,`), data[1:]...)
		}
		w.leaf = f.UUID
	}
	return append(data, '\n'), nil
}

// now is the time of the next record: never before that of the last one, whatever the clock does.
func (w *Writer) now() time.Time {
	now := time.Now().UTC()
	if now.Before(w.last) {
		now = w.last
	}
	w.last = now
	return now
}
