package project

import (
	"regexp"
	"strings"
)

// importRef is an import: an @ behind white space, and a path in which a space is written "\ ".
var importRef = regexp.MustCompile(`(?:^|\s)@((?:\\ |[^\s])+)`)

// maxRef is the longest path of an import, in bytes.
const maxRef = 1000

// imports gives the paths that a text imports, in its order. Those in code are none.
func imports(text string) []string {
	var refs []string
	for _, m := range importRef.FindAllStringSubmatch(withoutCode(text), -1) {
		ref, _, _ := strings.Cut(strings.ReplaceAll(m[1], `\ `, " "), "#")
		if ref != "" && len(ref) <= maxRef {
			refs = append(refs, ref)
		}
	}
	return refs
}

// fence is a line that opens or closes a block of code.
var fence = regexp.MustCompile("^[ \t>]*(`{3,}|~{3,})([^\n]*)")

// fences follows the blocks of code through the lines of a text.
type fences struct{ open string }

// inside says whether a line belongs to a block, its first and last line included.
func (f *fences) inside(line string) bool {
	m := fence.FindStringSubmatch(line)
	switch {
	case f.open == "" && m == nil, f.open == "" && m[1][0] == '`' && strings.Contains(m[2], "`"):
		return false
	case f.open == "":
		f.open = m[1]
	case m != nil && strings.HasPrefix(m[1], f.open) && strings.TrimSpace(m[2]) == "":
		f.open = ""
	}
	return true
}

// withoutCode blanks blocks and spans of code. Blank lines take the place of blocks.
func withoutCode(text string) string {
	var out, paragraph strings.Builder
	flush := func() {
		out.WriteString(withoutSpans(paragraph.String()))
		paragraph.Reset()
	}
	var f fences
	for line := range strings.Lines(text) {
		inside := f.inside(line)
		if inside || strings.TrimSpace(line) == "" {
			flush() // a span does not reach over the end of a paragraph.
			out.WriteByte('\n')
			continue
		}
		paragraph.WriteString(line)
	}
	flush()
	return out.String()
}

var ticks = regexp.MustCompile("`+")

// withoutSpans blanks the spans of code in a paragraph: what stands between two runs of backticks of the same length.
func withoutSpans(s string) string {
	runs := ticks.FindAllStringIndex(s, -1)
	next := closers(runs)
	var out strings.Builder
	last := 0
	for i := 0; i < len(runs); i++ {
		end := next[i]
		if end < 0 {
			continue
		}
		out.WriteString(s[last:runs[i][1]])
		last, i = runs[end][0], end
	}
	out.WriteString(s[last:])
	return out.String()
}

// closers gives for each run of backticks the next one of its length, or -1.
func closers(runs [][]int) []int {
	next := make([]int, len(runs))
	latest := map[int]int{}
	for i := len(runs) - 1; i >= 0; i-- {
		length := runs[i][1] - runs[i][0]
		next[i] = -1
		if j, ok := latest[length]; ok {
			next[i] = j
		}
		latest[length] = i
	}
	return next
}

const commentStart, commentEnd = "<!--", "-->"

// withoutComments takes out the comments that begin a line, which are notes for people. Comments in code or within a line
// stay, and so does one without an end.
func withoutComments(text string) string {
	if !strings.Contains(text, commentStart) {
		return text
	}
	var out strings.Builder
	var f fences
	for text != "" {
		if f.open == "" && strings.HasPrefix(strings.TrimLeft(text, " "), commentStart) {
			_, rest, ok := strings.Cut(text, commentEnd)
			if !ok {
				break
			}
			text = strings.TrimPrefix(rest, "\n")
			continue
		}
		line, rest, found := strings.Cut(text, "\n")
		f.inside(line)
		out.WriteString(line)
		if found {
			out.WriteByte('\n')
		}
		text = rest
	}
	out.WriteString(text)
	return out.String()
}
