package transcript

import (
	"bytes"
	"context"
	"errors"
	"os"
	"sync"
	"time"

	"claude-agent-chat/pkg/fault"
)

// maxAhead is how far a file's times may lie in the future and still be believed. Clocks jump.
const maxAhead = 24 * time.Hour

// Writer owns one file: nobody else in this process or another that uses this package writes it meanwhile. Its methods
// are safe for concurrent use.
type Writer struct {
	context Context
	now     func() time.Time

	mu       sync.Mutex
	disk     *disk
	progress progress
	loaded   *Conversation
}

// OpenWriter opens a session's file, or makes it, and takes its lock; fault.Busy says that another writer has it. A torn
// last line is set aside in a file beside it and cut off. Directories and a new file are synced into their parents.
// Close gives the lock back; so does the end of the process.
func OpenWriter(ctx context.Context, path string, c Context) (*Writer, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	file, err := openLocked(path)
	if err != nil {
		return nil, err
	}
	if c.Version == "" {
		c.Version = FormatVersion
	}
	if c.Entrypoint == "" {
		c.Entrypoint = "sdk-cli"
	}
	w := &Writer{context: c, now: time.Now, disk: &disk{file: file, path: path}}
	if err := w.load(file); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return w, nil
}

// load reads the file and settles what lies behind its last line feed.
func (w *Writer) load(file *os.File) error {
	data, err := readUpTo(file, -1)
	if err != nil {
		return trouble(err)
	}
	w.disk.end = int64(bytes.LastIndexByte(data, '\n') + 1)
	if tail := data[w.disk.end:]; len(tail) > 0 {
		whole, err := w.disk.settleTail(tail)
		if err != nil {
			return err
		}
		if !whole {
			data = data[:len(data)-len(tail)]
		}
	}
	w.loaded = parse(data)
	w.loaded.siblings = readSiblings(w.disk.path)
	w.prime()
	return nil
}

// prime takes the progress of the chain from what was loaded.
func (w *Writer) prime() {
	conv := w.loaded
	p := progress{callers: map[string]string{}, answers: map[string]bool{}, title: conv.customTitle()}
	if at := conv.leafIndex(); at >= 0 {
		p.leaf = conv.records[at].UUID
	}
	limit := w.now().Add(maxAhead)
	for i := range conv.records {
		rec := &conv.records[i]
		if rec.Timestamp.After(p.last) && rec.Timestamp.Before(limit) {
			p.last = rec.Timestamp.UTC()
		}
		if rec.MessageID != "" {
			p.answers[rec.MessageID] = true
		}
		if rec.PromptID != "" && !rec.Sidechain {
			p.promptID = rec.PromptID
		}
	}
	for _, call := range conv.OpenCalls() {
		p.callers[call.ID] = call.RecordUUID
	}
	w.progress = p
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
// then. When it fails nothing of them stays, and the writer can be used again when the cause has gone. It is fault.Busy
// if a program that takes no lock has written the file meanwhile. The context counts until the write begins.
func (w *Writer) Append(ctx context.Context, entries ...Entry) ([]Record, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if len(entries) == 0 {
		return nil, nil
	}
	b := newBatch(w.progress, w.context, w.now)
	for _, e := range entries {
		if err := b.add(e); err != nil {
			return nil, fault.Wrap(err, fault.Internal, "The message could not be saved.")
		}
	}
	begin, err := w.disk.append(b.data)
	if err != nil {
		return nil, err
	}
	for _, id := range b.ids {
		b.answers[id] = true
	}
	w.progress = b.progress
	return b.records(begin), nil
}

// records decodes what was written, so that live and replayed records are made by the same code.
func (b *batch) records(begin int64) []Record {
	out := make([]Record, 0, len(b.lines))
	for _, l := range b.lines {
		if rec, ok := decode(b.data[l.start:l.end]); ok {
			rec.end = begin + int64(l.end)
			rec.Cursor = cursorOf(rec.end, rec.UUID)
			out = append(out, rec)
		}
	}
	return out
}

// End is the offset after the last record that is safe.
func (w *Writer) End() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.disk.end
}

// Leaf is the uuid of the record that the next one hangs from; empty if there is none.
func (w *Writer) Leaf() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.progress.leaf
}

// Close gives the lock back.
func (w *Writer) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.disk.file.Close()
}
