package wire_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/anthropic/anthropictest"
)

// TestRewindFiles goes back with the files that the agent changed, over a restart: what it made is gone, what it changed is as
// it was at that message, what a command changed stays. Row: Rewind.
func TestRewindFiles(t *testing.T) {
	tool := func(id, name string, input any) anthropictest.Step {
		data, err := json.Marshal(input)
		must(t, err)
		return anthropictest.Tool(id, name, string(data))
	}
	w, user, _, _ := start(t)
	path := func(name string) string { return filepath.Join(user.Cwd, name) }
	write := func(id, name, text string) anthropictest.Step {
		return tool(id, "Write", map[string]any{"file_path": path(name), "content": text})
	}
	edit := func(id, name, from, to string) anthropictest.Step {
		return tool(id, "Edit", map[string]any{"file_path": path(name), "old_string": from, "new_string": to})
	}
	script := anthropictest.New(t,
		anthropictest.Exchange{Match: anthropictest.LastText("one"), Reply: anthropictest.Stream(tool("r1", "Read", map[string]any{"file_path": path("a.txt")}))},
		anthropictest.Exchange{Match: anthropictest.HasResult("r1"), Reply: anthropictest.Stream(edit("e1", "a.txt", "first", "second"), write("w1", "b.txt", "made in one"))},
		then("w1", "ok"),
		anthropictest.Exchange{Match: anthropictest.LastText("two"), Reply: anthropictest.Stream(edit("e2", "a.txt", "second", "third"), write("w2", "c/d.txt", "made in two"))},
		then("w2", "ok"),
		anthropictest.Exchange{Match: anthropictest.LastText("three"), Reply: anthropictest.Stream(tool("b1", "Bash", map[string]any{"command": "echo by-command > e.txt"}))},
		then("b1", "ok"), says("four", "ok"),
	)
	w.Stop()
	w.Config.AnthropicBaseURL = script.Start()
	w.Start()
	c := w.Dial(user)
	writeFile(t, path("a.txt"), "first")
	id := c.NewSession(user.Cwd)
	_, err := c.Call(acp.MethodSetMode, map[string]any{"sessionId": id, "modeId": "bypassPermissions"})
	must(t, err)
	for _, text := range []string{"one", "two", "three"} {
		c.Prompt(id, text)
	}
	w.Stop()
	w.Start()
	back := func(text string, want map[string]string) {
		t.Helper()
		loaded := w.Dial(user)
		_, err := loaded.Attach(acp.MethodSessionLoad, id, user.Cwd, "")
		must(t, err)
		for _, u := range loaded.Updates() {
			if u.Update.Kind == acp.UpdateUserMessage && u.Update.Block.Text == text {
				_, err := loaded.Call(acp.MethodRewind, map[string]any{"sessionId": id, "messageId": u.Update.MessageID, "files": true})
				must(t, err)
			}
		}
		for name, content := range want {
			data, err := os.ReadFile(path(name))
			if content == "" && !os.IsNotExist(err) || content != "" && string(data) != content {
				t.Errorf("back to %s: %s holds %q, %v", text, name, data, err)
			}
		}
	}
	back("three", map[string]string{"a.txt": "third", "b.txt": "made in one", "c/d.txt": "made in two", "e.txt": "by-command\n"})
	back("two", map[string]string{"a.txt": "second", "b.txt": "made in one", "c/d.txt": "", "e.txt": "by-command\n"})
	w.Dial(user).Prompt(id, "four")
	back("one", map[string]string{"a.txt": "first", "b.txt": "", "c/d.txt": "", "e.txt": "by-command\n"})
}

// TestReadLarge reads a file twice at once: the calls share the room that there is in the context, of which the model is told
// what did not fit. Row: Read, Write, Edit.
func TestReadLarge(t *testing.T) {
	read := `{"file_path":"large.txt","allow_large":true}`
	parts := func(calls ...string) func(*anthropictest.Request) error {
		return func(r *anthropictest.Request) error {
			for _, id := range calls {
				if got := resultOf(r, id); strings.Contains(got, "there is no room for more") != (len(calls) > 1) {
					return fmt.Errorf("of %d calls one gave %d bytes: … %q", len(calls), len(got), got[len(got)-200:])
				}
			}
			return nil
		}
	}
	_, user, c, _ := start(t,
		anthropictest.Exchange{Match: anthropictest.LastText("one"), Reply: anthropictest.Stream(anthropictest.Tool("r1", "Read", read))},
		anthropictest.Exchange{Match: anthropictest.HasResult("r1"), Check: parts("r1"), Reply: anthropictest.Stream(anthropictest.Text("Read."))},
		anthropictest.Exchange{Match: anthropictest.LastText("two"), Reply: anthropictest.Stream(anthropictest.Tool("r2", "Read", read), anthropictest.Tool("r3", "Read", read))},
		anthropictest.Exchange{Match: anthropictest.HasResult("r3"), Check: parts("r2", "r3"), Reply: anthropictest.Stream(anthropictest.Text("Read."))},
	)
	writeFile(t, filepath.Join(user.Cwd, "large.txt"), strings.Repeat("0123456789012345678901234567890123456789\n", 9_000))
	for _, prompt := range []string{"one", "two"} {
		c.Prompt(c.NewSession(user.Cwd), prompt)
	}
}
