package project_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/project"
	"claude-agent-chat/pkg/workspace"
)

// size is how many files and bytes a project holds.
func size(p *project.Project) (files, bytes int) {
	for _, m := range p.Memory {
		bytes += len(m.Text)
	}
	for _, c := range p.Commands {
		bytes += len(c.Body)
	}
	for _, a := range p.Agents {
		bytes += len(a.Prompt)
	}
	for _, s := range p.Skills {
		bytes += len(s.Body)
	}
	return len(p.Memory) + len(p.Commands) + len(p.Agents) + len(p.Skills), bytes
}

func TestFilesThatAreNone(t *testing.T) {
	h := newHome(t, map[string]string{
		"secret.md":                         "secret",
		"workspace/bin/CLAUDE.md":           "a\x00b",
		"workspace/bin/.claude":             "no directory",
		"workspace/fifo/.claude/commands":   "no directory",
		"workspace/real/x.md":               "real",
		"workspace/links/.claude/agents/.x": "",
	})
	h.mkdir("workspace/dir/CLAUDE.md")
	h.mkdir("workspace/fifo/.claude/agents/a.md")
	for _, name := range []string{"workspace/fifo/CLAUDE.md", "workspace/fifo/.claude/skills"} {
		if err := syscall.Mkfifo(h.path(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	h.link("../../secret.md", "workspace/links/CLAUDE.md")
	h.link(h.path("secret.md"), "workspace/links/CLAUDE.local.md")
	h.link("../../../..", "workspace/links/.claude/skills")
	h.link("../../real", "workspace/links/.claude/commands")
	h.link("loop.md", "workspace/links/.claude/agents/loop.md")
	place := " is not a regular file, or leads out of its place; it was left out."
	list := " is not a directory that can be read; it was left out."
	for cwd, want := range map[string][]string{
		"workspace/bin": {
			"workspace/bin/CLAUDE.md: CLAUDE.md is not text; it was left out.", "workspace/bin/.claude/rules: rules" + list,
			"workspace/bin/.claude/agents: agents" + list, "workspace/bin/.claude/skills: skills" + list,
			"workspace/bin/.claude/commands: commands" + list,
		},
		"workspace/dir": {"workspace/dir/CLAUDE.md: CLAUDE.md" + place},
		"workspace/fifo": {
			"workspace/fifo/CLAUDE.md: CLAUDE.md" + place, "workspace/fifo/.claude/skills: skills" + list,
			"workspace/fifo/.claude/commands: commands" + list,
		},
		"workspace/links": {
			"workspace/links/CLAUDE.md: CLAUDE.md" + place, "workspace/links/CLAUDE.local.md: CLAUDE.local.md" + place,
			"workspace/links/.claude/agents/loop.md: loop.md" + place, "workspace/links/.claude/skills: skills" + list,
		},
	} {
		p := h.load(cwd)
		same(t, cwd, want, h.findings(p))
		if len(p.Memory)+len(p.Skills)+len(p.Agents) > 0 {
			t.Errorf("%s: %v", cwd, p)
		}
	}
	if p := h.load("workspace/links"); len(p.Commands) != 1 || p.Commands[0].Body != "real" {
		t.Errorf("a link inside the workspace was not followed: %v", p.Commands)
	}
}

func TestLargeFiles(t *testing.T) {
	h := newHome(t, map[string]string{
		"workspace/CLAUDE.md":             "x" + strings.Repeat("é", 40<<10),
		"workspace/.claude/CLAUDE.md":     strings.Repeat("y", 40<<10),
		"workspace/.claude/commands/a.md": "---\nx: " + strings.Repeat("y", 64<<10) + "\n---\nbody",
		"workspace/.claude/agents/b.md":   "---\ndescription: d\n---\n" + strings.Repeat("z", 200<<10),
	})
	h.put("workspace/CLAUDE.local.md", "")
	if err := os.Truncate(h.path("workspace/CLAUDE.local.md"), 100<<20); err != nil {
		t.Fatal(err)
	}
	p := h.load("workspace")
	same(t, "findings", []string{
		"workspace/CLAUDE.md: CLAUDE.md is larger than 40 KB; its beginning is used.",
		"workspace/CLAUDE.local.md: CLAUDE.local.md is not text; it was left out.",
		"workspace/.claude/agents/b.md: b.md is larger than 128 KB; its beginning is used.",
		"workspace/.claude/commands/a.md: The frontmatter of a.md is larger than 64 KB; it was not used.",
	}, h.findings(p))
	if text := p.Memory[0].Text; len(text) != 40<<10-1 || !utf8.ValidString(text) {
		t.Errorf("%d bytes, valid: %v", len(text), utf8.ValidString(text))
	}
	if len(p.Memory) != 2 || p.Commands[0].Body != "body" || len(p.Agents[0].Prompt) > 128<<10 {
		t.Errorf("%d instructions, %v", len(p.Memory), p.Commands)
	}
}

func TestAFloodOfFilesLeavesRoom(t *testing.T) {
	h := newHome(t, map[string]string{"workspace/CLAUDE.md": "@0.md", "workspace/.claude/skills/s/SKILL.md": "skill"})
	for i := range 10_000 {
		h.put(fmt.Sprintf(".claude/commands/c%d.md", i), "body")
		if i < 200 {
			h.put(fmt.Sprintf(".claude/agents/a%d.md", i), "---\ndescription: d\n---\n"+strings.Repeat("x", 20<<10))
			h.put(fmt.Sprintf(".claude/rules/r%d.md", i), "rule")
		}
	}
	start := time.Now()
	p := h.load("workspace")
	t.Logf("took %v", time.Since(start))
	if files, bytes := size(p); files > 200 || bytes > 2<<20 {
		t.Errorf("%d files, %d bytes", files, bytes)
	}
	if len(p.Memory) < 50 || len(p.Agents) < 20 || len(p.Skills) != 1 || len(p.Commands) < 50 {
		t.Errorf("%d instructions, %d agents, %d skills, %d commands", len(p.Memory), len(p.Agents), len(p.Skills), len(p.Commands))
	}
	for _, dir := range []string{".claude/rules", ".claude/agents", ".claude/commands"} {
		want := dir + ": There is more here than is read at the start of a session; the rest was left out."
		if !strings.Contains(strings.Join(h.findings(p), "\n"), want) {
			t.Errorf("no finding for %s in %q", dir, h.findings(p))
		}
	}
}

func TestYAMLIsLimitedAltogether(t *testing.T) {
	h := newHome(t, nil)
	for i := range 30 {
		h.put(fmt.Sprintf("workspace/.claude/agents/a%d.md", i), "---\ndescription: "+strings.Repeat("d", 60<<10)+"\n---\n")
	}
	if p := h.load("workspace"); len(p.Agents) != 4 || len(p.Findings) != 1 {
		t.Errorf("%d agents, %q", len(p.Agents), h.findings(p))
	}
}

func TestFindingsAreFewAndReadable(t *testing.T) {
	h := newHome(t, nil)
	for i := range 80 {
		h.put(fmt.Sprintf("workspace/.claude/commands/%d\u202e\x1b[31m.md", i), "body")
	}
	p := h.load("workspace")
	if len(p.Findings) != 51 || len(p.Commands) != 0 {
		t.Errorf("%d findings, %d commands", len(p.Findings), len(p.Commands))
	}
	for _, f := range p.Findings {
		if strings.ContainsAny(f.Path+f.Text, "\u202e\x1b\n") {
			t.Errorf("%q", f)
		}
	}
}

func TestADeepWorkingDirectory(t *testing.T) {
	h := newHome(t, map[string]string{"workspace/CLAUDE.md": "top"})
	deep := "workspace/" + strings.Repeat("d/", 300)
	h.put(deep+"CLAUDE.md", "deep")
	p := h.load(deep)
	if len(p.Memory) != 1 || p.Memory[0].Text != "deep" || len(p.Findings) != 1 {
		t.Errorf("%q %q", h.memory(p), h.findings(p))
	}
}

func TestYAMLBombs(t *testing.T) {
	var laughs strings.Builder
	laughs.WriteString("description: d\na0: &a0 [x, x]\n")
	for i := range 40 {
		fmt.Fprintf(&laughs, "a%d: &a%d [*a%d, *a%d]\n", i+1, i+1, i, i)
	}
	for name, front := range map[string]string{
		"aliases":  laughs.String(),
		"brackets": "description: d\nx: " + strings.Repeat("[", 60<<10),
		"braces":   "description: d\nx: " + strings.Repeat("{a: ", 15<<10),
		"dashes":   "description: d\nx:\n" + strings.Repeat("- ", 30<<10),
		"keys":     "description: d\n" + strings.Repeat("? ", 30<<10),
		"anchors":  "description: d\n" + strings.Repeat("&a ", 20<<10),
		"quotes":   "description: d\n" + strings.Repeat("x: 'a\n", 10<<10),
		"merge":    "description: d\nb: &b {c: d}\n<<: *b\n",
	} {
		h := newHome(t, map[string]string{"workspace/.claude/commands/c.md": "---\n" + front + "\n---\nbody"})
		start := time.Now()
		p := h.load("workspace")
		t.Logf("%s took %v: %v", name, time.Since(start), p.Findings)
		if len(p.Commands) != 1 || p.Commands[0].Description != "d" || p.Commands[0].Body != "body" {
			t.Errorf("%s: %v", name, p)
		}
	}
}

func TestAnUnreadableClaudeDirectory(t *testing.T) {
	h := newHome(t, map[string]string{"workspace/CLAUDE.md": "top @~/.claude/x.md"})
	if err := os.RemoveAll(h.path(".claude")); err != nil {
		t.Fatal(err)
	}
	h.link("workspace", ".claude")
	p := h.load("workspace")
	same(t, "memory", []string{"project workspace/CLAUDE.md: top @~/.claude/x.md"}, h.memory(p))
	same(t, "findings", []string{
		".claude: Your Claude directory could not be read; it was left out.",
		"workspace/CLAUDE.md: The import @~/.claude/x.md leads out of the workspace; it was left out.",
	}, h.findings(p))
}

// TestLoadWhileFilesChange holds that what a tool does meanwhile changes what is read, but neither fails nor leads out.
func TestLoadWhileFilesChange(t *testing.T) {
	h := newHome(t, map[string]string{"secret.md": "secret", "workspace/CLAUDE.md": "fine"})
	files, err := workspace.Open(h.dir)
	if err != nil {
		t.Fatal(err)
	}
	defer files.Close()
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			next := h.path("workspace/next")
			if i%2 == 0 {
				_ = os.Symlink("../secret.md", next)
			} else {
				_ = os.WriteFile(next, []byte("fine"), 0o600)
			}
			_ = os.Rename(next, h.path("workspace/CLAUDE.md"))
		}
	}()
	for range 300 {
		for _, m := range project.Load(files, h.dir, h.path("workspace")).Memory {
			if m.Text == "secret" {
				t.Error("a link led out")
			}
		}
	}
	close(stop)
	<-done
}

func FuzzLoad(f *testing.F) {
	f.Add("---\ndescription: x: y\nallowed-tools: [a, b]\nmaxTurns: 3\n---\nbody `a` @x.md\n```\n<!--\n```\n<!-- c -->")
	f.Add("---\n? a\n: - &x b\n---\n@~/../x @\\ @# @/")
	root := f.TempDir()
	if err := workspace.Ensure(root, "u1"); err != nil {
		f.Fatal(err)
	}
	home := workspace.Home(root, "u1")
	names := []string{"CLAUDE.md", ".claude/rules/r.md", ".claude/commands/c.md", ".claude/agents/a.md", ".claude/skills/s/SKILL.md"}
	for i, name := range names {
		names[i] = filepath.Join(home, "workspace", name)
		if err := os.MkdirAll(filepath.Dir(names[i]), 0o700); err != nil {
			f.Fatal(err)
		}
	}
	files, err := workspace.Open(home)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = files.Close() })
	f.Fuzz(func(t *testing.T, text string) {
		for _, name := range names {
			if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
				t.Fatal(fault.Message(err))
			}
		}
		p := project.Load(files, home, filepath.Join(home, "workspace"))
		if strings.ContainsRune(text, 0) && len(p.Commands) > 0 {
			t.Errorf("%q is text", text)
		}
		for _, c := range p.Commands {
			if !utf8.ValidString(c.Body) || !utf8.ValidString(c.Description) || len(c.Body) > 3*len(text) {
				t.Errorf("%q gave %v", text, c)
			}
		}
		for _, m := range p.Memory {
			if !utf8.ValidString(m.Text) || m.Text == "" {
				t.Errorf("%q gave %q", text, m)
			}
		}
	})
}
