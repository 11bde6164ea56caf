package anthropictest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"
	"time"
	"unicode/utf8"
)

// Tokens are the counts that an answer reports.
type Tokens struct{ Input, Output, CacheRead, CacheWrite int }

// Writer writes one answer, as a stream of events or, if the request does not stream, as one message. Its methods fail
// when the client has gone; a step returns that error at once.
type Writer struct {
	ctx     context.Context
	http    http.ResponseWriter
	control *http.ResponseController
	request *Request
	id      string

	// What the steps set.
	pace   time.Duration // before each piece
	size   int           // of a piece in bytes; 0 means as given
	tokens Tokens
	stop   string
	stopAt string

	started bool
	ended   bool
	index   int
	calls   int
	buf     []byte
	blocks  []any // of an answer that does not stream
}

func newWriter(w http.ResponseWriter, hr *http.Request, r *Request, salt string) *Writer {
	sum := sha256.Sum256(append([]byte(salt), r.Body...))
	id := hex.EncodeToString(sum[:])[:24]
	w.Header().Set("request-id", "req_"+id)
	return &Writer{
		ctx: hr.Context(), http: w, control: http.NewResponseController(w), request: r, id: id,
		stop: "end_turn", tokens: Tokens{Input: estimate(r.Body), Output: 1},
	}
}

// estimate guesses how many tokens some JSON has.
func estimate(body []byte) int { return len(body)/4 + 1 }

// event writes one event and flushes it.
func (w *Writer) event(name string, value any) error {
	data, err := encode(value)
	if err != nil {
		return err
	}
	if !w.request.Stream {
		return nil
	}
	w.buf = append(append(append(w.buf[:0], "event: "...), name...), "\ndata: "...)
	w.buf = append(append(w.buf, data...), "\n\n"...)
	return w.send(w.buf)
}

// send writes bytes as they are and flushes them.
func (w *Writer) send(data []byte) error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	if _, err := w.http.Write(data); err != nil {
		return err
	}
	return w.control.Flush()
}

// start begins the message, unless it has begun.
func (w *Writer) start() error {
	if w.started || !w.request.Stream {
		return nil
	}
	w.started = true
	w.header()
	return w.event("message_start", fields{"type": "message_start", "message": w.message([]any{}, nil, nil)})
}

func (w *Writer) header() {
	w.http.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	w.http.Header().Set("Cache-Control", "no-cache")
}

type fields map[string]any

func (w *Writer) message(content []any, stop, stopAt any) fields {
	return fields{
		"id": "msg_" + w.id, "type": "message", "role": "assistant", "model": w.request.Model, "content": content,
		"stop_reason": stop, "stop_sequence": stopAt, "usage": w.usage(),
	}
}

func (w *Writer) usage() fields {
	return fields{
		"input_tokens": w.tokens.Input, "output_tokens": w.tokens.Output,
		"cache_creation_input_tokens": w.tokens.CacheWrite, "cache_read_input_tokens": w.tokens.CacheRead,
		"cache_creation": fields{"ephemeral_5m_input_tokens": w.tokens.CacheWrite, "ephemeral_1h_input_tokens": 0},
		"service_tier":   "standard",
	}
}

// block writes a whole block: its start, a delta for each piece, its end.
func (w *Writer) block(start fields, whole any, deltas ...fields) error {
	if err := w.start(); err != nil {
		return err
	}
	w.blocks = append(w.blocks, whole)
	index := w.index
	w.index++
	if err := w.event("content_block_start", fields{"type": "content_block_start", "index": index, "content_block": start}); err != nil {
		return err
	}
	for _, d := range deltas {
		if err := w.wait(w.pace); err != nil {
			return err
		}
		w.tokens.Output++
		if err := w.event("content_block_delta", fields{"type": "content_block_delta", "index": index, "delta": d}); err != nil {
			return err
		}
	}
	return w.event("content_block_stop", fields{"type": "content_block_stop", "index": index})
}

// text writes a text block from pieces.
func (w *Writer) text(pieces []string) error {
	pieces = w.split(pieces)
	deltas := make([]fields, len(pieces))
	for i, p := range pieces {
		deltas[i] = fields{"type": "text_delta", "text": p}
	}
	return w.block(fields{"type": "text", "text": ""}, fields{"type": "text", "text": join(pieces)}, deltas...)
}

// thinking writes a thinking block from pieces, and its signature.
func (w *Writer) thinking(signature string, pieces []string) error {
	pieces = w.split(pieces)
	deltas := make([]fields, 0, len(pieces)+1)
	for _, p := range pieces {
		deltas = append(deltas, fields{"type": "thinking_delta", "thinking": p})
	}
	deltas = append(deltas, fields{"type": "signature_delta", "signature": signature})
	return w.block(fields{"type": "thinking", "thinking": "", "signature": ""},
		fields{"type": "thinking", "thinking": join(pieces), "signature": signature}, deltas...)
}

// tool writes a tool call; id may be empty. From now on the message stops for it.
func (w *Writer) tool(id, name string, input json.RawMessage, pieces []string) error {
	if id == "" {
		w.calls++
		id = "toolu_" + w.id[:20] + strconv.Itoa(1000+w.calls)
	}
	w.stop = "tool_use"
	deltas := []fields{{"type": "input_json_delta", "partial_json": ""}}
	for _, p := range w.split(pieces) {
		deltas = append(deltas, fields{"type": "input_json_delta", "partial_json": p})
	}
	return w.block(fields{"type": "tool_use", "id": id, "name": name, "input": fields{}},
		fields{"type": "tool_use", "id": id, "name": name, "input": input}, deltas...)
}

// end finishes the answer, unless a step did.
func (w *Writer) end() error {
	if w.ended {
		return nil
	}
	w.ended = true
	var stopAt any
	if w.stopAt != "" {
		stopAt = w.stopAt
	}
	if !w.request.Stream {
		data, err := encode(w.message(w.blocks, w.stop, stopAt))
		if err != nil {
			return err
		}
		w.http.Header().Set("Content-Type", "application/json")
		return w.send(data)
	}
	if err := w.start(); err != nil {
		return err
	}
	err := w.event("message_delta", fields{
		"type": "message_delta", "delta": fields{"stop_reason": w.stop, "stop_sequence": stopAt}, "usage": w.usage(),
	})
	if err != nil {
		return err
	}
	return w.event("message_stop", fields{"type": "message_stop"})
}

// wait lets time pass, unless the answer does not stream or the client goes.
func (w *Writer) wait(d time.Duration) error {
	if d <= 0 || !w.request.Stream {
		return w.ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-w.ctx.Done():
		return w.ctx.Err()
	}
}

// split cuts pieces to the writer's size, between characters.
func (w *Writer) split(pieces []string) []string {
	if w.size <= 0 {
		return pieces
	}
	return chop(join(pieces), w.size)
}

// chop cuts a text into pieces of about size bytes, between characters.
func chop(text string, size int) []string {
	var out []string
	for len(text) > 0 {
		n := min(max(size, 1), len(text))
		for n < len(text) && !utf8.RuneStart(text[n]) {
			n++
		}
		out = append(out, text[:n])
		text = text[n:]
	}
	return out
}

func join(pieces []string) string {
	var b bytes.Buffer
	for _, p := range pieces {
		b.WriteString(p)
	}
	return b.String()
}

// encode is JSON with < and > as they are.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte{'\n'}), nil
}
