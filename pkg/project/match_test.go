package project_test

import (
	"fmt"
	"strings"
	"testing"

	"claude-agent-chat/pkg/project"
	"claude-agent-chat/pkg/workspace"
)

// TestRulesMatch holds the frontmatter of rules against the file src/b.go, as Claude Code was seen to do it.
func TestRulesMatch(t *testing.T) {
	for _, row := range []struct {
		paths string
		want  bool
	}{
		{`"*.go"`, true},
		{`*.go`, true},
		{`"src/*.go"`, true},
		{`src`, true},
		{`"src/"`, true},
		{`"src/b.go/"`, false},
		{`"/src/b.go"`, true},
		{`"/b.go"`, false},
		{`"**/b.go"`, true},
		{`"src/{b,c}.go"`, true},
		{`"src/{a,{b,c}}.{ts,go}"`, true},
		{`"src/{c,d}.go"`, false},
		{`"src/{b}.go"`, false},
		{`"SRC/B.go"`, true},
		{`"deep/*.go"`, false},
		{`"src/**/b.go"`, true},
		{`"src/**"`, true},
		{`"./src/b.go"`, false},
		{`"*"`, true},
		{`["*.ts", "!src/b.go", "src/b.go"]`, true},
		{`["src/*.go", "!src/b.go"]`, false},
		{`["src", "!src/b.go"]`, true},
		{`"src/?.go"`, true},
		{`"src/[ab].go"`, true},
		{`"src/*.go, lib/*.ts"`, true},
		{`src/*.go lib/*`, false},
		{`"../work/src/b.go"`, false},
		{`"b*"`, true},
		{`"src/[b.go"`, false},
		{"\n  - \"lib/*\"\n  - \"**/*.{ts,go}\"", true},
		{"\n  - lib/*\n  - *.go", true},
	} {
		h := newHome(t, map[string]string{"workspace/.claude/rules/r.md": "---\npaths: " + row.paths + "\n---\nrule"})
		p := h.load("workspace")
		if len(p.Rules) != 1 {
			t.Errorf("%s: there are the rules %v and the instructions %v", row.paths, p.Rules, p.Memory)
			continue
		}
		if got := p.Rules[0].Matches(h.path("workspace/src/b.go")); got != row.want {
			t.Errorf("%s: %v", row.paths, got)
		}
		if p.Rules[0].Matches(h.path("workspace")) || p.Rules[0].Matches(h.path("b.go")) || p.Rules[0].Matches("") {
			t.Errorf("%s: it matches what is not below its base", row.paths)
		}
	}
}

// TestRulesForEverything are rules whose patterns say nothing.
func TestRulesForEverything(t *testing.T) {
	for _, paths := range []string{"", "[]", `"**"`, `["**", "**"]`, `","`, "{a: b}"} {
		h := newHome(t, map[string]string{"workspace/.claude/rules/r.md": "---\npaths: " + paths + "\n---\nrule"})
		p := h.load("workspace")
		if len(p.Rules) != 0 || len(p.Memory) != 1 {
			t.Errorf("%q: there are the rules %v and the instructions %v", paths, p.Rules, p.Memory)
		}
	}
}

// nested loads what holds for a file below the home.
func (h home) nested(cwd, path string) *project.Project {
	h.t.Helper()
	files, err := workspace.Open(h.dir)
	if err != nil {
		h.t.Fatal(err)
	}
	defer files.Close()
	return project.Nested(files, h.dir, h.path(cwd), h.path(path))
}

func TestNested(t *testing.T) {
	h := newHome(t, map[string]string{
		"workspace/CLAUDE.md":                 "top",
		"workspace/p/CLAUDE.md":               "p",
		"workspace/p/a/CLAUDE.md":             "a @inc.md @CLAUDE.md",
		"workspace/p/a/inc.md":                "imported @CLAUDE.md @/etc/passwd",
		"workspace/p/a/b/CLAUDE.local.md":     "b local",
		"workspace/p/a/b/.claude/CLAUDE.md":   "b dot",
		"workspace/p/a/b/.claude/rules/u.md":  "always",
		"workspace/p/a/b/.claude/rules/go.md": "---\npaths: '/*.go'\n---\nonly go",
		"workspace/p/a/b/c/CLAUDE.md":         "below",
		"workspace/p/aa/CLAUDE.md":            "beside",
	})
	h.link("/etc", "workspace/p/etc")
	got := h.nested("workspace/p", "workspace/p/a/b/x.go")
	same(t, "memory", []string{
		"project workspace/p/a/CLAUDE.md: a @inc.md @CLAUDE.md",
		"project workspace/p/a/inc.md: imported @CLAUDE.md @/etc/passwd",
		"project workspace/p/a/b/.claude/CLAUDE.md: b dot",
		"project workspace/p/a/b/.claude/rules/u.md: always",
		"local workspace/p/a/b/CLAUDE.local.md: b local",
	}, h.memory(got))
	if len(got.Rules) != 1 || !got.Rules[0].Matches(h.path("workspace/p/a/b/x.go")) || got.Rules[0].Matches(h.path("workspace/p/a/x.go")) {
		t.Errorf("the rules are %v", got.Rules)
	}
	if len(got.Findings) != 1 || !strings.Contains(got.Findings[0].Text, "/etc/passwd") {
		t.Errorf("the findings are %v", got.Findings)
	}
	for _, path := range []string{"workspace/p/x.go", "workspace/x.go", "workspace/q/x.go", "x.go", "workspace/p/../../x/y", "workspace/p/etc/x/y.go"} {
		same(t, path, nil, h.memory(h.nested("workspace/p", path)))
	}
	same(t, "from the top", 7, len(h.nested("workspace", "workspace/p/a/b/c/x.go").Memory))
}

// TestHostileRules has so many rules and patterns that most are left out, which is told, and takes no time.
func TestHostileRules(t *testing.T) {
	h := newHome(t, map[string]string{
		"workspace/a/.claude/rules/0.md": "---\npaths: \"" + strings.Repeat("{a,b}", 60) + "\"\n---\nbraces",
		"workspace/a/.claude/rules/1.md": "---\npaths: \"" + strings.Repeat("*a", 200) + "\"\n---\nstars",
		"workspace/a/.claude/rules/2.md": "---\npaths: [" + strings.Repeat("x,", 5000) + "]\n---\nmany",
		"workspace/a/.claude/rules/3.md": "---\npaths: &a [*a]\n---\nalias",
		"workspace/a/.claude/rules/4.md": "---\npaths: '" + strings.Repeat("{", 400) + "'\n---\nopen",
		"workspace/a/.claude/rules/5.md": "---\npaths: '*.go'\n---\n" + strings.Repeat("giant ", 100_000),
	})
	for i := range 3000 {
		h.put(fmt.Sprintf("workspace/a/.claude/rules/r%d.md", i), "---\npaths: '**/*'\n---\nrule")
	}
	p := h.nested("workspace", "workspace/a/x.go")
	if len(p.Rules) > 50 || len(p.Findings) < 4 {
		t.Errorf("there are %d rules and the findings %v", len(p.Rules), p.Findings)
	}
	for _, r := range p.Rules {
		r.Matches(h.path("workspace/a/" + strings.Repeat("a", 250) + "/" + strings.Repeat("a", 250)))
	}
}

// FuzzRule reads and matches whatever patterns there are.
func FuzzRule(f *testing.F) {
	for _, seed := range []string{"*.go", "{a,b}/**", "!x", "[a-z]\\", "{{,},}", "a/b/"} {
		f.Add(seed, "a/b.go")
	}
	f.Fuzz(func(t *testing.T, pattern, path string) {
		r := project.Rule{Base: "/w", Paths: []string{pattern}}
		if r.Matches("/w/"+path) && !strings.HasPrefix(pattern, "!") && r.Matches("/elsewhere") {
			t.Errorf("%q matches what is not below its base", pattern)
		}
		if strings.HasPrefix(pattern, "!") && r.Matches("/w/"+path) {
			t.Errorf("%q alone matches %q", pattern, path)
		}
	})
}
