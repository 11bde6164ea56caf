// Package search is the language of full-text search, without the database: how a text becomes terms, what a query asks
// for, and which part of a text answers it. Words of scripts that put spaces between them are terms as they are; texts of
// the others, such as Chinese, become all pairs of neighbouring characters, so that a word of two is found and no
// dictionary is needed.
package search

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// maxTerm bounds a term in runes: what is longer is no word.
const maxTerm = 40

// Fold is the form in which texts are compared: without regard to case and width, valid UTF-8.
func Fold(s string) string {
	if isASCII(s) {
		return strings.ToLower(s)
	}
	return norm.NFKC.String(cases.Fold().String(norm.NFKC.String(strings.ToValidUTF8(s, "\uFFFD"))))
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// unspaced are the scripts without spaces between their words.
var unspaced = []*unicode.RangeTable{
	unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar,
}

// class is what a rune is to the terms.
type class uint8

const (
	gap    class = iota // between terms
	letter              // of a word
	sign                // of a text without spaces
)

func classOf(r rune) class {
	switch {
	case r < utf8.RuneSelf:
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' {
			return letter
		}
		return gap
	case r >= 0x0e00 && unicode.In(r, unspaced...):
		return sign
	case unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r):
		return letter
	default:
		return gap
	}
}

// Terms gives the terms of a text, each once, in the order in which they come first.
func Terms(text string) []string {
	seen := map[string]bool{}
	var terms []string
	split(Fold(text), func(term string, _ bool) {
		if !seen[term] {
			seen[term] = true
			terms = append(terms, term)
		}
	})
	return terms
}

// split gives the terms of a folded text; open says of the last sign of a run that it is no pair.
func split(folded string, term func(term string, open bool)) {
	start, kind := 0, gap
	end := func(at int) {
		run := folded[start:at]
		switch kind {
		case letter:
			term(clip(run), false)
		case sign:
			pairs(run, term)
		case gap:
		}
	}
	for at, r := range folded {
		if c := classOf(r); c != kind {
			end(at)
			start, kind = at, c
		}
	}
	end(len(folded))
}

// pairs gives the pairs of a run of signs, and its last sign alone, by which a search for one sign finds it.
func pairs(run string, term func(term string, open bool)) {
	for len(run) > 0 {
		_, first := utf8.DecodeRuneInString(run)
		_, second := utf8.DecodeRuneInString(run[first:])
		term(run[:first+second], second == 0)
		run = run[first:]
	}
}

func clip(word string) string {
	if len(word) <= maxTerm {
		return word
	}
	n := 0
	for at := range word {
		if n++; n > maxTerm {
			return word[:at]
		}
	}
	return word
}
