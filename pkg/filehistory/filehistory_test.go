package filehistory_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"claude-agent-chat/pkg/filehistory"
	"claude-agent-chat/pkg/transcript"
	"claude-agent-chat/pkg/workspace"
)

const sessionID = "11111111-1111-4111-8111-111111111111"

// place is a workspace with a history and its transcript.
type place struct {
	t       *testing.T
	home    string
	cwd     string
	path    string
	files   *workspace.FS
	history *filehistory.History
}

func newPlace(t *testing.T) *place {
	t.Helper()
	root := t.TempDir()
	must(t, workspace.Ensure(root, "u"))
	home := workspace.Home(root, "u")
	files, err := workspace.Open(home)
	must(t, err)
	t.Cleanup(func() { must(t, files.Close()) })
	p := &place{t: t, home: home, cwd: workspace.Dir(home), files: files}
	p.path = transcript.SessionPath(home, p.cwd, sessionID)
	p.reopen()
	return p
}

func (p *place) reopen() { p.history = filehistory.Open(p.files, p.home, sessionID, p.path, p.cwd) }

// change keeps a file and changes it.
func (p *place) change(message, name, content string) {
	p.t.Helper()
	entries, err := p.history.Before(message, filepath.Join(p.cwd, name))
	must(p.t, err)
	w, err := transcript.OpenWriter(context.Background(), p.path, transcript.Context{SessionID: sessionID, Cwd: p.cwd})
	must(p.t, err)
	_, err = w.Append(context.Background(), entries...)
	must(p.t, err)
	must(p.t, w.Close())
	must(p.t, os.WriteFile(filepath.Join(p.cwd, name), []byte(content), 0o600))
}

func (p *place) holds(name, want string) {
	p.t.Helper()
	data, err := os.ReadFile(filepath.Join(p.cwd, name))
	if want == "" && !os.IsNotExist(err) || string(data) != want {
		p.t.Errorf("%s holds %q, %v; not %q", name, data, err, want)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestRestore goes back step by step, and over another opening of the history.
func TestRestore(t *testing.T) {
	p := newPlace(t)
	must(t, os.WriteFile(filepath.Join(p.cwd, "a"), []byte("0"), 0o600))
	p.change("m1", "a", "1")
	p.change("m1", "a", "2")
	p.change("m2", "b", "x")
	p.reopen()
	p.change("m3", "a", "3")
	got, err := p.history.Restore([]string{"m3"})
	must(t, err)
	if diff := cmp.Diff([]string{filepath.Join(p.cwd, "a")}, got); diff != "" {
		t.Error(diff)
	}
	p.holds("a", "2")
	p.holds("b", "x")
	p.reopen()
	_, err = p.history.Restore([]string{"m1", "m2", "m3"})
	must(t, err)
	p.holds("a", "0")
	p.holds("b", "")
	again, err := p.history.Restore([]string{"m1", "m2", "m3"})
	must(t, err)
	if len(again) != 0 {
		t.Errorf("what is as it was was changed again: %v", again)
	}
}

// TestNothingIsLost finds what a file was before it was put back among the copies.
func TestNothingIsLost(t *testing.T) {
	p := newPlace(t)
	p.change("m1", "a", "mine")
	must(t, os.WriteFile(filepath.Join(p.cwd, "a"), []byte("changed by hand"), 0o600))
	_, err := p.history.Restore([]string{"m1"})
	must(t, err)
	copies, err := filepath.Glob(filepath.Join(filehistory.Dir(p.home, sessionID), "*"))
	must(t, err)
	found := false
	for _, name := range copies {
		data, err := os.ReadFile(name)
		must(t, err)
		found = found || string(data) == "changed by hand"
	}
	if !found {
		t.Error("what the file held before it was put back is nowhere")
	}
}

// TestHostileRecords reads a transcript that names copies and files which lie elsewhere.
func TestHostileRecords(t *testing.T) {
	p := newPlace(t)
	secret := filepath.Join(p.home, "secret")
	must(t, os.WriteFile(secret, []byte("secret"), 0o600))
	must(t, os.MkdirAll(filepath.Dir(p.path), 0o700))
	lines := []string{
		`{"type":"file-history-delta","snapshotMessageId":"m1","trackingPath":"a","backup":{"backupFileName":"../../../secret","version":1}}`,
		`{"type":"file-history-delta","snapshotMessageId":"m1","trackingPath":"../../secret","backup":{"backupFileName":null,"version":1}}`,
		`{"type":"file-history-snapshot","messageId":7}`, `{"type":"file-history-delta"`, "",
	}
	must(t, os.WriteFile(p.path, []byte(strings.Join(lines, "\n")), 0o600))
	if _, err := p.history.Restore([]string{"m1"}); err == nil {
		t.Error("it does not say that something could not be put back")
	}
	p.holds("a", "")
	if data, err := os.ReadFile(secret); err != nil || string(data) != "secret" {
		t.Errorf("the file outside holds %q, %v", data, err)
	}
}
