package transcript

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"time"

	"github.com/google/uuid"
)

// timeFormat is how records write a time, in UTC.
const timeFormat = "2006-01-02T15:04:05.000Z"

// Context is what every chained record of a session has in common.
type Context struct {
	SessionID  string
	Cwd        string
	GitBranch  string
	Version    string // FormatVersion if it is empty
	Entrypoint string // how the session was started; "sdk-cli", as for programs, if it is empty
}

// stamped is a line that still lacks what all lines have.
type stamped interface{ stamp(b *batch) }

// chainedLine is a record of the chain on its way to the file.
type chainedLine struct {
	ParentUUID      *string         `json:"parentUuid"`
	IsSidechain     bool            `json:"isSidechain"`
	PromptID        string          `json:"promptId,omitempty"`
	Type            string          `json:"type"`
	Message         any             `json:"message"`
	IsMeta          bool            `json:"isMeta,omitempty"`
	IsAPIError      bool            `json:"isApiErrorMessage,omitempty"`
	Aborted         bool            `json:"isAbortedMidStream,omitempty"`
	APIBlockIndex   *int            `json:"apiBlockIndex,omitempty"`
	RequestID       string          `json:"requestId,omitempty"`
	UUID            string          `json:"uuid"`
	Timestamp       string          `json:"timestamp"`
	ToolUseResult   json.RawMessage `json:"toolUseResult,omitempty"`
	ToolDenialKind  string          `json:"toolDenialKind,omitempty"`
	SourceAssistant string          `json:"sourceToolAssistantUUID,omitempty"`
	PermissionMode  string          `json:"permissionMode,omitempty"`
	UserType        string          `json:"userType"`
	Entrypoint      string          `json:"entrypoint"`
	Cwd             string          `json:"cwd"`
	SessionID       string          `json:"sessionId"`
	Version         string          `json:"version"`
	GitBranch       string          `json:"gitBranch"`
}

// looseLine is a record outside the chain on its way to the file.
type looseLine struct {
	Type        string  `json:"type"`
	Operation   string  `json:"operation,omitempty"`
	Timestamp   string  `json:"timestamp,omitempty"`
	LastPrompt  *string `json:"lastPrompt,omitempty"`
	LeafUUID    string  `json:"leafUuid,omitempty"`
	CustomTitle *string `json:"customTitle,omitempty"`
	AITitle     *string `json:"aiTitle,omitempty"`
	SessionID   string  `json:"sessionId"`
	Content     string  `json:"content,omitempty"`
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

// name gives the line a uuid if it has none.
func (l *chainedLine) name() {
	if l.UUID == "" {
		l.UUID = uuid.NewString()
	}
}

func (l *chainedLine) stamp(b *batch) {
	l.name()
	if b.leaf != "" {
		parent := b.leaf
		l.ParentUUID = &parent
	}
	l.Timestamp = b.stamp()
	l.UserType, l.Entrypoint, l.Version = "external", b.context.Entrypoint, b.context.Version
	l.Cwd, l.SessionID, l.GitBranch = b.context.Cwd, b.context.SessionID, b.context.GitBranch
	b.leaf = l.UUID
}

func (l *looseLine) stamp(b *batch) { l.SessionID = b.context.SessionID }

// progress is how far the chain of a file has come.
type progress struct {
	leaf     string
	last     time.Time // of the newest record
	promptID string
	callers  map[string]string // by open tool call: the uuid of its record
	answers  map[string]bool   // message ids of earlier appends
	title    string            // the person's
}

// batch is the entries of one append on their way to the file. It works on a copy of the writer's progress, which takes
// its place when they are safe.
type batch struct {
	progress
	context Context
	now     func() time.Time
	ids     map[string]string // message ids of this append, as written
	data    []byte
	lines   []span // of the entries in data, their line feeds not counted
	err     error
}

// span is a part of a batch's data.
type span struct{ start, end int }

func newBatch(p progress, context Context, now func() time.Time) *batch {
	p.callers = maps.Clone(p.callers)
	return &batch{progress: p, context: context, now: now, ids: map[string]string{}}
}

// add encodes one entry. The end of a turn repeats the person's title: Claude Code looks for it near the end of the file.
func (b *batch) add(e Entry) error {
	written, err := b.write(e)
	if err != nil {
		return err
	}
	b.lines = append(b.lines, written)
	if _, ends := e.(LastPrompt); ends && b.title != "" {
		_, err = b.write(CustomTitle{Title: b.title})
	}
	return err
}

// write encodes one line.
func (b *batch) write(e Entry) (span, error) {
	l := e.line(b)
	if b.err != nil {
		return span{}, b.err
	}
	l.stamp(b)
	data, err := encodeJSON(l)
	if err != nil {
		return span{}, err
	}
	start := len(b.data)
	b.data = append(b.data, bytes.ToValidUTF8(data, []byte("\ufffd"))...)
	end := len(b.data)
	b.data = append(b.data, '\n')
	return span{start, end}, nil
}

// stamp is the time of the next record: after that of the last one, whatever the clock does, so that the order can be
// found again in a file that was damaged.
func (b *batch) stamp() string {
	now := b.now().UTC().Truncate(time.Millisecond)
	if !now.After(b.last) {
		now = b.last.Add(time.Millisecond)
	}
	b.last = now
	return now.Format(timeFormat)
}

// messageID is the id under which the blocks of an answer are written. Claude Code puts everything with one id into one
// message, so that an id which an earlier append used already, or none, gets another.
func (b *batch) messageID(id string) string {
	if written, ok := b.ids[id]; ok {
		return written
	}
	written := id
	if id == "" || b.answers[id] {
		written = "msg_" + uuid.NewString()
	}
	b.ids[id] = written
	return written
}

// callerOf finds the record of an open call, whose result is being written.
func (b *batch) callerOf(toolUseID string) string {
	caller := b.callers[toolUseID]
	delete(b.callers, toolUseID)
	return caller
}

// checkContent refuses content that no reader could use.
func (b *batch) checkContent(content json.RawMessage) {
	if text := bytes.TrimSpace(content); len(text) == 0 || text[0] != '"' && text[0] != '[' || !json.Valid(text) {
		b.err = errors.New("content is neither a string nor an array")
	}
}

// checkBlock refuses a block that no reader could use, and notes a call.
func (b *batch) checkBlock(raw json.RawMessage, recordUUID string) {
	var block Block
	if err := json.Unmarshal(raw, &block); err != nil && !isTypeError(err) || block.Type == "" {
		b.err = errors.New("block is not an object with a type")
		return
	}
	if block.Type == blockToolUse {
		b.callers[block.ID] = recordUUID
	}
}
