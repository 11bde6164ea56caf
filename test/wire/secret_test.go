package wire_test

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"

	"claude-agent-chat/pkg/anthropic/anthropictest"
	"claude-agent-chat/pkg/config"
)

// TestKeyGoesNowhere has a tool print the server's key and the API answer with it, as if they had come upon it: it is in no
// frame, no record and no row.
func TestKeyGoesNowhere(t *testing.T) {
	const key = "sk-planted-0123456789"
	w, user, _, _ := start(t,
		anthropictest.Exchange{
			Match: anthropictest.LastText("print"),
			Reply: anthropictest.Stream(anthropictest.Tool("p1", "Bash", `{"command":"printf 'it is %s%s\\n' sk-planted- 0123456789; cat /proc/self/environ; env"}`)),
		},
		anthropictest.Exchange{Match: anthropictest.HasResult("p1"), Reply: anthropictest.Stream(anthropictest.Text("Printed."))},
		anthropictest.Exchange{
			Match: anthropictest.LastText("refused"), Reply: anthropictest.Fail(401, "authentication_error", "invalid x-api-key: "+key),
		},
	)
	w.Stop()
	w.Config.AnthropicAPIKey = config.Secret(key)
	w.Start()
	c := w.Dial(user)
	id := c.NewSession(user.Cwd)
	_, err := c.Call("session/set_mode", map[string]any{"sessionId": id, "modeId": "bypassPermissions"})
	must(t, err)
	c.Prompt(id, "print")
	wait := c.BeginPrompt(id, "", "refused")
	if _, err := wait(); err != nil && bytes.Contains([]byte(err.Error()), []byte(key)) {
		t.Errorf("the error holds the key: %v", err)
	}
	seen := 0
	for _, u := range c.Updates() {
		body, err := json.Marshal(u)
		must(t, err)
		if bytes.Contains(body, []byte(key)) {
			t.Errorf("a frame holds the key: %s", body)
		}
		if bytes.Contains(body, []byte("it is [redacted]")) {
			seen++
		}
	}
	if seen == 0 {
		t.Error("the output did not come")
	}
	files := w.Transcripts(user)
	database := w.Config.SQLitePath()
	w.Stop()
	for _, path := range append(files, database, database+"-wal") {
		data, err := os.ReadFile(path)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		if bytes.Contains(data, []byte(key)) {
			t.Errorf("%s holds the key", path)
		}
	}
	if len(files) != 1 {
		t.Errorf("transcripts: %v", files)
	}
}
