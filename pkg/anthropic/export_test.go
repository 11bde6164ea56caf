package anthropic

import (
	"net/http"
	"time"
)

// Frame is one server-sent event, as Frames returns it.
type Frame struct {
	Name, Data string
	Complete   bool
}

// Frames splits what read gives into events, until it fails.
func Frames(read func([]byte) (int, error)) ([]Frame, error) {
	f := newFrames(read)
	var out []Frame
	for {
		name, data, complete, err := f.next()
		if err != nil {
			return out, err
		}
		out = append(out, Frame{string(name), string(data), complete})
	}
}

// DecodeFast decodes with the fast path alone.
func DecodeFast(data []byte) (Event, bool) {
	var d decoder
	return d.delta(data)
}

// DecodeAny decodes without the fast path.
func DecodeAny(name, data []byte) (Event, error) { return decodeAny(name, data) }

// ParseRetryAfter reads the waiting time of an answer.
func ParseRetryAfter(h http.Header, now time.Time) time.Duration { return retryAfter(h, now) }

// Encode writes a request.
func Encode(r Request) ([]byte, error) { return r.encode() }
