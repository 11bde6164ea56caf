package project

import "strings"

// fields splits arguments as a shell splits words: at white space, but not in quotes or behind a backslash. Where a quote
// has no end, as in "don't", quotes and backslashes mean nothing.
func fields(s string) []string {
	var f splitter
	for _, r := range s {
		f.add(r)
	}
	if f.quote != 0 || f.escaped {
		return strings.Fields(s)
	}
	f.end()
	return f.words
}

// splitter is a state of fields.
type splitter struct {
	words   []string
	word    strings.Builder
	started bool // an empty word in quotes is one too
	quote   rune
	escaped bool
}

func (f *splitter) add(r rune) {
	switch {
	case f.escaped:
		if f.quote == '"' && r != '"' && r != '\\' {
			f.word.WriteByte('\\')
		}
		f.word.WriteRune(r)
		f.escaped = false
	case r == '\\' && f.quote != '\'':
		f.escaped, f.started = true, true
	case r == f.quote:
		f.quote = 0
	case f.quote == 0 && (r == '"' || r == '\''):
		f.quote, f.started = r, true
	case f.quote == 0 && strings.ContainsRune(" \t\n\r", r):
		f.end()
	default:
		f.word.WriteRune(r)
		f.started = true
	}
}

func (f *splitter) end() {
	if f.started {
		f.words = append(f.words, f.word.String())
	}
	f.word.Reset()
	f.started = false
}
