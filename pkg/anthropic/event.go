package anthropic

import "encoding/json"

// EventKind says what an [Event] is.
type EventKind uint8

// The kinds of events. Unknown is anything newer than this program; it is passed on and otherwise harmless.
const (
	Unknown EventKind = iota
	MessageStart
	BlockStart
	TextDelta
	ThinkingDelta
	InputJSONDelta
	SignatureDelta
	OtherDelta
	BlockStop
	MessageDelta
	MessageStop
	Ping
)

var kindNames = [...]string{
	Unknown:        "unknown",
	MessageStart:   "message_start",
	BlockStart:     "content_block_start",
	TextDelta:      "text_delta",
	ThinkingDelta:  "thinking_delta",
	InputJSONDelta: "input_json_delta",
	SignatureDelta: "signature_delta",
	OtherDelta:     "other_delta",
	BlockStop:      "content_block_stop",
	MessageDelta:   "message_delta",
	MessageStop:    "message_stop",
	Ping:           "ping",
}

// String is the API's word for the kind.
func (k EventKind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "unknown"
}

// Event is one event of a stream. It owns its memory: it stays valid after the next one was read.
type Event struct {
	Kind EventKind
	// Index is the number of the content block, for the block kinds.
	Index int
	// Text is the piece of a TextDelta, ThinkingDelta, InputJSONDelta or SignatureDelta. A piece of input is not JSON by
	// itself.
	Text string
	// BlockType is the type of the block that a BlockStart begins, "text" or "tool_use" for example.
	BlockType string
	// ToolID and ToolName are set on the BlockStart of a tool_use block, and only there: tools that the API runs itself
	// are not ours to run.
	ToolID, ToolName string
	// Raw is the whole event as received; nil for the four kinds that Text covers, for BlockStop and for Ping.
	Raw json.RawMessage
}

// content reports whether the event shows that the model is alive. Pings only show that the server is.
func (e Event) content() bool { return e.Kind != Ping && e.Kind != Unknown }
