package transcript

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"claude-agent-chat/pkg/fault"
)

// Writer owns one file: nobody else in this process or another writes it meanwhile. Its methods are safe for concurrent
// use.
type Writer struct {
	mu       sync.Mutex
	path     string
	file     *os.File
	context  Context
	end      int64 // after the last whole record
	dirty    bool  // something may lie behind end
	leaf     string
	last     time.Time
	promptID string
	callers  map[string]string // by tool call: the uuid of its record
	loaded   *Conversation
}

// OpenWriter opens a session's file, or makes it, and takes its lock; fault.Busy says that another writer has it. A torn
// last line is set aside in a file beside it and cut off. Directories and a new file are synced into their parents.
func OpenWriter(_ context.Context, path string, c Context) (*Writer, error) {
	if err := makeDir(filepath.Dir(path)); err != nil {
		return nil, trouble(err)
	}
	_, statErr := os.Lstat(path)
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return nil, trouble(err)
	}
	w := &Writer{path: path, file: file, context: c, callers: map[string]string{}}
	if err := w.open(errors.Is(statErr, os.ErrNotExist)); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return w, nil
}

// open locks the file and finds its end and its leaf.
func (w *Writer) open(created bool) error {
	if err := unix.Flock(int(w.file.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		if errors.Is(err, unix.EWOULDBLOCK) {
			return fault.New(fault.Busy, "The session is being written by another process. Try again when that has ended.")
		}
		return trouble(err)
	}
	if created {
		if err := syncDir(filepath.Dir(w.path)); err != nil {
			return trouble(err)
		}
	}
	data, err := io.ReadAll(io.NewSectionReader(w.file, 0, 1<<62))
	if err != nil {
		return trouble(err)
	}
	w.end = int64(bytes.LastIndexByte(data, '\n') + 1)
	if tail := data[w.end:]; len(tail) > 0 {
		if err := w.settleTail(tail); err != nil {
			return err
		}
		data = data[:min(w.end, int64(len(data)))]
	}
	w.loaded = parse(data)
	w.loaded.sibling = siblingTitle(w.path)
	w.prime()
	return nil
}

// settleTail deals with bytes behind the last line feed: a whole record only lacks its line feed; anything else is torn.
func (w *Writer) settleTail(tail []byte) error {
	if _, whole := decode(bytes.TrimSpace(tail)); whole {
		w.end += int64(len(tail))
		if err := w.put([]byte{'\n'}); err != nil {
			return err
		}
		w.end++
		return nil
	}
	aside := fmt.Sprintf("%s.torn-%d", w.path, time.Now().UnixMilli())
	if err := writeSynced(aside, tail); err != nil {
		return trouble(err)
	}
	return w.truncate()
}

// prime takes the leaf, the time and the open calls from what was loaded.
func (w *Writer) prime() {
	if at := w.loaded.leafIndex(); at >= 0 {
		w.leaf = w.loaded.records[at].UUID
	}
	for i := range w.loaded.records {
		rec := &w.loaded.records[i]
		if rec.Timestamp.After(w.last) && rec.Timestamp.Before(time.Now().Add(24*time.Hour)) {
			w.last = rec.Timestamp.UTC()
		}
	}
}

// Conversation gives what the file held when it was opened, once: the writer does not keep it.
func (w *Writer) Conversation() *Conversation {
	w.mu.Lock()
	defer w.mu.Unlock()
	conv := w.loaded
	w.loaded = nil
	return conv
}

// Append writes entries in one write and syncs the file before it returns: its records, with their cursors, are safe
// then. When it fails nothing of them stays, and the writer can be used again when the cause has gone.
func (w *Writer) Append(_ context.Context, entries ...Entry) ([]Record, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.dirty {
		if err := w.truncate(); err != nil {
			return nil, err
		}
	}
	leaf := w.leaf
	var buf []byte
	ends := make([]int, 0, len(entries))
	for _, e := range entries {
		line, err := w.encode(e)
		if err != nil {
			w.leaf = leaf
			return nil, fault.Wrap(err, fault.Internal, "The message could not be saved.")
		}
		buf = append(buf, line...)
		ends = append(ends, len(buf))
	}
	begin := w.end
	if err := w.put(buf); err != nil {
		w.leaf = leaf
		return nil, err
	}
	w.end = begin + int64(len(buf))
	return records(buf, ends, begin), nil
}

// records decodes what was written, so that live and replayed records are made by the same code.
func records(buf []byte, ends []int, begin int64) []Record {
	out := make([]Record, 0, len(ends))
	start := 0
	for _, end := range ends {
		rec, ok := decode(bytes.TrimSpace(buf[start:end]))
		if ok {
			rec.Cursor = cursorOf(begin+int64(end), rec.UUID)
			out = append(out, rec)
		}
		start = end
	}
	return out
}

// put writes and syncs. After a failure it cuts back to the last whole record.
func (w *Writer) put(data []byte) error {
	_, err := w.file.Write(data)
	if err == nil {
		err = w.file.Sync()
	}
	if err == nil {
		return nil
	}
	w.dirty = true
	if cut := w.truncate(); cut != nil {
		err = errors.Join(err, cut)
	}
	return trouble(err)
}

// truncate cuts off what lies behind the last whole record.
func (w *Writer) truncate() error {
	if err := w.file.Truncate(w.end); err != nil {
		w.dirty = true
		return trouble(err)
	}
	if err := w.file.Sync(); err != nil {
		w.dirty = true
		return trouble(err)
	}
	w.dirty = false
	return nil
}

// End is the offset after the last record that is safe.
func (w *Writer) End() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.end
}

// Close gives the lock back.
func (w *Writer) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.file.Close()
}

// trouble turns an I/O error into a sentence.
func trouble(err error) error {
	switch {
	case errors.Is(err, unix.ENOSPC), errors.Is(err, unix.EDQUOT):
		return fault.Wrap(err, fault.Unavailable, "The disk is full. Nothing more can be saved until there is space; try again then.")
	case errors.Is(err, unix.EROFS):
		return fault.Wrap(err, fault.Unavailable, "The volume is read-only. Nothing can be saved until that has been mended.")
	case errors.Is(err, os.ErrPermission):
		return fault.Wrap(err, fault.Unavailable, "The server may not write to the volume with the conversations.")
	case errors.Is(err, unix.ELOOP):
		return fault.Wrap(err, fault.Invalid, "The session's file is a symbolic link, which is not followed.")
	default:
		return fault.Wrap(err, fault.Unavailable, "The conversation could not be saved. Try again.")
	}
}

// makeDir makes a directory and its parents, and syncs each into its own.
func makeDir(dir string) error {
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		return nil
	}
	parent := filepath.Dir(dir)
	if parent == dir {
		return os.ErrNotExist
	}
	if err := makeDir(parent); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return syncDir(parent)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// writeSynced writes a new file that is safe when it returns.
func writeSynced(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Sync(), f.Close(), syncDir(filepath.Dir(path)))
}
