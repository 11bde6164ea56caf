package anthropictest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"claude-agent-chat/pkg/anthropic"
	"claude-agent-chat/pkg/anthropic/anthropictest"
)

func TestEcho(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		prompt string
		calls  []string
		says   string
		stop   string
	}{
		"plain":         {"how are you", nil, "how are you", "end_turn"},
		"text":          {"text: one\ntext: two", nil, "onetwo", "end_turn"},
		"run then text": {"run: ls -la; pwd ;; text: bye", []string{`Bash {"command":"ls -la; pwd","description":"Run ls -la; pwd"}`}, "bye", "end_turn"},
		"parallel":      {"read: a\nread: b", []string{`Read {"file_path":"a"}`, `Read {"file_path":"b"}`}, "done", "end_turn"},
		"write":         {"write: a.txt | x | y", []string{`Write {"content":"x | y","file_path":"a.txt"}`}, "done", "end_turn"},
		"edit":          {"edit: a | b | c", []string{`Edit {"file_path":"a","new_string":"c","old_string":"b"}`}, "done", "end_turn"},
		"any tool":      {`tool: Task {"a":1} ;; tool: Empty`, []string{`Task {"a":1}`, `Empty {}`}, "done", "end_turn"},
		"stop reason":   {"text: cut\nstop: max_tokens", nil, "cut", "max_tokens"},
		"repeat":        {"repeat: 3 ab", nil, "ab ab ab ", "end_turn"},
		"joined":        {"text: a ;; run: ls", []string{`Bash {"command":"ls","description":"Run ls"}`}, "done", "end_turn"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := newTalk(t, anthropictest.Echo(), allTools...)
			said := k.prompt(tt.prompt)
			if diff := cmp.Diff(tt.calls, k.calls); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
			if said != tt.says || k.last.StopReason != tt.stop {
				t.Errorf("said %q and stopped for %q", said, k.last.StopReason)
			}
		})
	}
}

func TestEchoFailsAsOftenAsAsked(t *testing.T) {
	t.Parallel()
	k := newTalk(t, anthropictest.Echo())
	r := anthropic.Request{Model: "m", MaxTokens: 1, Messages: []anthropic.Message{{Role: "user", Content: mustJSON(t, "error: 529 2\ntext: back")}}}
	for range 2 {
		_, err := k.client.Stream(t.Context(), r)
		var api *anthropic.APIError
		if !errors.As(err, &api) || api.Status != 529 || api.Type != "overloaded_error" || !api.Retryable {
			t.Fatalf("error %v", err)
		}
	}
	if said := texts(receive(t, k.client, r)); said != "back" {
		t.Errorf("said %q", said)
	}
}

func TestSideRequests(t *testing.T) {
	t.Parallel()
	base := serve(t, anthropictest.Echo())
	tests := []struct{ method, path, body, want string }{
		{"POST", "/v1/messages?beta=true", `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"hi"}]}`, `"text":"hi"`},
		{"POST", "/v1/messages?beta=true", `{"model":"m","messages":[{"role":"user","content":"hi"}],"output_config":{"format":{"type":"json_schema","schema":{"type":"object","properties":{"title":{"type":"string"}}}}}}`, `{\"title\":\"hi\"}`},
		{"POST", "/v1/messages/count_tokens?beta=true", `{"model":"m","messages":[{"role":"user","content":"hi"}]}`, `"input_tokens":`},
		{"GET", "/v1/models?limit=1000", ``, `"demo"`},
		{"GET", "/v1/models/claude-x", ``, `"claude-x"`},
		{"GET", "/nowhere", ``, `not_found_error`},
		{"POST", "/v1/messages", `{`, `invalid_request_error`},
		{"POST", "/v1/messages", `{"model":"m","messages":[{"role":"user","content":" "}]}`, `non-whitespace`},
		{"POST", "/v1/messages", `{"model":"m","messages":[{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"n","input":{}}]},{"role":"user","content":"x"}]}`, `without tool_result`},
	}
	for _, tt := range tests {
		req, err := http.NewRequestWithContext(t.Context(), tt.method, base+tt.path, strings.NewReader(tt.body))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || !json.Valid(body) || !bytes.Contains(body, []byte(tt.want)) {
			t.Errorf("%s %s: %s, %v; want %s in it", tt.method, tt.path, body, err, tt.want)
		}
	}
}

func TestGeneratorStamps(t *testing.T) {
	t.Parallel()
	k := newTalk(t, anthropictest.Generator{Deltas: 5, Size: 40}.Handler())
	before := time.Now()
	said := k.prompt("go")
	stamps := anthropictest.Stamps(said)
	if len(stamps) != 5 || len(said) != 5*40 {
		t.Fatalf("%d stamps in %q", len(stamps), said)
	}
	for _, s := range stamps {
		if s.Before(before) || s.After(time.Now()) {
			t.Errorf("stamp %s is not of this test", s)
		}
	}
	if got := anthropictest.Stamps("⟨12⟩ and ⟨x⟩ and ⟨3"); len(got) != 1 || got[0].UnixNano() != 12 {
		t.Errorf("stamps %v", got)
	}
}

// fakeTB records what a Server reports.
type fakeTB struct {
	errors   []string
	cleanups []func()
}

func (f *fakeTB) Helper()                        {}
func (f *fakeTB) Errorf(format string, _ ...any) { f.errors = append(f.errors, format) }
func (f *fakeTB) Cleanup(fn func())              { f.cleanups = append(f.cleanups, fn) }

func TestServerFailsTests(t *testing.T) {
	t.Parallel()
	tb := &fakeTB{}
	server := anthropictest.New(tb,
		anthropictest.Exchange{Match: anthropictest.LastText("known"), Reply: anthropictest.Stream(anthropictest.Text("yes"))},
		anthropictest.Exchange{Match: anthropictest.LastText("never"), Reply: anthropictest.Stream()},
	)
	k := newTalk(t, server)
	if said := k.prompt("known"); said != "yes" {
		t.Errorf("said %q", said)
	}
	r := anthropic.Request{Model: "m", MaxTokens: 1, Messages: []anthropic.Message{{Role: "user", Content: mustJSON(t, "known")}}}
	if _, err := k.client.Stream(t.Context(), r); err == nil || !strings.Contains(err.Error(), "unexpected request 2") {
		t.Errorf("error %v", err)
	}
	if len(tb.errors) != 1 || server.Err() == nil || len(server.Requests()) != 2 {
		t.Errorf("reported %q, %v", tb.errors, server.Err())
	}
	for _, fn := range tb.cleanups {
		fn()
	}
	if len(tb.errors) != 2 {
		t.Errorf("the unused exchange was not reported: %q", tb.errors)
	}
}

func TestServerKeepsNoSecrets(t *testing.T) {
	t.Parallel()
	server := anthropictest.New(t, anthropictest.Exchange{Reply: anthropictest.Stream(anthropictest.Text("x"))})
	client := anthropic.New(anthropic.Options{APIKey: "sk-secret", BaseURL: server.Start()})
	receive(t, client, anthropic.Request{Model: "m", MaxTokens: 1, Messages: []anthropic.Message{{Role: "user", Content: mustJSON(t, "q")}}})
	r := server.Requests()[0]
	if got := r.Header.Get("X-Api-Key"); got != "[redacted]" || !r.HasKey("sk-secret") || r.HasKey("other") {
		t.Errorf("header %q", got)
	}
}

func serve(t *testing.T, h http.Handler) string {
	t.Helper()
	base, stop, err := anthropictest.Start(h)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return base
}
