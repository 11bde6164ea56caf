package anthropic_test

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"claude-agent-chat/pkg/anthropic"
)

func TestFrames(t *testing.T) {
	t.Parallel()
	type f = anthropic.Frame
	tests := map[string]struct {
		in   string
		want []f
	}{
		"plain":              {"event: a\ndata: 1\n\nevent: b\ndata: 2\n\n", []f{{"a", "1", true}, {"b", "2", true}}},
		"crlf":               {"event: a\r\ndata: 1\r\n\r\ndata: 2\r\n\r\n", []f{{"a", "1", true}, {"", "2", true}}},
		"cr":                 {"event: a\rdata: 1\r\rdata: 2\r\r", []f{{"a", "1", true}, {"", "2", true}}},
		"mixed ends":         {"event: a\rdata: 1\n\r\ndata: 2\n\n", []f{{"a", "1", true}, {"", "2", true}}},
		"comments":           {": hello\nevent: a\n: in between\ndata: 1\n\n:bye\n\n", []f{{"a", "1", true}}},
		"many lines of data": {"data: 1\ndata: 2\ndata:\n\n", []f{{"", "1\n2\n", true}}},
		"no space":           {"event:a\ndata:1\n\n", []f{{"a", "1", true}}},
		"two spaces":         {"data:  1\n\n", []f{{"", " 1", true}}},
		"other fields":       {"id: 7\nretry: 3\ndata: 1\nfoo\n\n", []f{{"", "1", true}}},
		"no last blank line": {"event: a\ndata: 1\n", []f{{"a", "1", false}}},
		"no last line end":   {"event: a\ndata: 1", []f{{"a", "1", false}}},
		"name without data":  {"event: a\n\ndata: 1\n\n", []f{{"", "1", true}}},
		"byte order mark":    {"\xef\xbb\xbfdata: 1\n\n", []f{{"", "1", true}}},
		"long line":          {"data: " + strings.Repeat("x", 100_000) + "\n\n", []f{{"", strings.Repeat("x", 100_000), true}}},
		"nothing":            {"", nil},
	}
	for name, tt := range tests {
		for way, r := range map[string]io.Reader{
			"whole": strings.NewReader(tt.in), "byte by byte": iotest.OneByteReader(strings.NewReader(tt.in)),
			"halves": iotest.HalfReader(strings.NewReader(tt.in)), "with EOF": iotest.DataErrReader(strings.NewReader(tt.in)),
		} {
			got, err := anthropic.Frames(r.Read)
			if !errors.Is(err, io.EOF) {
				t.Errorf("%s, %s: %v", name, way, err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%s, %s (-want +got):\n%s", name, way, diff)
			}
		}
	}
}

func TestFramesBoundsMemory(t *testing.T) {
	t.Parallel()
	for name, piece := range map[string]string{"one line": "x", "many lines": "data: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n"} {
		read := 0
		_, err := anthropic.Frames(func(p []byte) (int, error) {
			n := 0
			for n+len(piece) <= len(p) {
				n += copy(p[n:], piece)
			}
			read += n
			return max(n, 1), nil
		})
		if errors.Is(err, io.EOF) || read > 80<<20 {
			t.Errorf("%s: %v after %d bytes", name, err, read)
		}
	}
}

func FuzzFrames(f *testing.F) {
	f.Add("event: a\r\ndata: 1\r\n\r\n: c\rdata: 2\n\n")
	f.Fuzz(func(t *testing.T, in string) {
		whole, err1 := anthropic.Frames(strings.NewReader(in).Read)
		bytes, err2 := anthropic.Frames(iotest.OneByteReader(strings.NewReader(in)).Read)
		if !errors.Is(err1, io.EOF) || !errors.Is(err2, io.EOF) {
			t.Fatal(err1, err2)
		}
		if diff := cmp.Diff(whole, bytes); diff != "" {
			t.Errorf("reading whole and byte by byte differ:\n%s", diff)
		}
	})
}

// fastDeltas are deltas that the fast path must take.
var fastDeltas = []string{
	`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"hello"}}`,
	` { "index" : 12 , "delta" : { "text" : "a\"b\\c\/\n\t\r\b\f\u00e9\ud83d\ude00" , "type" : "text_delta" } , "type" : "content_block_delta" } `,
	`{"type":"content_block_delta","index":1,"delta":{"type":"thinking_delta","thinking":"你好"}}`,
	`{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"a\": "}}`,
	`{"type":"content_block_delta","index":3,"delta":{"type":"signature_delta","signature":"EqQB"}}`,
	`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":""}}`,
	`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"\ud83d alone"}}`,
}

func TestFastPathAgrees(t *testing.T) {
	t.Parallel()
	for _, in := range fastDeltas {
		fast, ok := anthropic.DecodeFast([]byte(in))
		if !ok {
			t.Errorf("the fast path does not take %s", in)
			continue
		}
		slow, err := anthropic.DecodeAny(nil, []byte(in))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(slow, fast); diff != "" {
			t.Errorf("%s (-slow +fast):\n%s", in, diff)
		}
	}
}

func FuzzFastPath(f *testing.F) {
	for _, in := range fastDeltas {
		f.Add(in)
	}
	f.Add(`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a","text":"b"}}`)
	f.Add(`{"type":"content_block_delta","index":01,"delta":{"type":"text_delta","text":""}}`)
	f.Add("{\"type\":\"content_block_delta\",\"index\":01,\"delta\":{\"type\":\"text_delta\",\"text\":\"\xff\"}}")
	f.Fuzz(func(t *testing.T, in string) {
		fast, ok := anthropic.DecodeFast([]byte(in))
		if !ok {
			return
		}
		if !json.Valid([]byte(in)) {
			t.Fatalf("the fast path takes %q, which is not JSON", in)
		}
		slow, err := anthropic.DecodeAny(nil, []byte(in))
		if err != nil {
			t.Fatalf("the fast path takes %q: %v", in, err)
		}
		if diff := cmp.Diff(slow, fast); diff != "" {
			t.Errorf("%q (-slow +fast):\n%s", in, diff)
		}
	})
}

func FuzzDecode(f *testing.F) {
	for _, in := range fastDeltas {
		f.Add("content_block_delta", in)
	}
	f.Add("content_block_start", `{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"n","input":{}}}`)
	f.Add("message_start", `{"type":"message_start","message":{"id":"m","usage":{"input_tokens":1}}}`)
	f.Fuzz(func(t *testing.T, name, in string) {
		var acc anthropic.Accumulator
		for _, data := range []string{`{"type":"message_start","message":{}}`, in, in} {
			e, err := anthropic.DecodeAny([]byte(name), []byte(data))
			if err != nil {
				return
			}
			if len(e.Raw) > 0 && !json.Valid(e.Raw) {
				t.Fatalf("raw event %q", e.Raw)
			}
			if acc.Add(e) != nil {
				return
			}
		}
		for _, b := range acc.Message().Blocks {
			if !json.Valid(b.Raw) || len(b.Input) > 0 && !json.Valid(b.Input) {
				t.Fatalf("block %q with input %q", b.Raw, b.Input)
			}
		}
	})
}
