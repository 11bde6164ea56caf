package project

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxHead is the largest frontmatter, in bytes.
const maxHead = 64 << 10

// head is the frontmatter of a file: values by key. Keys that hold something else than was asked for are as if missing.
type head map[string]*yaml.Node

// split divides a text into frontmatter and body. Frontmatter stands between two lines "---", the first of them at the
// very beginning; without the second there is none.
func split(text string) (front, body string, found bool) {
	first, rest, ok := strings.Cut(text, "\n")
	if !ok || !isRule(first) {
		return "", text, false
	}
	for at := 0; at < len(rest); {
		line, _, _ := strings.Cut(rest[at:], "\n")
		end := min(at+len(line)+1, len(rest))
		if isRule(line) {
			return rest[:at], rest[end:], true
		}
		at = end
	}
	return "", text, false
}

func isRule(line string) bool { return strings.TrimRight(line, " \t\r") == "---" }

// parse gives the frontmatter and the body of a file, and a finding if the frontmatter is not good.
func (l *loader) parse(p place, text string) (head, string) {
	front, body, found := split(text)
	if !found {
		return nil, body
	}
	name := filepath.Base(p.rel)
	if len(front) > maxHead {
		l.find(p.path(), "The frontmatter of %s is larger than %d KB; it was not used.", name, maxHead>>10)
		return nil, body
	}
	if l.budget.fronts -= len(front); l.budget.fronts < 0 {
		l.full(p)
		return nil, body
	}
	h, err := decode(front)
	if err == nil {
		return h, body
	}
	h, again := decode(quoteValues(front))
	switch {
	case errors.Is(err, errAlias):
		l.find(p.path(), "The frontmatter of %s uses YAML aliases, which are not followed.", name)
	case again != nil:
		l.find(p.path(), "The frontmatter of %s is not valid YAML; only its simple lines are used.", name)
	}
	if again != nil {
		h = simpleLines(front)
	}
	return h, body
}

var errAlias = errors.New("decode frontmatter: it uses aliases")

// decode parses YAML into nodes, in which an alias stays one: nothing is multiplied.
func decode(front string) (h head, err error) {
	// A parser of a large language may have faults that only hostile text finds; they must not end the server.
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("decode frontmatter: %v", r)
		}
	}()
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(front), &doc); err != nil {
		return nil, fmt.Errorf("decode frontmatter: %w", err)
	}
	if len(doc.Content) == 0 {
		return nil, nil
	}
	root := doc.Content[0]
	if root.Kind != yaml.MappingNode {
		return nil, errors.New("decode frontmatter: it is not a mapping")
	}
	if hasAlias(root) {
		return nil, errAlias
	}
	h = head{}
	for i := 0; i+1 < len(root.Content); i += 2 {
		h[root.Content[i].Value] = root.Content[i+1]
	}
	return h, nil
}

func hasAlias(n *yaml.Node) bool {
	if n.Kind == yaml.AliasNode || n.Anchor != "" {
		return true
	}
	for _, child := range n.Content {
		if hasAlias(child) {
			return true
		}
	}
	return false
}

var (
	simpleLine = regexp.MustCompile(`^([A-Za-z_][\w-]*):[ \t]*(.*)$`)
	listLine   = regexp.MustCompile(`^([ \t]*- )([*!{].*)$`)
	quotedLine = regexp.MustCompile(`^(?:["'|>].*|\[[^\[\]]*\]|)$`)
)

// quoteValues puts quotes around the values of simple lines, which people leave out: "description: Use when: always",
// "argument-hint: [file] [level]" and "- *.go" are no YAML, but common.
func quoteValues(front string) string {
	lines := strings.Split(front, "\n")
	for i, line := range lines {
		m := simpleLine.FindStringSubmatch(strings.TrimRight(line, " \t\r"))
		if m != nil && !quotedLine.MatchString(m[2]) {
			lines[i] = m[1] + ": " + quote(m[2])
		}
		if m := listLine.FindStringSubmatch(strings.TrimRight(line, " \t\r")); m != nil {
			lines[i] = m[1] + quote(m[2])
		}
	}
	return strings.Join(lines, "\n")
}

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// simpleLines reads what can be read from frontmatter that is no YAML.
func simpleLines(front string) head {
	h := head{}
	for line := range strings.Lines(front) {
		if m := simpleLine.FindStringSubmatch(strings.TrimRight(line, " \t\r\n")); m != nil {
			h[m[1]] = &yaml.Node{Kind: yaml.ScalarNode, Value: strings.Trim(m[2], `"'`)}
		}
	}
	return h
}

// text gives a string. A list in brackets, as in "argument-hint: [file]", is meant as it was written.
func (h head) text(key string) string {
	n := h[key]
	switch {
	case n == nil || n.Tag == "!!null":
		return ""
	case n.Kind == yaml.ScalarNode:
		return strings.TrimSpace(n.Value)
	case n.Kind == yaml.SequenceNode && n.Style == yaml.FlowStyle:
		return "[" + strings.Join(h.list(key), ", ") + "]"
	case n.Kind == yaml.SequenceNode:
		return strings.Join(h.list(key), ", ")
	}
	return ""
}

// list gives a list, which may be written as one string with commas or spaces. Without a value it is nil.
func (h head) list(key string) []string {
	n := h[key]
	if n == nil || n.Tag == "!!null" {
		return nil
	}
	if n.Kind == yaml.ScalarNode {
		return words(n.Value)
	}
	if n.Kind != yaml.SequenceNode {
		return nil
	}
	list := []string{}
	for _, item := range n.Content {
		if value := strings.TrimSpace(item.Value); item.Kind == yaml.ScalarNode && value != "" {
			list = append(list, value)
		}
	}
	return list
}

// words splits at commas and white space, but not within parentheses: "Read, Bash(git add:*)" is two.
func words(s string) []string {
	depth := 0
	return strings.FieldsFunc(s, func(r rune) bool {
		switch r {
		case '(':
			depth++
		case ')':
			depth = max(0, depth-1)
		case ',', ' ', '\t', '\n':
			return depth == 0
		}
		return false
	})
}

// flag gives a truth value; anything but true and false is otherwise.
func (h head) flag(key string, otherwise bool) bool {
	switch strings.ToLower(h.text(key)) {
	case "true":
		return true
	case "false":
		return false
	}
	return otherwise
}

// count gives a number above zero, or zero.
func (h head) count(key string) int {
	n, err := strconv.Atoi(h.text(key))
	if err != nil {
		return 0
	}
	return max(0, n)
}
