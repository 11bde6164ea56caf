package claude_test

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"claude-agent-chat/pkg/anthropic/anthropictest"
)

// TestFeatureRules gives a rule for files and the instructions of a directory with the results of calls: the program sees them
// where we put them and does not give them again, and neither do we what the program gave. Row: CLAUDE.md.
func TestFeatureRules(t *testing.T) {
	t.Parallel()
	read := func(id, name string) anthropictest.Step { return callOf(id, "Read", object{"file_path": name}) }
	f := newFeature(t, to("look", read("r1", "sub/a.go")), then("r1", said("seen")), to("more", read("r3", "sub/a.go"), read("r4", "x.ts")), then("r3", said("seen more")))
	f.file(t, "sub/a.go", "package sub")
	f.file(t, "x.ts", "x")
	f.file(t, "sub/CLAUDE.md", "SUB MEMORY")
	f.file(t, ".claude/rules/go.md", "---\npaths: '*.go'\n---\nGO RULE")
	f.file(t, ".claude/rules/ts.md", "---\npaths: '*.ts'\n---\nTS RULE")
	f.say(t, "look")
	f.close(t, f.id)
	counts := func(who string, m *model, prompt string, want map[string]int) {
		t.Helper()
		request, asked := m.asked(prompt)
		if !asked || request.refused != "" {
			t.Fatalf("%s asked %v, refused: %s", who, asked, request.refused)
		}
		data, err := json.Marshal(request.Messages)
		must(t, err)
		for text, n := range want {
			if got := strings.Count(string(data), text); got != n {
				t.Errorf("%s sends %q %d times, not %d: %s", who, text, got, n, data)
			}
		}
	}
	m := newModel(t, to("there", read("r2", filepath.Join(f.user.Cwd, "sub/a.go")), read("r2b", filepath.Join(f.user.Cwd, "x.ts"))), then("r2", said("seen there")))
	f.desk.mustRun(m, "-p", "there", "--resume", f.id)
	counts("the program", m, "there", map[string]int{"GO RULE": 1, "SUB MEMORY": 1, "TS RULE": 0})
	m = newModel(t)
	f.desk.mustRun(m, "-p", "and on", "--resume", f.id)
	counts("the program, after its own call,", m, "and on", map[string]int{"GO RULE": 1, "SUB MEMORY": 1, "TS RULE": 1})
	f.load(t, f.id)
	f.say(t, "more", "last")
	f.close(t, f.id)
	counts("our server", f.model, "last", map[string]int{"GO RULE": 1, "SUB MEMORY": 1, "TS RULE": 1})
	f.desk.mustBeWhole(f.id)
}
