package permission

import (
	"path"
	"slices"
	"strings"
)

// fileCall is a call of a tool that reads or edits a file, or searches a directory.
type fileCall struct {
	call  Call
	paths []string // every spelling of the path, absolute and clean
	plain bool     // the path is known for sure
}

// something stands for any file in a directory that is searched.
const something = "/\x01"

func newFileCall(c Call) fileCall {
	name, present, plain := "", false, true
	for _, member := range []string{"file_path", "notebook_path", "path"} {
		value, here, sure := c.text(member)
		plain = plain && sure
		if here && !present {
			name, present = value, true
		} else if here && value != name {
			plain = false
		}
	}
	searches := slices.Contains([]string{"Grep", "Glob", "LS"}, c.Tool)
	if name == "" && !searches || strings.ContainsFunc(name, isControl) {
		plain = false
	}
	if pattern, _, _ := c.text("pattern"); c.Tool == "Glob" && leavesDirectory(pattern) {
		plain = false
	}
	paths := c.spellings(name)
	for i := range paths {
		if searches {
			paths[i] = strings.TrimSuffix(paths[i], "/") + something
		}
	}
	return fileCall{c, paths, plain}
}

// leavesDirectory reports whether a pattern of files reaches out of the directory it is searched in.
func leavesDirectory(pattern string) bool {
	return strings.HasPrefix(pattern, "/") || strings.HasPrefix(pattern, "~") || slices.Contains(strings.Split(pattern, "/"), "..") ||
		strings.Contains(pattern, "{") && strings.Contains(pattern, "..")
}

// spellings gives the absolute paths that a name can mean: as it stands, with ~ for the home, and where links lead.
func (c Call) spellings(name string) []string {
	if !strings.HasPrefix(c.Cwd, "/") && !strings.HasPrefix(name, "/") {
		return nil
	}
	found := []string{c.absolute(name)}
	if name == "~" || strings.HasPrefix(name, "~/") {
		found = append(found, path.Join("/", c.Home, name[1:]))
	}
	if c.Resolve == nil {
		return found
	}
	for _, name := range slices.Clone(found) {
		if real := c.Resolve(name); strings.HasPrefix(real, "/") && !slices.Contains(found, path.Clean(real)) {
			found = append(found, path.Clean(real))
		}
	}
	return found
}

func (c Call) absolute(name string) string {
	if strings.HasPrefix(name, "/") {
		return path.Clean(name)
	}
	return path.Join(c.Cwd, name)
}

func (f fileCall) against(rule placed, deny bool) (certainty, string) {
	if !f.concerns(rule.Tool, deny) {
		return no, ""
	}
	if f.plain {
		return f.call.anyCovered(rule, f.paths)
	}
	if found, part := f.call.anyCovered(rule, f.paths); found == yes {
		return found, part
	}
	return maybe, "a path that is not plain"
}

// concerns reports whether a rule with a path is about the tool. What must not be read cannot be edited either, but it can
// be overwritten.
func (f fileCall) concerns(rule string, deny bool) bool {
	tool := f.call.Tool
	switch rule {
	case toolRead:
		return slices.Contains(readTools, tool) || deny && (tool == toolEdit || tool == "MultiEdit")
	case toolEdit:
		return slices.Contains(editTools, tool)
	}
	return rule == tool
}

func (f fileCall) allowedBy(rules []placed) (placed, bool) {
	if !f.plain {
		return placed{}, false
	}
	kind := toolRead
	if slices.Contains(editTools, f.call.Tool) {
		kind = toolEdit
	}
	return f.call.allCovered(rules, kind, f.paths)
}

// anyCovered reports whether the rule names one of the paths.
func (c Call) anyCovered(rule placed, paths []string) (certainty, string) {
	pattern, ok := newPathRule(rule.Spec, rule.root, c.Home, c.Cwd)
	if !ok {
		return no, ""
	}
	for _, name := range paths {
		if pattern.covers(name) {
			return yes, strings.TrimSuffix(name, something)
		}
	}
	return no, ""
}

// allCovered reports whether each of the paths is named by one of the rules for a kind of tool.
func (c Call) allCovered(rules []placed, kind string, paths []string) (first placed, ok bool) {
	for i, name := range paths {
		at := slices.IndexFunc(rules, func(rule placed) bool {
			if rule.Tool != kind {
				return false
			}
			found, _ := c.anyCovered(rule, []string{name})
			return found == yes
		})
		if at < 0 {
			return placed{}, false
		}
		if i == 0 {
			first = rules[at]
		}
	}
	return first, len(paths) > 0
}
