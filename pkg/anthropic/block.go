package anthropic

import (
	"bytes"
	"encoding/json"
	"slices"
)

// building is a content block that is being put together.
type building struct {
	index    int
	kind     string
	fields   object // as the block started
	text     []byte // of text, thinking or input
	sign     []byte
	touched  bool // fields are not what the API sent any more, or text must go into them
	raw      json.RawMessage
	complete bool
}

func newBuilding(e Event) (*building, error) {
	var w struct {
		Block json.RawMessage `json:"content_block"`
	}
	if err := json.Unmarshal(e.Raw, &w); err != nil {
		return nil, errNotJSON
	}
	fields, err := parseObject(w.Block)
	if err != nil {
		return nil, err
	}
	b := &building{index: e.Index, kind: e.BlockType, fields: fields, raw: w.Block}
	switch b.kind {
	case "text", "thinking":
		b.text = []byte(fields.text(b.kind))
	}
	b.sign = []byte(fields.text("signature"))
	return b, nil
}

// add takes a delta in, or the end of the block.
func (b *building) add(e Event) error {
	if e.Kind == BlockStop {
		b.complete = true
		return nil
	}
	b.touched = true
	switch e.Kind {
	case TextDelta, ThinkingDelta, InputJSONDelta:
		b.text = append(b.text, e.Text...)
	case SignatureDelta:
		b.sign = append(b.sign, e.Text...)
	default:
		return b.merge(e.Raw)
	}
	return nil
}

// merge takes in a delta that has no kind of its own: a citation, or something newer than this program. Of the latter
// only blocks that are unknown too are changed, text being appended and other values replaced; in a known block a
// field that the API does not expect there would spoil the next request.
func (b *building) merge(raw json.RawMessage) error {
	var w struct {
		Delta json.RawMessage `json:"delta"`
	}
	if err := json.Unmarshal(raw, &w); err != nil {
		return errNotJSON
	}
	delta, err := parseObject(w.Delta)
	if err != nil {
		return err
	}
	if delta.text("type") == "citations_delta" {
		b.fields.push("citations", delta.get("citation"))
		return nil
	}
	switch b.kind {
	case "text", "thinking", "redacted_thinking", "tool_use":
		return nil
	}
	for _, f := range delta {
		switch {
		case f.name == "type":
		case f.value[0] == '"':
			b.fields.set(f.name, quoted([]byte(b.fields.text(f.name)+delta.text(f.name))))
		default:
			b.fields.set(f.name, f.value)
		}
	}
	return nil
}

// block is what has come so far. Early says that the model was stopped while it wrote this block.
func (b *building) block(early bool) Block {
	out := Block{Index: b.index, Type: b.kind, Raw: b.raw, Complete: b.complete}
	fields := slices.Clone(b.fields)
	switch b.kind {
	case "text", "thinking":
		out.Text = string(b.text)
		fields.set(b.kind, quoted(b.text))
		if len(b.sign) > 0 {
			fields.set("signature", quoted(b.sign))
		}
	case "tool_use":
		out.ToolID, out.ToolName = fields.text("id"), fields.text("name")
		out.Input, out.Broken = b.input(early)
		fields.set("input", out.Input)
		if out.Broken != "" {
			out.Raw = fields.encode()
			return out
		}
	default:
		if len(b.text) > 0 { // the input of a tool that the API runs
			input, _ := b.input(early)
			fields.set("input", input)
		}
	}
	if b.touched {
		out.Raw = fields.encode()
	}
	return out
}

// input is the input of a tool call, and why it must not be used, if it must not.
func (b *building) input(early bool) (input json.RawMessage, broken string) {
	switch started := b.fields.get("input"); {
	case !b.complete:
		broken = "The answer broke off before the input of this call was complete. It was not run."
	case early && !isObject(b.text):
		broken = "The answer reached its limit before the input of this call was complete. It was not run."
	case len(b.text) == 0 && isObject(started):
		return started, ""
	case len(b.text) == 0:
		return json.RawMessage(`{}`), ""
	case !isObject(b.text):
		broken = "The input of this call is not valid JSON. It was not run."
	default:
		return json.RawMessage(bytes.Clone(b.text)), ""
	}
	if isObject(b.text) {
		return json.RawMessage(bytes.Clone(b.text)), broken
	}
	return append(append([]byte(`{"INVALID_JSON":`), quoted(b.text)...), '}'), broken
}

// isObject reports whether data is a whole JSON object.
func isObject(data []byte) bool {
	data = bytes.TrimSpace(data)
	return len(data) > 0 && data[0] == '{' && json.Valid(data)
}
