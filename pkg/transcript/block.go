package transcript

import (
	"bytes"
	"encoding/json"
	"strings"
)

// The types of block that this package looks into.
const (
	blockText       = "text"
	blockThinking   = "thinking"
	blockToolUse    = "tool_use"
	blockToolResult = "tool_result"
)

// Block is one content block of a message. Raw is the whole block as the API takes it; the other fields are what its
// type has of them.
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

// Source is where an image or a document comes from: "base64" (Data, MediaType) or "url" (URL).
type Source struct {
	Type      string `json:"type"`
	MediaType string `json:"media_type"`
	Data      string `json:"data"`
	URL       string `json:"url"`
}

// thinks reports whether the block is the model's thinking, in the clear or not.
func (b *Block) thinks() bool { return strings.HasSuffix(b.Type, blockThinking) }

// contentBlocks splits a message's content, which must be sound. What is neither a string nor an array of objects with a
// type is passed by.
func contentBlocks(content json.RawMessage) []Block {
	p := parser{data: content}
	if p.peek() == '"' {
		if inner := text(p.text()); inner != "" {
			return []Block{textBlock(inner)}
		}
		return nil
	}
	if !p.enter('[') {
		return nil
	}
	blocks := []Block{}
	for first := true; p.more(first, ']'); first = false {
		if b, ok := p.block(); ok {
			blocks = append(blocks, b)
		}
	}
	return blocks
}

// block steps over one block; false if it is none.
func (p *parser) block() (b Block, ok bool) {
	p.peek()
	start := p.at
	if p.peek() != '{' {
		p.value()
		return b, false
	}
	for key := range p.members {
		p.blockMember(&b, key)
	}
	b.Raw = json.RawMessage(p.data[start:p.at:p.at])
	return b, b.Type != "" && !p.bad
}

func (p *parser) blockMember(b *Block, key []byte) {
	switch string(key) {
	case "type":
		p.decoded(&b.Type)
	case "text":
		p.decoded(&b.Text)
	case "thinking":
		p.decoded(&b.Thinking)
	case "signature":
		p.decoded(&b.Signature)
	case "id":
		p.decoded(&b.ID)
	case "name":
		p.decoded(&b.Name)
	case "tool_use_id":
		p.decoded(&b.ToolUseID)
	case "is_error":
		p.flag(&b.IsError)
	case "input":
		b.Input = p.value()
	case "content":
		b.Content = p.value()
	case "source":
		b.Source = sourceOf(p.value())
	default:
		p.value()
	}
}

// decoded steps over a value; a string replaces what stands in to.
func (p *parser) decoded(to *string) {
	if p.peek() == '"' {
		*to = text(p.text())
		return
	}
	p.value()
}

// sourceOf reads a block's source. Members of a wrong type are passed by.
func sourceOf(raw []byte) *Source {
	if string(raw) == "null" {
		return nil
	}
	var found Source
	if err := json.Unmarshal(raw, &found); err != nil && !isTypeError(err) {
		return nil
	}
	return &found
}

// blocksOf gives the record's blocks of one type. Records that cannot have any are not decoded.
func blocksOf(rec *Record, kind string) []Block {
	if !bytes.Contains(rec.Content, []byte(kind)) {
		return nil
	}
	var found []Block
	for _, b := range rec.Blocks() {
		if b.Type == kind {
			found = append(found, b)
		}
	}
	return found
}

func textBlock(text string) Block {
	return Block{Type: blockText, Text: text, Raw: mustJSON(struct {
		Type string `json:"type"`
		Text string `json:"text"`
	}{blockText, text})}
}

// resultBlock makes a tool result; content is a string or an array of blocks.
func resultBlock(toolUseID string, content json.RawMessage, isError bool) Block {
	o := object{out: make([]byte, 0, len(content)+128)}
	o.open()
	o.text("type", blockToolResult)
	o.text("tool_use_id", toolUseID)
	o.raw("content", content)
	o.flagIfSet("is_error", isError)
	o.close()
	return Block{Type: blockToolResult, ToolUseID: toolUseID, Content: content, IsError: isError, Raw: o.out}
}

// mustJSON marshals values that are built in this package and hold nothing that could fail. Letters stay as they are,
// without the escapes that only HTML needs.
func mustJSON(v any) json.RawMessage {
	data, err := encodeJSON(v)
	if err != nil {
		panic("transcript: " + err.Error())
	}
	return data
}

// encodeJSON is json.Marshal without the escapes that only HTML needs.
func encodeJSON(v any) (json.RawMessage, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}

// withInput is a call with an object as its input, an empty one if it has another value: the API takes nothing else.
func (b Block) withInput() Block {
	if p := (parser{data: b.Input}); p.peek() == '{' {
		return b
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(b.Raw, &members) != nil {
		return b
	}
	b.Input = json.RawMessage("{}")
	members["input"] = b.Input
	b.Raw = mustJSON(members)
	return b
}
