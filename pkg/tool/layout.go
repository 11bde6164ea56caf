package tool

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
)

// layout is a JSON text that is changed in places: all else stays as it was written, the order of members, white space and
// numbers that no program could write again included.
type layout struct {
	text    []byte
	changes []replacement
}

// span is a part of the text.
type span struct{ start, end int }

// replacement puts other text in the place of a span, which may be empty.
type replacement struct {
	span
	with string
}

// entry is an element of a list, or a member of an object with its key.
type entry struct {
	key   string
	all   span // key and value
	value span
}

var errLayout = errors.New("no such JSON")

// list gives the entries of the object or list in a span.
func (l *layout) list(in span) ([]entry, error) {
	decoder := json.NewDecoder(bytes.NewReader(l.text[in.start:in.end]))
	open, err := decoder.Token()
	if err != nil {
		return nil, err
	}
	if open != json.Delim('{') && open != json.Delim('[') {
		return nil, errLayout
	}
	var entries []entry
	for decoder.More() {
		e := entry{all: span{start: l.skip(in.start + int(decoder.InputOffset()))}}
		if open == json.Delim('{') {
			key, err := decoder.Token()
			if err != nil {
				return nil, err
			}
			e.key, _ = key.(string) // a key is nothing else.
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil, err
		}
		e.all.end = in.start + int(decoder.InputOffset())
		e.value = span{e.all.end - len(value), e.all.end}
		entries = append(entries, e)
	}
	_, err = decoder.Token()
	return entries, err
}

// skip goes over white space and a comma.
func (l *layout) skip(at int) int {
	for at < len(l.text) && strings.IndexByte(" \t\r\n,", l.text[at]) >= 0 {
		at++
	}
	return at
}

// member finds a member by its key; of several the last counts, as for every reader.
func member(entries []entry, key string) (entry, bool) {
	for _, e := range slices.Backward(entries) {
		if e.key == key {
			return e, true
		}
	}
	return entry{}, false
}

// gap is the white space before a place in the text.
func (l *layout) gap(at int) string {
	start := at
	for start > 0 && strings.IndexByte(" \t\r\n", l.text[start-1]) >= 0 {
		start--
	}
	return string(l.text[start:at])
}

// render writes a value as it is to stand in the line in which at is. A text on one line stays on one.
func (l *layout) render(v any, at int) (string, error) {
	line := l.text[bytes.LastIndexByte(l.text[:at], '\n')+1 : at]
	prefix := string(line[:len(line)-len(bytes.TrimLeft(line, " \t"))])
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if unit := l.unit(); unit != "" {
		encoder.SetIndent(prefix, unit)
	}
	err := encoder.Encode(v)
	return strings.TrimSuffix(b.String(), "\n"), err
}

// unit is the indentation of one level: that of the first member, empty if all is on one line.
func (l *layout) unit() string {
	inside, _ := bytes.CutPrefix(bytes.TrimLeft(l.text, " \t\r\n"), []byte("{"))
	blank := inside[:len(inside)-len(bytes.TrimLeft(inside, " \t\r\n"))]
	return string(blank[bytes.LastIndexByte(blank, '\n')+1:])
}

// set gives a member of an object a value. It is added as the last one if it is not there.
func (l *layout) set(members []entry, key string, v any) error {
	if len(members) == 0 {
		return errLayout
	}
	e, ok := member(members, key)
	if !ok {
		e = members[len(members)-1]
	}
	value, err := l.render(v, e.all.start)
	if err != nil {
		return err
	}
	if ok {
		l.change(e.value, value)
		return nil
	}
	name := `"` + key + `"` + between(l.text[e.all.start:e.value.start])
	l.change(span{e.all.end, e.all.end}, ","+l.gap(e.all.start)+name+value)
	return nil
}

// between is what stands between a key and its value.
func between(keyed []byte) string {
	return string(keyed[bytes.LastIndexByte(keyed, '"')+1:])
}

// remove takes entries out of their object or list; gone are their indices, in order.
func (l *layout) remove(entries []entry, gone ...int) {
	for len(gone) > 0 {
		first, last := gone[0], gone[0]
		for gone = gone[1:]; len(gone) > 0 && gone[0] == last+1; gone = gone[1:] {
			last++
		}
		switch {
		case last+1 < len(entries):
			l.change(span{entries[first].all.start, entries[last+1].all.start}, "")
		case first > 0:
			l.change(span{entries[first-1].all.end, entries[last].all.end}, "")
		default:
			l.change(span{entries[first].all.start, entries[last].all.end}, "")
		}
	}
}

func (l *layout) change(at span, with string) {
	l.changes = append(l.changes, replacement{at, with})
}

// String is the text with all its changes, which must not overlap.
func (l *layout) String() string {
	slices.SortStableFunc(l.changes, func(a, b replacement) int { return a.start - b.start })
	var b strings.Builder
	at := 0
	for _, c := range l.changes {
		b.Write(l.text[at:c.start])
		b.WriteString(c.with)
		at = c.end
	}
	b.Write(l.text[at:])
	return b.String()
}
