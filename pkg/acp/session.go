package acp

import "encoding/json"

// InitializeRequest opens a connection.
type InitializeRequest struct {
	ProtocolVersion    int                `json:"protocolVersion"`
	ClientCapabilities ClientCapabilities `json:"clientCapabilities"`
	ClientInfo         *Implementation    `json:"clientInfo,omitempty"`
}

// ClientCapabilities is the part of the client's capabilities that this server asks about.
type ClientCapabilities struct {
	Session struct {
		Notices *struct{} `json:"notices"`
	} `json:"session"`
	Meta Meta `json:"_meta,omitempty"`
}

// Implementation names a program.
type Implementation struct {
	Name    string `json:"name"`
	Title   string `json:"title,omitempty"`
	Version string `json:"version"`
}

// InitializeResponse says what this agent can do.
type InitializeResponse struct {
	ProtocolVersion   int               `json:"protocolVersion"`
	AgentCapabilities AgentCapabilities `json:"agentCapabilities"`
	AgentInfo         Implementation    `json:"agentInfo"`
	AuthMethods       []struct{}        `json:"authMethods"`
	Meta              Meta              `json:"_meta,omitempty"`
}

// AgentCapabilities are the optional parts of the protocol that this agent has.
type AgentCapabilities struct {
	LoadSession         bool                `json:"loadSession"`
	PromptCapabilities  PromptCapabilities  `json:"promptCapabilities"`
	McpCapabilities     McpCapabilities     `json:"mcpCapabilities"`
	SessionCapabilities SessionCapabilities `json:"sessionCapabilities"`
	Meta                Meta                `json:"_meta,omitempty"`
}

// PromptCapabilities are the content blocks that a prompt may hold beside text and resource links.
type PromptCapabilities struct {
	Image           bool `json:"image"`
	Audio           bool `json:"audio"`
	EmbeddedContext bool `json:"embeddedContext"`
}

// McpCapabilities are the MCP transports that session/new may name.
type McpCapabilities struct {
	HTTP bool `json:"http"`
	SSE  bool `json:"sse"`
}

// SessionCapabilities are the optional session methods; a nil member is not offered.
type SessionCapabilities struct {
	List   *struct{} `json:"list,omitempty"`
	Delete *struct{} `json:"delete,omitempty"`
	Resume *struct{} `json:"resume,omitempty"`
	Close  *struct{} `json:"close,omitempty"`
}

// NewSessionRequest asks for a session in Cwd, an absolute path.
type NewSessionRequest struct {
	Cwd        string            `json:"cwd"`
	McpServers []json.RawMessage `json:"mcpServers"`
	Meta       Meta              `json:"_meta,omitempty"`
}

// NewSessionResponse names the session made.
type NewSessionResponse struct {
	SessionID     string         `json:"sessionId"`
	Modes         *ModeState     `json:"modes,omitempty"`
	ConfigOptions []ConfigOption `json:"configOptions,omitempty"`
	Meta          Meta           `json:"_meta,omitempty"`
}

// LoadSessionRequest is the params of session/load and session/resume.
type LoadSessionRequest struct {
	SessionID  string            `json:"sessionId"`
	Cwd        string            `json:"cwd"`
	McpServers []json.RawMessage `json:"mcpServers,omitempty"`
	Meta       Meta              `json:"_meta,omitempty"`
}

// LoadSessionResponse answers session/load and session/resume.
type LoadSessionResponse struct {
	Modes         *ModeState     `json:"modes,omitempty"`
	ConfigOptions []ConfigOption `json:"configOptions,omitempty"`
	Meta          Meta           `json:"_meta,omitempty"`
}

// SessionRequest is the params of methods that name a session and no more: close, delete, cancel.
type SessionRequest struct {
	SessionID string `json:"sessionId"`
	Meta      Meta   `json:"_meta,omitempty"`
}

// ListSessionsRequest asks for a page of the caller's sessions, newest first.
type ListSessionsRequest struct {
	Cwd    string `json:"cwd,omitempty"`
	Cursor string `json:"cursor,omitempty"`
}

// ListSessionsResponse is a page of sessions.
type ListSessionsResponse struct {
	Sessions   []SessionInfo `json:"sessions"`
	NextCursor string        `json:"nextCursor,omitempty"`
}

// SessionInfo is one row of a session list.
type SessionInfo struct {
	SessionID string `json:"sessionId"`
	Cwd       string `json:"cwd"`
	Title     string `json:"title,omitempty"`
	UpdatedAt string `json:"updatedAt,omitempty"`
	Meta      Meta   `json:"_meta,omitempty"`
}

// PromptRequest is one message of the person to the agent.
type PromptRequest struct {
	SessionID string         `json:"sessionId"`
	Prompt    []ContentBlock `json:"prompt"`
	Meta      Meta           `json:"_meta,omitempty"`
}

// PromptResponse ends the turn that a prompt began.
type PromptResponse struct {
	StopReason string `json:"stopReason"`
	Meta       Meta   `json:"_meta,omitempty"`
}

// SetModeRequest changes the permission mode.
type SetModeRequest struct {
	SessionID string `json:"sessionId"`
	ModeID    string `json:"modeId"`
}

// SetConfigOptionRequest changes one config option.
type SetConfigOptionRequest struct {
	SessionID string          `json:"sessionId"`
	ConfigID  string          `json:"configId"`
	Value     json.RawMessage `json:"value"`
}

// SetConfigOptionResponse is every option with its value after the change.
type SetConfigOptionResponse struct {
	ConfigOptions []ConfigOption `json:"configOptions"`
}

// ModeState is the modes of a session and the one in force.
type ModeState struct {
	CurrentModeID  string `json:"currentModeId"`
	AvailableModes []Mode `json:"availableModes"`
}

// Mode is a permission mode.
type Mode struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
}

// ConfigOption is a choice that a session offers. Type is "select". Category: mode, model, thought_level.
type ConfigOption struct {
	ID           string         `json:"id"`
	Name         string         `json:"name"`
	Description  string         `json:"description,omitempty"`
	Category     string         `json:"category,omitempty"`
	Type         string         `json:"type"`
	CurrentValue string         `json:"currentValue"`
	Options      []SelectOption `json:"options"`
}

// SelectOption is one value of a config option.
type SelectOption struct {
	Value       string `json:"value"`
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
}

// PermissionRequest asks the person whether a tool call may run.
type PermissionRequest struct {
	SessionID string             `json:"sessionId"`
	ToolCall  Update             `json:"toolCall"`
	Options   []PermissionOption `json:"options"`
	Meta      Meta               `json:"_meta,omitempty"`
}

// PermissionOption is one answer that the person may give. Kind: allow_once, allow_always, reject_once, reject_always.
type PermissionOption struct {
	OptionID string `json:"optionId"`
	Name     string `json:"name"`
	Kind     string `json:"kind"`
	Meta     Meta   `json:"_meta,omitempty"`
}

// The kinds of a permission option.
const (
	AllowOnce    = "allow_once"
	AllowAlways  = "allow_always"
	RejectOnce   = "reject_once"
	RejectAlways = "reject_always"
)

// PermissionResponse is the person's answer.
type PermissionResponse struct {
	Outcome PermissionOutcome `json:"outcome"`
	Meta    Meta              `json:"_meta,omitempty"`
}

// PermissionOutcome is "selected" with an option, or "cancelled".
type PermissionOutcome struct {
	Outcome  string `json:"outcome"`
	OptionID string `json:"optionId,omitempty"`
}

// StateNotification is the params of _agentchat/state.
type StateNotification struct {
	SessionID  string `json:"sessionId"`
	State      string `json:"state"`
	StopReason string `json:"stopReason,omitempty"`
	Usage      *Usage `json:"usage,omitempty"`
	Error      string `json:"error,omitempty"`
	// Interrupted says that the last turn was cut off and that MethodContinue would go on.
	Interrupted bool `json:"interrupted,omitempty"`
}

// Usage counts the tokens of a turn.
type Usage struct {
	InputTokens      int64 `json:"inputTokens"`
	OutputTokens     int64 `json:"outputTokens"`
	CacheReadTokens  int64 `json:"cacheReadTokens"`
	CacheWriteTokens int64 `json:"cacheWriteTokens"`
}

// Plus adds two usages.
func (u Usage) Plus(more Usage) Usage {
	return Usage{
		u.InputTokens + more.InputTokens, u.OutputTokens + more.OutputTokens,
		u.CacheReadTokens + more.CacheReadTokens, u.CacheWriteTokens + more.CacheWriteTokens,
	}
}

// QueueNotification is the params of _agentchat/queue: the prompts that wait, in order.
type QueueNotification struct {
	SessionID string         `json:"sessionId"`
	Queue     []QueuedPrompt `json:"queue"`
}

// QueuedPrompt is a prompt that waits for the turn before it.
type QueuedPrompt struct {
	PromptID string         `json:"promptId"`
	Prompt   []ContentBlock `json:"prompt"`
}

// QueueRequest is the params of _agentchat/queue/remove (Prompt is ignored) and _agentchat/queue/update.
type QueueRequest struct {
	SessionID string         `json:"sessionId"`
	PromptID  string         `json:"promptId"`
	Prompt    []ContentBlock `json:"prompt,omitempty"`
}

// CancelRequest is the params of $/cancel_request. The id is a string or a number, as in the request.
type CancelRequest struct {
	RequestID any `json:"requestId"`
}

// RewindRequest is the params of _agentchat/rewind: back to before a message of the person's.
type RewindRequest struct {
	SessionID string `json:"sessionId"`
	MessageID string `json:"messageId"`
	Files     bool   `json:"files,omitempty"` // the files that the agent changed since, too
}

// RewindResponse has the message's text, to be sent again in other words.
type RewindResponse struct {
	Text     string   `json:"text"`
	Restored []string `json:"restored,omitempty"` // files, by their paths
}
