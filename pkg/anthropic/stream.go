package anthropic

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"sync/atomic"
	"time"
)

// drainTime bounds how long Close waits for the end of a response whose message has ended, so that its connection can
// serve the next request.
const drainTime = 50 * time.Millisecond

// Stream is one answer as it comes in. Next is for one goroutine; Close may be called from any, and twice.
type Stream struct {
	client    *Client
	ctx       context.Context // the caller's, with cancel
	cancel    context.CancelCauseFunc
	body      io.ReadCloser
	requestID string
	frames    *frames
	decoder   decoder
	err       error       // what ended the stream
	ended     atomic.Bool // the whole message is there; Next reads no more

	// The server's silence counts only while it is waited for: someone who reads slowly does not make it late.
	watchdog *time.Timer
	left     time.Duration
}

func newStream(ctx context.Context, c *Client) *Stream {
	s := &Stream{client: c, left: c.idle}
	s.ctx, s.cancel = context.WithCancelCause(ctx)
	if c.idle > 0 {
		s.watchdog = time.AfterFunc(c.idle, func() {
			s.cancel(&APIError{Type: TypeIdle, Retryable: true, Idle: c.idle, RequestID: s.requestID})
		})
	}
	return s
}

// open sends the request and attaches the response, which is a stream of events then.
func (s *Stream) open(body []byte, beta string) error {
	began := time.Now()
	resp, err := s.client.post(s.ctx, body, beta)
	if err != nil {
		s.pause(began)
		return s.client.requestError(s.ctx, err)
	}
	if err := s.client.checkStream(resp); err != nil {
		s.pause(began)
		resp.Body.Close()
		return err
	}
	s.pause(began)
	s.body = resp.Body
	s.requestID = s.client.redact(resp.Header.Get("request-id"))
	s.frames = newFrames(s.read)
	return nil
}

// checkStream returns the error of a response that is no stream of events. It may read its body.
func (c *Client) checkStream(resp *http.Response) error {
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("content-type"))
	if resp.StatusCode == http.StatusOK && (kind == "text/event-stream" || kind == "") {
		return nil
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
	if err != nil {
		return c.cut(err, c.redact(resp.Header.Get("request-id")))
	}
	if resp.StatusCode != http.StatusOK {
		return c.statusError(resp, body)
	}
	requestID := c.redact(resp.Header.Get("request-id"))
	if e := c.eventError(body, requestID); e.Type != TypeUnknown {
		return e
	}
	return &APIError{
		Status: resp.StatusCode, Type: TypeContentType, RequestID: requestID,
		Message: fmt.Sprintf("the answer is %q and not an event stream", c.clean(kind)),
	}
}

// RequestID is the API's name for the request; it may be empty.
func (s *Stream) RequestID() string { return s.requestID }

// Next waits for the next event. It ends with io.EOF after the message has ended, with an [*APIError] if the server
// reported an error, sent something that is no event, fell silent or was cut off (io.ErrUnexpectedEOF is its cause
// then), and with the context's error once that has ended. Then it returns the same again.
func (s *Stream) Next() (Event, error) {
	if s.err != nil {
		return Event{}, s.err
	}
	if s.ctx.Err() != nil {
		return Event{}, s.fail(s.ctx.Err())
	}
	name, data, complete, err := s.frames.next()
	if err != nil {
		return Event{}, s.fail(err)
	}
	return s.event(name, data, complete)
}

// event decodes what came. At the end of the input it may be only the beginning of an event.
func (s *Stream) event(name, data []byte, complete bool) (Event, error) {
	if string(name) == "ping" {
		return Event{Kind: Ping}, nil
	}
	if string(name) == "error" {
		return Event{}, s.fail(s.client.eventError(data, s.requestID))
	}
	e, err := s.decoder.decode(name, data)
	switch {
	case err != nil && !complete:
		return Event{}, s.fail(io.ErrUnexpectedEOF)
	case err != nil:
		return Event{}, s.fail(&APIError{Type: TypeMalformed, Cause: err, RequestID: s.requestID, Retryable: true})
	case e.Kind == Unknown:
		return s.unnamed(e)
	case e.Kind == MessageStop:
		s.err = io.EOF
		s.ended.Store(true)
	}
	if e.content() {
		s.left = s.client.idle
	}
	return e, nil
}

// unnamed finds the pings and errors among the events that have no name of their own.
func (s *Stream) unnamed(e Event) (Event, error) {
	var head struct {
		Type string `json:"type"`
	}
	_ = json.Unmarshal(e.Raw, &head) // what is no object has no type, and is passed on as it is
	switch head.Type {
	case "ping":
		return Event{Kind: Ping}, nil
	case "error":
		return Event{}, s.fail(s.client.eventError(e.Raw, s.requestID))
	}
	return e, nil
}

// fail ends the stream with the error that err stands for, and gives the connection back.
func (s *Stream) fail(err error) error {
	var api, stalled *APIError
	switch {
	case errors.As(err, &api):
		s.err = api
	case errors.As(context.Cause(s.ctx), &stalled):
		s.err = stalled
	case s.ctx.Err() != nil:
		s.err = fmt.Errorf("read model stream: %w", s.ctx.Err())
	case errors.Is(err, errFrameTooLarge):
		s.err = &APIError{Type: TypeMalformed, Cause: err, RequestID: s.requestID, Retryable: false}
	default:
		s.err = s.client.cut(err, s.requestID)
	}
	s.cancel(s.err)
	return s.err
}

// read is the body's Read, watched.
func (s *Stream) read(p []byte) (int, error) {
	if s.watchdog == nil {
		return s.body.Read(p)
	}
	began := time.Now()
	s.watchdog.Reset(s.left)
	n, err := s.body.Read(p)
	s.pause(began)
	return n, err
}

// pause stops the watch over the server and takes from its time what has passed.
func (s *Stream) pause(began time.Time) {
	if s.watchdog != nil {
		s.watchdog.Stop()
		s.left = max(s.left-time.Since(began), 0)
	}
}

// Close ends the stream wherever it is. After the whole message it first lets the response end, for 50 ms at most.
func (s *Stream) Close() error {
	if s.ended.Load() && s.ctx.Err() == nil {
		stop := time.AfterFunc(drainTime, func() { s.cancel(nil) })
		_, _ = io.Copy(io.Discard, io.LimitReader(s.body, maxErrorBody)) // the message is complete: what follows does not matter
		stop.Stop()
	}
	s.cancel(nil)
	if err := s.body.Close(); err != nil {
		return fmt.Errorf("close model stream: %w", err)
	}
	return nil
}
