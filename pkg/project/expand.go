package project

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Limits of an expansion. What is beyond them stays as it was written.
const (
	maxExpanded = 1 << 20 // bytes of text
	maxSnippets = 100
	maxFiles    = 100
	maxNames    = 100
)

// Expansion is a command or skill with its arguments filled in. What the template asks for besides is only listed:
// whether a command runs and a file is read is the caller's to decide.
type Expansion struct {
	Text  string
	Shell []Snippet // in the order of the text, not overlapping
	Files []string  // as written behind "@", relative to the working directory; each once
}

// Snippet is a shell command in the template whose output takes its place. Arguments may be part of Command, but none
// can add a snippet.
type Snippet struct {
	Start, End int // in Text
	Command    string
}

// Expand fills in the arguments that the person or the model wrote behind the command's name.
func (c Command) Expand(args string) Expansion {
	return expand(c.Body, args, c.Arguments, "")
}

// Expand is Command.Expand for a skill; ${CLAUDE_SKILL_DIR} in it becomes its directory.
func (s Skill) Expand(args string) Expansion {
	return expand(s.Body, args, s.Arguments, s.Dir)
}

// Fill gives the text with each snippet replaced by its output. Snippets without an output stay.
func (x Expansion) Fill(outputs []string) string {
	var out strings.Builder
	last := 0
	for i, output := range outputs[:min(len(outputs), len(x.Shell))] {
		out.WriteString(x.Text[last:x.Shell[i].Start])
		out.WriteString(output)
		last = x.Shell[i].End
	}
	out.WriteString(x.Text[last:])
	return out.String()
}

var (
	// snippet is !`command` at the beginning of a line or behind white space, or a block that begins with ```!.
	snippet = regexp.MustCompile("(?ms)(?:^|[ \t])(!`([^`\n]+)`)|^(```![ \t]*\n(.*?)\n```)")
	// fileRef is @path or @"path with spaces" behind white space.
	fileRef = regexp.MustCompile(`(?:^|\s)@(?:"([^"\n]+)"|([^\s"]\S*))`)
)

// expander is the state of one expansion.
type expander struct {
	Expansion
	args   string
	values []string
	names  []string
	dir    string
	size   int  // of the text that arguments brought
	used   bool // an argument was filled in
}

func expand(template, args string, names []string, dir string) Expansion {
	args = strings.TrimSpace(args)
	e := &expander{args: args, values: fields(args), names: names[:min(len(names), maxNames)], dir: dir}
	last := 0
	var text strings.Builder
	for _, m := range snippet.FindAllStringSubmatchIndex(template, maxSnippets) {
		start, end, from, to := m[2], m[3], m[4], m[5]
		if start < 0 {
			start, end, from, to = m[6], m[7], m[8], m[9]
		}
		text.WriteString(e.prose(template[last:start]))
		at := text.Len()
		text.WriteString(template[start:from])
		command := e.fill(template[from:to])
		text.WriteString(command)
		text.WriteString(template[to:end])
		e.Shell = append(e.Shell, Snippet{Start: at, End: text.Len(), Command: strings.TrimSpace(command)})
		last = end
	}
	text.WriteString(e.prose(template[last:]))
	if !e.used && args != "" {
		text.WriteString("\n\nARGUMENTS: " + args)
	}
	e.Text = text.String()
	return e.Expansion
}

// prose fills in a part of the template between snippets, and notes its files.
func (e *expander) prose(part string) string {
	for _, m := range fileRef.FindAllStringSubmatch(part, -1) {
		name := e.fill(m[1])
		if m[1] == "" {
			name = strings.TrimRight(firstWord(e.fill(m[2])), ".,;:!?)]}'\"`")
		}
		if name != "" && len(e.Files) < maxFiles && !slices.Contains(e.Files, name) {
			e.Files = append(e.Files, name)
		}
	}
	return e.fill(part)
}

func firstWord(s string) string {
	if i := strings.IndexFunc(s, unicode.IsSpace); i >= 0 {
		return s[:i]
	}
	return s
}

// placeholder is what may stand for arguments, with the backslashes in front that make it plain text.
var placeholder = regexp.MustCompile(`(\\*)\$(?:(ARGUMENTS)\[(\d+)\]|(ARGUMENTS)|(\d+)|([\pL_][\pL\pN_]*)|(\{CLAUDE_SKILL_DIR\}))`)

// fill replaces the placeholders in s, as long as the text does not become too long.
func (e *expander) fill(s string) string {
	var out strings.Builder
	last := 0
	for _, m := range placeholder.FindAllStringSubmatchIndex(s, -1) {
		dollar := m[3] // behind the backslashes
		if !e.stands(s, m) {
			continue
		}
		if dollar-m[2] == 1 {
			out.WriteString(s[last:m[2]])
			out.WriteString(s[dollar:m[1]])
			last = m[1]
			continue
		}
		value, ok := e.value(s, m)
		if !ok || e.size+len(value) > maxExpanded {
			continue
		}
		out.WriteString(s[last:dollar])
		out.WriteString(value)
		e.size += len(value)
		e.used = e.used || m[14] < 0
		last = m[1]
	}
	out.WriteString(s[last:])
	return out.String()
}

// stands says whether a match of placeholder stands for something: $1abc, and names that nobody gave, do not.
func (e *expander) stands(s string, m []int) bool {
	switch {
	case m[10] >= 0:
		return m[1] == len(s) || !isWord(s[m[1]])
	case m[12] >= 0:
		return slices.Contains(e.names, s[m[12]:m[13]])
	case m[14] >= 0:
		return e.dir != ""
	}
	return true
}

// value gives what a match of placeholder stands for.
func (e *expander) value(s string, m []int) (string, bool) {
	switch {
	case m[6] >= 0:
		return e.at(s[m[6]:m[7]])
	case m[8] >= 0:
		return e.args, true
	case m[10] >= 0:
		return e.at(s[m[10]:m[11]])
	case m[12] >= 0:
		return e.named(s[m[12]:m[13]]), true
	}
	return e.dir, true
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// at gives an argument by its number, from 0.
func (e *expander) at(digits string) (string, bool) {
	n, err := strconv.Atoi(digits)
	if err != nil || n >= len(e.values) {
		return "", false
	}
	return e.values[n], true
}

// named gives an argument by its name in the frontmatter; one that was not given is empty.
func (e *expander) named(name string) string {
	if n := slices.Index(e.names, name); n >= 0 && n < len(e.values) {
		return e.values[n]
	}
	return ""
}
