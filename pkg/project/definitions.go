package project

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxName is how long the name of a command, agent or skill may be, in characters.
const maxName = 128

// goodName is what they may be called. Their length is counted apart: an expression that repeats such a class so often takes
// megabytes and milliseconds to prepare, and every worker would prepare it at its start.
var goodName = regexp.MustCompile(`^[\p{L}\p{M}\p{N}_:-]+$`)

func isName(name string) bool {
	return utf8.RuneCountInString(name) <= maxName && goodName.MatchString(name)
}

// named says whether a thing may have this name, and tells the person if not.
func (l *loader) named(p place, name string) bool {
	if isName(name) {
		return true
	}
	l.find(p.path(), `The name "%s" may hold letters, digits, "-", "_" and ":" only; this was left out.`, cut(name, 200))
	return false
}

// loadAgents reads the agents. A project's agent stands before one of the user's, and the nearest before the others.
func (l *loader) loadAgents() {
	user, project := l.claudeDirs()
	names := map[string]bool{}
	for _, dir := range append(project, user...) {
		for _, p := range l.markdown(dir.join("agents"), 0) {
			a, ok := l.agent(p)
			if ok && !names[a.Name] {
				names[a.Name] = true
				l.out.Agents = append(l.out.Agents, a)
			}
		}
	}
	slices.SortFunc(l.out.Agents, func(a, b Agent) int { return cmp.Compare(a.Name, b.Name) })
}

// agent reads one agent. Other texts lie about in such directories: what has no description is none.
func (l *loader) agent(p place) (Agent, bool) {
	text, ok := l.read(p, maxDefinition)
	if !ok {
		return Agent{}, false
	}
	h, body := l.parse(p, text)
	if h == nil {
		return Agent{}, false
	}
	a := Agent{
		Name:            cmp.Or(h.text("name"), strings.TrimSuffix(filepath.Base(p.rel), ".md")),
		Level:           p.level,
		Path:            p.path(),
		Description:     h.text("description"),
		Model:           h.text("model"),
		Prompt:          strings.TrimSpace(body),
		PermissionMode:  h.text("permissionMode"),
		Tools:           h.list("tools"),
		DisallowedTools: h.list("disallowedTools"),
		Skills:          h.list("skills"),
		MaxTurns:        h.count("maxTurns"),
		Effort:          h.text("effort"),
		Sum:             sumOf(text),
	}
	if slices.Contains(a.Tools, "*") {
		a.Tools = nil
	}
	if a.Description == "" {
		l.find(p.path(), "%s has no description; it was not taken for an agent.", filepath.Base(p.rel))
		return Agent{}, false
	}
	return a, l.named(p, a.Name)
}

// loadSkills reads the skills. The user's skill stands before a project's, and the nearest before the others.
func (l *loader) loadSkills() {
	user, project := l.claudeDirs()
	names := map[string]bool{}
	for _, dir := range append(user, project...) {
		for _, entry := range l.entries(dir.join("skills")) {
			p := dir.join("skills", entry.Name(), "SKILL.md")
			if names[entry.Name()] {
				continue
			}
			if s, ok := l.skill(p, entry.Name()); ok {
				names[s.Name] = true
				l.out.Skills = append(l.out.Skills, s)
			}
		}
	}
	slices.SortFunc(l.out.Skills, func(a, b Skill) int { return cmp.Compare(a.Name, b.Name) })
}

func (l *loader) skill(p place, name string) (Skill, bool) {
	text, ok := l.read(p, maxDefinition)
	if !ok || !l.named(p, name) {
		return Skill{}, false
	}
	h, body := l.parse(p, text)
	s := Skill{
		Name:                   name,
		Level:                  p.level,
		Path:                   p.path(),
		Dir:                    filepath.Dir(p.path()),
		Description:            cmp.Or(h.text("description"), firstLine(body)),
		WhenToUse:              h.text("when_to_use"),
		ArgumentHint:           h.text("argument-hint"),
		Arguments:              h.list("arguments"),
		Model:                  h.text("model"),
		Effort:                 h.text("effort"),
		AllowedTools:           h.list("allowed-tools"),
		DisallowedTools:        h.disallowed(),
		DisableModelInvocation: h.flag("disable-model-invocation", false),
		UserInvocable:          h.flag("user-invocable", true),
		Body:                   strings.TrimSpace(body),
		Sum:                    sumOf(text),
	}
	if alias := h.text("name"); alias != name && isName(alias) {
		s.Alias = alias
	}
	return s, true
}

// loadCommands reads the commands, which have the order of skills and stand behind all of those.
func (l *loader) loadCommands() {
	user, project := l.claudeDirs()
	names := map[string]bool{}
	for _, s := range l.out.Skills {
		names[s.Name] = true
	}
	for _, dir := range append(user, project...) {
		dir = dir.join("commands")
		for _, p := range l.markdown(dir, 0) {
			name := commandName(dir.rel, p.rel)
			if names[name] {
				continue
			}
			if c, ok := l.command(p, name); ok {
				names[name] = true
				l.out.Commands = append(l.out.Commands, c)
			}
		}
	}
	slices.SortFunc(l.out.Commands, func(a, b Command) int { return cmp.Compare(a.Name, b.Name) })
}

func commandName(dir, rel string) string {
	name := strings.TrimSuffix(strings.TrimPrefix(rel, dir+"/"), ".md")
	return strings.ReplaceAll(name, "/", ":")
}

func (l *loader) command(p place, name string) (Command, bool) {
	text, ok := l.read(p, maxDefinition)
	if !ok || !l.named(p, name) {
		return Command{}, false
	}
	h, body := l.parse(p, text)
	return Command{
		Name:                   name,
		Level:                  p.level,
		Path:                   p.path(),
		Description:            cmp.Or(h.text("description"), firstLine(body)),
		ArgumentHint:           h.text("argument-hint"),
		Arguments:              h.list("arguments"),
		Model:                  h.text("model"),
		Effort:                 h.text("effort"),
		AllowedTools:           h.list("allowed-tools"),
		DisallowedTools:        h.disallowed(),
		Body:                   strings.TrimSpace(body),
		DisableModelInvocation: h.flag("disable-model-invocation", false),
		UserInvocable:          h.flag("user-invocable", true),
		Sum:                    sumOf(text),
	}, true
}

// disallowed are the tools that may not be used, under either of the two names that there are for it.
func (h head) disallowed() []string {
	if list := h.list("disallowed-tools"); len(list) > 0 {
		return list
	}
	return h.list("disallowedTools")
}

func sumOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
