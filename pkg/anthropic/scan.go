package anthropic

import (
	"bytes"
	"unicode/utf8"

	"claude-agent-chat/pkg/jsontext"
)

// scanner walks over JSON without allocating. It understands what the API sends; whatever it does not understand makes
// it fail, and the caller parses again with encoding/json, which has the last word.
type scanner struct {
	in      []byte
	at      int
	scratch []byte // of unescaped strings
}

// space skips white space and reports whether anything follows.
func (s *scanner) space() bool {
	for ; s.at < len(s.in); s.at++ {
		switch s.in[s.at] {
		case ' ', '\t', '\r', '\n':
		default:
			return true
		}
	}
	return false
}

// take skips white space and then c.
func (s *scanner) take(c byte) bool {
	if s.space() && s.in[s.at] == c {
		s.at++
		return true
	}
	return false
}

// key returns the next key of an object and skips the colon. First is true before the first key; done after the last.
func (s *scanner) key(first bool) (key []byte, done, ok bool) {
	if s.take('}') {
		return nil, true, true
	}
	if !first && !s.take(',') {
		return nil, false, false
	}
	key, ok = s.plain()
	return key, false, ok && s.take(':')
}

// plain returns a string that has no escapes in it.
func (s *scanner) plain() ([]byte, bool) {
	if !s.take('"') {
		return nil, false
	}
	end := bytes.IndexByte(s.in[s.at:], '"')
	if end < 0 {
		return nil, false
	}
	text := s.in[s.at : s.at+end]
	if bytes.IndexByte(text, '\\') >= 0 {
		return nil, false
	}
	s.at += end + 1
	return text, true
}

// text returns any string, unescaped. The result is valid until the next call.
func (s *scanner) text() ([]byte, bool) {
	if !s.take('"') {
		return nil, false
	}
	start := s.at
	for i := start; i < len(s.in); i++ {
		switch c := s.in[i]; {
		case c == '"':
			s.at = i + 1
			return s.in[start:i], utf8.Valid(s.in[start:i])
		case c == '\\':
			return s.escaped(start, i)
		case c < ' ':
			return nil, false
		}
	}
	return nil, false
}

// escaped is text for a string whose first escape is at i.
func (s *scanner) escaped(start, i int) ([]byte, bool) {
	out := append(s.scratch[:0], s.in[start:i]...)
	for i < len(s.in) {
		switch c := s.in[i]; {
		case c == '"':
			s.at, s.scratch = i+1, out
			return out, utf8.Valid(out)
		case c < ' ':
			return nil, false
		case c != '\\':
			out = append(out, c)
			i++
		default:
			var n int
			if out, n = jsontext.Unescape(out, s.in[i:]); n == 0 {
				return nil, false
			}
			i += n
		}
	}
	return nil, false
}

// integer returns a small number that is not negative.
func (s *scanner) integer() (int, bool) {
	if !s.space() {
		return 0, false
	}
	n, start := 0, s.at
	for ; s.at < len(s.in) && s.in[s.at] >= '0' && s.in[s.at] <= '9'; s.at++ {
		if n = n*10 + int(s.in[s.at]-'0'); n > maxBlocks {
			return 0, false
		}
	}
	leading := s.at > start+1 && s.in[start] == '0' // 01 is no number of JSON's.
	return n, s.at > start && !leading
}
