package transcript_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"claude-agent-chat/pkg/transcript"
)

// plainLine is a record for encoding/json, to hold the package's own reading against.
type plainLine struct {
	Type             string          `json:"type"`
	Subtype          string          `json:"subtype"`
	UUID             string          `json:"uuid"`
	ParentUUID       string          `json:"parentUuid"`
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
	UseResult        json.RawMessage `json:"toolUseResult"`
	Boundary         string          `json:"agentchatBoundary"`
	Origin           json.RawMessage `json:"origin"`
	Message          *struct {
		ID      string          `json:"id"`
		Role    string          `json:"role"`
		Model   string          `json:"model"`
		Content json.RawMessage `json:"content"`
	} `json:"message"`
	Attachment *struct {
		Type        string `json:"type"`
		CommandMode string `json:"commandMode"`
		IsMeta      bool   `json:"isMeta"`
	} `json:"attachment"`
}

// known are the names of all members that are looked at; encoding/json takes them in capitals too, which nobody writes.
var known = strings.Fields(`type subtype uuid parentUuid timestamp isSidechain isMeta isCompactSummary isApiErrorMessage
	isAbortedMidStream promptId permissionMode cwd requestId toolUseResult agentchatBoundary message id role model content attachment
	commandMode prompt origin kind text tool_use_id thinking signature name input is_error source media_type data url`)

// reference decodes a line with encoding/json alone.
func reference(line []byte) (transcript.Record, bool) {
	var l plainLine
	var wrong *json.UnmarshalTypeError
	if err := json.Unmarshal(line, &l); err != nil && !errors.As(err, &wrong) || l.Type == "" {
		return transcript.Record{}, false
	}
	rec := transcript.Record{
		Type: l.Type, Subtype: l.Subtype, UUID: l.UUID, ParentUUID: l.ParentUUID, Sidechain: l.IsSidechain, Meta: l.IsMeta,
		CompactSummary: l.IsCompactSummary, APIError: l.IsAPIError, Aborted: l.Aborted, PromptID: l.PromptID,
		PermissionMode: l.PermissionMode, Cwd: l.Cwd, RequestID: l.RequestID, UseResult: l.UseResult, Boundary: l.Boundary, Raw: line,
	}
	if at, err := time.Parse(time.RFC3339Nano, l.Timestamp); err == nil {
		rec.Timestamp = at
	}
	var origin struct{ Kind string }
	rec.Notice = json.Unmarshal(l.Origin, &origin) == nil && origin.Kind == "task-notification"
	if m := l.Message; m != nil {
		rec.MessageID, rec.Role, rec.Model, rec.Content = m.ID, m.Role, m.Model, m.Content
	}
	if a := l.Attachment; a != nil && a.Type == "queued_command" {
		rec.Notice = rec.Notice || rec.Meta || a.IsMeta || a.CommandMode != "" && a.CommandMode != "prompt"
	}
	rec.Meta = rec.Meta || rec.Notice
	return rec, true
}

// referenceBlocks splits a message's content with encoding/json alone.
func referenceBlocks(content json.RawMessage) []transcript.Block {
	var text string
	if json.Unmarshal(content, &text) == nil {
		if text == "" {
			return nil
		}
		return []transcript.Block{{Type: "text", Text: text}}
	}
	var raws []json.RawMessage
	if json.Unmarshal(content, &raws) != nil {
		return nil
	}
	var blocks []transcript.Block
	for _, raw := range raws {
		var b transcript.Block
		var wrong *json.UnmarshalTypeError
		if err := json.Unmarshal(raw, &b); err == nil || errors.As(err, &wrong) {
			b.Raw = raw
			blocks = append(blocks, b)
		}
	}
	return slices.DeleteFunc(blocks, func(b transcript.Block) bool { return b.Type == "" })
}

// capitals reports whether a member's name in a line differs from a known one only by capitals.
func capitals(line []byte) bool {
	dec := json.NewDecoder(bytes.NewReader(line))
	for {
		token, err := dec.Token()
		if err != nil {
			return false
		}
		name, ok := token.(string)
		if ok && slices.ContainsFunc(known, func(k string) bool { return k != name && strings.EqualFold(k, name) }) {
			return true
		}
	}
}
