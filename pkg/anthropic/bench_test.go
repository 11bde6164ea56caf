package anthropic_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"claude-agent-chat/pkg/anthropic"
	"claude-agent-chat/pkg/anthropic/anthropictest"
)

// canned is a transport whose answer is a stream in memory, so that a benchmark measures this package alone.
type canned struct{ body string }

func (c canned) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"text/event-stream"}}, Request: r,
		Body: io.NopCloser(strings.NewReader(c.body)),
	}, nil
}

// BenchmarkDelta is the cost of one delta through Next and Accumulator: ns/op and allocs/op are per delta.
func BenchmarkDelta(b *testing.B) {
	for name, delta := range map[string]string{
		"text":    piece("text_delta", "text", " a few words of"),
		"escaped": piece("text_delta", "text", "x := \"a\"\n\treturn"),
	} {
		b.Run(name, func(b *testing.B) {
			const perStream = 100_000
			body := "data: " + start + "\n\ndata: " + textBeg + "\n\n" +
				strings.Repeat("event: content_block_delta\ndata: "+delta+"\n\n", perStream) + "data: " + stop0 + "\n\ndata: " + done + "\n\n"
			client := anthropic.New(anthropic.Options{BaseURL: "http://model.invalid", HTTPClient: &http.Client{Transport: canned{body}}})
			b.ReportAllocs()
			b.ResetTimer()
			for left := b.N; left > 0; left -= perStream {
				drain(b, client, left)
			}
		})
	}
}

// drain reads up to limit deltas of one stream.
func drain(b *testing.B, client *anthropic.Client, limit int) {
	stream, err := client.Stream(b.Context(), question)
	if err != nil {
		b.Fatal(err)
	}
	defer stream.Close()
	var acc anthropic.Accumulator
	for seen := 0; seen < limit; {
		e, err := stream.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			b.Fatal(err)
		}
		if err := acc.Add(e); err != nil {
			b.Fatal(err)
		}
		if e.Kind == anthropic.TextDelta {
			seen++
		}
	}
}

// BenchmarkLoopback is the same over HTTP on the loopback, the generator's side included.
func BenchmarkLoopback(b *testing.B) {
	base, stop, err := anthropictest.Start(anthropictest.Generator{Deltas: b.N, Size: 40}.Handler())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(stop)
	client := anthropic.New(anthropic.Options{BaseURL: base})
	b.ReportAllocs()
	b.ResetTimer()
	drain(b, client, b.N)
}
