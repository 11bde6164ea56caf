package anthropic

import (
	"bytes"
	"encoding/json"
	"errors"
)

// maxBlocks bounds the number of a content block.
const maxBlocks = 100_000

var (
	errNotJSON  = errors.New("event is not JSON")
	errBadIndex = errors.New("event has an impossible block number")
)

// decoder turns the data of server-sent events into Events. Deltas, which are nearly everything, take a path that
// allocates the text and nothing else.
type decoder struct{ scan scanner }

// decode reads one event. The name may be empty: the data says what it is.
func (d *decoder) decode(name, data []byte) (Event, error) {
	if e, ok := d.delta(data); ok {
		return e, nil
	}
	return decodeAny(name, data)
}

// delta reads a content_block_delta of one of the four kinds that are text, if data is one and has nothing else in it.
func (d *decoder) delta(data []byte) (Event, bool) {
	s := &d.scan
	s.in, s.at = data, 0
	if !s.take('{') {
		return Event{}, false
	}
	var e Event
	var typed, indexed bool
	for first := true; ; first = false {
		key, done, ok := s.key(first)
		if !ok {
			return Event{}, false
		}
		if done {
			return e, typed && indexed && e.Kind != Unknown && !s.space()
		}
		switch string(key) {
		case "type":
			kind, ok := s.plain()
			if typed = ok && string(kind) == "content_block_delta"; !typed {
				return Event{}, false
			}
		case "index":
			if e.Index, indexed = s.integer(); !indexed {
				return Event{}, false
			}
		case "delta":
			if e.Kind, e.Text, ok = s.piece(); !ok {
				return Event{}, false
			}
		default:
			return Event{}, false
		}
	}
}

// piece reads the delta object of a content_block_delta.
func (s *scanner) piece() (kind EventKind, text string, ok bool) {
	if !s.take('{') {
		return Unknown, "", false
	}
	field := Unknown // the kind that the text's field belongs to
	for first := true; ; first = false {
		key, done, ok := s.key(first)
		if !ok || done {
			return kind, text, ok && kind != Unknown && kind == field
		}
		if string(key) == "type" {
			name, ok := s.plain()
			if kind = deltaKind(name); !ok || kind == Unknown {
				return Unknown, "", false
			}
			continue
		}
		if field = deltaField(key); field == Unknown {
			return Unknown, "", false
		}
		value, ok := s.text()
		if !ok {
			return Unknown, "", false
		}
		text = string(value)
	}
}

func deltaKind(name []byte) EventKind {
	switch string(name) {
	case "text_delta":
		return TextDelta
	case "thinking_delta":
		return ThinkingDelta
	case "input_json_delta":
		return InputJSONDelta
	case "signature_delta":
		return SignatureDelta
	default:
		return Unknown
	}
}

func deltaField(key []byte) EventKind {
	switch string(key) {
	case "text":
		return TextDelta
	case "thinking":
		return ThinkingDelta
	case "partial_json":
		return InputJSONDelta
	case "signature":
		return SignatureDelta
	default:
		return Unknown
	}
}

// wireEvent is any event, as far as it is looked at.
type wireEvent struct {
	Type  string `json:"type"`
	Index int    `json:"index"`
	Block struct {
		Type string `json:"type"`
		ID   string `json:"id"`
		Name string `json:"name"`
	} `json:"content_block"`
	Delta struct {
		Type      string `json:"type"`
		Text      string `json:"text"`
		Thinking  string `json:"thinking"`
		JSON      string `json:"partial_json"`
		Signature string `json:"signature"`
	} `json:"delta"`
}

// decodeAny reads an event of any kind.
func decodeAny(name, data []byte) (Event, error) {
	var head struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		if known(string(name)) || looksCut(name, data) {
			return Event{}, errNotJSON
		}
		return Event{Kind: Unknown, Raw: quoted(data)}, nil
	}
	if head.Type == "" {
		head.Type = string(name)
	}
	raw := json.RawMessage(bytes.Clone(data))
	if !known(head.Type) {
		return Event{Kind: Unknown, Raw: raw}, nil
	}
	w := wireEvent{}
	if err := json.Unmarshal(data, &w); err != nil {
		return Event{}, errNotJSON
	}
	if w.Index < 0 || w.Index > maxBlocks {
		return Event{}, errBadIndex
	}
	w.Type = head.Type
	return w.event(raw), nil
}

func known(name string) bool {
	switch name {
	case "message_start", "content_block_start", "content_block_delta", "content_block_stop", "message_delta", "message_stop", "error":
		return true
	}
	return false
}

// looksCut reports whether data without a name is the beginning of an event rather than something else.
func looksCut(name, data []byte) bool {
	return len(name) == 0 && bytes.HasPrefix(bytes.TrimSpace(data), []byte{'{'})
}

// quoted is data that is not JSON as a JSON string.
func quoted(data []byte) json.RawMessage { return appendString(nil, string(data)) }

func (w wireEvent) event(raw json.RawMessage) Event {
	e := Event{Index: w.Index, Raw: raw}
	switch w.Type {
	case "message_start":
		e.Kind = MessageStart
	case "content_block_start":
		e.Kind, e.BlockType = BlockStart, w.Block.Type
		if w.Block.Type == "tool_use" {
			e.ToolID, e.ToolName = w.Block.ID, w.Block.Name
		}
	case "content_block_delta":
		w.piece(&e)
	case "content_block_stop":
		e.Kind, e.Raw = BlockStop, nil
	case "message_delta":
		e.Kind = MessageDelta
	case "message_stop":
		e.Kind = MessageStop
	}
	return e
}

func (w wireEvent) piece(e *Event) {
	e.Kind = deltaKind([]byte(w.Delta.Type))
	switch e.Kind {
	case TextDelta:
		e.Text = w.Delta.Text
	case ThinkingDelta:
		e.Text = w.Delta.Thinking
	case InputJSONDelta:
		e.Text = w.Delta.JSON
	case SignatureDelta:
		e.Text = w.Delta.Signature
	default:
		e.Kind = OtherDelta
		return
	}
	e.Raw = nil
}
