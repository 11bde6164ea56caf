package transcript

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
	"unicode/utf8"

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
	AgentID    string // of the subagent whose file it is; empty in a session's own
}

// stamped is a line on its way to the file.
type stamped interface {
	// stamp adds what all lines have.
	stamp(b *batch)
	// encode writes the line as an object. Its raw values have been checked.
	encode(o *object)
}

// chainedLine is a record of the chain on its way to the file.
type chainedLine struct {
	ParentUUID      string // none if it is empty
	Cut             bool   // what came before is not for the model: the parent is only the logical one
	PromptID        string
	Type            string
	Message         message         // nil in records that are no messages
	Members         func(o *object) // further members; nil for none
	IsMeta          bool
	IsAPIError      bool
	Aborted         bool
	APIBlockIndex   *int
	RequestID       string
	UUID            string
	Timestamp       string
	ToolUseResult   json.RawMessage
	ToolDenialKind  string
	SourceAssistant string
	Boundary        string // a member of ours, which other programs pass by
	PermissionMode  string
	Context
}

func (l *chainedLine) encode(o *object) {
	if l.Cut {
		o.textOrNull("parentUuid", "")
		o.textIfAny("logicalParentUuid", l.ParentUUID)
	} else {
		o.textOrNull("parentUuid", l.ParentUUID)
	}
	o.flag("isSidechain", l.AgentID != "")
	o.textIfAny("promptId", l.PromptID)
	o.textIfAny("agentId", l.AgentID)
	o.text("type", l.Type)
	if l.Message != nil {
		o.member("message")
		l.Message.encode(o)
	}
	if l.Members != nil {
		l.Members(o)
	}
	o.flagIfSet("isMeta", l.IsMeta)
	o.flagIfSet("isApiErrorMessage", l.IsAPIError)
	o.flagIfSet("isAbortedMidStream", l.Aborted)
	if l.APIBlockIndex != nil {
		o.number("apiBlockIndex", *l.APIBlockIndex)
	}
	o.textIfAny("requestId", l.RequestID)
	o.text("uuid", l.UUID)
	o.text("timestamp", l.Timestamp)
	if len(l.ToolUseResult) > 0 {
		o.raw("toolUseResult", l.ToolUseResult)
	}
	o.textIfAny("toolDenialKind", l.ToolDenialKind)
	o.textIfAny("sourceToolAssistantUUID", l.SourceAssistant)
	o.textIfAny("agentchatBoundary", l.Boundary)
	o.textIfAny("permissionMode", l.PermissionMode)
	o.text("userType", "external")
	o.text("entrypoint", l.Entrypoint)
	o.text("cwd", l.Cwd)
	o.text("sessionId", l.SessionID)
	o.text("version", l.Version)
	o.text("gitBranch", l.GitBranch)
}

// looseLine is a record outside the chain on its way to the file: its members in their order, the session's id not among
// them.
type looseLine struct {
	Type      string
	SessionID string
	Members   func(o *object)
}

func (l *looseLine) encode(o *object) {
	o.text("type", l.Type)
	l.Members(o)
	o.text("sessionId", l.SessionID)
}

// message is the message member of a record.
type message interface{ encode(o *object) }

type userMessage struct{ Content json.RawMessage }

func (m userMessage) encode(o *object) {
	o.open()
	o.text("role", typeUser)
	o.raw("content", m.Content)
	o.close()
}

// assistantMessage has every member because Claude Code needs them.
type assistantMessage struct {
	ID           string
	Model        string
	Block        json.RawMessage
	StopReason   *string
	StopSequence *string
	Usage        json.RawMessage
}

func (m assistantMessage) encode(o *object) {
	o.open()
	o.text("id", m.ID)
	o.text("type", "message")
	o.text("role", typeAssistant)
	o.text("model", m.Model)
	o.rawList("content", m.Block)
	o.optional("stop_reason", m.StopReason)
	o.optional("stop_sequence", m.StopSequence)
	o.raw("usage", m.Usage)
	o.close()
}

// name gives the line a uuid if it has none.
func (l *chainedLine) name() {
	if l.UUID == "" {
		l.UUID = uuid.NewString()
	}
}

func (l *chainedLine) stamp(b *batch) {
	l.name()
	l.ParentUUID, l.Timestamp, l.Context = b.leaf, b.stamp(), b.context
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
	start := len(b.data)
	o := object{out: slices.Grow(b.data, usualLine)}
	o.open()
	l.encode(&o)
	o.close()
	b.data = o.out
	if line := b.data[start:]; !utf8.Valid(line) {
		b.data = append(b.data[:start], bytes.ToValidUTF8(line, []byte("\ufffd"))...)
	}
	end := len(b.data)
	b.data = append(b.data, '\n')
	return span{start, end}, nil
}

// usualLine is how long most lines are at the most, in bytes.
const usualLine = 2 << 10

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

// checked gives a raw value as it goes into a line; one that is no JSON is refused. A line feed in it can only be white
// space.
func (b *batch) checked(raw json.RawMessage) json.RawMessage {
	if !valid(raw) {
		b.err = errors.New("value is not JSON")
		return nil
	}
	if bytes.IndexByte(raw, '\n') < 0 {
		return raw
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, raw); err != nil {
		b.err = fmt.Errorf("compact value: %w", err)
	}
	return compact.Bytes()
}

// content checks what a message holds: no reader could use anything but a string or an array.
func (b *batch) content(raw json.RawMessage) json.RawMessage {
	if text := bytes.TrimSpace(raw); len(text) == 0 || text[0] != '"' && text[0] != '[' {
		b.err = errors.New("content is neither a string nor an array")
		return nil
	}
	return b.checked(raw)
}

// block checks a block of an answer, and notes a call.
func (b *batch) block(raw json.RawMessage, recordUUID string) json.RawMessage {
	raw = b.checked(raw)
	p := parser{data: raw}
	var found blocks
	found.element(&p)
	if found.count != 1 {
		b.err = errors.New("block is not an object with a type")
		return nil
	}
	for _, id := range found.uses {
		b.callers[text(id)] = recordUUID
	}
	return raw
}
