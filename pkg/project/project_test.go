package project_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"claude-agent-chat/pkg/project"
	"claude-agent-chat/pkg/workspace"
)

// home is a user's home with real files.
type home struct {
	t   *testing.T
	dir string
}

// newHome makes a home with these files, paths below it by content.
func newHome(t *testing.T, files map[string]string) home {
	t.Helper()
	root := t.TempDir()
	if err := workspace.Ensure(root, "u1"); err != nil {
		t.Fatal(err)
	}
	h := home{t, workspace.Home(root, "u1")}
	for name, content := range files {
		h.put(name, content)
	}
	return h
}

func (h home) path(name string) string { return filepath.Join(h.dir, name) }

func (h home) mkdir(name string) {
	h.t.Helper()
	if err := os.MkdirAll(h.path(name), 0o700); err != nil {
		h.t.Fatal(err)
	}
}

func (h home) put(name, content string) {
	h.t.Helper()
	h.mkdir(filepath.Dir(name))
	if err := os.WriteFile(h.path(name), []byte(content), 0o600); err != nil {
		h.t.Fatal(err)
	}
}

func (h home) link(target, name string) {
	h.t.Helper()
	h.mkdir(filepath.Dir(name))
	if err := os.Symlink(target, h.path(name)); err != nil {
		h.t.Fatal(err)
	}
}

// load loads the project for a directory below the home.
func (h home) load(cwd string) *project.Project {
	h.t.Helper()
	files, err := workspace.Open(h.dir)
	if err != nil {
		h.t.Fatal(err)
	}
	defer files.Close()
	return project.Load(files, h.dir, h.path(cwd))
}

// memory is the instructions as lines "level path: text".
func (h home) memory(p *project.Project) []string {
	var lines []string
	for _, m := range p.Memory {
		lines = append(lines, m.Level+" "+strings.TrimPrefix(m.Path, h.dir+"/")+": "+m.Text)
	}
	return lines
}

// findings is the findings as lines "path: text".
func (h home) findings(p *project.Project) []string {
	var lines []string
	for _, f := range p.Findings {
		lines = append(lines, strings.TrimPrefix(f.Path, h.dir+"/")+": "+f.Text)
	}
	return lines
}

func same[T any](t *testing.T, what string, want, got T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func TestLoadOfNothing(t *testing.T) {
	h := newHome(t, nil)
	same(t, "project", &project.Project{}, h.load("workspace"))
	if err := os.RemoveAll(h.path(".claude")); err != nil {
		t.Fatal(err)
	}
	same(t, "project without .claude", &project.Project{}, h.load("workspace"))
}

func TestLoadOrdersMemory(t *testing.T) {
	h := newHome(t, map[string]string{
		".claude/CLAUDE.md":                        "user",
		".claude/rules/b.md":                       "user rule",
		"CLAUDE.md":                                "above the workspace",
		"workspace/CLAUDE.md":                      "top",
		"workspace/CLAUDE.local.md":                "top local",
		"workspace/p/CLAUDE.md":                    "\n---\nno frontmatter\n---\n",
		"workspace/p/.claude/CLAUDE.md":            "p dot",
		"workspace/p/.claude/rules/z.md":           "---\nfoo: bar\n---\nz",
		"workspace/p/.claude/rules/deep/a.md":      "a",
		"workspace/p/.claude/rules/notes.txt":      "no rule",
		"workspace/p/.claude/rules/go.md":          "---\npaths: \"**/*.go, *.mod\"\n---\ngo only",
		"workspace/p/CLAUDE.local.md":              "p local",
		"workspace/p/q/CLAUDE.md":                  "---\ntitle: x\n---\nq",
		"workspace/p/q/below/CLAUDE.md":            "below cwd",
		"workspace/other/CLAUDE.md":                "beside cwd",
		"workspace/p/q/.claude/rules/empty.md":     " \n",
		"workspace/p/q/.claude/settings.local.txt": "nothing",
	})
	p := h.load("workspace/p/q")
	same(t, "memory", []string{
		"user .claude/CLAUDE.md: user",
		"user .claude/rules/b.md: user rule",
		"project workspace/CLAUDE.md: top",
		"local workspace/CLAUDE.local.md: top local",
		"project workspace/p/CLAUDE.md: ---\nno frontmatter\n---",
		"project workspace/p/.claude/CLAUDE.md: p dot",
		"project workspace/p/.claude/rules/z.md: z",
		"project workspace/p/.claude/rules/deep/a.md: a",
		"local workspace/p/CLAUDE.local.md: p local",
		"project workspace/p/q/CLAUDE.md: q",
	}, h.memory(p))
	same(t, "rules", []project.Rule{{
		Memory: project.Memory{Path: h.path("workspace/p/.claude/rules/go.md"), Level: "project", Text: "go only"},
		Base:   h.path("workspace/p"),
		Paths:  []string{"**/*.go", "*.mod"},
	}}, p.Rules)
	same(t, "findings", nil, h.findings(p))
}

func TestLoadOutsideTheWorkspace(t *testing.T) {
	h := newHome(t, map[string]string{".claude/CLAUDE.md": "user", "workspace/CLAUDE.md": "top", "CLAUDE.md": "home"})
	for _, cwd := range []string{".", "tmp", "workspace/../..", "workspace-2"} {
		p := h.load(cwd)
		same(t, cwd, []string{"user .claude/CLAUDE.md: user"}, h.memory(p))
		if len(p.Findings) != 1 {
			t.Errorf("%s: %v", cwd, p.Findings)
		}
	}
}

func TestImports(t *testing.T) {
	h := newHome(t, map[string]string{
		".claude/CLAUDE.md":         "@mine.md @~/workspace/p/e.json",
		".claude/mine.md":           "mine @~/.claude/mine2.md",
		".claude/mine2.md":          "mine2",
		".claude/mine3.md":          "mine3",
		"workspace/p/CLAUDE.md":     "@a.md\n- @with\\ space.md @f.md#part\n@dir me@a.md (@no.md) @no.md, @none.md @~/.claude/mine3.md\n",
		"workspace/p/a.md":          "a @a.md @CLAUDE.md @b.md",
		"workspace/p/b.md":          "b @a.md",
		"workspace/p/with space.md": "space",
		"workspace/p/f.md":          "f",
		"workspace/p/no.md":         "no",
		"workspace/p/e.json":        "{}",
		"workspace/p/dir/x.md":      "x",
	})
	p := h.load("workspace/p")
	same(t, "memory", []string{
		"user .claude/CLAUDE.md: @mine.md @~/workspace/p/e.json",
		"user .claude/mine.md: mine @~/.claude/mine2.md",
		"user .claude/mine2.md: mine2",
		"user workspace/p/e.json: {}",
		"project workspace/p/CLAUDE.md: @a.md\n- @with\\ space.md @f.md#part\n@dir me@a.md (@no.md) @no.md, @none.md @~/.claude/mine3.md",
		"project workspace/p/a.md: a @a.md @CLAUDE.md @b.md",
		"project workspace/p/b.md: b @a.md",
		"project workspace/p/with space.md: space",
		"project workspace/p/f.md: f",
		"project .claude/mine3.md: mine3",
	}, h.memory(p))
	same(t, "findings", nil, h.findings(p))
}

func TestImportsEndAtADepth(t *testing.T) {
	h := newHome(t, map[string]string{
		"workspace/CLAUDE.md": "@1.md", "workspace/1.md": "@2.md", "workspace/2.md": "@3.md", "workspace/3.md": "@4.md",
		"workspace/4.md": "four @5.md", "workspace/5.md": "five",
	})
	lines := h.memory(h.load("workspace"))
	if len(lines) != 5 || !strings.Contains(lines[4], "four") {
		t.Errorf("%q", lines)
	}
}

func TestImportsThatLeadOut(t *testing.T) {
	h := newHome(t, map[string]string{
		".claude/projects/c.md":         "a conversation",
		".claude/.credentials.json":     "secret",
		".claude/.hidden/x.md":          "secret",
		".claude/settings.json":         "secret",
		"other.md":                      "secret",
		"workspace/CLAUDE.md":           "@../other.md @/etc/passwd @~/other.md @../.claude/settings.json @~/.claude/projects/c.md\n@~/.claude/.credentials.json @~/.claude/.hidden/x.md @link.md @~/../u2/x.md",
		"workspace/.claude/CLAUDE.md":   "@../../../u2/x.md",
		".claude/CLAUDE.md":             "@../other.md",
		"workspace/sub/CLAUDE.local.md": "fine",
	})
	h.link("../other.md", "workspace/link.md")
	p := h.load("workspace/sub")
	if len(p.Memory) != 4 {
		t.Errorf("%q", h.memory(p))
	}
	out := func(path, ref string) string {
		return path + ": The import @" + ref + " leads out of the workspace; it was left out."
	}
	private := func(ref string) string {
		return "workspace/CLAUDE.md: The import @" + ref + " is not a Markdown file of yours; it was left out."
	}
	same(t, "findings", []string{
		out(".claude/CLAUDE.md", "../other.md"),
		out("workspace/CLAUDE.md", "../other.md"),
		out("workspace/CLAUDE.md", "/etc/passwd"),
		out("workspace/CLAUDE.md", "~/other.md"),
		private("../.claude/settings.json"),
		private("~/.claude/projects/c.md"),
		private("~/.claude/.credentials.json"),
		private("~/.claude/.hidden/x.md"),
		"workspace/link.md: link.md is not a regular file, or leads out of its place; it was left out.",
		out("workspace/CLAUDE.md", "~/../u2/x.md"),
		out("workspace/.claude/CLAUDE.md", "../../../u2/x.md"),
	}, h.findings(p))
}

func TestImportsInCode(t *testing.T) {
	for text, want := range map[string]bool{
		"@x.md":                                  true,
		"see\t@x.md":                             true,
		"`@x.md`":                                false,
		"` @x.md `":                              false,
		"`` ` @x.md ``":                          false,
		"` @x.md ``":                             true,
		"`a` @x.md `b`":                          true,
		"`a\n @x.md b`":                          false,
		"`a\n\n @x.md `":                         true,
		"```\n@x.md\n```":                        false,
		"~~~ go\n@x.md\n```\n~~~":                false,
		"```\ncode\n```\n@x.md":                  true,
		"```\n``\n@x.md\n":                       false,
		"````\n```\n@x.md\n````":                 false,
		"``` a`b\n@x.md\n":                       true,
		"- ```\n  @x.md\n  ```":                  true, // a block that begins behind a bullet is not seen.
		"  ```\n  @x.md\n  ```":                  false,
		"> ```\n> @x.md\n> ```":                  false,
		"<!-- @x.md -->":                         false,
		"<!--\n@x.md\n-->\nrest":                 false,
		"<!-- a --> @x.md":                       true,
		"in line <!-- @x.md -->":                 true,
		"<!-- no end\n@x.md":                     true,
		"```\n<!--\n```\n@x.md\n```\n-->\n```\n": true,
	} {
		h := newHome(t, map[string]string{"workspace/CLAUDE.md": text, "workspace/x.md": "imported"})
		got := strings.Contains(strings.Join(h.memory(h.load("workspace")), "\n"), "imported")
		if got != want {
			t.Errorf("%q is imported: %v", text, got)
		}
	}
}

func TestCommentsAreTakenOut(t *testing.T) {
	text := "<!-- a\nb -->\none <!-- stays -->\n```\n<!-- stays -->\n```\n<!-- c --> two\n<!-- d --><!-- e -->\nthree"
	h := newHome(t, map[string]string{"workspace/CLAUDE.md": text})
	want := "one <!-- stays -->\n```\n<!-- stays -->\n```\n two\nthree"
	same(t, "text", want, h.load("workspace").Memory[0].Text)
}
