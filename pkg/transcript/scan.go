package transcript

import (
	"bytes"
	"encoding/json"
)

// maxSalvage bounds how often a damaged line is searched for a whole record.
const maxSalvage = 64

var byteOrderMark = []byte("\ufeff")

// parse splits data at line feeds only and takes every whole record.
func parse(data []byte) *Conversation {
	conv := &Conversation{byUUID: map[string]int{}, older: map[int]int{}}
	for offset := 0; offset < len(data); {
		end := len(data)
		if n := bytes.IndexByte(data[offset:], '\n'); n >= 0 {
			end = offset + n
		}
		conv.take(data[offset:end], int64(end))
		offset = end + 1
	}
	return conv
}

// take takes in one line, which ends at an offset of the file.
func (c *Conversation) take(raw []byte, end int64) {
	text := bytes.TrimSpace(bytes.TrimPrefix(bytes.TrimSpace(raw), byteOrderMark))
	if len(text) == 0 {
		return
	}
	rec, ok := decode(text)
	if ok {
		c.put(rec, end)
		return
	}
	found, whole := salvage(text)
	for i, rec := range found {
		c.put(rec, end-int64(len(found)-1-i)) // records on one line still need cursors of their own.
	}
	if !whole {
		c.skipped++
	}
}

func (c *Conversation) put(rec Record, end int64) {
	rec.end = end
	rec.Cursor = cursorOf(end, rec.UUID)
	c.add(rec)
}

// salvage finds whole records in a damaged line: behind the zeros of a power loss, glued to a record that was torn, or to
// one that lost its line feed. It also reports whether nothing but zeros lies around them.
func salvage(text []byte) (found []Record, whole bool) {
	text = bytes.Trim(text, "\x00 \t\r")
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
		rec, size, ok := decodeFirst(text)
		if !ok {
			whole, text = false, text[1:]
			continue
		}
		found = append(found, rec)
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

// decodeFirst reads the record at the beginning of text, and says how long it is. An object inside a torn record is none:
// it names no session.
func decodeFirst(text []byte) (rec Record, size int, ok bool) {
	var raw json.RawMessage
	dec := json.NewDecoder(bytes.NewReader(text))
	if dec.Decode(&raw) != nil {
		return Record{}, 0, false
	}
	var l line
	if err := json.Unmarshal(raw, &l); err != nil && !isTypeError(err) || l.SessionID == "" {
		return Record{}, 0, false
	}
	rec, ok = decode(raw)
	return rec, int(dec.InputOffset()), ok
}
