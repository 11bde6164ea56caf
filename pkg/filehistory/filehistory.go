// Package filehistory keeps files as they were before the agent changed them, in Claude Code's format, so that a
// conversation can go back with its files: copies lie below {home}/.claude/file-history/{session}, and records in the
// transcript say which copy is what a file was at which message.
//
// Only changes by the file tools are kept. What commands change is not seen.
package filehistory

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/transcript"
	"claude-agent-chat/pkg/workspace"
)

// maxFile is how large a file may be to be kept, in bytes.
const maxFile = 16 << 20

// History is the file history of one session. It is safe for concurrent use.
type History struct {
	files      *workspace.FS
	dir        string // of the copies
	transcript string
	cwd        string

	mu       sync.Mutex
	loaded   bool
	versions map[string]int    // by path as it is tracked: the newest copy
	message  string            // whose snapshot is the newest
	tracked  map[string]bool   // paths in that snapshot
	sums     map[string]string // of the newest copies
}

// Dir is where the copies of a session's files lie.
func Dir(home, sessionID string) string {
	return filepath.Join(home, ".claude", "file-history", sessionID)
}

// Open gives the history of a session. Nothing is read yet.
func Open(files *workspace.FS, home, sessionID, transcriptPath, cwd string) *History {
	return &History{
		files: files, dir: Dir(home, sessionID), transcript: transcriptPath, cwd: cwd,
		versions: map[string]int{}, tracked: map[string]bool{}, sums: map[string]string{},
	}
}

// Before keeps a file as it is, before the first change to it since a message of the person's, and gives the records that
// say so; none if it is kept already. A file that cannot be kept, because it is too large or no file, is passed by.
func (h *History) Before(messageID, path string) ([]transcript.Entry, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.load(); err != nil {
		return nil, err
	}
	var entries []transcript.Entry
	if h.message != messageID {
		snapshot, err := h.snapshot(messageID)
		if err != nil {
			return nil, err
		}
		entries = append(entries, snapshot)
	}
	name := h.nameOf(path)
	if h.tracked[name] {
		return entries, nil
	}
	backup, ok, err := h.keep(name)
	if err != nil || !ok {
		return entries, err
	}
	h.tracked[name] = true
	return append(entries, transcript.FileHistoryDelta{MessageID: messageID, Path: name, Backup: backup}), nil
}

// snapshot is the state of every tracked file at a message.
func (h *History) snapshot(messageID string) (transcript.Entry, error) {
	h.message = messageID
	h.tracked = map[string]bool{}
	all := map[string]transcript.FileBackup{}
	for name := range h.versions {
		backup, ok, err := h.keep(name)
		if err != nil {
			return nil, err
		}
		if ok {
			all[name] = backup
			h.tracked[name] = true
		}
	}
	return transcript.FileHistorySnapshot{MessageID: messageID, Files: all}, nil
}

// keep makes a copy of a file, if it is another one than the newest.
func (h *History) keep(name string) (transcript.FileBackup, bool, error) {
	data, missing, ok := h.read(name)
	if !ok {
		return transcript.FileBackup{}, false, nil
	}
	path := h.pathOf(name)
	backup := transcript.FileBackup{Version: h.versions[name] + 1, Time: time.Now(), ParentDir: filepath.Dir(path)}
	if missing {
		h.versions[name], h.sums[name] = backup.Version, ""
		return backup, true, nil
	}
	sum := sha256.Sum256(data)
	if v := h.versions[name]; v > 0 && h.sums[name] == hex.EncodeToString(sum[:]) {
		backup.Version = v
		backup.Name = copyName(path, v)
		return backup, true, nil
	}
	backup.Name = copyName(path, backup.Version)
	if err := h.write(backup.Name, data); err != nil {
		return backup, false, err
	}
	h.versions[name], h.sums[name] = backup.Version, hex.EncodeToString(sum[:])
	return backup, true, nil
}

// read reads a file as it is now; missing says that there is none.
func (h *History) read(name string) (data []byte, missing, ok bool) {
	rel, err := h.files.Rel(h.cwd, h.pathOf(name))
	if err != nil {
		return nil, false, false
	}
	data, _, err = h.files.ReadFile(rel, maxFile)
	if fault.Is(err, fault.NotFound) {
		return nil, true, true
	}
	return data, false, err == nil
}

func (h *History) write(name string, data []byte) error {
	err := os.MkdirAll(h.dir, 0o700)
	if err == nil {
		err = os.WriteFile(filepath.Join(h.dir, name), data, 0o600)
	}
	if err != nil {
		return fault.Wrap(err, fault.Unavailable, "The file could not be kept as it is, so it was not changed.")
	}
	return nil
}

// copyName is how Claude Code names a copy.
func copyName(path string, version int) string {
	sum := sha256.Sum256([]byte(path))
	return hex.EncodeToString(sum[:8]) + "@v" + strconv.Itoa(version)
}

// nameOf is a path as it is tracked: from the working directory if it lies in there.
func (h *History) nameOf(path string) string {
	if rel, err := filepath.Rel(h.cwd, path); err == nil && filepath.IsLocal(rel) {
		return rel
	}
	return path
}

func (h *History) pathOf(name string) string {
	if filepath.IsAbs(name) {
		return filepath.Clean(name)
	}
	return filepath.Join(h.cwd, name)
}

// change is what a record says of a file.
type change struct {
	message string // whose snapshot it belongs to
	name    string
	copy    string // empty if there was no file
	version int
}

// record is a record of a history, as far as it is read.
type record struct {
	Type              string `json:"type"`
	MessageID         string `json:"messageId"`
	SnapshotMessageID string `json:"snapshotMessageId"`
	TrackingPath      string `json:"trackingPath"`
	Backup            backup `json:"backup"`
	Snapshot          struct {
		MessageID string            `json:"messageId"`
		Files     map[string]backup `json:"trackedFileBackups"`
	} `json:"snapshot"`
}

type backup struct {
	Name    *string `json:"backupFileName"`
	Version int     `json:"version"`
}

// maxLine bounds a record of the history, in bytes.
const maxLine = 4 << 20

// changes reads the history's records from the transcript.
func (h *History) changes() ([]change, error) {
	file, err := os.Open(h.transcript)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fault.Wrap(err, fault.Unavailable, "The conversation could not be read.")
	}
	defer file.Close()
	var all []change
	reader := bufio.NewReaderSize(file, 64<<10)
	for {
		line, err := readLine(reader)
		if bytes.HasPrefix(line, []byte(`{"type":"file-history-`)) {
			all = append(all, parse(line)...)
		}
		if err != nil {
			return all, nil // the end.
		}
	}
}

// readLine reads a line; of one that is too long it gives nothing.
func readLine(r *bufio.Reader) (line []byte, err error) {
	for {
		part, err := r.ReadSlice('\n')
		if len(line)+len(part) <= maxLine {
			line = append(line, part...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}

func parse(line []byte) []change {
	var r record
	if json.Unmarshal(line, &r) != nil {
		return nil
	}
	of := func(message, name string, b backup) change {
		c := change{message: message, name: name, version: b.Version}
		if b.Name != nil {
			c.copy = *b.Name
		}
		return c
	}
	if r.Type == "file-history-delta" {
		return []change{of(r.SnapshotMessageID, r.TrackingPath, r.Backup)}
	}
	message := r.Snapshot.MessageID
	if message == "" {
		message = r.MessageID
	}
	all := []change{{message: message}}
	for name, b := range r.Snapshot.Files {
		all = append(all, of(message, name, b))
	}
	return all
}

// load takes in what was kept before, once. h.mu is held.
func (h *History) load() error {
	if h.loaded {
		return nil
	}
	all, err := h.changes()
	if err != nil {
		return err
	}
	for _, c := range all {
		if c.message != h.message {
			h.message, h.tracked = c.message, map[string]bool{}
		}
		if c.name == "" {
			continue
		}
		h.tracked[c.name] = true
		if c.version >= h.versions[c.name] {
			h.versions[c.name], h.sums[c.name] = c.version, ""
			if data, err := h.copyOf(c.copy); err == nil {
				sum := sha256.Sum256(data)
				h.sums[c.name] = hex.EncodeToString(sum[:])
			}
		}
	}
	h.loaded = true
	return nil
}

// copyOf reads a copy.
func (h *History) copyOf(name string) ([]byte, error) {
	if name == "" || name != filepath.Base(name) || strings.HasPrefix(name, ".") {
		return nil, fs.ErrNotExist
	}
	return os.ReadFile(filepath.Join(h.dir, name)) //nolint:gosec // a name without a directory.
}

// Restore puts the files back as they were at the first of some messages of the person's, which are given in their order,
// and gives the paths of those that it changed. What they are now is kept first, as a copy.
func (h *History) Restore(messages []string) (restored []string, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.load(); err != nil {
		return nil, err
	}
	all, err := h.changes()
	if err != nil {
		return nil, err
	}
	first := map[string]change{}
	for _, c := range all {
		if c.name == "" || !slices.Contains(messages, c.message) {
			continue
		}
		if before, ok := first[c.name]; !ok || slices.Index(messages, c.message) < slices.Index(messages, before.message) {
			first[c.name] = c
		}
	}
	var failed []error
	for name, c := range first {
		changed, err := h.restore(name, c)
		failed = append(failed, err)
		if changed {
			restored = append(restored, h.pathOf(name))
		}
	}
	slices.Sort(restored)
	h.message = "" // the next change begins a new snapshot.
	return restored, errors.Join(failed...)
}

// restore puts one file back.
func (h *History) restore(name string, c change) (changed bool, err error) {
	now, missing, ok := h.read(name)
	if !ok {
		return false, fault.New(fault.Conflict, "%s is no file any more, or lies outside the workspace; it was left as it is.", name)
	}
	rel, err := h.files.Rel(h.cwd, h.pathOf(name))
	if err != nil {
		return false, err
	}
	if c.copy == "" {
		if missing {
			return false, nil
		}
		if _, _, err := h.keep(name); err != nil {
			return false, err
		}
		return true, h.files.Remove(rel)
	}
	then, err := h.copyOf(c.copy)
	if err != nil {
		return false, fault.Wrap(err, fault.NotFound, "What %s was is not kept any more; it was left as it is.", name)
	}
	if !missing && bytes.Equal(now, then) {
		return false, nil
	}
	if _, _, err := h.keep(name); err != nil {
		return false, err
	}
	_, err = h.files.WriteFile(rel, then)
	return err == nil, err
}
