// Package project reads what a workspace and its owner's Claude directory bring for the agent, in the formats of Claude
// Code: instructions (CLAUDE.md and rules), slash commands, agents and skills.
//
// All of these files are hostile. Everything about them is bounded, none is reached through a link that leads out, and
// what cannot be used is left out with a finding for the person; nothing fails.
package project

import (
	"os"
	"path/filepath"
	"strings"

	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/workspace"
)

// The levels: what holds for all of a user's projects, what lies in the workspace, and what lies there for this user only.
const (
	LevelUser    = "user"
	LevelProject = "project"
	LevelLocal   = "local"
)

// Project is what was found for one working directory. Lists of things with names are sorted by name, and no name stands
// twice in one; a command that has a skill's name is left out.
type Project struct {
	Memory   []Memory
	Rules    []Rule
	Commands []Command
	Agents   []Agent
	Skills   []Skill
	Findings []Finding
}

// Memory is one file of instructions, in the order in which they are to be read: the user's first, then from the top of
// the workspace down. A file that another one imports follows it, with that one's level.
type Memory struct {
	Path  string // absolute
	Level string
	Text  string // without frontmatter and comments
}

// Rule is a file of instructions that hold only while a file is worked on that matches its patterns; see Matches.
type Rule struct {
	Memory
	Base  string   // the directory from which the patterns are meant
	Paths []string // read one after the other, as in a .gitignore
}

// Command is a slash command.
type Command struct {
	Name                   string // git:commit for commands/git/commit.md
	Level                  string
	Path                   string
	Description            string // the first line of the body if the file has none
	ArgumentHint           string
	Arguments              []string // names for $name in the body, by position
	Model, Effort          string
	AllowedTools           []string
	DisallowedTools        []string
	Body                   string
	DisableModelInvocation bool
	UserInvocable          bool
	Sum                    string // of what the file says, for whoever agrees to it
}

// Agent is a helper that the model may give work to.
type Agent struct {
	Name            string
	Level           string
	Path            string
	Description     string
	Model           string
	Prompt          string
	PermissionMode  string
	Tools           []string // nil means all, empty means none
	DisallowedTools []string
	Skills          []string
	MaxTurns        int // 0 means no limit of its own
	Effort          string
	Sum             string // of what the file says
}

// Skill is a directory with instructions that the model or the person may call for.
type Skill struct {
	Name                   string // of the directory
	Alias                  string // the name in the file, if it is another one
	Level                  string
	Path                   string // of SKILL.md
	Dir                    string
	Description            string // the first line of the body if the file has none
	WhenToUse              string
	ArgumentHint           string
	Arguments              []string
	Model, Effort          string
	AllowedTools           []string
	DisallowedTools        []string
	DisableModelInvocation bool
	UserInvocable          bool
	Body                   string
	Sum                    string // of what SKILL.md says
}

// Finding tells the person why something was left out or cut.
type Finding struct {
	Path string
	Text string
}

// maxDirs is how many directories between the top of the workspace and the working directory are looked at.
const maxDirs = 40

// Load reads what there is for a session in cwd, an absolute path inside the workspace. It takes some milliseconds and
// is bounded by the limits in this package, whatever lies on the volume.
func Load(files *workspace.FS, home, cwd string) *Project {
	l := newLoader(files, home, cwd)
	defer l.close()
	l.dirs = l.dirsTo(cwd)
	for _, load := range []func(){l.loadMemory, l.loadAgents, l.loadSkills, l.loadCommands} {
		l.budget.grant()
		load()
	}
	return l.out
}

// Nested reads the instructions and rules of the directories below cwd that lie on the way to a file there. They hold
// once such a file is worked on, and are not part of what Load gives. For other files there are none.
func Nested(files *workspace.FS, home, cwd, path string) *Project {
	l := newLoader(files, home, cwd)
	defer l.close()
	from, err := files.Rel("", cwd)
	dir := filepath.Dir(path)
	if rel, outside := filepath.Rel(cwd, dir); err != nil || outside != nil || rel == "." || !filepath.IsLocal(rel) {
		return l.out
	}
	for _, d := range l.dirsTo(dir) {
		if len(d) > len(from) || from == "." && d != "." {
			l.dirs = append(l.dirs, d)
		}
	}
	l.budget.grant()
	l.loadDirs()
	return l.out
}

func newLoader(files *workspace.FS, home, cwd string) *loader {
	l := &loader{out: &Project{}, home: home, cwd: cwd, work: files, seen: map[string]bool{}, close: func() {}}
	if real, err := filepath.EvalSymlinks(home); err == nil {
		l.home = real
	}
	if claude, err := workspace.OpenReadOnly(filepath.Join(l.home, ".claude")); err == nil {
		l.user, l.close = claude, func() { _ = claude.Close() }
	} else if _, missing := os.Lstat(filepath.Join(l.home, ".claude")); missing == nil {
		l.find(filepath.Join(l.home, ".claude"), "Your Claude directory could not be read; it was left out.")
	}
	return l
}

// dirsTo gives the directories from the top of the workspace down to cwd.
func (l *loader) dirsTo(cwd string) []string {
	rel, err := l.work.Rel("", cwd)
	if err != nil || !filepath.IsAbs(cwd) {
		l.find(cwd, "The working directory is not inside the workspace; what it brings was left out.")
		return nil
	}
	dirs := []string{"."}
	if rel == "." {
		return dirs
	}
	for i, r := range rel + "/" {
		if r == '/' {
			dirs = append(dirs, rel[:i])
		}
	}
	if skip := len(dirs) - maxDirs; skip > 0 {
		l.find(cwd, "The working directory lies very deep; the topmost %d directories were left out.", skip)
		dirs = dirs[skip:]
	}
	return dirs
}

// claudeDirs gives the directories that hold commands, agents and skills: the user's, and the project's from cwd up.
func (l *loader) claudeDirs() (user, project []place) {
	if l.user != nil {
		user = []place{{l.user, ".", LevelUser}}
	}
	for i := len(l.dirs) - 1; i >= 0; i-- {
		project = append(project, place{l.work, filepath.Join(l.dirs[i], ".claude"), LevelProject})
	}
	return user, project
}

// because says why a file could not be opened.
func because(name string, err error) string {
	if fault.Is(err, fault.Invalid) {
		return name + " is not a regular file, or leads out of its place; it was left out."
	}
	return name + " could not be read; it was left out."
}

// firstLine describes what has no description.
func firstLine(body string) string {
	for line := range strings.Lines(body) {
		if line = strings.TrimSpace(strings.TrimLeft(line, "# \t")); line != "" {
			return cut(line, 100)
		}
	}
	return ""
}
