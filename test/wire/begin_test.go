package wire_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"claude-agent-chat/pkg/acp"
)

// TestNewSessionsBegin has settings files say how new sessions begin: the person's own, a project's once it is trusted, and
// before that only where it is stricter. Rows: Permission modes, Project settings, Choosing the model, Effort.
func TestNewSessionsBegin(t *testing.T) {
	b := newBench(t, says("hello", "ok"))
	begins := func(want string) {
		t.Helper()
		result, err := b.c.Call(acp.MethodSessionNew, map[string]any{"cwd": b.user.Cwd, "mcpServers": []any{}})
		must(t, err)
		var made acp.NewSessionResponse
		must(t, json.Unmarshal(result, &made))
		got := []string{made.Modes.CurrentModeID}
		for _, o := range made.ConfigOptions[1:] {
			got = append(got, o.CurrentValue)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("a new session begins with %v, not %s", got, want)
		}
	}
	begins("default claude-test auto")
	b.own("settings.json", `{"permissions":{"defaultMode":"acceptEdits"},"model":"opus","effortLevel":"high"}`)
	begins("acceptEdits claude-opus-5-5 high")
	b.own("settings.json", `{"permissions":{"defaultMode":"bypassPermissions"},"model":"nonsense","effortLevel":7}`)
	begins("bypassPermissions claude-test auto")
	b.own("settings.json", `{"permissions":{"defaultMode":"bypassPermissions","disableBypassPermissionsMode":"disable"}}`)
	begins("default claude-test auto")
	for _, text := range []string{`{"permissions":{"defaultMode":"auto"}}`, `{"permissions":{"defaultMode":["plan"]}}`, `{"permissions":7,"model":{}}`, `not JSON`, `{}`} {
		b.own("settings.json", text)
		begins("default claude-test auto")
	}
	settings := ".claude/settings.json"
	b.work(settings, `{"permissions":{"defaultMode":"plan"}}`)
	begins("plan claude-test auto")
	b.work(settings, `{"permissions":{"defaultMode":"acceptEdits"},"model":"haiku","effortLevel":"low"}`)
	begins("default claude-test auto")
	b.prompt("hello", false, "")
	if told := b.notices(); !strings.Contains(told, `"acceptEdits" does not count until`) || !strings.Contains(told, "a model or an effort") {
		t.Errorf("the person was told %s", told)
	}
	b.prompt("/trust", false, "")
	begins("acceptEdits claude-haiku-5-5 low")
	b.work(settings, `{"permissions":{"defaultMode":"bypassPermissions"}}`)
	b.prompt("/trust", false, "")
	begins("default claude-test auto")
	must(t, os.Remove(filepath.Join(b.user.Cwd, settings)))
	b.own("settings.json", `{"permissions":{"defaultMode":"bypassPermissions"}}`)
	b.w.Stop()
	b.w.Start()
	c := b.w.Dial(b.user)
	attached, err := c.Attach(acp.MethodSessionLoad, b.id, b.user.Cwd, "")
	must(t, err)
	if attached.Modes.CurrentModeID != "default" {
		t.Errorf("an old session has become %s", attached.Modes.CurrentModeID)
	}
}
