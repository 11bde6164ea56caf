package index_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/index"
	"claude-agent-chat/pkg/store"
	"claude-agent-chat/pkg/store/storetest"
	"claude-agent-chat/pkg/transcript"
)

// shelf is a sessions root with one account, and its index.
type shelf struct {
	t     *testing.T
	root  string
	store *store.Store
	index *index.Index
}

func newShelf(t *testing.T) *shelf {
	t.Helper()
	s := &shelf{t: t, root: t.TempDir(), store: storetest.Open(t, storetest.SQLite(t))}
	account := store.Account{ID: "u1", Username: "ada", PasswordHash: "x", Role: "user", CreatedAt: time.Now()}
	must(t, s.store.CreateAccount(t.Context(), account))
	s.index = index.New(index.Options{Root: s.root, Store: s.store, Log: slog.New(slog.DiscardHandler)})
	return s
}

// write makes a session's file in a directory, as another program would, and gives its id and path.
func (s *shelf) write(owner, cwd, prompt string) (id, path string) {
	s.t.Helper()
	id = uuid.NewString()
	path = transcript.SessionPath(filepath.Join(s.root, owner), cwd, id)
	s.add(path, id, cwd, prompt)
	return id, path
}

func (s *shelf) add(path, id, cwd, prompt string) {
	s.t.Helper()
	w, err := transcript.OpenWriter(s.t.Context(), path, transcript.Context{SessionID: id, Cwd: cwd})
	must(s.t, err)
	stop := "end_turn"
	_, err = w.Append(s.t.Context(),
		transcript.Prompt{Content: json.RawMessage(`"` + prompt + `"`)},
		transcript.Assistant{
			MessageID: "m-" + prompt, Model: "claude-test", StopReason: &stop, Block: json.RawMessage(`{"type":"text","text":"Yes."}`),
			Usage: json.RawMessage(`{"input_tokens":10,"output_tokens":2,"cache_read_input_tokens":3,"cache_creation_input_tokens":4}`),
		},
		transcript.LastPrompt{Text: prompt})
	must(s.t, errors.Join(err, w.Close()))
}

func (s *shelf) row(id string) store.Session {
	s.t.Helper()
	row, err := s.store.SessionByID(s.t.Context(), "u1", id)
	must(s.t, err)
	return row
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestCompareAll follows a file through its life: found, changed, damaged, gone.
func TestCompareAll(t *testing.T) {
	s := newShelf(t)
	id, path := s.write("u1", "/work/项目", "First question")
	must(t, s.index.CompareAll(t.Context()))
	row := s.row(id)
	if row.Cwd != "/work/项目" || row.Title != "First question" || row.MessageCount != 2 || row.Interrupted || row.Model != "claude-test" ||
		row.Usage != (store.Usage{Input: 10, Output: 2, CacheRead: 3, CacheWrite: 4}) {
		t.Errorf("the row is %+v", row)
	}
	if got := index.PathOf(s.root, row); got != path {
		t.Errorf("the file is said to be %s, not %s", got, path)
	}
	yes := true
	must(t, s.store.PatchSession(t.Context(), "u1", id, store.SessionPatch{Pinned: &yes}))
	s.add(path, id, "/work/项目", "Second question")
	data, err := os.ReadFile(path)
	must(t, err)
	must(t, os.WriteFile(path, append(data, "garbage\n"...), 0o600))
	w, err := transcript.OpenWriter(t.Context(), path, transcript.Context{SessionID: id, Cwd: "/work/项目"})
	must(t, err)
	_, err = w.Append(t.Context(), transcript.Prompt{Content: json.RawMessage(`"and?"`)})
	must(t, errors.Join(err, w.Close()))
	must(t, s.index.CompareAll(t.Context()))
	if row = s.row(id); row.Skipped != 1 || !row.Interrupted || !row.Pinned {
		t.Errorf("after a change: %+v", row)
	}
	must(t, os.Remove(path))
	must(t, s.index.CompareAll(t.Context()))
	if _, err := s.store.SessionByID(t.Context(), "u1", id); !fault.Is(err, fault.NotFound) {
		t.Errorf("the row of a file that is gone: %v", err)
	}
}

// TestReindexAfterLoss makes all rows anew in an empty database, and passes by what is no session of an account.
func TestReindexAfterLoss(t *testing.T) {
	s := newShelf(t)
	first, _ := s.write("u1", "/a/b-c", "one")
	second, _ := s.write("u1", "/a-b/c", "two") // the same directory of transcripts
	stranger, _ := s.write("nobody", "/a", "three")
	dir := filepath.Join(s.root, "u1", ".claude", "projects", "-a-b-c")
	must(t, os.WriteFile(filepath.Join(dir, "notes.jsonl"), []byte("{}\n"), 0o600))
	must(t, os.Symlink("/etc/passwd", filepath.Join(dir, uuid.NewString()+".jsonl")))
	must(t, os.WriteFile(filepath.Join(dir, uuid.NewString()+".jsonl"), nil, 0o600))
	report, err := s.index.Reindex(t.Context(), nil, true)
	must(t, err)
	if report.Failed != 0 {
		t.Errorf("the report is %+v", report)
	}
	if s.row(first).Cwd != "/a/b-c" || s.row(second).Cwd != "/a-b/c" {
		t.Error("sessions of two directories are mixed up")
	}
	rows, err := s.store.SessionFiles(t.Context())
	must(t, err)
	for _, row := range rows {
		if row.ID == stranger {
			t.Error("the session of no account has a row")
		}
	}
	if len(rows) != 2 {
		t.Errorf("there are %d rows", len(rows))
	}
	if _, err := s.index.Reindex(t.Context(), []string{"/etc/passwd"}, false); !fault.Is(err, fault.Invalid) {
		t.Errorf("a path outside the root: %v", err)
	}
}

// TestReindexKeepsWhatCannotBeSeen keeps the rows of a user whose directory is not there, as while a volume is missing.
func TestReindexKeepsWhatCannotBeSeen(t *testing.T) {
	s := newShelf(t)
	id, _ := s.write("u1", "/a", "one")
	must(t, s.index.CompareAll(t.Context()))
	must(t, os.Rename(filepath.Join(s.root, "u1"), filepath.Join(s.root, "elsewhere")))
	_, err := s.index.Reindex(t.Context(), nil, true)
	must(t, err)
	if s.row(id).Title != "one" {
		t.Error("the row is gone")
	}
}

// TestFilesWithoutRow reads a file of no account once, and again when it has changed.
func TestFilesWithoutRow(t *testing.T) {
	s := newShelf(t)
	var log bytes.Buffer
	s.index = index.New(index.Options{Root: s.root, Store: s.store, Log: slog.New(slog.NewTextHandler(&log, nil))})
	id, path := s.write("nobody", "/a", "one")
	reads := func() int { return strings.Count(log.String(), "session not indexed") }
	for range 3 {
		must(t, s.index.CompareAll(t.Context()))
	}
	if reads() != 1 {
		t.Errorf("it was read %d times", reads())
	}
	s.add(path, id, "/a", "two")
	must(t, s.index.CompareAll(t.Context()))
	if reads() != 2 {
		t.Errorf("after a change it was read %d times in all", reads())
	}
}

// TestFollow sees sessions that appear, in directories that appear, and change while it runs.
func TestFollow(t *testing.T) {
	s := newShelf(t)
	s.follow()
	id, path := s.write("u1", "/work/new", "hello")
	s.eventually("the new session", func(row store.Session) bool { return row.MessageCount == 2 }, id)
	s.add(path, id, "/work/new", "more")
	s.eventually("its change", func(row store.Session) bool { return row.MessageCount == 4 }, id)
	w, err := transcript.OpenWriter(t.Context(), path, transcript.Context{SessionID: id, Cwd: "/work/new"})
	must(t, err)
	_, err = w.Append(t.Context(), transcript.CustomTitle{Title: "Renamed in a terminal"})
	must(t, errors.Join(err, w.Close()))
	s.eventually("its title", func(row store.Session) bool { return strings.HasPrefix(row.Title, "Renamed") }, id)
}

// follow follows the files until the test ends.
func (s *shelf) follow() {
	ctx, cancel := context.WithCancel(s.t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.index.Follow(ctx)
	}()
	s.t.Cleanup(func() {
		cancel()
		<-ended
	})
}

// eventually waits for the follower, which has two seconds by its promise and more here.
func (s *shelf) eventually(what string, done func(store.Session) bool, id string) {
	s.t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if row, err := s.store.SessionByID(s.t.Context(), "u1", id); err == nil && done(row) {
			return
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("it does not come to this within 10 s: %s", what)
		}
	}
}
