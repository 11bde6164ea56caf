package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"
)

// model is the Messages-API server of the measurements: each answer is a text of many deltas, and each delta holds the
// time of its write in nanoseconds, between two marks.
type model struct {
	url      string
	deltas   int
	every    time.Duration
	requests chan time.Time // the arrival of each request
	open     atomic.Int64   // answers that stream now
	server   *http.Server
}

// stampMark stands before and after the time in a delta.
const stampMark = "@"

func newModel(deltas int, every time.Duration) (*model, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	m := &model{url: "http://" + l.Addr().String(), deltas: deltas, every: every, requests: make(chan time.Time, 4096)}
	m.server = &http.Server{Handler: m, ReadHeaderTimeout: 10 * time.Second}
	go m.server.Serve(l) //nolint:errcheck // it ends with the measurement
	return m, nil
}

func (m *model) close() {
	if err := m.server.Close(); err != nil {
		return
	}
}

// ServeHTTP streams one answer.
func (m *model) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	arrived := time.Now()
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return
	}
	select {
	case m.requests <- arrived:
	default:
	}
	m.open.Add(1)
	defer m.open.Add(-1)
	w.Header().Set("Content-Type", "text/event-stream")
	flush := w.(http.Flusher)
	event := func(kind, data string) {
		fmt.Fprintf(w, "event: %s\ndata: %s\n\n", kind, data)
		flush.Flush()
	}
	event("message_start", `{"type":"message_start","message":{"id":"msg_bench","type":"message","role":"assistant",`+
		`"model":"bench","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":10,"output_tokens":1}}}`)
	event("content_block_start", `{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}`)
	due := time.Now()
	for range m.deltas {
		due = due.Add(m.every)
		if wait := time.Until(due); wait > 0 {
			time.Sleep(wait)
		}
		if r.Context().Err() != nil {
			return
		}
		event("content_block_delta", `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"some words `+
			stampMark+strconv.FormatInt(time.Now().UnixNano(), 10)+stampMark+`"}}`)
	}
	event("content_block_stop", `{"type":"content_block_stop","index":0}`)
	event("message_delta", `{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":99}}`)
	event("message_stop", `{"type":"message_stop"}`)
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
