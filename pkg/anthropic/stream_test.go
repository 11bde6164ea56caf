package anthropic_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"claude-agent-chat/pkg/anthropic"
	"claude-agent-chat/pkg/anthropic/anthropictest"
)

var question = anthropic.Request{Model: "claude-x", MaxTokens: 10, Messages: []anthropic.Message{{Role: "user", Content: json.RawMessage(`"q"`)}}}

// ask sends the question to a server that gives one answer, and returns all text and the error that ended it.
func ask(t *testing.T, reply anthropictest.Reply) (string, error) {
	t.Helper()
	server := anthropictest.New(t, anthropictest.Exchange{Reply: reply})
	return read(t.Context(), anthropic.New(anthropic.Options{BaseURL: server.Start(), APIKey: "sk-test"}))
}

func read(ctx context.Context, client *anthropic.Client) (string, error) {
	stream, err := client.Stream(ctx, question)
	if err != nil {
		return "", err
	}
	defer stream.Close()
	var acc anthropic.Accumulator
	for {
		e, err := stream.Next()
		if err == nil {
			err = acc.Add(e)
		}
		if err != nil {
			text := ""
			for _, b := range acc.Message().Blocks {
				text += b.Text
			}
			return text, err
		}
	}
}

func TestStream(t *testing.T) {
	t.Parallel()
	type step = anthropictest.Step
	textEvents := func(end string) string {
		events := []string{
			"event: message_start", "data: " + start, "", "event: content_block_start", "data: " + textBeg, "",
			"event: content_block_delta", "data: " + piece("text_delta", "text", "hi"), "", "event: content_block_stop", "data: " + stop0, "",
			"event: message_delta", "data: " + ending("end_turn"), "", "event: message_stop", "data: " + done, "", "",
		}
		return strings.Join(events, end)
	}
	unnamed := strings.NewReplacer("event: message_start\n", "", "event: content_block_start\n", "", "event: content_block_delta\n", "",
		"event: content_block_stop\n", "", "event: message_delta\n", "", "event: message_stop\n", "").Replace(textEvents("\n"))
	tests := map[string]struct {
		steps []step
		text  string
		kind  string // of the error; "" for a proper end
	}{
		"proper":                 {[]step{anthropictest.Text("hi", " there")}, "hi there", ""},
		"crlf":                   {[]step{anthropictest.Raw(textEvents("\r\n"))}, "hi", ""},
		"no names":               {[]step{anthropictest.Raw(unnamed)}, "hi", ""},
		"no last blank line":     {[]step{anthropictest.Raw(strings.TrimSuffix(textEvents("\n"), "\n\n")), anthropictest.End()}, "hi", ""},
		"unknown events":         {[]step{anthropictest.Raw("event: novel\ndata: x\n\ndata: {\"type\":\"novel\"}\n\ndata: [DONE]\n\n: c\n\n" + textEvents("\n")), anthropictest.End()}, "hi", ""},
		"pings":                  {[]step{anthropictest.Text("hi"), anthropictest.Ping(), anthropictest.Raw("data: {\"type\":\"ping\"}\n\n")}, "hi", ""},
		"ended early":            {[]step{anthropictest.Text("hi"), anthropictest.End()}, "hi", anthropic.TypeCut},
		"cut":                    {[]step{anthropictest.Text("hi"), anthropictest.Cut()}, "hi", anthropic.TypeCut},
		"cut in an event":        {[]step{anthropictest.Text("hi"), anthropictest.Raw("event: message_delta\ndata: {\"type\":\"mess"), anthropictest.End()}, "hi", anthropic.TypeCut},
		"malformed":              {[]step{anthropictest.Text("hi"), anthropictest.Raw("event: message_delta\ndata: {\"type\":\"mess\n\n")}, "hi", anthropic.TypeMalformed},
		"malformed without name": {[]step{anthropictest.Text("hi"), anthropictest.Raw("data: {\"type\":\n\n")}, "hi", anthropic.TypeMalformed},
		"error event":            {[]step{anthropictest.Text("hi"), anthropictest.ErrorEvent("overloaded_error", "busy")}, "hi", "overloaded_error"},
		"error without name":     {[]step{anthropictest.Raw("data: {\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"m\"}}\n\n"), anthropictest.End()}, "", "api_error"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, err := ask(t, anthropictest.Stream(tt.steps...))
			var api *anthropic.APIError
			switch {
			case text != tt.text:
				t.Errorf("text %q, want %q", text, tt.text)
			case tt.kind == "" && !errors.Is(err, io.EOF):
				t.Errorf("error %v", err)
			case tt.kind != "" && (!errors.As(err, &api) || api.Type != tt.kind || !api.Retryable || errors.Is(err, io.EOF)):
				t.Errorf("error %#v, want %s", err, tt.kind)
			case tt.kind == anthropic.TypeCut && !errors.Is(err, io.ErrUnexpectedEOF):
				t.Errorf("error %v is not io.ErrUnexpectedEOF", err)
			}
		})
	}
}

func TestErrorsStay(t *testing.T) {
	t.Parallel()
	server := anthropictest.New(t, anthropictest.Exchange{Reply: anthropictest.Stream(anthropictest.Text("x"), anthropictest.ErrorEvent("api_error", "m"))})
	stream, err := anthropic.New(anthropic.Options{BaseURL: server.Start()}).Stream(t.Context(), question)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(stream.RequestID(), "req_") {
		t.Errorf("request id %q", stream.RequestID())
	}
	var first error
	for first == nil {
		_, first = stream.Next()
	}
	if _, again := stream.Next(); !errors.Is(again, first) {
		t.Errorf("then %v", again)
	}
	if err := errors.Join(stream.Close(), stream.Close()); err != nil {
		t.Error(err)
	}
}

// TestSilence runs on a clock of its own: pings do not keep a stream alive, content does, and a slow reader is no
// silence.
func TestSilence(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		steps  []anthropictest.Step
		slow   time.Duration // of the reader, before each event
		stalls bool
	}{
		"before the answer":  {[]anthropictest.Step{anthropictest.Pause(2 * time.Minute)}, 0, true},
		"only pings":         {[]anthropictest.Step{anthropictest.Text("x"), anthropictest.Pings(10*time.Second, 2*time.Minute)}, 0, true},
		"slow but alive":     {[]anthropictest.Step{anthropictest.Pace(50*time.Second, 1), anthropictest.Text("abcdef")}, 0, false},
		"pings and content":  {[]anthropictest.Step{anthropictest.Pace(50*time.Second, 1), anthropictest.Pings(10*time.Second, 50*time.Second), anthropictest.Text("ab")}, 0, false},
		"slow reader":        {[]anthropictest.Step{anthropictest.Text("a", "b", "c")}, 2 * time.Minute, false},
		"silence at the end": {[]anthropictest.Step{anthropictest.Text("x"), anthropictest.Pause(2 * time.Minute)}, 0, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := anthropictest.New(nil, anthropictest.Exchange{Reply: anthropictest.Stream(tt.steps...)})
				client := anthropic.New(anthropic.Options{BaseURL: "http://model.invalid", HTTPClient: anthropictest.Client(server), Idle: time.Minute})
				stream, err := client.Stream(t.Context(), question)
				for err == nil {
					time.Sleep(tt.slow)
					_, err = stream.Next()
				}
				if stream != nil {
					stream.Close()
				}
				var api *anthropic.APIError
				stalled := errors.As(err, &api) && api.Type == anthropic.TypeIdle && api.Retryable
				if stalled != tt.stalls {
					t.Errorf("ended with %v", err)
				}
				if stalled && !strings.Contains(api.Sentence(), "60 seconds") {
					t.Errorf("sentence %q", api.Sentence())
				}
			})
		})
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	server := anthropictest.New(t, anthropictest.Exchange{Reply: anthropictest.Stream(anthropictest.Text("x"), anthropictest.Hold(anthropictest.NewGate()))})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	stream, err := anthropic.New(anthropic.Options{BaseURL: server.Start()}).Stream(ctx, question)
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	for err == nil {
		var e anthropic.Event
		if e, err = stream.Next(); e.Kind == anthropic.BlockStop {
			time.AfterFunc(time.Millisecond, cancel) // whether Next waits by then or not
		}
	}
	var api *anthropic.APIError
	if !errors.Is(err, context.Canceled) || errors.As(err, &api) {
		t.Errorf("error %v", err)
	}
}

func TestCancelBeforeTheAnswer(t *testing.T) {
	t.Parallel()
	asked := make(chan struct{})
	server := anthropictest.New(t, anthropictest.Exchange{
		Check: func(*anthropictest.Request) error { close(asked); return nil },
		Reply: func(*anthropictest.Writer) error { <-t.Context().Done(); return nil },
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-asked; cancel() }()
	if _, err := read(ctx, anthropic.New(anthropic.Options{BaseURL: server.Start()})); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func TestCloseEndsTheServersSide(t *testing.T) {
	t.Parallel()
	ended := make(chan struct{})
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
		close(ended)
	})
	base, stop, err := anthropictest.Start(h)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	stream, err := anthropic.New(anthropic.Options{BaseURL: base}).Stream(t.Context(), question)
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.Close(); err != nil {
		t.Error(err)
	}
	<-ended
	if _, err := stream.Next(); err == nil {
		t.Error("a closed stream goes on")
	}
}
