package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"claude-agent-chat/pkg/transcript"
)

// said is an entry of the model's with one block.
func said(block, stop string) transcript.Entry {
	return transcript.Assistant{MessageID: "m-" + block, RequestID: "r", Model: "bench", Block: json.RawMessage(block), StopReason: &stop}
}

func TestCheckRecords(t *testing.T) {
	call := said(`{"type":"tool_use","id":"toolu_k_0","name":"Read","input":{}}`, "tool_use")
	done := transcript.ToolResult{ToolUseID: "toolu_k_0", Content: json.RawMessage(`"text"`), UseResult: json.RawMessage(`"text"`)}
	failed := done
	failed.IsError = true
	end := said(`{"type":"text","text":"Done."}`, "end_turn")
	for name, test := range map[string]struct {
		entries []transcript.Entry
		calls   []string
		want    string // in the error; none if it is empty
	}{
		"as it should be":   {[]transcript.Entry{call, done, end}, []string{"Read"}, ""},
		"failed call":       {[]transcript.Entry{call, failed, end}, []string{"Read"}, "failed: true"},
		"no result":         {[]transcript.Entry{call}, []string{"Read"}, "has no result"},
		"a call too few":    {[]transcript.Entry{call, done, end}, []string{"Read", "Read"}, "1 calls instead of 2"},
		"another call":      {[]transcript.Entry{call, done, end}, []string{"Write"}, "call 0 is Read"},
		"no end":            {[]transcript.Entry{call, done}, []string{"Read"}, "ended the turn: false"},
		"end with a fault":  {[]transcript.Entry{call, done, transcript.APIError{Text: "Sorry."}}, []string{"Read"}, "ended the turn: false"},
		"end without calls": {[]transcript.Entry{end}, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "11111111-1111-4111-8111-111111111111.jsonl")
			w, err := transcript.OpenWriter(context.Background(), path, transcript.Context{SessionID: "11111111-1111-4111-8111-111111111111", Cwd: "/w"})
			if err != nil {
				t.Fatal(err)
			}
			entries := append([]transcript.Entry{transcript.Prompt{PromptID: "p", Content: json.RawMessage(`"go"`)}}, test.entries...)
			for _, e := range entries {
				if _, err := w.Append(context.Background(), e); err != nil {
					t.Fatal(err)
				}
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			conv, err := transcript.Load(path)
			if err != nil {
				t.Fatal(err)
			}
			err = checkRecords(conv, "k", test.calls)
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
		})
	}
}

func TestModelWantsResults(t *testing.T) {
	m := &model{talks: map[string]*talk{}, script: func(*talk) answer {
		return answer{text: "I look.", calls: []toolCall{{"Read", map[string]any{"file_path": "/w/a"}}}}
	}}
	ask := func(rest string) string {
		w := httptest.NewRecorder()
		m.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/v1/messages", strings.NewReader(`{"messages":["`+keyed("k")+rest+`"]}`)))
		return w.Body.String()
	}
	if body := ask(""); !strings.Contains(body, `"id":"toolu_k_0","name":"Read"`) || !strings.Contains(body, `"stop_reason":"tool_use"`) {
		t.Errorf("first answer: %s", body)
	}
	if body := ask(`"tool_use_id":"toolu_k_0"`); !strings.Contains(body, "toolu_k_1") || m.failed() != nil {
		t.Errorf("second answer: %s, failed: %v", body, m.failed())
	}
	if body := ask(`"tool_use_id":"toolu_k_0"`); !strings.Contains(body, "invalid_request_error") || m.failed() == nil {
		t.Errorf("answer without the result of the second call: %s", body)
	}
}
