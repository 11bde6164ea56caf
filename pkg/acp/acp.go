// Package acp holds the wire types of the Agent Client Protocol, version 1, that this server speaks: requests,
// answers and notifications as they stand in the frames, and nothing that acts on them.
//
// Source: the stable JSON schema of ACP 1 (agentclientprotocol.com). Fields that this server neither reads nor writes
// are left out; unknown fields of incoming messages are ignored, as the protocol asks.
package acp

import "encoding/json"

// ProtocolVersion is the only version of the protocol that this server speaks.
const ProtocolVersion = 1

// The methods that a client calls on the agent.
const (
	MethodInitialize      = "initialize"
	MethodAuthenticate    = "authenticate"
	MethodSessionNew      = "session/new"
	MethodSessionLoad     = "session/load"
	MethodSessionResume   = "session/resume"
	MethodSessionList     = "session/list"
	MethodSessionClose    = "session/close"
	MethodSessionDelete   = "session/delete"
	MethodSessionPrompt   = "session/prompt"
	MethodSessionCancel   = "session/cancel"
	MethodSetMode         = "session/set_mode"
	MethodSetConfigOption = "session/set_config_option"
	MethodCancelRequest   = "$/cancel_request"
	MethodQueueRemove     = "_agentchat/queue/remove"
	MethodQueueUpdate     = "_agentchat/queue/update"
	MethodQueueSend       = "_agentchat/queue/send"
	MethodContinue        = "_agentchat/continue"
	MethodRewind          = "_agentchat/rewind"
	MethodRewound         = "_agentchat/rewound"
	MethodPing            = "_agentchat/ping"
	MethodSessionUpdate   = "session/update"
	MethodPermission      = "session/request_permission"
	MethodState           = "_agentchat/state"
	MethodQueue           = "_agentchat/queue"
	MetaCursor            = "agentchat/cursor"
	MetaReplayAfter       = "agentchat/replayAfter"
	MetaReplay            = "agentchat/replay"
	MetaState             = "agentchat/state"
	MetaPromptID          = "agentchat/promptId"
	MetaEcho              = "agentchat/echo"
	MetaRetry             = "agentchat/retry"
	MetaToolName          = "agentchat/toolName"
	MetaBoundary          = "agentchat/boundary"
	MetaInterrupted       = "agentchat/interrupted"
	MetaAborted           = "agentchat/aborted"
	MetaSkipped           = "agentchat/skipped"
	MetaTimestamp         = "agentchat/timestamp"
	MetaError             = "agentchat/error"
	MetaDenyMessage       = "agentchat/message"
	MetaRule              = "agentchat/rule"
	MetaRules             = "agentchat/rules"
	MetaReason            = "agentchat/reason"
	MetaDescription       = "agentchat/description"
	MetaQuestion          = "agentchat/question"
	MetaOptions           = "agentchat/options"
	MetaUsage             = "agentchat/usage"
	MetaTask              = "agentchat/task"
	ReplayComplete        = "complete"
	ReplayReset           = "reset"
	StateIdle             = "idle"
	StateRunning          = "running"
	StateRequiresAction   = "requires_action"
)

// Meta is the `_meta` member that ACP keeps for additions.
type Meta map[string]any

// ContentBlock is one piece of a prompt or of a message. Type says which of the other fields count:
// "text" (Text), "image" and "audio" (Data in base64, MimeType), "resource_link" (URI, Name), "resource" (Resource).
type ContentBlock struct {
	Type     string            `json:"type"`
	Text     string            `json:"text,omitempty"`
	Data     string            `json:"data,omitempty"`
	MimeType string            `json:"mimeType,omitempty"`
	URI      string            `json:"uri,omitempty"`
	Name     string            `json:"name,omitempty"`
	Resource *EmbeddedResource `json:"resource,omitempty"`
	Meta     Meta              `json:"_meta,omitempty"`
}

// MarshalJSON writes the text of a text block even when it is empty: the schema demands the member.
func (b ContentBlock) MarshalJSON() ([]byte, error) {
	type plain ContentBlock
	if b.Type != "text" {
		return json.Marshal(plain(b))
	}
	return json.Marshal(struct {
		Type string `json:"type"`
		Text string `json:"text"`
		Meta Meta   `json:"_meta,omitempty"`
	}{b.Type, b.Text, b.Meta})
}

// EmbeddedResource is the content of a "resource" block: Text or Blob (base64).
type EmbeddedResource struct {
	URI      string `json:"uri"`
	MimeType string `json:"mimeType,omitempty"`
	Text     string `json:"text,omitempty"`
	Blob     string `json:"blob,omitempty"`
}

// Text makes a text block.
func Text(s string) ContentBlock { return ContentBlock{Type: "text", Text: s} }

// The kinds of session/update that this server sends.
const (
	UpdateUserMessage       = "user_message_chunk"
	UpdateAgentMessage      = "agent_message_chunk"
	UpdateAgentThought      = "agent_thought_chunk"
	UpdateToolCall          = "tool_call"
	UpdateToolCallUpdate    = "tool_call_update"
	UpdatePlan              = "plan"
	UpdateAvailableCommands = "available_commands_update"
	UpdateCurrentMode       = "current_mode_update"
	UpdateConfigOption      = "config_option_update"
	UpdateSessionInfo       = "session_info_update"
	UpdateUsage             = "usage_update"
	UpdateNotice            = "notice"
)

// Update is the `update` member of a session/update. Kind says which other fields count; a field that its kind does
// not know stays at its zero value and is not written.
type Update struct {
	Kind string `json:"sessionUpdate,omitempty"`

	// user_message_chunk, agent_message_chunk, agent_thought_chunk; see Chunk.
	MessageID string        `json:"messageId,omitempty"`
	Block     *ContentBlock `json:"-"`

	// tool_call, tool_call_update. An empty ToolContent and a nil one differ in a tool_call_update: the first replaces
	// what was there by nothing, the second leaves it.
	ToolCallID  string            `json:"toolCallId,omitempty"`
	Title       string            `json:"title,omitempty"`
	Name        string            `json:"name,omitempty"`
	ToolKind    string            `json:"kind,omitempty"`
	Status      string            `json:"status,omitempty"`
	ToolContent []ToolCallContent `json:"-"`
	Locations   []Location        `json:"locations,omitempty"`
	RawInput    json.RawMessage   `json:"rawInput,omitempty"`
	RawOutput   json.RawMessage   `json:"rawOutput,omitempty"`

	Entries           []PlanEntry        `json:"entries,omitempty"`           // plan
	AvailableCommands []AvailableCommand `json:"availableCommands,omitempty"` // available_commands_update
	CurrentModeID     string             `json:"currentModeId,omitempty"`     // current_mode_update
	ConfigOptions     []ConfigOption     `json:"configOptions,omitempty"`     // config_option_update
	UpdatedAt         string             `json:"updatedAt,omitempty"`         // session_info_update, with Title
	Used              *int64             `json:"used,omitempty"`              // usage_update: tokens in the context
	Size              *int64             `json:"size,omitempty"`              // usage_update: tokens the context holds
	Cost              *Cost              `json:"cost,omitempty"`              // usage_update
	Severity          string             `json:"severity,omitempty"`          // notice, with Title: info, warning, error

	Meta Meta `json:"_meta,omitempty"`
}

// MarshalJSON puts Block or ToolContent under the one name `content` that the protocol has for both, and writes an
// empty plan as an empty list.
func (u Update) MarshalJSON() ([]byte, error) {
	type plain Update
	var content any
	switch {
	case u.Block != nil:
		content = u.Block
	case u.ToolContent != nil:
		content = u.ToolContent
	}
	if u.Kind == UpdatePlan {
		entries := u.Entries
		if entries == nil {
			entries = []PlanEntry{}
		}
		return json.Marshal(struct {
			plain
			Entries []PlanEntry `json:"entries"`
		}{plain(u), entries})
	}
	return json.Marshal(struct {
		plain
		Content any `json:"content,omitempty"`
	}{plain(u), content})
}

// UnmarshalJSON is the inverse of MarshalJSON; tests and Go clients read updates with it.
func (u *Update) UnmarshalJSON(data []byte) error {
	type plain Update
	var raw struct {
		plain
		Content json.RawMessage `json:"content"`
	}
	if err := json.Unmarshal(data, &raw); err != nil {
		return err
	}
	*u = Update(raw.plain)
	if len(raw.Content) == 0 || string(raw.Content) == "null" {
		return nil
	}
	if raw.Content[0] == '[' {
		return json.Unmarshal(raw.Content, &u.ToolContent)
	}
	u.Block = new(ContentBlock)
	return json.Unmarshal(raw.Content, u.Block)
}

// Chunk makes a user_message_chunk, agent_message_chunk or agent_thought_chunk.
func Chunk(kind, messageID string, block ContentBlock) Update {
	return Update{Kind: kind, MessageID: messageID, Block: &block}
}

// WithMeta returns a copy of the update that carries one more `_meta` entry.
func (u Update) WithMeta(key string, value any) Update {
	meta := make(Meta, len(u.Meta)+1)
	for k, v := range u.Meta {
		meta[k] = v
	}
	meta[key] = value
	u.Meta = meta
	return u
}

// WithoutMeta returns a copy of the update without a `_meta` entry.
func (u Update) WithoutMeta(key string) Update {
	meta := make(Meta, len(u.Meta))
	for k, v := range u.Meta {
		if k != key {
			meta[k] = v
		}
	}
	u.Meta = meta
	return u
}

// The kinds of a tool call.
const (
	KindRead       = "read"
	KindEdit       = "edit"
	KindDelete     = "delete"
	KindMove       = "move"
	KindSearch     = "search"
	KindExecute    = "execute"
	KindThink      = "think"
	KindFetch      = "fetch"
	KindSwitchMode = "switch_mode"
	KindOther      = "other"
)

// The states of a tool call.
const (
	StatusPending    = "pending"
	StatusInProgress = "in_progress"
	StatusCompleted  = "completed"
	StatusFailed     = "failed"
)

// ToolCallContent is something that a tool call shows: Type "content" (Content) or "diff" (Path, OldText, NewText).
type ToolCallContent struct {
	Type    string        `json:"type"`
	Content *ContentBlock `json:"content,omitempty"`
	Path    string        `json:"path,omitempty"`
	OldText *string       `json:"oldText,omitempty"`
	NewText *string       `json:"newText,omitempty"`
}

// ToolText is a tool call content that shows text.
func ToolText(s string) ToolCallContent {
	b := Text(s)
	return ToolCallContent{Type: "content", Content: &b}
}

// ToolDiff is a tool call content that shows a file's change; old is nil for a new file.
func ToolDiff(path string, old *string, text string) ToolCallContent {
	return ToolCallContent{Type: "diff", Path: path, OldText: old, NewText: &text}
}

// Location is a file that a tool call works on; Line counts from 1.
type Location struct {
	Path string `json:"path"`
	Line *int   `json:"line,omitempty"`
}

// PlanEntry is one line of the agent's plan. Priority: high, medium, low. Status: pending, in_progress, completed.
type PlanEntry struct {
	Content  string `json:"content"`
	Priority string `json:"priority"`
	Status   string `json:"status"`
}

// AvailableCommand is a slash command that the person may type.
type AvailableCommand struct {
	Name        string        `json:"name"`
	Description string        `json:"description"`
	Input       *CommandInput `json:"input,omitempty"`
}

// CommandInput says what may stand behind a command's name.
type CommandInput struct {
	Hint string `json:"hint"`
}

// Cost is what a session has cost so far.
type Cost struct {
	Amount   float64 `json:"amount"`
	Currency string  `json:"currency"`
}

// The stop reasons of a turn.
const (
	StopEndTurn         = "end_turn"
	StopMaxTokens       = "max_tokens"
	StopMaxTurnRequests = "max_turn_requests"
	StopRefusal         = "refusal"
	StopCancelled       = "cancelled"
)

// SessionNotification is the params of a session/update.
type SessionNotification struct {
	SessionID string `json:"sessionId"`
	Update    Update `json:"update"`
	Meta      Meta   `json:"_meta,omitempty"`
}

// Notification frames a JSON-RPC notification, ready for the wire.
func Notification(method string, params any) []byte {
	return mustMarshal(struct {
		JSONRPC string `json:"jsonrpc"`
		Method  string `json:"method"`
		Params  any    `json:"params"`
	}{"2.0", method, params})
}

// Request frames a JSON-RPC request, ready for the wire.
func Request(id, method string, params any) []byte {
	return mustMarshal(struct {
		JSONRPC string `json:"jsonrpc"`
		ID      string `json:"id"`
		Method  string `json:"method"`
		Params  any    `json:"params"`
	}{"2.0", id, method, params})
}

// UpdateFrame frames a session/update.
func UpdateFrame(sessionID string, u Update) []byte {
	return Notification(MethodSessionUpdate, SessionNotification{SessionID: sessionID, Update: u})
}

// ChunkFrame frames a session/update that streams text: what UpdateFrame gives for Chunk, without reflection, because
// it is made for each delta.
func ChunkFrame(sessionID, kind, messageID, text string) []byte {
	const frame = `{"jsonrpc":"2.0","method":"session/update","params":{"sessionId":,"update":{"sessionUpdate":,` +
		`"messageId":,"content":{"type":"text","text":}}}}`
	b := make([]byte, 0, len(frame)+len(sessionID)+len(kind)+len(messageID)+len(text)+len(text)/8+16)
	b = append(b, `{"jsonrpc":"2.0","method":"session/update","params":{"sessionId":`...)
	b = appendString(b, sessionID)
	b = append(b, `,"update":{"sessionUpdate":`...)
	b = appendString(b, kind)
	b = append(b, `,"messageId":`...)
	b = appendString(b, messageID)
	b = append(b, `,"content":{"type":"text","text":`...)
	b = appendString(b, text)
	return append(b, `}}}}`...)
}

// appendString appends s as a JSON string. Plain text, nearly all there is, is copied; the rest goes to encoding/json.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c == '"' || c == '\\' || c >= 0x7f {
			return append(b, mustMarshal(s)...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

// mustMarshal marshals values of this package, which cannot fail: their only free-form members were JSON before.
func mustMarshal(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic("acp: " + err.Error())
	}
	return data
}
