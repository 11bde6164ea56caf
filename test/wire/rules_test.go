package wire_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/anthropic/anthropictest"
	"claude-agent-chat/test/world"
)

// told checks how often each text stands in a request's messages; the system prompt does not count.
func told(want map[string]int) func(*anthropictest.Request) error {
	return func(r *anthropictest.Request) error {
		var all strings.Builder
		for _, m := range r.Messages {
			all.WriteString(m.Text())
		}
		for text, n := range want {
			if got := strings.Count(all.String(), text); got != n {
				return fmt.Errorf("%q stands %d times in the request, not %d: %s", text, got, n, all.String())
			}
		}
		return nil
	}
}

// TestRulesForFiles puts rules and the instructions of directories before the model when it works on a file for which they
// hold: once, not again after a restart, again after a compaction, and for subagents by themselves. Row: CLAUDE.md.
func TestRulesForFiles(t *testing.T) {
	reads := func(id, path string) anthropictest.Step {
		return anthropictest.Tool(id, "Read", fmt.Sprintf(`{"file_path":%q}`, path))
	}
	step := func(after string, want map[string]int, steps ...anthropictest.Step) anthropictest.Exchange {
		return anthropictest.Exchange{Match: anthropictest.HasResult(after), Check: told(want), Reply: anthropictest.Stream(steps...)}
	}
	all := map[string]int{"GO RULE": 1, "MY RULE": 1, "SUB MEMORY": 1, "SUB IMPORT": 1, "SUB RULE": 1, "TS RULE": 0, "TOP": 0, "<!--": 0}
	w, user, c, _ := start(t,
		calls("go", "r1", "Bash", `{"command":"cat sub/a.go"}`),
		step("r1", map[string]int{"RULE": 0, "SUB": 0}, reads("r2", "sub/a.go")),
		step("r2", all, reads("r3", "sub/a.go"), reads("r4", "sub/other.go")),
		step("r3", all, anthropictest.Tool("w1", "Write", `{"file_path":"new.ts","content":"x"}`)),
		step("w1", map[string]int{"GO RULE": 1, "TS RULE": 1}, anthropictest.Tool("s1", "Agent", `{"description":"d","prompt":"sub task"}`)),
		anthropictest.Exchange{Match: anthropictest.LastText("sub task"), Check: told(map[string]int{"GO RULE": 0}), Reply: anthropictest.Stream(reads("r5", "x.go"))},
		step("r5", map[string]int{"GO RULE": 1, "SUB RULE": 0}, anthropictest.Text("reported")),
		then("s1", "ok"),
		anthropictest.Exchange{Match: anthropictest.LastText("again"), Check: told(map[string]int{"GO RULE": 1, "SUB MEMORY": 1}), Reply: anthropictest.Stream(reads("r6", "sub/a.go"))},
		step("r6", map[string]int{"GO RULE": 1, "SUB MEMORY": 1}, anthropictest.Text("ok")),
		anthropictest.Exchange{Match: anthropictest.IsSummary, Reply: anthropictest.Stream(anthropictest.Text("The summary."))},
		anthropictest.Exchange{Match: ends("after"), Check: told(map[string]int{"GO RULE": 0}), Reply: anthropictest.Stream(reads("r7", "sub/a.go"))},
		step("r7", all, anthropictest.Text("ok")),
	)
	for name, text := range map[string]string{
		"CLAUDE.md": "TOP", "sub/a.go": "package sub", "sub/other.go": "package sub", "x.go": "package x", "sub/CLAUDE.md": "SUB MEMORY @inc.md", "sub/inc.md": "SUB IMPORT",
		".claude/rules/go.md": "---\npaths: \"**/*.{go,mod}\"\n---\nGO RULE\n<!-- not told -->", ".claude/rules/ts.md": "---\npaths: '*.ts'\n---\nTS RULE",
		"sub/.claude/rules/r.md": "SUB RULE",
	} {
		writeFile(t, filepath.Join(user.Cwd, name), text)
	}
	writeFile(t, filepath.Join(w.Config.SessionsRoot, user.ID, ".claude", "rules", "mine.md"), "---\npaths: sub\n---\nMY RULE")
	id := c.NewSession(user.Cwd)
	_, err := c.Call(acp.MethodSetMode, map[string]any{"sessionId": id, "modeId": "acceptEdits"})
	must(t, err)
	c.Prompt(id, "go")
	w.Stop()
	w.Start()
	c = w.Dial(user)
	_, err = c.Attach(acp.MethodSessionLoad, id, user.Cwd, "")
	must(t, err)
	c.Prompt(id, "again")
	c.Prompt(id, "/compact")
	c.Prompt(id, "after")
	c.Prompt(id, "/memory")
	c.Look(func(s world.Seen) {
		if got := s.Text(acp.UpdateAgentMessage); !strings.Contains(got, "go.md (project, for **/*.go, **/*.mod)") {
			t.Errorf("/memory says %s", got)
		}
	})
}

// TestHostileRules has so many and so large rules that most are left out, which the person is told; the turn goes on. Row: CLAUDE.md.
func TestHostileRules(t *testing.T) {
	_, user, c, _ := start(t,
		calls("go", "r1", "Read", `{"file_path":"sub/deep/a.go"}`),
		anthropictest.Exchange{Match: anthropictest.HasResult("r1"), Check: func(r *anthropictest.Request) error {
			if len(r.Body) > 500_000 || !strings.Contains(r.Last().Text(), "kept") {
				return fmt.Errorf("%d bytes are sent: %.2000s", len(r.Body), r.Last().Text())
			}
			return nil
		}, Reply: anthropictest.Stream(anthropictest.Text("ok"))},
	)
	writeFile(t, filepath.Join(user.Cwd, "sub/deep/a.go"), "package a")
	writeFile(t, filepath.Join(user.Cwd, "sub/CLAUDE.md"), "kept @CLAUDE.md @deep/CLAUDE.md")
	writeFile(t, filepath.Join(user.Cwd, "sub/deep/CLAUDE.md"), "@../CLAUDE.md "+strings.Repeat("giant ", 100_000))
	must(t, os.Symlink("/etc", filepath.Join(user.Cwd, "sub/deep/.claude")))
	for i := range 2000 {
		writeFile(t, filepath.Join(user.Cwd, "sub/.claude/rules", fmt.Sprintf("%d.md", i)), "---\npaths: ['*.go', '[']\n---\n"+strings.Repeat("large ", 2000))
	}
	id := c.NewSession(user.Cwd)
	c.Prompt(id, "go")
	var notices string
	for _, u := range c.Updates() {
		if u.Update.Kind == acp.UpdateNotice {
			notices += u.Update.Title + "\n"
		}
	}
	for _, want := range []string{"more here than is read", "larger than 40 KB", "is no pattern", "More instructions hold"} {
		if !strings.Contains(notices, want) {
			t.Errorf("the person was not told %q: %s", want, notices)
		}
	}
}
