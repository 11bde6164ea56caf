package transcript

import (
	"bytes"
	"unicode/utf8"

	"claude-agent-chat/pkg/jsontext"
)

// What a byte may be outside of strings.
const (
	classBad     = iota
	classPlain   // of a number or a word
	classBetween // white space, comma, colon
	classQuote
	classOpen
	classClose
)

var classes = makeClasses()

func makeClasses() (table [256]byte) {
	for class, members := range map[byte]string{
		classPlain: "0123456789+-.eEtrufalsn", classBetween: " \t\r\n,:", classQuote: `"`, classOpen: "{[", classClose: "}]",
	} {
		for i := range len(members) {
			table[members[i]] = class
		}
	}
	return table
}

// parser walks over JSON without decoding it: strings are passed by their ends, values inside others by their brackets.
// What it takes for sound can still be broken inside; what is sound it always takes. After a mistake bad is set and
// nothing more is found.
type parser struct {
	data []byte
	at   int
	bad  bool
}

func (p *parser) fail() { p.bad, p.at = true, len(p.data) }

// peek gives the next byte that is no white space; 0 at the end.
func (p *parser) peek() byte {
	for p.at < len(p.data) {
		c := p.data[p.at]
		if c > ' ' {
			return c
		}
		if c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			return 1 // nothing that could stand here.
		}
		p.at++
	}
	return 0
}

// enter steps into an object or an array, whose opening bracket must be the next byte.
func (p *parser) enter(open byte) bool {
	if p.peek() != open {
		return false
	}
	p.at++
	return true
}

// more moves to the next element of what was entered; false at its end, which it steps over.
func (p *parser) more(first bool, closing byte) bool {
	c := p.peek()
	switch {
	case c == closing:
		p.at++
		return false
	case first:
		return !p.bad
	case c != ',':
		p.fail()
		return false
	}
	p.at++
	if p.peek() == closing {
		p.fail()
	}
	return !p.bad
}

// key moves to the value of the next member of an object and gives its name; false at the end of the object.
func (p *parser) key(first bool) (name []byte, ok bool) {
	if !p.more(first, '}') {
		return nil, false
	}
	if p.peek() != '"' {
		p.fail()
		return nil, false
	}
	name = p.name()
	if p.peek() != ':' {
		p.fail()
		return nil, false
	}
	p.at++
	return name, true
}

// members steps over an object that is the next value, and stops behind the name of each member for its value to be stepped
// over. A value of another kind is left where it is.
func (p *parser) members(yield func(key []byte) bool) {
	if !p.enter('{') {
		return
	}
	for first := true; ; first = false {
		key, ok := p.key(first)
		if !ok || !yield(key) {
			return
		}
	}
}

// name steps over a member's name and gives it. Names are short and have no escapes, nearly always.
func (p *parser) name() []byte {
	start := p.at + 1
	for i := start; i < len(p.data); i++ {
		switch p.data[i] {
		case '"':
			p.at = i + 1
			return p.data[start:i]
		case '\\':
			return plain(p.text())
		}
	}
	p.fail()
	return nil
}

// text steps over a string and gives what is between its quotes, escapes as they are.
func (p *parser) text() []byte {
	start := p.at + 1
	end := closingQuote(p.data, start)
	if end < 0 {
		p.fail()
		return nil
	}
	p.at = end + 1
	return p.data[start:end]
}

// closingQuote finds the end of the string whose first byte is at i; -1 if it has none.
func closingQuote(data []byte, i int) int {
	for at := i; ; at++ {
		n := bytes.IndexByte(data[at:], '"')
		if n < 0 {
			return -1
		}
		at += n
		if at == i || data[at-1] != '\\' {
			return at
		}
		slashes := at - 1
		for slashes > i && data[slashes-1] == '\\' {
			slashes--
		}
		if (at-slashes)%2 == 0 {
			return at
		}
	}
}

// value steps over any value and gives it.
func (p *parser) value() []byte {
	c := p.peek()
	start := p.at
	switch classes[c] {
	case classQuote:
		p.text()
	case classOpen:
		p.nested()
	case classPlain:
		for p.at < len(p.data) && classes[p.data[p.at]] == classPlain {
			p.at++
		}
	default:
		p.fail()
	}
	if p.bad {
		return nil
	}
	return p.data[start:p.at]
}

// nested steps over an object or an array by its brackets. The kinds of the outer 64 must match.
func (p *parser) nested() {
	var arrays uint64 // a bit for each level
	depth := 0
	data := p.data
	for i := p.at; i < len(data); i++ {
		switch classes[data[i]] {
		case classQuote:
			end := closingQuote(data, i+1)
			if end < 0 {
				p.fail()
				return
			}
			i = end
		case classOpen:
			if depth < 64 {
				arrays = arrays&^(1<<depth) | uint64(data[i]>>5&1^1)<<depth
			}
			depth++
		case classClose:
			depth--
			if depth < 64 && arrays>>depth&1 != uint64(data[i]>>5&1^1) {
				p.fail()
				return
			}
			if depth == 0 {
				p.at = i + 1
				return
			}
		case classBad:
			p.fail()
			return
		}
	}
	p.fail()
}

// optional steps over a value; a string replaces what stands in to.
func (p *parser) optional(to *[]byte) {
	if p.peek() == '"' {
		*to = p.text()
		return
	}
	p.value()
}

// flag steps over a value; true or false replaces what stands in to.
func (p *parser) flag(to *bool) {
	switch value := p.value(); string(value) {
	case "true":
		*to = true
	case "false":
		*to = false
	}
}

// plain gives the text of a string from what stands between its quotes, as encoding/json would: escapes resolved, and what
// is not Unicode replaced. It gives its argument where nothing is to be done.
func plain(inner []byte) []byte {
	if bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner) {
		return inner
	}
	out := make([]byte, 0, len(inner))
	for i := 0; i < len(inner); {
		c := inner[i]
		switch {
		case c == '\\':
			var size int
			if out, size = jsontext.Unescape(out, inner[i:]); size == 0 { // as in a line that is broken.
				out, size = utf8.AppendRune(out, utf8.RuneError), 1
			}
			i += size
		case c < utf8.RuneSelf:
			next := i + 1
			for next < len(inner) && inner[next] < utf8.RuneSelf && inner[next] != '\\' {
				next++
			}
			out = append(out, inner[i:next]...)
			i = next
		default:
			r, size := utf8.DecodeRune(inner[i:])
			out = utf8.AppendRune(out, r)
			i += size
		}
	}
	return out
}
