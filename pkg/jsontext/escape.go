// Package jsontext resolves the escapes of JSON strings, for the decoders that walk over JSON by themselves.
package jsontext

import (
	"unicode/utf16"
	"unicode/utf8"
)

// letters are those that stand behind a backslash, and what they stand for.
var letters = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// Unescape appends to out what the escape at the beginning of text stands for, and says how long that is in bytes: 2, 6, or
// 12 for a pair of surrogates; 0 if it is none, and nothing is appended then. A surrogate alone is the replacement character,
// as for encoding/json.
func Unescape(out, text []byte) (to []byte, size int) {
	if size = EscapeSize(text); size == 0 {
		return out, 0
	}
	if size == 2 {
		return append(out, letters[text[1]]), size
	}
	r := unit(text)
	if !utf16.IsSurrogate(r) {
		return utf8.AppendRune(out, r), size
	}
	if pair := utf16.DecodeRune(r, unit(text[6:])); pair != utf8.RuneError {
		return utf8.AppendRune(out, pair), 12
	}
	return utf8.AppendRune(out, utf8.RuneError), size
}

// EscapeSize says how long the escape at the beginning of text is in bytes: 2 for a letter, 6 for \uXXXX, 0 if it is none.
func EscapeSize(text []byte) int {
	switch {
	case len(text) >= 2 && text[0] == '\\' && letters[text[1]] != 0:
		return 2
	case unit(text) >= 0:
		return 6
	default:
		return 0
	}
}

// unit reads \uXXXX; -1 if it is none.
func unit(text []byte) rune {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return -1
	}
	var r rune
	for _, c := range text[2:6] {
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c >= 'a' && c <= 'f':
			r = r<<4 | rune(c-'a'+10)
		case c >= 'A' && c <= 'F':
			r = r<<4 | rune(c-'A'+10)
		default:
			return -1
		}
	}
	return r
}

const digits = "0123456789abcdef"

// AppendQuoted appends a text as a JSON string: quotes, backslashes and control characters escaped, all else as it is.
// That it is valid UTF-8 is the caller's to see to.
func AppendQuoted(out []byte, text string) []byte {
	out = append(out, '"')
	done := 0
	for i := range len(text) {
		c := text[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		out = append(out, text[done:i]...)
		done = i + 1
		switch c {
		case '"', '\\':
			out = append(out, '\\', c)
		case '\n':
			out = append(out, '\\', 'n')
		case '\r':
			out = append(out, '\\', 'r')
		case '\t':
			out = append(out, '\\', 't')
		default:
			out = append(out, '\\', 'u', '0', '0', digits[c>>4], digits[c&0xf])
		}
	}
	return append(append(out, text[done:]...), '"')
}
