package transcript

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"slices"
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
	opened   *Reader // of the file as it was when it was opened; nil once its conversation was asked for
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
	w := &Writer{context: c, now: time.Now, disk: &disk{file: synced{file}, path: path}}
	if err := w.load(file); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return w, nil
}

// load settles what lies behind the file's last line feed, and reads as much of its end as the next record needs.
func (w *Writer) load(file *os.File) error {
	id, err := identify(file)
	if err != nil {
		return trouble(err)
	}
	if w.disk.end, err = lastLine(file, id.size); err != nil {
		return trouble(err)
	}
	if w.disk.end < id.size {
		tail := make([]byte, id.size-w.disk.end)
		if err := readFull(file, tail, w.disk.end); err != nil {
			return trouble(err)
		}
		if _, err := w.disk.settleTail(tail); err != nil {
			return err
		}
		id = identity{} // not the file's any more.
	}
	if w.context.AgentID != "" {
		data, err := unsidelined(file, w.disk.end)
		if err != nil {
			return trouble(err)
		}
		w.opened = newReader(bytes.NewReader(data), w.disk.end)
		return w.prime()
	}
	w.opened = newReader(file, w.disk.end)
	w.opened.identity = id
	return w.prime()
}

// unsidelined reads a subagent's file as if it were a session's own.
func unsidelined(file io.ReaderAt, end int64) ([]byte, error) {
	data := make([]byte, end)
	return data, readFull(sideline{file}, data, 0)
}

// lastLine finds the offset behind the last line feed.
func lastLine(file io.ReaderAt, size int64) (int64, error) {
	buf := make([]byte, min(64<<10, size))
	for size > 0 {
		part := buf[:min(int64(len(buf)), size)]
		size -= int64(len(part))
		if err := readFull(file, part, size); err != nil {
			return 0, err
		}
		if n := bytes.LastIndexByte(part, '\n'); n >= 0 {
			return size + int64(n) + 1, nil
		}
	}
	return 0, nil
}

// prime takes the progress of the chain from the end of the file. The person's title is looked for as far as the last
// last-prompt, which it is repeated behind.
func (w *Writer) prime() error {
	r := w.opened
	if err := r.settleTurn(); err != nil {
		return trouble(err)
	}
	if r.skeleton.titles.prompt == "" {
		if err := r.reachBack(r.end - reach.far); err != nil {
			return trouble(err)
		}
	}
	w.progress = progress{
		callers: map[string]string{}, answers: map[string]bool{},
		title: cmp.Or(r.skeleton.titles.custom, readSiblings(w.disk.path).customTitle),
	}
	return cmp.Or(w.primeLeaf(), w.primeCalls(), w.primeIDs())
}

// primeLeaf finds the record that the next one hangs from: the leaf, or the first one before it that is not broken inside.
func (w *Writer) primeLeaf() error {
	b := w.opened.people()
	for _, at := range slices.Backward(b.path) {
		rec, err := b.record(w.opened, at)
		if err == nil {
			w.progress.leaf = rec.UUID
			return nil
		}
		if !errors.Is(err, errBroken) {
			return trouble(err)
		}
	}
	return nil
}

// primeCalls finds the calls whose results may be appended.
func (w *Writer) primeCalls() error {
	b := w.opened.people()
	holders, answered := b.openCalls()
	for _, at := range holders {
		rec, err := b.record(w.opened, at)
		if err != nil && !errors.Is(err, errBroken) {
			return trouble(err)
		}
		for _, call := range callsWithout(&rec, answered) {
			w.progress.callers[call.ID] = call.RecordUUID
		}
	}
	return nil
}

// maxAnswers is how many of the last answers have ids that the next may not have.
const maxAnswers = 100

// primeIDs finds the time of the newest record, the id of the last prompt, and those of the last answers.
func (w *Writer) primeIDs() error {
	s := w.opened.skeleton
	limit := w.now().Add(maxAhead)
	seen := map[uint64]bool{}
	for at := range slices.Backward(s.bones) {
		b := &s.bones[at]
		if b.time != noTime {
			if when := time.UnixMilli(b.time).UTC(); when.After(w.progress.last) && when.Before(limit) {
				w.progress.last = when
			}
		}
		prompted := w.progress.promptID == "" && b.is(bonePrompted) && !b.is(boneSidechain)
		answer := b.message != 0 && !seen[b.message] && len(seen) < maxAnswers
		if !prompted && !answer {
			continue
		}
		rec, err := s.record(w.opened, at)
		if err != nil && !errors.Is(err, errBroken) {
			return trouble(err)
		}
		if prompted {
			w.progress.promptID = rec.PromptID
		}
		if answer {
			seen[b.message] = true
			w.progress.answers[rec.MessageID] = true
		}
	}
	return nil
}

// Model gives what the model sees of the file as it was when it was opened, once: the writer does not keep it. Its other
// records are there until the writer is closed.
func (w *Writer) Model() (*Conversation, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.opened
	if r == nil {
		return nil, nil
	}
	w.opened = nil
	return r.Model()
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
		if rec, ok := readSound(b.data[l.start:l.end:l.end]); ok { // what was encoded here is sound.
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
