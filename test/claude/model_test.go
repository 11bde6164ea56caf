package claude_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"claude-agent-chat/pkg/anthropic/anthropictest"
)

// model is a scripted Messages API that keeps the requests as they came, those that it refuses too.
type model struct {
	address string
	handler http.Handler

	mu       sync.Mutex
	requests []request
	changed  chan struct{} // closed and renewed when a request came
}

// request is one request for an answer.
type request struct {
	Model    string        `json:"model"`
	Messages []wireMessage `json:"messages"`
	refused  string        // what was wrong with it; empty if the API would take it
}

// newModel starts a model. What no exchange matches is answered with "noted".
func newModel(t testing.TB, script ...anthropictest.Exchange) *model {
	t.Helper()
	script = append(script, anthropictest.Exchange{Times: -1, Reply: anthropictest.Stream(anthropictest.Text("noted"))})
	m := &model{handler: anthropictest.New(nil, script...), changed: make(chan struct{})}
	address, stop, err := anthropictest.Start(m)
	must(t, err)
	t.Cleanup(stop)
	m.address = address
	return m
}

// ServeHTTP answers by the script.
func (m *model) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost || r.URL.Path != "/v1/messages" {
		m.handler.ServeHTTP(w, r)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(withoutSystem(body)))
	var got request
	if err := json.Unmarshal(body, &got); err != nil {
		got.refused = err.Error()
	}
	m.mu.Lock()
	at := len(m.requests)
	m.requests = append(m.requests, got)
	m.mu.Unlock()
	defer m.noticed()
	m.handler.ServeHTTP(&noticing{w, func(reason string) {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.requests[at].refused = reason
	}}, r)
}

// withoutSystem takes the messages of the role "system" out of a request. The program writes its settings and reminders
// into them, some without content, which the scripted API does not know.
func withoutSystem(body []byte) []byte {
	var whole map[string]json.RawMessage
	var messages []json.RawMessage
	if json.Unmarshal(body, &whole) != nil || json.Unmarshal(whole["messages"], &messages) != nil {
		return body
	}
	messages = slices.DeleteFunc(messages, func(raw json.RawMessage) bool {
		var m wireMessage
		return json.Unmarshal(raw, &m) == nil && m.Role == "system"
	})
	whole["messages"] = json.RawMessage(encode(messages))
	return []byte(encode(whole))
}

// noticed says that a request came, after what is wrong with it was noted.
func (m *model) noticed() {
	m.mu.Lock()
	defer m.mu.Unlock()
	close(m.changed)
	m.changed = make(chan struct{})
}

// await waits for a request that ends with a prompt; it gives up when stop is closed.
func (m *model) await(prompt string, stop <-chan struct{}) {
	for {
		m.mu.Lock()
		changed := m.changed
		m.mu.Unlock()
		if _, ok := m.asked(prompt); ok {
			return
		}
		select {
		case <-changed:
		case <-stop:
			return
		}
	}
}

// noticing hears the refusal of a request that is not as the API wants it.
type noticing struct {
	http.ResponseWriter
	refused func(reason string)
}

func (n *noticing) Write(data []byte) (int, error) {
	if bytes.HasPrefix(data, []byte(`{`)) && bytes.Contains(data, []byte("invalid_request_error")) {
		n.refused(string(data))
	}
	return n.ResponseWriter.Write(data)
}

func (n *noticing) Unwrap() http.ResponseWriter { return n.ResponseWriter }

// asked finds the first request that ends with a prompt.
func (m *model) asked(prompt string) (request, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.requests {
		if asks(r.Messages, prompt) {
			return r, true
		}
	}
	return request{}, false
}

// asks reports whether the last message of the person is this prompt.
func asks(messages []wireMessage, prompt string) bool {
	for at := len(messages) - 1; at >= 0; at-- {
		if messages[at].Role != "user" {
			continue
		}
		for _, b := range messages[at].Content {
			if b.text() == prompt {
				return true
			}
		}
		return false
	}
	return false
}

// wireMessage is one message of a request.
type wireMessage struct {
	Role    string   `json:"role"`
	Content wireBody `json:"content"`
}

// wireBody is a message's blocks; a string is one.
type wireBody []wireBlock

// wireBlock is one block with all its members.
type wireBlock map[string]any

func (b *wireBody) UnmarshalJSON(data []byte) error {
	var text string
	if json.Unmarshal(data, &text) == nil {
		*b = wireBody{{"type": "text", "text": text}}
		return nil
	}
	var blocks []wireBlock
	if err := json.Unmarshal(data, &blocks); err != nil {
		return err
	}
	*b = blocks
	return nil
}

func (b wireBlock) string(member string) string {
	text, _ := b[member].(string)
	return text
}

func (b wireBlock) text() string { return strings.TrimSpace(b.string("text")) }
