package tasklist

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/transcript"
)

// The files beside those of the tasks: one that is locked while the list changes, and one with the highest id that was given
// to a task that is not there any more.
const (
	lockFile = ".lock"
	markFile = ".highwatermark"
)

// The bounds of what is read.
const (
	maxFile = 64 << 10 // bytes of a task
	maxID   = 1 << 30
)

// Store is where the list of one session lies. It is safe for concurrent use, also by several processes.
type Store struct{ dir string }

// At gives the list of a session. Nothing is read yet.
func At(home, sessionID string) Store {
	return Store{filepath.Join(home, ".claude", "tasks", sessionID)}
}

// Dir is where the files lie.
func (s Store) Dir() string { return s.dir }

// Exists reports whether the session has a list, however empty.
func (s Store) Exists() bool {
	info, err := os.Lstat(s.dir)
	return err == nil && info.IsDir()
}

// Forget removes the list.
func (s Store) Forget() error { return os.RemoveAll(s.dir) }

// Plan is the list as the agent's plan; false if there never was a task on it.
func (s Store) Plan() ([]acp.PlanEntry, bool) {
	list, err := s.Read()
	if err != nil || list.last == 0 {
		return nil, false
	}
	return list.Plan(), true
}

// Plan is the list as the agent's plan.
func (l *List) Plan() []acp.PlanEntry {
	entries := make([]acp.PlanEntry, 0, len(l.Tasks))
	for _, t := range l.Tasks {
		entries = append(entries, acp.PlanEntry{Content: t.Subject, Priority: "medium", Status: t.Status})
	}
	return entries
}

// Read gives the list as it is now. Files that are none of a task are passed by.
func (s Store) Read() (*List, error) {
	root, err := os.OpenRoot(s.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return &List{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("open list of tasks: %w", err)
	}
	defer root.Close()
	return read(root)
}

func read(root *os.Root) (*List, error) {
	names, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return nil, fmt.Errorf("read list of tasks: %w", err)
	}
	list := &List{}
	if mark, err := readFile(root, markFile); err == nil {
		list.last = idOf(strings.TrimSpace(string(mark)))
	}
	for _, name := range names {
		id, ok := strings.CutSuffix(name.Name(), ".json")
		if !ok || idOf(id) == 0 {
			continue
		}
		list.last = max(list.last, idOf(id))
		if data, err := readFile(root, name.Name()); err == nil {
			list.take(id, data)
		}
	}
	slices.SortFunc(list.Tasks, func(a, b *Task) int { return cmp.Compare(idOf(a.ID), idOf(b.ID)) })
	return list, nil
}

// take adds what a file says, if that is a task.
func (l *List) take(id string, data []byte) {
	var t Task
	if json.Unmarshal(data, &t) != nil || t.ID != id || len(l.Tasks) >= MaxTasks {
		return
	}
	if !ValidStatus(t.Status) {
		t.Status = Pending
	}
	t.Blocks, t.BlockedBy = append([]string{}, t.Blocks...), append([]string{}, t.BlockedBy...)
	l.Tasks = append(l.Tasks, &t)
}

// idOf reads an id; 0 if it is none.
func idOf(text string) int {
	id, err := strconv.Atoi(text)
	if err != nil || id < 1 || id > maxID || strconv.Itoa(id) != text {
		return 0
	}
	return id
}

func readFile(root *os.Root, name string) ([]byte, error) {
	file, err := root.OpenFile(name, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = errors.New("the file is too large")
	}
	return data, err
}

// Change has a function change the list, while nobody else does, and writes what it changed.
func (s Store) Change(change func(*List)) error {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return fmt.Errorf("make list of tasks: %w", err)
	}
	root, err := os.OpenRoot(s.dir)
	if err != nil {
		return fmt.Errorf("open list of tasks: %w", err)
	}
	defer root.Close()
	lock, err := root.OpenFile(lockFile, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("lock list of tasks: %w", err)
	}
	defer lock.Close()
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX); err != nil {
		return fmt.Errorf("lock list of tasks: %w", err)
	}
	list, err := read(root)
	if err != nil {
		return err
	}
	before := list.files()
	change(list)
	return write(root, before, list.files())
}

// Recall replaces the list by what the calls of a conversation made of it.
func (s Store) Recall(calls []transcript.AnsweredCall) error {
	return s.Change(func(l *List) { *l = *Of(calls) })
}

// files are what the files of a list hold, by name.
func (l *List) files() map[string][]byte {
	all := map[string][]byte{}
	highest := 0
	for _, t := range l.Tasks {
		var data bytes.Buffer
		encoder := json.NewEncoder(&data)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		if err := encoder.Encode(t); err != nil {
			panic("tasklist: " + err.Error()) // a task's metadata is JSON.
		}
		all[t.ID+".json"] = bytes.TrimSpace(data.Bytes())
		highest = max(highest, idOf(t.ID))
	}
	if l.last > highest {
		all[markFile] = []byte(strconv.Itoa(l.last))
	}
	return all
}

// write brings the files of a list from one state to another. A file is there whole or not at all.
func write(root *os.Root, before, after map[string][]byte) error {
	for name, data := range after {
		if bytes.Equal(before[name], data) {
			continue
		}
		temp := name + ".new"
		if err := errors.Join(root.WriteFile(temp, data, 0o600), root.Rename(temp, name)); err != nil {
			return fmt.Errorf("write list of tasks: %w", err)
		}
	}
	for name := range before {
		if _, kept := after[name]; kept || name == markFile {
			continue
		}
		if err := root.Remove(name); err != nil {
			return fmt.Errorf("write list of tasks: %w", err)
		}
	}
	return nil
}
