package workspace_test

import (
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/workspace"
)

func openClaude(t *testing.T, home string) *workspace.ReadOnly {
	t.Helper()
	dir, err := workspace.OpenReadOnly(filepath.Join(home, ".claude"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := dir.Close(); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func TestReadOnlyOpensWhatLiesInside(t *testing.T) {
	home, _ := newHome(t)
	claude := filepath.Join(home, ".claude")
	put(t, filepath.Join(claude, "a"), "text")
	link(t, "a", filepath.Join(claude, "relative"))
	link(t, filepath.Join(claude, "a"), filepath.Join(claude, "absolute"))
	dir := openClaude(t, home)
	for _, name := range []string{"a", "relative", "absolute"} {
		file, _, err := dir.OpenFile(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if data, err := io.ReadAll(file); err != nil || string(data) != "text" {
			t.Errorf("%s holds %q, %v", name, data, err)
		}
		if err := file.Close(); err != nil {
			t.Error(err)
		}
	}
	if entries, more, err := dir.ReadDir(".", 10); len(entries) != 4 || more || err != nil {
		t.Errorf("%v %v %v", entries, more, err)
	}
	if rel, err := dir.Rel(claude, "x/y"); rel != "x/y" || err != nil || dir.Abs("x") != filepath.Join(claude, "x") {
		t.Errorf("%s %v %s", rel, err, dir.Abs("x"))
	}
}

func TestReadOnlyRefusesTheRest(t *testing.T) {
	home, _ := newHome(t)
	claude := filepath.Join(home, ".claude")
	secret := filepath.Join(home, "..", "u1-evil", "workspace", "secret")
	link(t, secret, filepath.Join(claude, "out"))
	link(t, "../../u1-evil/workspace/secret", filepath.Join(claude, "up"))
	link(t, "loop", filepath.Join(claude, "loop"))
	if err := syscall.Mkfifo(filepath.Join(claude, "fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := openClaude(t, home)
	for _, name := range []string{"out", "up", "loop", "fifo", "projects", "../workspace", "/etc/passwd"} {
		if _, _, err := dir.OpenFile(name); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := dir.OpenFile("none"); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
	if _, err := dir.Rel(claude, "../workspace"); !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
}

func TestOpenReadOnlyWantsADirectory(t *testing.T) {
	home, _ := newHome(t)
	put(t, filepath.Join(home, "file"), "")
	link(t, "workspace", filepath.Join(home, "link"))
	for _, name := range []string{"file", "link", "none", "none/below"} {
		if _, err := workspace.OpenReadOnly(filepath.Join(home, name)); !fault.Is(err, fault.Unavailable) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := os.Symlink(home, home+"-link"); err != nil {
		t.Fatal(err)
	}
	dir, err := workspace.OpenReadOnly(home + "-link/.claude")
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(home, ".claude", "x"); dir.Abs("x") != want {
		t.Errorf("%s, not %s", dir.Abs("x"), want)
	}
	if err := dir.Close(); err != nil {
		t.Error(err)
	}
}

func TestSkillsDir(t *testing.T) {
	home, _ := newHome(t)
	skills := filepath.Join(home, ".claude", "skills")
	is := func(what, want string) {
		t.Helper()
		if got := workspace.SkillsDir(home); got != want {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
	}
	is("none", "")
	put(t, skills, "a file")
	is("a file", "")
	if err := os.Remove(skills); err != nil {
		t.Fatal(err)
	}
	for _, target := range []string{"/etc", "projects", "..", filepath.Join(home, "workspace"), "skills"} {
		link(t, target, skills)
		is("a link to "+target, "")
		if err := os.Remove(skills); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(skills, 0o700); err != nil {
		t.Fatal(err)
	}
	real, err := filepath.EvalSymlinks(skills)
	if err != nil {
		t.Fatal(err)
	}
	is("a directory", real)
	other := filepath.Join(t.TempDir(), "home")
	link(t, home, other)
	if got := workspace.SkillsDir(other); got != real {
		t.Errorf("through a link to the home: %q", got)
	}
	if err := os.Rename(filepath.Join(home, ".claude"), filepath.Join(home, "moved")); err != nil {
		t.Fatal(err)
	}
	link(t, "moved", filepath.Join(home, ".claude"))
	is("behind a link", "")
}
