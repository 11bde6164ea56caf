package anthropic

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
)

// Accumulator puts the events of one stream together. The zero value is ready. It is not safe for concurrent use.
type Accumulator struct {
	started  bool
	complete bool
	message  AccumulatedMessage
	usage    object
	blocks   []*building
}

// AccumulatedMessage is an answer as far as it has come.
type AccumulatedMessage struct {
	ID         string
	Model      string
	StopReason string // empty until the API has said why it stopped
	// StopSequence is the text that ended the message, if StopReason is stop_sequence.
	StopSequence string
	// Usage is what the API said last about each count; nil if it said nothing.
	Usage json.RawMessage
	// Blocks are in the order of their numbers. A text block without any text is left out: the API would refuse it.
	Blocks []Block
	// Complete says that the message has ended as it should.
	Complete bool
}

// Block is one content block.
type Block struct {
	Index int
	Type  string
	// Raw is the block as the API takes it back. For a broken tool call its input is an object that holds the text that
	// came, under the name INVALID_JSON.
	Raw json.RawMessage
	// Text is the text of a text or thinking block.
	Text string
	// Complete says that the API ended the block.
	Complete bool
	// ToolID, ToolName and Input are those of a tool_use block. Input is valid JSON always, but see Broken.
	ToolID, ToolName string
	Input            json.RawMessage
	// Broken is a sentence that says why a tool_use block must not run: its input is not whole. Empty if it may.
	Broken string
}

// Blank reports whether the block is text with nothing but white space in it, which the API refuses in a request.
func (b Block) Blank() bool { return b.Type == "text" && strings.TrimSpace(b.Text) == "" }

var (
	errSecondStart = errors.New("a message started twice")
	errNoMessage   = errors.New("content before the message started")
	errNoBlock     = errors.New("a delta for a block that is not open")
	errSecondBlock = errors.New("a block started twice")
)

// Add takes the next event in. It fails with a retryable [*APIError] if the event cannot follow the ones before it.
func (a *Accumulator) Add(e Event) error {
	if err := a.add(e); err != nil {
		return &APIError{Type: TypeMalformed, Cause: err, Retryable: true}
	}
	return nil
}

func (a *Accumulator) add(e Event) error {
	switch e.Kind {
	case Ping, Unknown:
		return nil
	case MessageStart:
		return a.start(e.Raw)
	default:
		if !a.started {
			return errNoMessage
		}
		return a.addContent(e)
	}
}

func (a *Accumulator) addContent(e Event) error {
	switch e.Kind {
	case BlockStart:
		return a.startBlock(e)
	case MessageDelta:
		return a.change(e.Raw)
	case MessageStop:
		a.complete = true
		return nil
	default:
		b := a.find(e.Index)
		if b == nil || b.complete {
			return errNoBlock
		}
		return b.add(e)
	}
}

func (a *Accumulator) start(raw json.RawMessage) error {
	if a.started {
		return errSecondStart
	}
	var w struct {
		Message struct {
			ID    string          `json:"id"`
			Model string          `json:"model"`
			Usage json.RawMessage `json:"usage"`
		} `json:"message"`
	}
	if err := json.Unmarshal(raw, &w); err != nil {
		return errNotJSON
	}
	a.started = true
	a.message = AccumulatedMessage{ID: w.Message.ID, Model: w.Message.Model}
	return a.mergeUsage(w.Message.Usage)
}

func (a *Accumulator) startBlock(e Event) error {
	if a.find(e.Index) != nil {
		return errSecondBlock
	}
	b, err := newBuilding(e)
	if err != nil {
		return err
	}
	a.blocks = append(a.blocks, b)
	if n := len(a.blocks); n > 1 && a.blocks[n-2].index > b.index {
		slices.SortFunc(a.blocks, func(x, y *building) int { return x.index - y.index })
	}
	return nil
}

// find looks from the end, where the open blocks are.
func (a *Accumulator) find(index int) *building {
	for _, b := range slices.Backward(a.blocks) {
		if b.index == index {
			return b
		}
	}
	return nil
}

// change takes a message_delta in: why the model stopped, and usage.
func (a *Accumulator) change(raw json.RawMessage) error {
	var w struct {
		Delta struct {
			StopReason   *string `json:"stop_reason"`
			StopSequence *string `json:"stop_sequence"`
		} `json:"delta"`
		Usage json.RawMessage `json:"usage"`
	}
	if err := json.Unmarshal(raw, &w); err != nil {
		return errNotJSON
	}
	if w.Delta.StopReason != nil {
		a.message.StopReason = *w.Delta.StopReason
	}
	if w.Delta.StopSequence != nil {
		a.message.StopSequence = *w.Delta.StopSequence
	}
	return a.mergeUsage(w.Usage)
}

// mergeUsage lets newer counts replace older ones; the API counts from the start of the message. A null replaces nothing.
func (a *Accumulator) mergeUsage(raw json.RawMessage) error {
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	newer, err := parseObject(raw)
	if err != nil {
		return err
	}
	for _, f := range newer {
		if string(f.value) != "null" || !a.usage.has(f.name) {
			a.usage.set(f.name, f.value)
		}
	}
	return nil
}

// Message is what has come so far. It may be called at any time; later events do not change what it returned.
func (a *Accumulator) Message() AccumulatedMessage {
	m := a.message
	m.Complete = a.complete
	if a.usage != nil {
		m.Usage = a.usage.encode()
	}
	for i, b := range a.blocks {
		if b.kind == "text" && len(b.text) == 0 {
			continue
		}
		m.Blocks = append(m.Blocks, b.block(i == len(a.blocks)-1 && endedEarly(m.StopReason)))
	}
	return m
}

// Partial is the block of that number as far as it has come; false if it has not begun.
func (a *Accumulator) Partial(index int) (Block, bool) {
	b := a.find(index)
	if b == nil {
		return Block{}, false
	}
	return b.block(endedEarly(a.message.StopReason) && b == a.blocks[len(a.blocks)-1]), true
}

// endedEarly reports whether the model was stopped in the middle of what it was writing.
func endedEarly(stopReason string) bool {
	switch stopReason {
	case "max_tokens", "model_context_window_exceeded", "refusal":
		return true
	}
	return false
}
