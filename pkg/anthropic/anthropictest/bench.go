package anthropictest

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Generator answers every request with a stream of equal deltas, each stamped with the time at which it was written, so
// that whoever receives it can tell how long it was under way. It is for benchmarks.
type Generator struct {
	// Deltas is how many text deltas an answer has.
	Deltas int
	// Size is the length of each delta's text in bytes, the stamp of 25 bytes included.
	Size int
	// Interval is the time between two deltas. With 0 they come as fast as they are taken.
	Interval time.Duration
}

const (
	stampOpen  = '\u27e8' // mathematical brackets, which no code or prose around the deltas has
	stampClose = '\u27e9'
)

// Handler serves the generator.
func (g Generator) Handler() http.Handler {
	return handler(func(*Request) (Reply, string) { return g.reply, strconv.FormatInt(time.Now().UnixNano(), 36) })
}

func (g Generator) reply(w *Writer) error {
	if err := w.start(); err != nil {
		return err
	}
	if err := w.event("content_block_start", fields{"type": "content_block_start", "index": 0, "content_block": fields{"type": "text", "text": ""}}); err != nil {
		return err
	}
	if err := g.deltas(w); err != nil {
		return err
	}
	if err := w.event("content_block_stop", fields{"type": "content_block_stop", "index": 0}); err != nil {
		return err
	}
	w.tokens.Output = g.Deltas
	return w.end()
}

// deltas writes each delta with one write and without allocating: the generator shares the processor with what is measured.
func (g Generator) deltas(w *Writer) error {
	const head = "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\""
	const tail = "\"}}\n\n"
	pad := strings.Repeat("x", max(0, g.Size-25))
	frame := make([]byte, 0, len(head)+len(tail)+64+len(pad))
	next := time.Now()
	for range g.Deltas {
		if g.Interval > 0 {
			next = next.Add(g.Interval)
			if err := w.wait(time.Until(next)); err != nil {
				return err
			}
		}
		frame = append(AppendStamp(append(frame[:0], head...), time.Now()), pad...)
		if err := w.send(append(frame, tail...)); err != nil {
			return err
		}
	}
	return nil
}

// AppendStamp appends a stamp of the time t to a text.
func AppendStamp(text []byte, t time.Time) []byte {
	text = append(text, string(stampOpen)...)
	text = strconv.AppendInt(text, t.UnixNano(), 10)
	return append(text, string(stampClose)...)
}

// Stamps finds the stamps in a text, in their order. Deltas may have been joined on their way.
func Stamps(text string) []time.Time {
	var out []time.Time
	for {
		_, rest, found := strings.Cut(text, string(stampOpen))
		if !found {
			return out
		}
		digits, rest, found := strings.Cut(rest, string(stampClose))
		if !found {
			return out
		}
		if n, err := strconv.ParseInt(digits, 10, 64); err == nil {
			out = append(out, time.Unix(0, n))
		}
		text = rest
	}
}
