package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"claude-agent-chat/pkg/agent"
	"claude-agent-chat/pkg/anthropic/anthropictest"
)

// model is the Messages-API server of the measurements. It follows a script for each conversation, which it knows by the
// key in its first message, and holds every request against the one rule of the API that a long turn could break: each
// call has its result in the message behind it. It does not parse the requests, because it shares the processor with what
// is measured. Each delta of its texts holds the time of its write in nanoseconds, between two marks.
type model struct {
	url    string
	script script
	server *http.Server
	open   atomic.Int64 // answers that stream now

	mu     sync.Mutex
	talks  map[string]*talk
	broken error // the first request that was not as it has to be
}

// script gives the next answer in a talk.
type script func(t *talk) answer

// talk is a conversation as the model knows it: a session's, a subagent's. The one without a key is everybody's.
type talk struct {
	key       string
	turn      int       // from 0
	step      int       // answers of this turn so far
	calls     int       // in all
	summaries int       // in all
	began     time.Time // the arrival of this turn's first request
	open      []string  // ids of the calls of the last answer
	tokens    int       // what the last request is said to have had
	longest   int       // bytes of the longest request since the last summary
}

// answer is what the model says: a text of stamped deltas with a pause before each, a text as it is, calls.
type answer struct {
	deltas int
	pause  time.Duration
	text   string
	calls  []toolCall
	tokens int             // that the request is said to have had
	gate   <-chan struct{} // if not nil, what the text waits for
}

type toolCall struct {
	name  string
	input map[string]any
}

const (
	stampMark = "@" // stands before and after the time in a delta
	keyMark   = "bench-key:"
	keyEnd    = "."
)

// keyed is a prompt of the conversation with this key.
func keyed(key string) string { return "Do your work. " + keyMark + key + keyEnd }

// always is a script of one answer.
func always(deltas int, pause time.Duration) script {
	return func(*talk) answer { return answer{deltas: deltas, pause: pause} }
}

func newModel(s script) (*model, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	m := &model{url: "http://" + l.Addr().String(), script: s, talks: map[string]*talk{}}
	m.server = &http.Server{Handler: m, ReadHeaderTimeout: 10 * time.Second}
	go m.server.Serve(l) //nolint:errcheck // it ends with the measurement
	return m, nil
}

func (m *model) close() {
	if err := m.server.Close(); err != nil {
		return
	}
}

// failed is the first request that was not as it has to be.
func (m *model) failed() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.broken
}

// talk gives a copy of what is known of a conversation.
func (m *model) talk(key string) talk {
	m.mu.Lock()
	defer m.mu.Unlock()
	if t := m.talks[key]; t != nil {
		return *t
	}
	return talk{}
}

// bodies are buffers for requests, which come often and are long.
var bodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// ServeHTTP answers one request.
func (m *model) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	arrived := time.Now()
	buffer := bodies.Get().(*bytes.Buffer)
	defer bodies.Put(buffer)
	buffer.Reset()
	if _, err := buffer.ReadFrom(r.Body); err != nil {
		return
	}
	a, status, reply := m.take(r, buffer.Bytes(), arrived)
	if reply != "" {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, reply) // a client that has gone is no trouble.
		return
	}
	m.open.Add(1)
	defer m.open.Add(-1)
	writeAnswer(w, r, a)
}

// outgoing is an answer with what makes it different from others.
type outgoing struct {
	answer
	id  string   // of the message
	ids []string // of the calls
}

// take finds the answer to a request. A reply that is not empty is the whole answer, which does not stream.
func (m *model) take(r *http.Request, body []byte, arrived time.Time) (a outgoing, status int, reply string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := m.talkOf(body)
	switch {
	case r.Method != http.MethodPost:
		return a, http.StatusOK, `{"data":[],"has_more":false,"first_id":null,"last_id":null}`
	case bytes.Contains(body[:min(len(body), 2000)], []byte(agent.TitleWish)):
		return outgoing{answer: answer{text: "A title"}, id: "msg_title"}, 0, ""
	case strings.HasSuffix(r.URL.Path, "/count_tokens"):
		return a, http.StatusOK, `{"input_tokens":` + strconv.Itoa(t.tokens) + `}`
	}
	for _, id := range t.open {
		if !bytes.Contains(body, []byte(`"tool_use_id":"`+id+`"`)) {
			m.broken = fmt.Errorf("the request behind the call %s of %q has no result of it", id, t.key)
			return a, http.StatusBadRequest, `{"type":"error","error":{"type":"invalid_request_error","message":"no result"}}`
		}
	}
	if isSummary(body) {
		t.open, t.longest = nil, 0
		t.summaries++
		return outgoing{answer: answer{text: "Summary. " + keyMark + t.key + keyEnd}, id: t.messageID("s", t.summaries)}, 0, ""
	}
	t.longest = max(t.longest, len(body))
	return t.next(m.script, arrived), 0, ""
}

// next is the script's next answer.
func (t *talk) next(s script, arrived time.Time) outgoing {
	if t.step == 0 {
		t.began = arrived
	}
	a := outgoing{answer: s(t), id: t.messageID(strconv.Itoa(t.turn), t.step)}
	t.open = t.open[:0]
	for range a.calls {
		id := fmt.Sprintf("toolu_%s_%d", t.key, t.calls)
		t.calls++
		t.open, a.ids = append(t.open, id), append(a.ids, id)
	}
	t.tokens = max(a.tokens, 10)
	t.step++
	if len(a.calls) == 0 {
		t.turn, t.step = t.turn+1, 0
	}
	return a
}

func (t *talk) messageID(kind string, n int) string {
	return fmt.Sprintf("msg_%s_%s_%d", t.key, kind, n)
}

// talkOf finds the conversation of a request. m.mu is held.
func (m *model) talkOf(body []byte) *talk {
	key := ""
	if _, rest, found := bytes.Cut(body, []byte(keyMark)); found {
		name, _, _ := bytes.Cut(rest[:min(len(rest), 100)], []byte(keyEnd))
		key = string(name)
	}
	t := m.talks[key]
	if t == nil {
		t = &talk{key: key}
		m.talks[key] = t
	}
	return t
}

// isSummary looks only at the end of a request, where the wish for a summary stands.
func isSummary(body []byte) bool {
	end := anthropictest.Block{Type: "text", Text: string(body[max(0, len(body)-4000):])}
	return anthropictest.IsSummary(&anthropictest.Request{Messages: []anthropictest.Message{{Blocks: []anthropictest.Block{end}}}})
}

// writeAnswer streams an answer.
func writeAnswer(w http.ResponseWriter, r *http.Request, a outgoing) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Request-Id", "req_"+a.id)
	e := events{w, w.(http.Flusher)}
	e.write("message_start", fmt.Sprintf(`{"type":"message_start","message":{"id":%q,"type":"message","role":"assistant",`+
		`"model":"bench","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":%d,"output_tokens":1}}}`, a.id, max(a.tokens, 10)))
	e.flush.Flush()
	if !e.text(r, a) {
		return
	}
	for i, c := range a.calls {
		if err := e.call(i+1, a.ids[i], c); err != nil {
			return
		}
	}
	stop := "end_turn"
	if len(a.calls) > 0 {
		stop = "tool_use"
	}
	e.write("message_delta", `{"type":"message_delta","delta":{"stop_reason":"`+stop+`","stop_sequence":null},"usage":{"output_tokens":99}}`)
	e.write("message_stop", `{"type":"message_stop"}`)
}

// events writes events.
type events struct {
	w     io.Writer
	flush http.Flusher
}

func (e events) write(kind, data string) { fmt.Fprintf(e.w, "event: %s\ndata: %s\n\n", kind, data) }

// text writes the answer's text, and reports whether the client was there to its end.
func (e events) text(r *http.Request, a outgoing) bool {
	e.write("content_block_start", `{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}`)
	if a.gate != nil {
		select {
		case <-a.gate:
		case <-r.Context().Done():
			return false
		}
	}
	due := time.Now()
	for range a.deltas {
		due = due.Add(a.pause)
		if wait := time.Until(due); wait > 0 {
			time.Sleep(wait)
		}
		if r.Context().Err() != nil {
			return false
		}
		e.delta("some words " + stampMark + strconv.FormatInt(time.Now().UnixNano(), 10) + stampMark)
		e.flush.Flush()
	}
	if a.text != "" {
		e.delta(a.text)
	}
	e.write("content_block_stop", `{"type":"content_block_stop","index":0}`)
	return true
}

func (e events) delta(text string) {
	e.write("content_block_delta", `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"`+text+`"}}`)
}

func (e events) call(index int, id string, c toolCall) error {
	input, err := json.Marshal(c.input)
	if err != nil {
		return err
	}
	part, err := json.Marshal(string(input))
	if err != nil {
		return err
	}
	e.write("content_block_start", fmt.Sprintf(`{"type":"content_block_start","index":%d,"content_block":{"type":"tool_use","id":%q,"name":%q,"input":{}}}`, index, id, c.name))
	e.write("content_block_delta", fmt.Sprintf(`{"type":"content_block_delta","index":%d,"delta":{"type":"input_json_delta","partial_json":%s}}`, index, part))
	e.write("content_block_stop", fmt.Sprintf(`{"type":"content_block_stop","index":%d}`, index))
	return nil
}

// stamped finds the time in a frame.
func stamped(data []byte) (time.Time, bool) {
	var nanos int64
	inside := false
	for _, c := range data {
		switch {
		case c == stampMark[0] && inside:
			return time.Unix(0, nanos), nanos > 0
		case c == stampMark[0]:
			inside = true
		case inside && c >= '0' && c <= '9':
			nanos = nanos*10 + int64(c-'0')
		case inside:
			return time.Time{}, false
		}
	}
	return time.Time{}, false
}
