package transcript

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	"claude-agent-chat/pkg/fault"
)

const (
	// maxSalvage bounds how often a damaged line is searched for a whole record.
	maxSalvage = 64
	// maxBuffer is how much is read at once, where no line is longer.
	maxBuffer = 1 << 20
)

var byteOrderMark = []byte("\ufeff")

// source is where the bytes of records are.
type source interface {
	io.ReaderAt
	// slice gives a part that nobody changes.
	slice(at, size int64) ([]byte, error)
}

// memory is a file that was read.
type memory []byte

func (m memory) ReadAt(to []byte, at int64) (int, error) {
	if n := copy(to, m[min(at, int64(len(m))):]); n < len(to) {
		return n, io.EOF
	}
	return len(to), nil
}

func (m memory) slice(at, size int64) ([]byte, error) {
	return m[at : at+size : at+size], nil
}

// openFile is a file of which parts are read when they are needed.
type openFile struct{ io.ReaderAt }

func (f openFile) slice(at, size int64) ([]byte, error) {
	data := make([]byte, size)
	return data, readFull(f, data, at)
}

// readFull reads all that was asked for. A file that has become shorter is an error.
func readFull(from io.ReaderAt, to []byte, at int64) error {
	n, err := from.ReadAt(to, at)
	switch {
	case n == len(to):
		return nil
	case err == nil || errors.Is(err, io.EOF):
		return fault.New(fault.Conflict, "The session's file was cut short while it was read.")
	default:
		return fmt.Errorf("read transcript: %w", err)
	}
}

// builder makes a skeleton of a part of a file.
type builder struct {
	skeleton *skeleton
	tally    *tally // nil if nothing but the skeleton is wanted
	fields   fields
	block    memory // all that was read, if it was read at once
}

// scan makes the skeleton of a part of a file that begins with a line.
func scan(from io.ReaderAt, start, end int64, tally *tally) (*skeleton, error) {
	s, _, err := scanBlock(from, start, end, tally)
	return s, err
}

// scanBlock gives the part itself too, if it was small enough to be read at once.
func scanBlock(from io.ReaderAt, start, end int64, tally *tally) (*skeleton, memory, error) {
	b := builder{skeleton: &skeleton{start: start, end: end, quiet: start}, tally: tally}
	if err := b.read(from, start, end); err != nil {
		return nil, nil, err
	}
	b.skeleton.index()
	return b.skeleton, b.block, nil
}

// read takes in the lines between two offsets. They are split at line feeds only.
func (b *builder) read(from io.ReaderAt, start, end int64) error {
	buf := make([]byte, max(1, min(end-start, maxBuffer)))
	if end-start <= maxBuffer {
		b.block = buf
	}
	first, held := start, 0 // held is the bytes of an unfinished line at the beginning of buf.
	for start < end {
		size := min(int64(len(buf)), end-start)
		if err := readFull(from, buf[held:size], start+int64(held)); err != nil {
			return err
		}
		taken, err := b.lines(from, buf[:size], start, start+size == end)
		if err != nil {
			return err
		}
		start += taken
		b.reserve(start-first, end-start)
		held = copy(buf, buf[min(taken, size):size])
		if held < len(buf) {
			continue
		}
		feed, err := lineFeed(from, start+int64(held), end)
		if err != nil {
			return err
		}
		if feed-start <= reach.line {
			buf = append(make([]byte, 0, feed-start+1), buf...)[:feed-start+1]
			continue
		}
		if err := b.oversized(from, start, feed-start); err != nil {
			return err
		}
		start, held = min(feed+1, end), 0
	}
	return nil
}

// reserve makes room for the bones of what is still to be read, if its records are as long as those that were.
func (b *builder) reserve(done, left int64) {
	s := b.skeleton
	need := int(int64(len(s.bones)) * left / max(1, done))
	if cap(s.bones)-len(s.bones) < need/2 {
		s.bones = slices.Grow(s.bones, need+need/16)
	}
}

// lines takes in the lines of data, and of what is unfinished if it is the last, and says how much that is.
func (b *builder) lines(from io.ReaderAt, data []byte, at int64, last bool) (taken int64, err error) {
	for len(data) > 0 {
		size := bytes.IndexByte(data, '\n')
		if size < 0 {
			if !last {
				return taken, nil
			}
			size = len(data)
		}
		if int64(size) > reach.line {
			if err := b.oversized(from, at+taken, int64(size)); err != nil {
				return taken, err
			}
		} else {
			b.line(data[:size], at+taken)
		}
		size = min(size+1, len(data))
		taken += int64(size)
		data = data[size:]
	}
	return taken, nil
}

// lineFeed finds the first line feed between two offsets; end if there is none.
func lineFeed(from io.ReaderAt, start, end int64) (int64, error) {
	buf := make([]byte, 4<<10)
	for start < end {
		part := buf[:min(int64(len(buf)), end-start)]
		if err := readFull(from, part, start); err != nil {
			return 0, err
		}
		if n := bytes.IndexByte(part, '\n'); n >= 0 {
			return start + int64(n), nil
		}
		start += int64(len(part))
		if len(buf) < maxBuffer {
			buf = make([]byte, 4*len(buf))
		}
	}
	return end, nil
}

// line takes in one line, which begins at an offset of the file.
func (b *builder) line(raw []byte, at int64) {
	text := raw
	if n := len(raw); n < 2 || raw[0] != '{' || raw[n-1] != '}' {
		text = bytes.TrimSpace(bytes.TrimPrefix(bytes.TrimSpace(raw), byteOrderMark))
	}
	if len(text) == 0 {
		return
	}
	end := at + int64(len(raw))
	start := at + int64(cap(raw)-cap(text)) // both end where the memory ends.
	if b.fields.scan(text) && len(b.fields.kind) > 0 {
		b.put(start, len(text), end)
		return
	}
	found, whole := salvage(text)
	for i, part := range found {
		b.fields.scan(text[part.start:part.end])
		b.put(start+int64(part.start), part.end-part.start, end-int64(len(found)-1-i)) // each needs a cursor of its own.
	}
	if !whole {
		b.skeleton.skipped++
	}
}

// put adds the record that was walked over last.
func (b *builder) put(start int64, size int, end int64) {
	bone := b.fields.bone()
	bone.start, bone.size, bone.tail = start, uint32(size), uint32(end-start)
	s := b.skeleton
	if n, ok := b.fields.note(); ok {
		s.note(start, n)
	}
	s.titles.take(&b.fields)
	if b.tally != nil {
		b.tally.take(&b.fields, &bone, len(s.bones))
	}
	s.bones = append(s.bones, bone)
}

// oversized takes in a line that is too long to be held.
func (b *builder) oversized(from io.ReaderAt, start, size int64) error {
	if size > reach.damaged {
		b.skeleton.skipped++
		return nil
	}
	small, err := reduce(io.NewSectionReader(from, start, size), size)
	if err != nil {
		return err
	}
	if small == nil || !b.fields.scan(small) || len(b.fields.kind) == 0 {
		b.skeleton.skipped++
		return nil
	}
	b.put(start, int(size), start+size)
	n := b.skeleton.notes[start]
	n.small = small
	b.skeleton.note(start, n)
	b.skeleton.bones[len(b.skeleton.bones)-1].flags |= boneOversized
	return nil
}

// salvage finds whole records in a damaged line: behind the zeros of a power loss, glued to a record that was torn, or to
// one that lost its line feed. It also reports whether nothing but zeros lies around them.
func salvage(line []byte) (found []span, whole bool) {
	text := bytes.Trim(line, "\x00 \t\r")
	if len(text) == 0 {
		return nil, false
	}
	whole = true
	for range maxSalvage {
		start := nextStart(text)
		if start < 0 {
			return found, whole && len(text) == 0
		}
		whole = whole && start == 0
		text = text[start:]
		size := firstRecord(text)
		if size == 0 {
			whole, text = false, text[1:]
			continue
		}
		at := cap(line) - cap(text)
		found = append(found, span{at, at + size})
		text = bytes.TrimLeft(text[size:], "\x00 \t\r")
	}
	return found, false
}

// nextStart finds what looks like the beginning of a record; -1 if there is none.
func nextStart(text []byte) int {
	if bytes.HasPrefix(text, []byte(`{"`)) {
		return 0
	}
	first := -1
	for _, begin := range []string{`{"parentUuid":`, `{"type":`, `{"isSidechain":`} {
		if at := bytes.Index(text, []byte(begin)); at >= 0 && (first < 0 || at < first) {
			first = at
		}
	}
	return first
}

// firstRecord says how long the record at the beginning of text is; 0 if there is none. An object inside a torn record is
// none: it names no session.
func firstRecord(text []byte) (size int) {
	p := parser{data: text}
	raw := p.value()
	var f fields
	if p.bad || !f.scan(raw) || len(f.session) == 0 || len(f.kind) == 0 || !valid(raw) {
		return 0
	}
	return p.at
}

func (t *titles) take(f *fields) {
	title := f.title()
	if len(title) == 0 {
		return
	}
	switch string(f.kind) {
	case typeCustomTitle:
		t.custom = text(title)
	case typeAITitle:
		t.ai = text(title)
	case typeSummary:
		t.summary = text(title)
	case typeLastPrompt:
		t.prompt = text(title)
	}
}
