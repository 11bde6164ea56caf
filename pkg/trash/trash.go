// Package trash keeps what was deleted for a while, so that it can be had back.
//
// Each home has its own, beside the user's files and out of the tools' reach, and each entry is a directory in it: a note of
// what it was, and what was moved there. Nothing of it is in the database, so that its loss changes nothing, and nothing
// finds an entry that looks for sessions or files. Moving within a volume is one step; an entry that a crash left half made
// or half restored is completed by doing the same again.
package trash

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sys/unix"

	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/filesync"
	"claude-agent-chat/pkg/workspace"
)

// The kinds of entries.
const (
	KindSession = "session"
	KindProject = "project"
)

// The names in an entry's directory; what was moved is named by its number.
const (
	dirName  = "trash"
	noteName = "entry.json"
)

// Entry is something deleted.
type Entry struct {
	ID        string    `json:"id"`
	Kind      string    `json:"kind"`
	Name      string    `json:"name"` // the session's id, or the project's name
	Title     string    `json:"title,omitempty"`
	Cwd       string    `json:"cwd,omitempty"`
	Part      string    `json:"part,omitempty"` // the entry of the project with which this was deleted
	Paths     []string  `json:"paths"`          // where it was, below the home
	DeletedAt time.Time `json:"deletedAt"`
}

func errNoEntry() error {
	return fault.New(fault.NotFound, "There is nothing of that kind in the trash.")
}

// Put moves what lies at e.Paths into the trash of a home, and gives the entry with its id. What is not there is passed by.
func Put(home string, e Entry) (Entry, error) {
	e.ID, e.DeletedAt = uuid.NewString(), time.Now().UTC()
	dir := filepath.Join(dirOf(home), e.ID)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return e, trouble(err)
	}
	note, err := json.Marshal(e)
	if err != nil {
		return e, fmt.Errorf("marshal trash entry: %w", err)
	}
	if err := writeNote(dir, note); err != nil {
		return e, trouble(errors.Join(err, os.RemoveAll(dir)))
	}
	for i, path := range e.Paths {
		if err := move(filepath.Join(home, path), filepath.Join(dir, strconv.Itoa(i))); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return e, trouble(err)
		}
	}
	return e, nil
}

// List gives the entries of a home, the newest first. One that holds nothing is none.
func List(home string) ([]Entry, error) {
	names, err := os.ReadDir(dirOf(home))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, trouble(err)
	}
	var entries []Entry
	for _, name := range names {
		if e, err := read(home, name.Name()); err == nil && e.holds(home) {
			entries = append(entries, e)
		}
	}
	slices.SortStableFunc(entries, func(a, b Entry) int { return cmp.Or(b.DeletedAt.Compare(a.DeletedAt), cmp.Compare(a.ID, b.ID)) })
	return entries, nil
}

// Find gives an entry of a home; NotFound if there is none.
func Find(home, id string) (Entry, error) {
	e, err := read(home, id)
	if err != nil || !e.holds(home) {
		return Entry{}, errNoEntry()
	}
	return e, nil
}

// Restore moves an entry back to where it was. A place that is taken meanwhile is a Conflict, and nothing is moved.
func Restore(home, id string) (Entry, error) {
	e, err := Find(home, id)
	if err != nil {
		return e, err
	}
	dir := filepath.Join(dirOf(home), e.ID)
	for i, path := range e.Paths {
		_, gone := os.Lstat(filepath.Join(dir, strconv.Itoa(i)))
		if _, err := os.Lstat(filepath.Join(home, path)); err == nil && gone == nil {
			return e, fault.New(fault.Conflict, "There is something else now where this was: %s.", filepath.Base(path))
		}
	}
	for i, path := range e.Paths {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(home, path)), 0o700); err != nil {
			return e, trouble(err)
		}
		err := move(filepath.Join(dir, strconv.Itoa(i)), filepath.Join(home, path))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return e, trouble(err)
		}
	}
	return e, trouble(os.RemoveAll(dir))
}

// Remove removes an entry for good.
func Remove(home, id string) error {
	if _, err := read(home, id); err != nil {
		return errNoEntry()
	}
	return trouble(RemoveAll(filepath.Join(dirOf(home), id)))
}

// Purge removes what was deleted before a time, and gives it.
func Purge(ctx context.Context, home string, before time.Time) (removed []Entry, err error) {
	names, err := os.ReadDir(dirOf(home))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, trouble(err)
	}
	var failed []error
	for _, name := range names {
		if ctx.Err() != nil {
			break
		}
		e, err := read(home, name.Name())
		if err != nil { // a note that cannot be read: the directory's own time counts.
			info, infoErr := name.Info()
			if infoErr != nil {
				continue
			}
			e = Entry{ID: name.Name(), DeletedAt: info.ModTime()}
		}
		if !e.DeletedAt.Before(before) {
			continue
		}
		if err := RemoveAll(filepath.Join(dirOf(home), name.Name())); err != nil {
			failed = append(failed, err)
			continue
		}
		removed = append(removed, e)
	}
	return removed, trouble(errors.Join(failed...))
}

// RemoveAll removes a directory and all below it, directories too that their owner has closed to everybody. It follows no
// links.
func RemoveAll(path string) error {
	err := os.RemoveAll(path)
	if !errors.Is(err, fs.ErrPermission) {
		return err
	}
	root, err := os.OpenRoot(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer root.Close()
	if err := open(root, filepath.Base(path)); err != nil {
		return err
	}
	return os.RemoveAll(path)
}

// open lets the owner into a directory and all below it.
func open(root *os.Root, name string) error {
	info, err := root.Lstat(name)
	if err != nil || !info.IsDir() {
		return err
	}
	if info.Mode().Perm()&0o700 != 0o700 {
		if err := root.Chmod(name, 0o700); err != nil {
			return err
		}
	}
	dir, err := root.Open(name)
	if err != nil {
		return err
	}
	names, err := dir.Readdirnames(-1)
	if err = errors.Join(err, dir.Close()); err != nil {
		return err
	}
	for _, below := range names {
		if err := open(root, filepath.Join(name, below)); err != nil {
			return err
		}
	}
	return nil
}

func dirOf(home string) string { return filepath.Join(home, workspace.StateDir, dirName) }

// read reads the note of an entry.
func read(home, id string) (Entry, error) {
	var e Entry
	if _, err := uuid.Parse(id); err != nil || len(id) != 36 {
		return e, errNoEntry()
	}
	data, err := os.ReadFile(filepath.Join(dirOf(home), id, noteName))
	if err != nil {
		return e, err
	}
	if err := json.Unmarshal(data, &e); err != nil {
		return e, err
	}
	for _, path := range e.Paths {
		if !filepath.IsLocal(path) {
			return e, fmt.Errorf("trash entry %s: path %q leaves the home", id, path)
		}
	}
	e.ID = id
	return e, nil
}

// holds reports whether anything lies in the entry.
func (e *Entry) holds(home string) bool {
	for i := range e.Paths {
		if _, err := os.Lstat(filepath.Join(dirOf(home), e.ID, strconv.Itoa(i))); err == nil {
			return true
		}
	}
	return false
}

// writeNote writes the note of an entry, safe before anything is moved.
func writeNote(dir string, note []byte) error {
	file, err := os.OpenFile(filepath.Join(dir, noteName), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(note)
	err = errors.Join(err, file.Sync(), file.Close(), filesync.Dir(dir))
	for range 3 { // the trash, the state directory, the home.
		dir = filepath.Dir(dir)
		err = errors.Join(err, filesync.Dir(dir))
	}
	return err
}

// move moves one thing within a volume, over nothing, and is safe when it returns.
func move(from, to string) error {
	if err := unix.Renameat2(unix.AT_FDCWD, from, unix.AT_FDCWD, to, unix.RENAME_NOREPLACE); err != nil {
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: err}
	}
	return errors.Join(filesync.Dir(filepath.Dir(to)), filesync.Dir(filepath.Dir(from)))
}

func trouble(err error) error {
	var known *fault.Error
	switch {
	case err == nil, errors.As(err, &known):
		return err
	case errors.Is(err, unix.ENOSPC), errors.Is(err, unix.EDQUOT):
		return fault.Wrap(err, fault.Unavailable, "The disk is full. Nothing was deleted.")
	case errors.Is(err, unix.EROFS):
		return fault.Wrap(err, fault.Unavailable, "The volume is read-only. Nothing was deleted.")
	}
	return fault.Wrap(err, fault.Unavailable, "The trash could not be used.")
}
