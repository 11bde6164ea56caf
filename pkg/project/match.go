package project

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
	"go.yaml.in/yaml/v3"
)

// Limits of the patterns of one rule.
const (
	maxGlobs = 200
	maxGlob  = 500 // bytes
)

// Matches reports whether the rule holds for a file, whose path is absolute. The patterns are read as Claude Code reads
// them, as in a .gitignore: one without a slash means any depth, one with a slash begins at the rule's base, a directory
// stands for all that is in it, and "!" takes back. Capitals make no difference.
func (r Rule) Matches(path string) bool {
	rel, err := filepath.Rel(r.Base, path)
	if err != nil || rel == "." || !filepath.IsLocal(rel) {
		return false
	}
	rel = strings.ToLower(filepath.ToSlash(rel)) + "/"
	for i, c := range rel {
		if c == '/' && r.names(rel[:i], i < len(rel)-1) {
			return true
		}
	}
	return false
}

// names reports whether the patterns name a file, or a directory; the last one that does decides.
func (r Rule) names(rel string, dir bool) bool {
	yes := false
	for _, p := range r.Paths {
		p, not := strings.CutPrefix(strings.ToLower(p), "!")
		if yes == not && globMatches(p, rel, dir) {
			yes = !not
		}
	}
	return yes
}

func globMatches(pattern, rel string, dir bool) bool {
	pattern, only := strings.CutSuffix(pattern, "/")
	if only && !dir {
		return false
	}
	ok, err := doublestar.Match(anchored(pattern), rel)
	return ok && err == nil
}

// anchored gives a pattern from the base on; one without a slash may be met anywhere. Braces have been expanded, and those
// that are left stand for themselves.
func anchored(pattern string) string {
	if !strings.Contains(pattern, "/") {
		pattern = "**/" + pattern
	}
	return strings.NewReplacer("{", `\{`, "}", `\}`).Replace(strings.TrimPrefix(pattern, "/"))
}

// globs gives the patterns of a rule; some is false if it has none and so holds for everything. Those that are no patterns
// are left out with a finding.
func (l *loader) globs(p place, h head) (globs []string, some bool) {
	for _, glob := range h.items("paths") {
		for _, one := range expandBraces(glob, maxGlobs) {
			some = some || one != "**"
			switch {
			case len(globs) == maxGlobs:
				l.find(p.path(), "%s has more than %d patterns of paths; the rest was left out.", filepath.Base(p.rel), maxGlobs)
				return globs, true
			case len(one) > maxGlob, !doublestar.ValidatePattern(anchored(strings.TrimSuffix(one, "/"))):
				l.find(p.path(), `"%s" is no pattern of paths; it was left out.`, cut(one, 200))
			default:
				globs = append(globs, one)
			}
		}
	}
	return globs, some
}

// items gives a list that may be written as one string with commas. Spaces do not part it, nor do commas in braces.
func (h head) items(key string) []string {
	n := h[key]
	if n == nil || n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		return h.list(key)
	}
	depth := 0
	parts := strings.FieldsFunc(n.Value, func(r rune) bool {
		switch r {
		case '{':
			depth++
		case '}':
			depth = max(0, depth-1)
		case ',', '\n':
			return depth == 0
		}
		return false
	})
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return slices.DeleteFunc(parts, func(part string) bool { return part == "" })
}

// expandBraces gives the patterns that one with {a,b} stands for, at most limit of them; what is too much stays unexpanded.
func expandBraces(pattern string, limit int) []string {
	out := []string{pattern}
	for i := 0; i < len(out) && len(out) <= limit; {
		before, options, after, ok := cutBraces(out[i])
		if !ok || len(pattern) > maxGlob {
			i++
			continue
		}
		var each []string
		for _, option := range options {
			each = append(each, before+option+after)
		}
		out = slices.Replace(out, i, i+1, each...)
	}
	return out
}

// cutBraces finds the first braces in a pattern that hold no others, with a comma in them.
func cutBraces(pattern string) (before string, options []string, after string, ok bool) {
	open := -1
	for i, c := range pattern {
		switch {
		case c == '{':
			open = i
		case c == '}' && open >= 0:
			if inner := pattern[open+1 : i]; strings.Contains(inner, ",") {
				return pattern[:open], strings.Split(inner, ","), pattern[i+1:], true
			}
			open = -1
		}
	}
	return "", nil, "", false
}
