package project

import (
	"path/filepath"
	"slices"
	"strings"
)

// maxHops is how many imports may stand between a CLAUDE.md and a file. The documentation of Claude Code speaks of five
// levels, of which the CLAUDE.md is the first.
const maxHops = 4

// loadMemory reads the instructions in the order in which Claude Code puts them.
func (l *loader) loadMemory() {
	if l.user != nil {
		claude := place{l.user, ".", LevelUser}
		l.memory(claude.join("CLAUDE.md"), 0)
		l.rules(claude.join("rules"), l.cwd)
	}
	l.loadDirs()
}

// loadDirs reads the instructions of the loader's directories.
func (l *loader) loadDirs() {
	for _, dir := range l.dirs {
		here := place{l.work, dir, LevelProject}
		l.memory(here.join("CLAUDE.md"), 0)
		l.memory(here.join(".claude", "CLAUDE.md"), 0)
		l.rules(here.join(".claude", "rules"), here.path())
		l.memory(place{l.work, dir, LevelLocal}.join("CLAUDE.local.md"), 0)
	}
}

// memory reads a file of instructions and what it imports, each file once.
func (l *loader) memory(p place, hops int) {
	if hops > 0 && isDir(p) {
		return // a mention of a directory is no import.
	}
	text, ok := l.once(p)
	if !ok {
		return
	}
	_, body, _ := split(text)
	l.remember(p, body, hops)
}

func isDir(p place) bool {
	_, _, err := p.tree.ReadDir(p.rel, 1)
	return err == nil
}

// once reads a file of instructions that has not been read before.
func (l *loader) once(p place) (string, bool) {
	if l.seen[p.path()] {
		return "", false
	}
	l.seen[p.path()] = true
	return l.read(p, maxMemory)
}

func (l *loader) remember(p place, body string, hops int) {
	body = withoutComments(body)
	if text := strings.TrimSpace(body); text != "" {
		l.out.Memory = append(l.out.Memory, Memory{Path: p.path(), Level: p.level, Text: text})
	}
	l.follow(p, body, hops)
}

// follow reads what a text imports.
func (l *loader) follow(p place, body string, hops int) {
	for _, ref := range imports(body) {
		if hops == maxHops {
			return
		}
		if target, ok := l.resolve(p, ref); ok {
			l.memory(target, hops+1)
		}
	}
}

// rules reads the rules below a directory. One with paths, which are meant from base on, is kept apart; what it imports is
// told from the beginning, as Claude Code does it.
func (l *loader) rules(dir place, base string) {
	for _, p := range l.markdown(dir, 0) {
		text, ok := l.once(p)
		if !ok {
			continue
		}
		head, body := l.parse(p, text)
		paths, some := l.globs(p, head)
		if !some {
			l.remember(p, body, 0)
			continue
		}
		body = withoutComments(body)
		if text := strings.TrimSpace(body); text != "" {
			l.out.Rules = append(l.out.Rules, Rule{Memory: Memory{Path: p.path(), Level: p.level, Text: text}, Base: base, Paths: paths})
		}
		l.follow(p, body, 0)
	}
}

// resolve finds the file that an import names: in the workspace, or a text of the person's in the Claude directory.
func (l *loader) resolve(from place, ref string) (place, bool) {
	path, dir := ref, filepath.Dir(from.path())
	if rest, ok := strings.CutPrefix(ref, "~/"); ok {
		path = filepath.Join(l.home, rest)
	}
	if rel, err := l.work.Rel(dir, path); err == nil {
		return place{l.work, rel, from.level}, true
	}
	if l.user == nil {
		l.find(from.path(), "The import @%s leads out of the workspace; it was left out.", cut(ref, 200))
		return place{}, false
	}
	rel, err := l.user.Rel(dir, path)
	switch {
	case err != nil:
		l.find(from.path(), "The import @%s leads out of the workspace; it was left out.", cut(ref, 200))
	case !importable(rel):
		l.find(from.path(), "The import @%s is not a Markdown file of yours; it was left out.", cut(ref, 200))
	default:
		return place{l.user, rel, from.level}, true
	}
	return place{}, false
}

// importable keeps what a workspace that came from elsewhere may import out of the rest of the Claude directory:
// conversations, settings, credentials.
func importable(rel string) bool {
	parts := strings.Split(rel, "/")
	hidden := slices.ContainsFunc(parts, func(part string) bool { return strings.HasPrefix(part, ".") })
	return !hidden && parts[0] != "projects" && filepath.Ext(rel) == ".md"
}
