package anthropictest

import (
	"encoding/json"
	"net/http"
	"sync"
	"time"
)

// Step is one part of a streamed answer. Answers begin and end by themselves around their steps.
type Step func(*Writer) error

// Text is a text block that arrives in these pieces.
func Text(pieces ...string) Step {
	return func(w *Writer) error { return w.text(pieces) }
}

// Thinking is a thinking block that arrives in these pieces, with a signature.
func Thinking(signature string, pieces ...string) Step {
	return func(w *Writer) error { return w.thinking(signature, pieces) }
}

// Tool is a tool call whose input arrives in pieces of seven bytes. An empty id is replaced by one that is unique. The
// message stops with tool_use.
func Tool(id, name, input string) Step {
	return func(w *Writer) error { return w.tool(id, name, json.RawMessage(input), chop(input, 7)) }
}

// RawBlock is a block that arrives whole in its start, as a redacted_thinking does.
func RawBlock(block string) Step {
	return func(w *Writer) error { return w.block(fieldsOf(block), json.RawMessage(block)) }
}

// Ping is a ping event.
func Ping() Step {
	return func(w *Writer) error { return w.event("ping", fields{"type": "ping"}) }
}

// Pings is a ping each period for a total time, without content.
func Pings(period, total time.Duration) Step {
	return func(w *Writer) error {
		for passed := time.Duration(0); passed < total; passed += period {
			if err := w.wait(period); err != nil {
				return err
			}
			if err := w.event("ping", fields{"type": "ping"}); err != nil {
				return err
			}
		}
		return nil
	}
}

// Pause lets time pass.
func Pause(d time.Duration) Step {
	return func(w *Writer) error { return w.wait(d) }
}

// Pace is the time before each following piece, and the size of a piece in bytes; size 0 leaves pieces as given.
func Pace(before time.Duration, size int) Step {
	return func(w *Writer) error {
		w.pace, w.size = before, size
		return nil
	}
}

// Raw is bytes as they are, for frames that no proper server would send. It does not begin the message.
func Raw(data string) Step {
	return func(w *Writer) error {
		if !w.started {
			w.started = true
			w.header()
		}
		return w.send([]byte(data))
	}
}

// ErrorEvent is an error in mid-stream, which ends the answer.
func ErrorEvent(kind, message string) Step {
	return func(w *Writer) error {
		if err := w.start(); err != nil {
			return err
		}
		w.ended = true
		return w.event("error", errorBody(kind, message, "req_"+w.id))
	}
}

// Cut drops the connection where the answer is.
func Cut() Step {
	return func(w *Writer) error {
		if err := w.start(); err != nil {
			return err
		}
		panic(http.ErrAbortHandler)
	}
}

// End ends the response properly without ending the message.
func End() Step {
	return func(w *Writer) error {
		w.ended = true
		return nil
	}
}

// Stop sets the stop reason, and the stop sequence if it is not empty. After a Tool it replaces tool_use.
func Stop(reason, sequence string) Step {
	return func(w *Writer) error {
		w.stop, w.stopAt = reason, sequence
		return nil
	}
}

// Usage sets what the answer reports. Before any content it is in the message_start too.
func Usage(t Tokens) Step {
	return func(w *Writer) error {
		w.tokens = t
		return nil
	}
}

// Hold waits at a gate.
func Hold(g *Gate) Step {
	return func(w *Writer) error {
		if err := w.start(); err != nil {
			return err
		}
		g.arrive()
		select {
		case <-g.open:
			return nil
		case <-w.ctx.Done():
			return w.ctx.Err()
		}
	}
}

// Gate holds streams until a test opens it. It stays open then.
type Gate struct {
	arrived, open       chan struct{}
	arriveOnce, relOnce sync.Once
}

// NewGate makes a closed gate.
func NewGate() *Gate { return &Gate{arrived: make(chan struct{}), open: make(chan struct{})} }

// Reached is closed once a stream has come to the gate.
func (g *Gate) Reached() <-chan struct{} { return g.arrived }

// Release opens the gate. It is safe to call twice.
func (g *Gate) Release() { g.relOnce.Do(func() { close(g.open) }) }

func (g *Gate) arrive() { g.arriveOnce.Do(func() { close(g.arrived) }) }

// fieldsOf reads a JSON object; what is none becomes a text block that says so.
func fieldsOf(block string) fields {
	out := fields{}
	if json.Unmarshal([]byte(block), &out) != nil {
		return fields{"type": "text", "text": "anthropictest: RawBlock is not a JSON object"}
	}
	return out
}
