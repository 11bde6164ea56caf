package workspace_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/workspace"
)

// newHome makes the homes of two users and opens the first.
func newHome(t *testing.T) (home string, files *workspace.FS) {
	t.Helper()
	root := t.TempDir()
	for _, id := range []string{"u1", "u1-evil"} {
		if err := workspace.Ensure(root, id); err != nil {
			t.Fatal(err)
		}
	}
	home = workspace.Home(root, "u1")
	put(t, filepath.Join(workspace.Home(root, "u1-evil"), "workspace", "secret"), "treasure")
	files, err := workspace.Open(home)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := files.Close(); err != nil {
			t.Error(err)
		}
	})
	return home, files
}

func put(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o640); err != nil {
		t.Fatal(err)
	}
}

func link(t *testing.T, target, path string) {
	t.Helper()
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
}

func TestEnsure(t *testing.T) {
	root := t.TempDir()
	for range 2 {
		if err := workspace.Ensure(root, "5b1c"); err != nil {
			t.Fatal(err)
		}
	}
	for _, dir := range []string{"", "workspace", "tmp", ".claude", ".claude/projects"} {
		info, err := os.Stat(filepath.Join(workspace.Home(root, "5b1c"), dir))
		if err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("%s: %v %v", dir, info, err)
		}
	}
	for _, id := range []string{"", ".", "..", "a/b", ".hidden", "a\x00b"} {
		if err := workspace.Ensure(root, id); err == nil {
			t.Errorf("%q was accepted", id)
		}
	}
}

func TestResolveCwd(t *testing.T) {
	home, _ := newHome(t)
	dir := workspace.Dir(home)
	for _, sub := range []string{"p/q", "项目"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	put(t, filepath.Join(dir, "file"), "")
	link(t, "p/q", filepath.Join(dir, "inside"))
	link(t, filepath.Join(dir, "p"), filepath.Join(dir, "absolute"))
	link(t, "/", filepath.Join(dir, "outside"))
	link(t, "../../u1-evil/workspace", filepath.Join(dir, "neighbour"))
	link(t, "loop", filepath.Join(dir, "loop"))
	for cwd, want := range map[string]string{
		dir: "", dir + "/": "", dir + "/p/q": "p/q", dir + "/p/../p": "p", dir + "/inside": "p/q",
		dir + "/absolute": "p", dir + "/项目": "项目",
	} {
		got, err := workspace.ResolveCwd(home, cwd)
		if err != nil || got != filepath.Join(dir, want) {
			t.Errorf("%s: got %q, %v", cwd, got, err)
		}
	}
	sentences := map[string]bool{}
	for _, cwd := range []string{
		"", ".", "p", "/", "/etc", "/no/such", home, home + "/.claude", home + "-evil/workspace", dir + "-evil", dir + "/..",
		dir + "/none", dir + "/file", dir + "/outside", dir + "/outside/etc", dir + "/neighbour", dir + "/loop",
		dir + "/p\x00", dir + "/" + strings.Repeat("x", 300),
	} {
		got, err := workspace.ResolveCwd(home, cwd)
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: got %q, %v", cwd, got, err)
		}
		sentences[fault.Message(err)] = true
	}
	if len(sentences) != 1 {
		t.Errorf("the answers differ: %v", sentences)
	}
}

func TestRel(t *testing.T) {
	_, files := newHome(t)
	dir := files.Dir()
	for path, want := range map[string]string{
		dir: ".", dir + "/a/b": "a/b", "x": "p/x", "../y": "y", "./": "p", dir + "//a/./b": "a/b",
	} {
		if got, err := files.Rel(dir+"/p", path); err != nil || got != want {
			t.Errorf("%s: got %q, %v", path, got, err)
		}
	}
	for _, path := range []string{"", "../../x", "/etc/passwd", dir + "-evil/x", dir + "/../../u1-evil", "a\x00b", "~/x/../../../.."} {
		if got, err := files.Rel(dir+"/p", path); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: got %q, %v", path, got, err)
		}
	}
}

func TestReadAndWriteStayInside(t *testing.T) {
	home, files := newHome(t)
	dir := workspace.Dir(home)
	secret := filepath.Join(home+"-evil", "workspace", "secret")
	link(t, secret, filepath.Join(dir, "absolute"))
	link(t, "../../u1-evil/workspace/secret", filepath.Join(dir, "relative"))
	link(t, "relative", filepath.Join(dir, "chain"))
	link(t, "../../u1-evil/workspace", filepath.Join(dir, "directory"))
	link(t, "/proc/self", filepath.Join(dir, "proc"))
	link(t, "../.claude", filepath.Join(dir, "claude"))
	for _, rel := range []string{
		"absolute", "relative", "chain", "directory/secret", "directory/new", "proc/environ", "claude/settings.json",
		"../.claude/x", "../../u1-evil/workspace/secret", secret,
	} {
		if data, _, err := files.ReadFile(rel, 100); err == nil {
			t.Errorf("read %s: %q", rel, data)
		}
		if _, err := files.WriteFile(rel, []byte("x")); err == nil {
			t.Errorf("wrote %s", rel)
		}
		if _, err := files.Stat(rel); err == nil {
			t.Errorf("described %s", rel)
		}
	}
	if data, err := os.ReadFile(secret); err != nil || string(data) != "treasure" {
		t.Errorf("the secret is %q, %v", data, err)
	}
}

func TestOnlyRegularFiles(t *testing.T) {
	home, files := newHome(t)
	dir := workspace.Dir(home)
	if err := syscall.Mkfifo(filepath.Join(dir, "fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	link(t, "fifo", filepath.Join(dir, "to-fifo"))
	if err := os.Mkdir(filepath.Join(dir, "dir"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, rel := range []string{"fifo", "to-fifo", "dir", "."} {
		if _, _, err := files.ReadFile(rel, 10); !fault.Is(err, fault.Invalid) {
			t.Errorf("read %s: %v", rel, err)
		}
		if _, err := files.WriteFile(rel, nil); !fault.Is(err, fault.Invalid) {
			t.Errorf("write %s: %v", rel, err)
		}
	}
}

func TestWriteFile(t *testing.T) {
	home, files := newHome(t)
	dir := workspace.Dir(home)
	put(t, filepath.Join(dir, "old"), "before")
	link(t, "old", filepath.Join(dir, "link"))
	for _, rel := range []string{"new", "a/b/c", "link"} {
		if _, err := files.WriteFile(rel, []byte("after "+rel)); err != nil {
			t.Fatal(err)
		}
		data, info, err := files.ReadFile(rel, 100)
		if err != nil || string(data) != "after "+rel || info.Size() != int64(len(data)) {
			t.Errorf("%s: got %q, %v", rel, data, err)
		}
	}
	info, err := os.Lstat(filepath.Join(dir, "old"))
	if err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("the mode is %v, %v", info.Mode(), err)
	}
	if info, err := os.Lstat(filepath.Join(dir, "link")); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v, %v", info, err)
	}
	entries, _, err := files.ReadDir(".", 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), ".") {
			t.Errorf("%s was left", entry.Name())
		}
	}
}

func TestReadFileLimits(t *testing.T) {
	home, files := newHome(t)
	put(t, filepath.Join(workspace.Dir(home), "f"), "12345")
	if data, _, err := files.ReadFile("f", 5); err != nil || string(data) != "12345" {
		t.Errorf("got %q, %v", data, err)
	}
	if _, _, err := files.ReadFile("f", 4); !fault.Is(err, fault.TooLarge) {
		t.Errorf("got %v", err)
	}
	if _, _, err := files.ReadFile("none", 4); !fault.Is(err, fault.NotFound) {
		t.Errorf("got %v", err)
	}
	if _, _, err := files.ReadFile("f/none", 4); !fault.Is(err, fault.NotFound) {
		t.Errorf("got %v", err)
	}
}

// TestSwappedLinks changes a name between a file and links that lead out while it is used.
func TestSwappedLinks(t *testing.T) {
	home, files := newHome(t)
	dir := workspace.Dir(home)
	secret := filepath.Join(home+"-evil", "workspace", "secret")
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			next := filepath.Join(dir, "next")
			if i%2 == 0 {
				_ = os.Symlink(secret, next)
			} else {
				_ = os.WriteFile(next, []byte("own"), 0o600)
			}
			_ = os.Rename(next, filepath.Join(dir, "f"))
		}
	})
	for range 2000 {
		if data, _, err := files.ReadFile("f", 100); err == nil && string(data) == "treasure" {
			t.Fatal("read the secret")
		}
		_, _ = files.WriteFile("f", []byte("own"))
	}
	close(stop)
	wg.Wait()
	if data, err := os.ReadFile(secret); err != nil || string(data) != "treasure" {
		t.Errorf("the secret is %q, %v", data, err)
	}
}

func TestTakeTemp(t *testing.T) {
	home, files := newHome(t)
	path := filepath.Join(workspace.TempDir(home), "note")
	put(t, path, "text")
	if data, err := files.TakeTemp("note", 10); err != nil || string(data) != "text" {
		t.Errorf("got %q, %v", data, err)
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it is still there: %v", err)
	}
	link(t, "/etc/passwd", path)
	if data, err := files.TakeTemp("note", 1e6); err == nil {
		t.Errorf("got %q", data)
	}
}

func TestWalk(t *testing.T) {
	home, files := newHome(t)
	dir := workspace.Dir(home)
	for _, sub := range []string{"a/b", "skip/below"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	put(t, filepath.Join(dir, "a/b/f"), "")
	link(t, "..", filepath.Join(dir, "a/up"))
	var got []string
	err := files.Walk(t.Context(), ".", func(path string, entry fs.DirEntry) error {
		got = append(got, path)
		if entry.Name() == "skip" {
			return fs.SkipDir
		}
		return nil
	})
	slices.Sort(got)
	if diff := cmp.Diff([]string{"a", "a/b", "a/b/f", "a/up", "skip"}, got); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := files.Walk(ctx, ".", func(string, fs.DirEntry) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if err := files.Walk(t.Context(), "none", nil); !fault.Is(err, fault.NotFound) {
		t.Errorf("got %v", err)
	}
}

func TestReadDirPages(t *testing.T) {
	home, files := newHome(t)
	for _, name := range []string{"a", "b", "c"} {
		put(t, filepath.Join(workspace.Dir(home), name), "")
	}
	if entries, more, err := files.ReadDir(".", 2); err != nil || !more || len(entries) != 2 {
		t.Errorf("got %v, %v, %v", entries, more, err)
	}
	if entries, more, err := files.ReadDir(".", 3); err != nil || more || len(entries) != 3 {
		t.Errorf("got %v, %v, %v", entries, more, err)
	}
	if _, _, err := files.ReadDir("a", 3); !fault.Is(err, fault.Invalid) {
		t.Errorf("got %v", err)
	}
}

func TestProjects(t *testing.T) {
	home, _ := newHome(t)
	dir := workspace.Dir(home)
	if projects, err := workspace.ListProjects(home); err != nil || projects == nil || len(projects) != 0 {
		t.Fatalf("got %v, %v", projects, err)
	}
	for i, name := range []string{"older", "My 项目 (1)"} {
		made, err := workspace.CreateProject(home, name)
		if err != nil || made.Name != name || made.Path != filepath.Join(dir, name) {
			t.Fatalf("got %+v, %v", made, err)
		}
		when := time.Unix(int64(1000+i), 0)
		if err := os.Chtimes(made.Path, when, when); err != nil {
			t.Fatal(err)
		}
	}
	put(t, filepath.Join(dir, "file"), "")
	link(t, "older", filepath.Join(dir, "link"))
	if err := os.Mkdir(filepath.Join(dir, ".cache"), 0o755); err != nil {
		t.Fatal(err)
	}
	projects, err := workspace.ListProjects(home)
	want := []workspace.Project{
		{Name: "My 项目 (1)", Path: filepath.Join(dir, "My 项目 (1)"), ModifiedAt: time.Unix(1001, 0)},
		{Name: "older", Path: filepath.Join(dir, "older"), ModifiedAt: time.Unix(1000, 0)},
	}
	if diff := cmp.Diff(want, projects); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	for name, code := range map[string]fault.Code{
		"older": fault.Conflict, "file": fault.Conflict, "": fault.Invalid, ".": fault.Invalid, "..": fault.Invalid,
		"../x": fault.Invalid, "a/b": fault.Invalid, ".git": fault.Invalid, "-rf": fault.Invalid, " x": fault.Invalid,
		"x ": fault.Invalid, "a\x00b": fault.Invalid, "a\nb": fault.Invalid, "a\x1b[31m": fault.Invalid,
		"\xff": fault.Invalid, `a\b`: fault.Invalid, "a\u202eb": fault.Invalid, strings.Repeat("x", 101): fault.Invalid,
	} {
		if made, err := workspace.CreateProject(home, name); !fault.Is(err, code) {
			t.Errorf("%q: got %+v, %v", name, made, err)
		}
	}
}

func TestWorkspaceThatIsALink(t *testing.T) {
	home, _ := newHome(t)
	dir := workspace.Dir(home)
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	link(t, home+"-evil/workspace", dir)
	if _, err := workspace.Open(home); !fault.Is(err, fault.Unavailable) {
		t.Errorf("got %v", err)
	}
}

func FuzzRel(f *testing.F) {
	for _, path := range []string{"a", "../..", "/etc", "a/../../b", "./.", "\x00", "~"} {
		f.Add(path)
	}
	root := f.TempDir()
	if err := workspace.Ensure(root, "u"); err != nil {
		f.Fatal(err)
	}
	files, err := workspace.Open(workspace.Home(root, "u"))
	if err != nil {
		f.Fatal(err)
	}
	defer files.Close()
	f.Fuzz(func(t *testing.T, path string) {
		if rel, err := files.Rel(files.Dir(), path); err == nil && !filepath.IsLocal(rel) {
			t.Errorf("%q became %q", path, rel)
		}
	})
}
