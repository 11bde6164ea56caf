package anthropic

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
)

// Message is one message of a request. Content is a JSON string or an array of blocks.
type Message struct {
	Role    string          `json:"role"`
	Content json.RawMessage `json:"content"`
}

// Request is one request to the Messages API; its answer always streams. Raw parts are sent byte for byte and must be valid
// JSON. What is empty is left out.
type Request struct {
	Model     string
	MaxTokens int
	System    []json.RawMessage
	Messages  []Message
	Tools     []json.RawMessage
	Thinking  json.RawMessage
	// Extra is any other top-level field, such as metadata or tool_choice.
	Extra map[string]json.RawMessage
	// Beta names what the request uses of the API that is not final, as its header wants it.
	Beta string

	counting bool // only its tokens are to be counted
}

// encode writes the request. It joins the raw parts without parsing them again: a long conversation is sent once for
// each step of a turn.
func (r Request) encode() ([]byte, error) {
	out := make([]byte, 0, r.size())
	out = append(out, `{"model":`...)
	out = appendString(out, r.Model)
	if !r.counting {
		out = append(out, `,"max_tokens":`...)
		out = strconv.AppendInt(out, int64(r.MaxTokens), 10)
		out = append(out, `,"stream":true`...)
	}
	out = appendArray(out, "system", r.System)
	out = appendArray(out, "tools", r.Tools)
	if len(r.Thinking) > 0 {
		out = append(append(out, `,"thinking":`...), r.Thinking...)
	}
	out, err := r.appendExtra(out)
	if err != nil {
		return nil, err
	}
	out = append(out, `,"messages":[`...)
	for i, m := range r.Messages {
		if len(m.Content) == 0 {
			return nil, fmt.Errorf("message %d has no content", i)
		}
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, `{"role":`...)
		out = appendString(out, m.Role)
		out = append(append(out, `,"content":`...), m.Content...)
		out = append(out, '}')
	}
	return append(out, `]}`...), nil
}

// appendExtra writes the extra fields in the order of their names, so that equal requests are equal bytes.
func (r Request) appendExtra(out []byte) ([]byte, error) {
	names := make([]string, 0, len(r.Extra))
	for name := range r.Extra {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		switch name {
		case "model", "max_tokens", "stream", "system", "tools", "thinking", "messages":
			return nil, fmt.Errorf("extra field %q has a place of its own", name)
		}
		if !json.Valid(r.Extra[name]) {
			return nil, fmt.Errorf("extra field %q is not JSON", name)
		}
		out = append(out, ',')
		out = appendString(out, name)
		out = append(append(out, ':'), r.Extra[name]...)
	}
	return out, nil
}

// size is about how many bytes the request has.
func (r Request) size() int {
	n := 256 + len(r.Model) + len(r.Thinking)
	for _, b := range r.System {
		n += len(b) + 1
	}
	for _, b := range r.Tools {
		n += len(b) + 1
	}
	for _, m := range r.Messages {
		n += len(m.Content) + 32
	}
	for name, v := range r.Extra {
		n += len(name) + len(v) + 4
	}
	return n
}

// appendArray writes a named array of raw values, or nothing if there are none.
func appendArray(out []byte, name string, values []json.RawMessage) []byte {
	if len(values) == 0 {
		return out
	}
	out = append(out, ',', '"')
	out = append(out, name...)
	out = append(out, '"', ':', '[')
	for i, v := range values {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, v...)
	}
	return append(out, ']')
}

// appendString writes s as a JSON string, with < and > as they are.
func appendString(out []byte, s string) []byte {
	var quoted bytes.Buffer
	enc := json.NewEncoder(&quoted)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil { // cannot happen: every string has a JSON form
		return append(out, `""`...)
	}
	return append(out, bytes.TrimSuffix(quoted.Bytes(), []byte{'\n'})...)
}
