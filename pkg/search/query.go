package search

import (
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxItems bounds what one query asks for.
const maxItems = 16

// minBeginning is how many letters a word needs to stand for the words that begin with it.
const minBeginning = 3

// Term is a term that a document must have; with Prefix one that begins with it is enough.
type Term struct {
	Text   string
	Prefix bool
}

// Query is what somebody looks for. All of its items must be in a text. An item is a word, or what stands between double
// quotes. A word of three letters and more finds the words that begin with it too.
type Query struct {
	items []item
}

// item is one of a query, folded.
type item struct {
	text  string
	exact bool // its last word is whole
}

// Parse reads a query as people type it. A query that asks for nothing that can be found has no Terms.
func Parse(text string) Query {
	var q Query
	for i, part := range strings.Split(text, `"`) {
		if i%2 == 1 {
			q.add(part, true)
			continue
		}
		for _, word := range strings.Fields(part) {
			q.add(word, false)
		}
	}
	return q
}

func (q *Query) add(text string, exact bool) {
	text = strings.TrimFunc(Fold(text), func(r rune) bool { return classOf(r) == gap })
	if text != "" && len(q.items) < maxItems {
		q.items = append(q.items, item{strings.Join(strings.Fields(text), " "), exact || short(text)})
	}
}

// short reports whether the last word of a text has so few letters that as a beginning it would find too much.
func short(text string) bool {
	n := 0
	for text != "" {
		last, size := utf8.DecodeLastRuneInString(text)
		if classOf(last) != letter {
			break
		}
		text, n = text[:len(text)-size], n+1
	}
	return n > 0 && n < minBeginning
}

// Whole is the query for whole words only, and whether that is another one.
func (q Query) Whole() (whole Query, other bool) {
	for _, it := range q.items {
		whole.items = append(whole.items, item{it.text, true})
		other = other || !it.exact && !endsInSign(it.text)
	}
	return whole, other
}

// Terms are those that a document must have to match; a document that has them need not match.
func (q Query) Terms() []Term {
	var terms []Term
	for _, it := range q.items {
		from := len(terms)
		split(it.text, func(term string, open bool) {
			if open && len(terms) > from && strings.HasSuffix(terms[len(terms)-1].Text, term) {
				return // the end of a run, which its pair holds already.
			}
			terms = append(terms, Term{Text: term, Prefix: open})
		})
		if last := &terms[len(terms)-1]; !it.exact && strings.HasSuffix(it.text, last.Text) {
			last.Prefix = last.Prefix || !endsInSign(last.Text)
		}
	}
	return terms
}

func endsInSign(s string) bool {
	r, _ := utf8.DecodeLastRuneInString(s)
	return classOf(r) == sign
}

// Part is a piece of an excerpt.
type Part struct {
	Text  string `json:"text"`
	Match bool   `json:"match"`
}

// Text is a text that is searched.
type Text struct {
	text   string
	mapped mapped
}

// NewText prepares a text for being searched.
func NewText(text string) Text { return Text{text, foldMapped(text)} }

// Holds reports whether the text holds all that a query asks for.
func (t Text) Holds(q Query) bool { return len(t.places(q)) > 0 }

// Excerpt gives the part of the text around the first place that a query asks for, about so many runes, with the places
// marked; false if the text does not hold all that it asks for.
func (t Text) Excerpt(q Query, runes int) ([]Part, bool) {
	places := t.places(q)
	if len(places) == 0 {
		return nil, false
	}
	return cut(t.text, merged(places), runes), true
}

// places are those of all items; none if one has none.
func (t Text) places(q Query) []place {
	var places []place
	for _, it := range q.items {
		found := t.mapped.find(it)
		if len(found) == 0 {
			return nil
		}
		places = append(places, found...)
	}
	return places
}

// place is a part of a text, in bytes.
type place struct{ start, end int }

// mapped is a folded text that knows where its parts come from. White space is one space each.
type mapped struct {
	text   string
	folded []int // where parts begin in the folded text
	origin []int // where they begin in the original
}

func foldMapped(text string) mapped {
	m := mapped{}
	var b strings.Builder
	var it norm.Iter
	it.InitString(norm.NFKC, text)
	blank := false
	for at := 0; !it.Done(); at = it.Pos() {
		part := Fold(string(it.Next()))
		if strings.TrimSpace(part) == "" {
			if !blank {
				m.mark(b.Len(), at)
				b.WriteByte(' ')
			}
			blank = true
			continue
		}
		blank = false
		m.mark(b.Len(), at)
		b.WriteString(part)
	}
	m.mark(b.Len(), len(text))
	m.text = b.String()
	return m
}

func (m *mapped) mark(folded, origin int) {
	m.folded, m.origin = append(m.folded, folded), append(m.origin, origin)
}

// find gives the places of an item. A word must stand at a word's beginning, a quoted one at its end too.
func (m *mapped) find(it item) []place {
	const most = 100
	var places []place
	for at := 0; len(places) < most; {
		n := strings.Index(m.text[at:], it.text)
		if n < 0 {
			break
		}
		start := at + n
		end := start + len(it.text)
		_, size := utf8.DecodeRuneInString(m.text[start:])
		at = start + size
		before, _ := utf8.DecodeLastRuneInString(m.text[:start])
		after, _ := utf8.DecodeRuneInString(m.text[end:])
		first, _ := utf8.DecodeRuneInString(it.text)
		last, _ := utf8.DecodeLastRuneInString(it.text)
		if classOf(first) == letter && classOf(before) == letter && start > 0 ||
			it.exact && classOf(last) == letter && classOf(after) == letter && end < len(m.text) {
			continue
		}
		places = append(places, place{m.originOf(start, false), m.originOf(end, true)})
	}
	return places
}

// originOf finds where a place of the folded text comes from; up says that it is an end.
func (m *mapped) originOf(at int, up bool) int {
	n := sort.SearchInts(m.folded, at)
	if n < len(m.folded) && m.folded[n] == at || up {
		return m.origin[min(n, len(m.origin)-1)]
	}
	return m.origin[n-1]
}

// merged sorts places and joins those that touch.
func merged(places []place) []place {
	sort.Slice(places, func(i, j int) bool { return places[i].start < places[j].start })
	out := places[:1]
	for _, p := range places[1:] {
		if last := &out[len(out)-1]; p.start <= last.end {
			last.end = max(last.end, p.end)
		} else {
			out = append(out, p)
		}
	}
	return out
}

// cut makes the excerpt around the first place.
func cut(text string, places []place, runes int) []Part {
	start := back(text, places[0].start, runes/4)
	end := forth(text, start, runes)
	var parts []Part
	add := func(from, to int, match bool) {
		if piece := strings.ToValidUTF8(text[from:to], "\uFFFD"); piece != "" {
			parts = append(parts, Part{piece, match})
		}
	}
	at := start
	for _, p := range places {
		if p.start >= end {
			break
		}
		add(at, p.start, false)
		at = min(p.end, max(end, forth(text, p.start, runes)))
		add(p.start, at, true)
	}
	end = max(end, at)
	add(at, end, false)
	if start > 0 {
		parts = append([]Part{{Text: "…"}}, parts...)
	}
	if end < len(text) {
		parts = append(parts, Part{Text: "…"})
	}
	return joined(parts)
}

// joined puts neighbours of one kind together.
func joined(parts []Part) []Part {
	out := parts[:0]
	for _, p := range parts {
		if n := len(out); n > 0 && out[n-1].Match == p.Match {
			out[n-1].Text += p.Text
		} else {
			out = append(out, p)
		}
	}
	return out
}

// back goes some runes back from a place, to the beginning of a word.
func back(text string, at, runes int) int {
	for range runes {
		_, size := utf8.DecodeLastRuneInString(text[:at])
		at -= size
	}
	for n := 0; n < 20 && at > 0; n++ {
		r, size := utf8.DecodeLastRuneInString(text[:at])
		if unicode.IsSpace(r) || classOf(r) == sign {
			break
		}
		at -= size
	}
	return at
}

// forth goes some runes on from a place.
func forth(text string, at, runes int) int {
	for n := 0; n < runes && at < len(text); n++ {
		_, size := utf8.DecodeRuneInString(text[at:])
		at += size
	}
	return at
}
