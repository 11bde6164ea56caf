package redact_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"claude-agent-chat/pkg/redact"
)

// TestFrom looks for a secret in every form, and for what is left of the text.
func TestFrom(t *testing.T) {
	const password = `p@ss "w\ord/é`
	secrets := redact.New("sk-planted-1", "postgres://agent:p%40ss%20%22w%5Cord%2F%C3%A9@db/chat", "", "short")
	body, err := json.Marshal(map[string]string{"key": "x sk-planted-1 y", "password": password})
	if err != nil {
		t.Fatal(err)
	}
	clean := secrets.From(body)
	if !json.Valid(clean) || string(clean) != `{"key":"x [redacted] y","password":"[redacted]"}` {
		t.Errorf("%s", clean)
	}
	for _, text := range []string{"p%40ss%20%22w%5Cord%2F%C3%A9", "p%40ss+%22w%5Cord%2F%C3%A9", password, "sk-planted-1sk-planted-1"} {
		if got := string(secrets.From([]byte(text))); strings.ReplaceAll(got, redact.Redacted, "") != "" {
			t.Errorf("%q became %q", text, got)
		}
	}
	for _, text := range []string{"", "short words stay", "sk-planted-", "agent"} {
		if got := string(secrets.From([]byte(text))); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
	var none *redact.Secrets
	if got := none.From([]byte("x")); string(got) != "x" {
		t.Errorf("without secrets: %q", got)
	}
}

func TestWriterKnowsTokens(t *testing.T) {
	var out bytes.Buffer
	w := redact.New("sk-planted-1").Writer(&out)
	n, err := w.Write([]byte("a sk-planted-1 b cac_0123456789abcdefghijklmnop c sk-ant-api03-xyzxyzxyz d\n"))
	if err != nil || n != 75 || out.String() != "a [redacted] b [redacted] c [redacted] d\n" {
		t.Errorf("%d %v %q", n, err, &out)
	}
}
