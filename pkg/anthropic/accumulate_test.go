package anthropic_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"claude-agent-chat/pkg/anthropic"
)

const (
	start   = `{"type":"message_start","message":{"id":"msg_1","model":"claude-x","usage":{"input_tokens":10,"cache_read_input_tokens":3,"output_tokens":1,"service_tier":"standard"}}}`
	textBeg = `{"type":"content_block_start","index":0,"content_block":{"type":"text","text":"","citations":null}}`
	stop0   = `{"type":"content_block_stop","index":0}`
	toolBeg = `{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"toolu_1","name":"Bash","input":{},"caller":{"type":"direct"}}}`
	done    = `{"type":"message_stop"}`
)

func piece(kind, field, text string) string {
	quoted, _ := json.Marshal(text)
	return fmt.Sprintf(`{"type":"content_block_delta","index":0,"delta":{"type":%q,%q:%s}}`, kind, field, quoted)
}

func ending(reason string) string {
	return fmt.Sprintf(`{"type":"message_delta","delta":{"stop_reason":%q,"stop_sequence":null},"usage":{"output_tokens":7,"input_tokens":null}}`, reason)
}

// accumulate feeds events and returns the message.
func accumulate(t *testing.T, events ...string) anthropic.AccumulatedMessage {
	t.Helper()
	var acc anthropic.Accumulator
	for _, data := range events {
		e, err := anthropic.DecodeAny(nil, []byte(data))
		if err != nil {
			t.Fatalf("%s: %v", data, err)
		}
		if err := acc.Add(e); err != nil {
			t.Fatalf("%s: %v", data, err)
		}
	}
	return acc.Message()
}

func TestAccumulateBlocks(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		events []string
		want   []string // raw blocks
	}{
		"text": {
			[]string{textBeg, piece("text_delta", "text", "a<b"), piece("text_delta", "text", "\n你"), stop0},
			[]string{`{"type":"text","text":"a<b\n你","citations":null}`},
		},
		"empty text is left out": {[]string{textBeg, stop0}, nil},
		"citations": {
			[]string{
				textBeg, piece("text_delta", "text", "x"),
				`{"type":"content_block_delta","index":0,"delta":{"type":"citations_delta","citation":{"n":1}}}`,
				`{"type":"content_block_delta","index":0,"delta":{"type":"citations_delta","citation":{"n":2}}}`, stop0,
			},
			[]string{`{"type":"text","text":"x","citations":[{"n":1},{"n":2}]}`},
		},
		"thinking": {
			[]string{
				`{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}`,
				piece("thinking_delta", "thinking", "hm"), piece("thinking_delta", "thinking", "m"), piece("signature_delta", "signature", "Eq=="), stop0,
			},
			[]string{`{"type":"thinking","thinking":"hmm","signature":"Eq=="}`},
		},
		"redacted thinking": {
			[]string{`{"type":"content_block_start","index":0,"content_block":{"type":"redacted_thinking","data":"x/+="}}`, stop0},
			[]string{`{"type":"redacted_thinking","data":"x/+="}`},
		},
		"tool": {
			[]string{
				toolBeg, piece("input_json_delta", "partial_json", ""), piece("input_json_delta", "partial_json", `{"command": "l`),
				piece("input_json_delta", "partial_json", `s"}`), stop0,
			},
			[]string{`{"type":"tool_use","id":"toolu_1","name":"Bash","input":{"command": "ls"},"caller":{"type":"direct"}}`},
		},
		"tool without input": {[]string{toolBeg, stop0}, []string{`{"type":"tool_use","id":"toolu_1","name":"Bash","input":{},"caller":{"type":"direct"}}`}},
		"server tool": {
			[]string{
				`{"type":"content_block_start","index":0,"content_block":{"type":"server_tool_use","id":"srvtoolu_1","name":"web_search","input":{}}}`,
				piece("input_json_delta", "partial_json", `{"query":"q"}`), stop0,
			},
			[]string{`{"type":"server_tool_use","id":"srvtoolu_1","name":"web_search","input":{"query":"q"}}`},
		},
		"unknown block as received": {
			[]string{`{"type":"content_block_start","index":0,"content_block":{"type":"novel", "a":[1, 2],"b":1e3}}`, stop0},
			[]string{`{"type":"novel", "a":[1, 2],"b":1e3}`},
		},
		"unknown block with deltas": {
			[]string{
				`{"type":"content_block_start","index":0,"content_block":{"type":"compaction","content":null}}`,
				piece("compaction_delta", "content", "a"), piece("compaction_delta", "content", "b"), stop0,
			},
			[]string{`{"type":"compaction","content":"ab"}`},
		},
		"unknown delta in a known block": {
			[]string{textBeg, piece("text_delta", "text", "x"), piece("novel_delta", "novelty", "y"), stop0},
			[]string{`{"type":"text","text":"x","citations":null}`},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := accumulate(t, append(append([]string{start}, tt.events...), ending("end_turn"), done)...)
			var got []string
			for _, b := range m.Blocks {
				got = append(got, string(b.Raw))
				if !b.Complete || b.Broken != "" {
					t.Errorf("block %+v", b)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("blocks (-want +got):\n%s", diff)
			}
			if !m.Complete || m.ID != "msg_1" || m.Model != "claude-x" || m.StopReason != "end_turn" {
				t.Errorf("message %+v", m)
			}
			if want := `{"input_tokens":10,"cache_read_input_tokens":3,"output_tokens":7,"service_tier":"standard"}`; string(m.Usage) != want {
				t.Errorf("usage %s", m.Usage)
			}
		})
	}
}

func TestBrokenToolCalls(t *testing.T) {
	t.Parallel()
	part := piece("input_json_delta", "partial_json", `{"command":"rm -rf b`)
	whole := piece("input_json_delta", "partial_json", `{"command":"ls"}`)
	tests := map[string]struct {
		events []string
		broken string // in the reason
		input  string
	}{
		"cut in the middle":     {[]string{toolBeg, part}, "broke off", `{"INVALID_JSON":"{\"command\":\"rm -rf b"}`},
		"cut before the stop":   {[]string{toolBeg, whole}, "broke off", `{"command":"ls"}`},
		"cut before any input":  {[]string{toolBeg}, "broke off", `{"INVALID_JSON":""}`},
		"limit in the middle":   {[]string{toolBeg, part, stop0, ending("max_tokens"), done}, "limit", `{"INVALID_JSON":"{\"command\":\"rm -rf b"}`},
		"limit before input":    {[]string{toolBeg, stop0, ending("max_tokens"), done}, "limit", `{"INVALID_JSON":""}`},
		"limit after the whole": {[]string{toolBeg, whole, stop0, ending("max_tokens"), done}, "", `{"command":"ls"}`},
		"not JSON":              {[]string{toolBeg, part, stop0, ending("tool_use"), done}, "not valid JSON", `{"INVALID_JSON":"{\"command\":\"rm -rf b"}`},
		"not an object":         {[]string{toolBeg, piece("input_json_delta", "partial_json", `[1]`), stop0, ending("tool_use"), done}, "not valid JSON", `{"INVALID_JSON":"[1]"}`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := accumulate(t, append([]string{start}, tt.events...)...).Blocks[0]
			if tt.broken == "" != (b.Broken == "") || !strings.Contains(b.Broken, tt.broken) {
				t.Errorf("broken %q, want %q in it", b.Broken, tt.broken)
			}
			want := `{"type":"tool_use","id":"toolu_1","name":"Bash","input":` + tt.input + `,"caller":{"type":"direct"}}`
			if string(b.Input) != tt.input || string(b.Raw) != want || b.ToolID != "toolu_1" || b.ToolName != "Bash" {
				t.Errorf("block %+v with input %s", b, b.Input)
			}
		})
	}
}

func TestAccumulatePartial(t *testing.T) {
	t.Parallel()
	var acc anthropic.Accumulator
	for _, data := range []string{start, textBeg, piece("text_delta", "text", "hel")} {
		e, err := anthropic.DecodeAny(nil, []byte(data))
		if err != nil || acc.Add(e) != nil {
			t.Fatal(err)
		}
	}
	b, ok := acc.Partial(0)
	if !ok || b.Text != "hel" || b.Complete || string(b.Raw) != `{"type":"text","text":"hel","citations":null}` {
		t.Errorf("block %+v", b)
	}
	if _, ok := acc.Partial(1); ok {
		t.Error("a block that has not begun is there")
	}
	before := acc.Message()
	if err := acc.Add(anthropic.Event{Kind: anthropic.TextDelta, Text: "lo"}); err != nil {
		t.Fatal(err)
	}
	if before.Blocks[0].Text != "hel" || before.Complete {
		t.Errorf("an earlier message changed: %+v", before)
	}
}

func TestAccumulateRefusesNonsense(t *testing.T) {
	t.Parallel()
	tests := map[string][]string{
		"two messages":       {start, start},
		"content first":      {textBeg},
		"two equal blocks":   {start, textBeg, textBeg},
		"delta of no block":  {start, piece("text_delta", "text", "x")},
		"delta after stop":   {start, textBeg, stop0, piece("text_delta", "text", "x")},
		"stop of no block":   {start, stop0},
		"block of no object": {start, `{"type":"content_block_start","index":0,"content_block":null}`},
	}
	for name, events := range tests {
		var acc anthropic.Accumulator
		var last error
		for _, data := range events {
			e, err := anthropic.DecodeAny(nil, []byte(data))
			if err != nil {
				t.Fatal(err)
			}
			last = acc.Add(e)
		}
		var api *anthropic.APIError
		if !errors.As(last, &api) || api.Type != anthropic.TypeMalformed {
			t.Errorf("%s: %v", name, last)
		}
	}
}

func TestBlocksComeInTheirOrder(t *testing.T) {
	t.Parallel()
	at := func(data string, index int) string {
		return strings.Replace(data, `"index":0`, fmt.Sprintf(`"index":%d`, index), 1)
	}
	m := accumulate(t, start, at(textBeg, 2), at(toolBeg, 0), at(piece("text_delta", "text", "x"), 2), at(stop0, 0), at(stop0, 2))
	if len(m.Blocks) != 2 || m.Blocks[0].Index != 0 || m.Blocks[1].Text != "x" {
		t.Errorf("blocks %+v", m.Blocks)
	}
}

func TestEncodeRequest(t *testing.T) {
	t.Parallel()
	body, err := anthropic.Encode(anthropic.Request{
		Model: "m", MaxTokens: 5, System: []json.RawMessage{[]byte(`{"type":"text","text":"<s>"}`)},
		Messages: []anthropic.Message{{Role: "user", Content: []byte(`"hi"`)}, {Role: "assistant", Content: []byte(`[{"type":"novel", "x":1.0}]`)}},
		Tools:    []json.RawMessage{[]byte(`{"name":"a"}`), []byte(`{"name":"b"}`)},
		Thinking: []byte(`{"type":"adaptive"}`),
		Extra:    map[string]json.RawMessage{"z": []byte(`1`), "metadata": []byte(`{}`)},
	})
	want := `{"model":"m","max_tokens":5,"stream":true,"system":[{"type":"text","text":"<s>"}],"tools":[{"name":"a"},{"name":"b"}],` +
		`"thinking":{"type":"adaptive"},"metadata":{},"z":1,"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":[{"type":"novel", "x":1.0}]}]}`
	if err != nil || string(body) != want {
		t.Errorf("%v\n got %s\nwant %s", err, body, want)
	}
	for name, r := range map[string]anthropic.Request{
		"no content":      {Messages: []anthropic.Message{{Role: "user"}}},
		"taken field":     {Extra: map[string]json.RawMessage{"stream": []byte(`false`)}},
		"extra not JSON":  {Extra: map[string]json.RawMessage{"a": []byte(`{`)}},
		"extra not there": {Extra: map[string]json.RawMessage{"a": nil}},
	} {
		if _, err := anthropic.Encode(r); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
