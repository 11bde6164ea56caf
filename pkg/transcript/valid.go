package transcript

import (
	"encoding/binary"
	"math/bits"

	"claude-agent-chat/pkg/jsontext"
)

// valid reports whether data is one JSON value, as json.Valid does and several times as fast.
func valid(data []byte) bool {
	v := validator{data: data}
	return v.value(0) && v.peek() == 0 && v.at == len(data)
}

// validator walks over JSON and takes nothing for granted.
type validator struct {
	data []byte
	at   int
}

// peek gives the next byte that is no white space; 0 at the end, and what cannot stand anywhere for other zeros.
func (v *validator) peek() byte {
	for ; v.at < len(v.data); v.at++ {
		switch c := v.data[v.at]; c {
		case ' ', '\t', '\r', '\n':
		case 0:
			return 1
		default:
			return c
		}
	}
	return 0
}

func (v *validator) value(depth int) bool {
	switch c := v.peek(); {
	case depth > maxDepth:
		return false
	case c == '"':
		return v.text()
	case c == '{':
		return v.object(depth + 1)
	case c == '[':
		return v.array(depth + 1)
	case c == 't':
		return v.word("true")
	case c == 'f':
		return v.word("false")
	case c == 'n':
		return v.word("null")
	default:
		return v.number()
	}
}

func (v *validator) object(depth int) bool {
	if depth > maxDepth {
		return false
	}
	v.at++
	if v.peek() == '}' {
		v.at++
		return true
	}
	for {
		if v.peek() != '"' || !v.text() || v.peek() != ':' {
			return false
		}
		v.at++
		if !v.value(depth) {
			return false
		}
		c := v.peek()
		v.at++
		if c != ',' {
			return c == '}'
		}
	}
}

func (v *validator) array(depth int) bool {
	if depth > maxDepth {
		return false
	}
	v.at++
	if v.peek() == ']' {
		v.at++
		return true
	}
	for {
		if !v.value(depth) {
			return false
		}
		c := v.peek()
		v.at++
		if c != ',' {
			return c == ']'
		}
	}
}

func (v *validator) word(word string) bool {
	end := v.at + len(word)
	if end > len(v.data) || string(v.data[v.at:end]) != word {
		return false
	}
	v.at = end
	return true
}

func (v *validator) number() bool {
	v.skip('-', '-')
	if !v.skip('0', '0') && !v.digits() {
		return false
	}
	if v.skip('.', '.') && !v.digits() {
		return false
	}
	if v.skip('e', 'E') {
		v.skip('+', '-')
		return v.digits()
	}
	return true
}

// skip steps over either of two bytes.
func (v *validator) skip(a, b byte) bool {
	if v.at < len(v.data) && (v.data[v.at] == a || v.data[v.at] == b) {
		v.at++
		return true
	}
	return false
}

func (v *validator) digits() bool {
	start := v.at
	for v.at < len(v.data) && v.data[v.at] >= '0' && v.data[v.at] <= '9' {
		v.at++
	}
	return v.at > start
}

// text steps over a string.
func (v *validator) text() bool {
	for v.at++; ; {
		v.at = special(v.data, v.at)
		if v.at >= len(v.data) {
			return false
		}
		switch v.data[v.at] {
		case '"':
			v.at++
			return true
		case '\\':
			if !v.escape() {
				return false
			}
		default:
			return false
		}
	}
}

func (v *validator) escape() bool {
	size := jsontext.EscapeSize(v.data[v.at:])
	v.at += size
	return size > 0
}

// special finds the first quote, backslash or control character from an offset on, eight bytes at a time.
func special(data []byte, at int) int {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	for ; at+8 <= len(data); at += 8 {
		word := binary.LittleEndian.Uint64(data[at:])
		quote, slash := word^ones*'"', word^ones*'\\'
		if found := ((quote-ones)&^quote | (slash-ones)&^slash | (word-ones*' ')&^word) & tops; found != 0 {
			return at + bits.TrailingZeros64(found)/8
		}
	}
	for ; at < len(data); at++ {
		if c := data[at]; c == '"' || c == '\\' || c < ' ' {
			return at
		}
	}
	return at
}
