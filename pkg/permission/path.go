package permission

import (
	"path"
	"slices"
	"strings"
)

// pathRule is the specifier of a rule about files: a pattern of the kind in .gitignore, with the directory it refers to.
type pathRule struct {
	base     string   // absolute and clean
	segments []string // the pattern, split at its slashes
	anchored bool     // it refers to base itself, not to any directory below
	dirOnly  bool     // it ended in a slash: what is matched must be a directory
}

// newPathRule reads a specifier: "//" begins an absolute path, "~/" one in the home, "/" one in the source's directory, and
// anything else is relative to cwd. It is not ok if what it refers to is not known.
func newPathRule(spec, root, home, cwd string) (rule pathRule, ok bool) {
	var pattern string
	switch {
	case strings.HasPrefix(spec, "!"):
		return pathRule{}, false
	case strings.HasPrefix(spec, "//"):
		rule.base, pattern = "/", spec[1:]
	case spec == "~":
		rule.base, pattern = home, "/**"
	case strings.HasPrefix(spec, "~/"):
		rule.base, pattern = home, spec[1:]
	case strings.HasPrefix(spec, "/"):
		rule.base, pattern = root, spec
	default:
		rule.base, pattern = cwd, spec
	}
	if !strings.HasPrefix(rule.base, "/") {
		return pathRule{}, false
	}
	rule.base = path.Clean(rule.base)
	return rule, rule.read(pattern)
}

// read splits the pattern. Steps up lead out of the base, as far as they stand at the beginning.
func (r *pathRule) read(pattern string) bool {
	for {
		if rest, ok := strings.CutPrefix(pattern, "./"); ok {
			pattern, r.anchored = rest, true
		} else if rest, ok := strings.CutPrefix(pattern, "../"); ok {
			pattern, r.base, r.anchored = rest, path.Dir(r.base), true
		} else {
			break
		}
	}
	if pattern == "/" {
		r.anchored = true
	}
	pattern, r.dirOnly = strings.CutSuffix(pattern, "/")
	r.anchored = r.anchored || strings.Contains(pattern, "/")
	for segment := range strings.SplitSeq(pattern, "/") {
		switch segment {
		case "", ".":
		case "..":
			return false
		default:
			r.segments = append(r.segments, segment)
		}
	}
	return len(r.segments) > 0 || r.anchored
}

// covers reports whether the pattern matches an absolute, clean path or a directory above it.
func (r pathRule) covers(name string) bool {
	rel, ok := relative(r.base, name)
	if !ok {
		return false
	}
	var parts []string
	if rel != "" {
		parts = strings.Split(rel, "/")
	}
	if r.anchored {
		return matchSegments(r.segments, parts, !r.dirOnly)
	}
	for i := range parts {
		if matchSegments(r.segments, parts[i:], !r.dirOnly) {
			return true
		}
	}
	return false
}

// relative gives name below base; both are clean.
func relative(base, name string) (string, bool) {
	if name == base {
		return "", true
	}
	return strings.CutPrefix(name, strings.TrimSuffix(base, "/")+"/")
}

// matchSegments matches the beginning of parts, so that what lies in a matched directory is matched too; all says whether
// the pattern may match all of parts, or must leave something in the directory.
func matchSegments(pattern, parts []string, all bool) bool {
	reach := make([]bool, len(parts)+1)
	reach[0] = true
	for i, segment := range pattern {
		if segment == "**" {
			// At the end it stands for what is inside, and elsewhere for no directory too.
			reach = reachAll(reach, i > 0 && i == len(pattern)-1)
			continue
		}
		next := make([]bool, len(parts)+1)
		for j, part := range parts {
			next[j+1] = reach[j] && matchSegment(segment, part)
		}
		reach = next
	}
	for j, reached := range reach {
		if reached && (all || j < len(parts)) {
			return true
		}
	}
	return false
}

// reachAll reaches every place from the first that is reached on, or after it.
func reachAll(reach []bool, after bool) []bool {
	next := make([]bool, len(reach))
	first := slices.Index(reach, true)
	if first < 0 {
		return next
	}
	if after {
		first++
	}
	for j := first; j < len(next); j++ {
		next[j] = true
	}
	return next
}

// matchSegment matches one name. A pattern that is none is compared as it stands.
func matchSegment(pattern, name string) bool {
	ok, err := path.Match(strings.ReplaceAll(strings.ReplaceAll(pattern, "[!", "[^"), "**", "*"), name)
	if err != nil {
		return pattern == name
	}
	return ok
}

// escapePath makes a pattern that matches only the path.
func escapePath(name string) string {
	var b strings.Builder
	for _, r := range name {
		if strings.ContainsRune(`\*?[]!#`, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}
