package transcript

import (
	"encoding/json"
	"io"
	"sort"
	"time"
)

// Parse is what Load makes of a file's bytes.
func Parse(data []byte) *Conversation { return parse(data) }

// ParseCursor takes a cursor apart.
func ParseCursor(cursor string) (end int64, check uint32, ok bool) { return parseCursor(cursor) }

// CursorOf makes a cursor.
func CursorOf(end int64, uuid string) string { return cursorOf(end, uuid) }

// Backing is what stands between a writer and the disk.
type Backing = backing

// SetBacking puts something between a writer and its file.
func (w *Writer) SetBacking(wrap func(Backing) Backing) { w.disk.file = wrap(w.disk.file) }

// SetClock gives a writer another clock.
func (w *Writer) SetClock(now func() time.Time) { w.now = now }

// SetReach makes the rules look less far, so that small files are large for them, and gives back what they were.
func SetReach(block, near, far, line int64) (restore func()) {
	before := reach
	reach = limits{block: block, near: near, far: far, line: line, damaged: before.damaged}
	return func() { reach = before }
}

// ReadSoFar is how many bytes of the file's end a reader has read.
func (r *Reader) ReadSoFar() int64 { return r.end - r.skeleton.start }

// Decode reads one record.
func Decode(line []byte) (Record, bool) { return decode(line) }

// Marks is what the bones of a record say of it.
type Marks struct{ Prompt, Answer, Interruption bool }

// MarksOf gives what is said of a line without decoding it.
func MarksOf(line []byte) Marks {
	var f fields
	f.scan(line)
	b := f.bone()
	return Marks{b.is(bonePrompt), b.is(boneAnswer), b.is(boneInterruption)}
}

// Valid is what takes the place of json.Valid.
func Valid(data []byte) bool { return valid(data) }

// Queued is the content of a message that was typed while a tool ran.
func Queued(r *Record) json.RawMessage { return r.queued }

// SetDamaged makes shorter lines count as damaged.
func SetDamaged(size int64) (restore func()) {
	before := reach
	reach.damaged = size
	return func() { reach = before }
}

// Kept is how many files' skeletons are kept.
func Kept() int {
	skeletons.mu.Lock()
	defer skeletons.mu.Unlock()
	return len(skeletons.byID)
}

// After gives the chain's records that come after a cursor; false if the cursor is none of this chain.
func (c *Conversation) After(cursor string) ([]Record, bool) {
	chain := c.Chain()
	at, ok := find(chain, cursor)
	if !ok {
		return nil, false
	}
	return chain[at+1:], true
}

// Page gives up to limit records of the chain before a cursor, the newest if it is empty, and whether there are older
// ones. A cursor that is none of this chain gives none.
func (c *Conversation) Page(before string, limit int) (records []Record, more bool) {
	chain := c.Chain()
	end := len(chain)
	if before != "" {
		at, ok := find(chain, before)
		if !ok {
			return nil, false
		}
		end = at
	}
	start := max(0, end-max(0, limit))
	return chain[start:end], start > 0
}

// find looks a cursor up in a chain, whose records are in the order of the file.
func find(chain []Record, cursor string) (at int, ok bool) {
	end, check, ok := parseCursor(cursor)
	if !ok {
		return 0, false
	}
	at = sort.Search(len(chain), func(i int) bool { return chain[i].end >= end })
	return at, at < len(chain) && chain[at].end == end && checkOf(chain[at].UUID) == check
}

// Sideline reads a subagent's file as if it were a session's own.
func Sideline(file io.ReaderAt) io.ReaderAt { return sideline{file} }
