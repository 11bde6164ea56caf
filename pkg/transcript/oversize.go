package transcript

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// What is kept of an oversized record: all of its outline, and strings that are short.
const (
	maxKeptString   = 1 << 10
	maxKeptElements = 64
	maxKeptDepth    = 5 // record, message, content, block
	maxKept         = 64 << 10
	maxDepth        = 10_000 // as in encoding/json
)

// errUnsound says that something is no JSON.
var errUnsound = errors.New("not JSON")

// sieve copies JSON and leaves out what is long or lies deep. It reads one byte after the other and holds none of what it
// leaves out.
type sieve struct {
	in  *bufio.Reader
	out bytes.Buffer
}

// reduce makes a small record of a line that is too long to be held: what places it in its chain, and a sentence instead of
// its content. It is nil if the line holds no record.
func reduce(line io.Reader, size int64) ([]byte, error) {
	s := sieve{in: bufio.NewReaderSize(line, 64<<10)}
	err := s.line()
	if errors.Is(err, errUnsound) || errors.Is(err, io.EOF) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return shrink(s.out.Bytes(), size), nil
}

// line copies the only value of a line.
func (s *sieve) line() error {
	mark, err := s.in.Peek(len(byteOrderMark))
	if err == nil && bytes.Equal(mark, byteOrderMark) {
		_, _ = s.in.Discard(len(mark)) // it was there a moment ago.
	}
	if err := s.value(0, true); err != nil {
		return err
	}
	switch _, err := s.next(); {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		return err
	default:
		return errUnsound
	}
}

// next gives the next byte that is no white space.
func (s *sieve) next() (byte, error) {
	for {
		c, err := s.in.ReadByte()
		if err != nil || c > ' ' {
			return c, err
		}
		if classes[c] != classBetween {
			return 0, errUnsound
		}
	}
}

// value copies a value, or null if it is not to be kept.
func (s *sieve) value(depth int, keep bool) error {
	c, err := s.next()
	if err != nil {
		return err
	}
	fits := keep && depth < maxKeptDepth && s.out.Len() < room(depth)
	if keep && !fits {
		s.out.WriteString("null")
	}
	switch {
	case depth > maxDepth:
		return errUnsound
	case c == '"':
		return s.text(fits)
	case c == '{':
		return s.object(depth+1, fits)
	case c == '[':
		return s.array(depth+1, fits)
	case classes[c] == classPlain:
		return s.scalar(c, fits)
	default:
		return errUnsound
	}
}

func (s *sieve) put(c byte, keep bool) {
	if keep {
		s.out.WriteByte(c)
	}
}

func (s *sieve) scalar(c byte, keep bool) error {
	for range maxKeptString {
		s.put(c, keep)
		next, err := s.in.Peek(1)
		if len(next) == 0 {
			return err
		}
		if classes[next[0]] != classPlain {
			return nil
		}
		c, _ = s.in.ReadByte() // it was there a moment ago.
	}
	return errUnsound
}

// text copies a string whose quote was read; a long one becomes an empty one.
func (s *sieve) text(keep bool) error {
	start := s.out.Len()
	s.put('"', keep)
	for escaped := false; ; {
		part, err := s.in.ReadSlice('"')
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
		if keep && s.out.Len()-start <= maxKeptString {
			s.out.Write(part[:min(len(part), maxKeptString+2)])
		}
		whole := err == nil
		inner := part
		if whole {
			inner = part[:len(part)-1]
		}
		escaped = endsEscaped(inner, escaped)
		if whole && !escaped {
			break
		}
		escaped = escaped && !whole // the quote was escaped; the next part begins behind it.
	}
	if keep && s.out.Len()-start > maxKeptString {
		s.out.Truncate(start)
		s.out.WriteString(`""`)
	}
	return nil
}

// endsEscaped reports whether what comes behind a part of a string is escaped; before says it of the part itself.
func endsEscaped(part []byte, before bool) bool {
	slashes := 0
	for slashes < len(part) && part[len(part)-1-slashes] == '\\' {
		slashes++
	}
	if slashes == len(part) && before {
		slashes++
	}
	return slashes%2 == 1
}

func (s *sieve) object(depth int, keep bool) error {
	s.put('{', keep)
	for first := true; ; first = false {
		c, err := s.next()
		switch {
		case err != nil:
			return err
		case c == '}' && first:
			s.put('}', keep)
			return nil
		case c != '"':
			return errUnsound
		}
		if err := s.member(depth, keep && s.out.Len() < room(depth), first); err != nil {
			return err
		}
		if done, err := s.behind('}'); done || err != nil {
			s.put('}', keep)
			return err
		}
	}
}

// member copies a member of an object, of which the first quote was read.
func (s *sieve) member(depth int, keep, first bool) error {
	s.put(',', keep && !first)
	if err := s.text(keep); err != nil {
		return err
	}
	large := keep && bytes.HasSuffix(s.out.Bytes(), []byte(`"toolUseResult"`))
	c, err := s.next()
	if err != nil {
		return err
	}
	if c != ':' {
		return errUnsound
	}
	s.put(':', keep)
	if large {
		s.out.WriteString("null")
	}
	return s.value(depth, keep && !large)
}

// room is how much may be kept before a value of so many levels, so that what lies deep leaves room for the rest.
func room(depth int) int { return maxKept - maxKept/4*min(2, max(0, depth-1)) }

func (s *sieve) array(depth int, keep bool) error {
	s.put('[', keep)
	for count := 0; ; count++ {
		if count == 0 {
			c, err := s.next()
			if err != nil {
				return err
			}
			if c == ']' {
				s.put(']', keep)
				return nil
			}
			if err := s.in.UnreadByte(); err != nil {
				return fmt.Errorf("read transcript: %w", err)
			}
		}
		wanted := keep && count < maxKeptElements
		s.put(',', wanted && count > 0)
		if err := s.value(depth, wanted); err != nil {
			return err
		}
		if done, err := s.behind(']'); done || err != nil {
			s.put(']', keep)
			return err
		}
	}
}

// behind reads what stands behind a value: a comma, or the bracket that ends what holds it.
func (s *sieve) behind(closing byte) (done bool, err error) {
	c, err := s.next()
	if err != nil || c == closing {
		return true, err
	}
	if c != ',' {
		return true, errUnsound
	}
	return false, nil
}

// shrink puts a sentence in the place of a reduced record's content. Calls and results stay what they are, so that they
// still belong to each other.
func shrink(reduced []byte, size int64) []byte {
	var record map[string]json.RawMessage
	if json.Unmarshal(reduced, &record) != nil {
		return nil
	}
	sentence := fmt.Sprintf("(This message is too large to show: %d MB.)", (size+500_000)/1_000_000)
	delete(record, "toolUseResult")
	shrinkMember(record, "message", "content", sentence)
	shrinkMember(record, "attachment", "prompt", sentence)
	return mustJSON(record)
}

func shrinkMember(record map[string]json.RawMessage, outer, inner, sentence string) {
	var members map[string]json.RawMessage
	if json.Unmarshal(record[outer], &members) != nil || members[inner] == nil {
		return
	}
	members[inner] = shrinkContent(members[inner], sentence)
	record[outer] = mustJSON(members)
}

func shrinkContent(content json.RawMessage, sentence string) json.RawMessage {
	var kept []json.RawMessage
	for _, b := range contentBlocks(content) {
		switch b.Type {
		case blockToolUse:
			kept = append(kept, mustJSON(map[string]any{"type": b.Type, "id": b.ID, "name": b.Name, "input": map[string]string{"note": sentence}}))
		case blockToolResult:
			kept = append(kept, resultBlock(b.ToolUseID, mustJSON(sentence), b.IsError).Raw)
		}
	}
	if kept == nil {
		kept = append(kept, textBlock(sentence).Raw)
	}
	return mustJSON(kept)
}

// oversized makes the record of what a line was reduced to.
func oversized(small []byte) (Record, bool) {
	rec, ok := decode(small)
	rec.Raw, rec.Oversized = nil, true
	return rec, ok
}
