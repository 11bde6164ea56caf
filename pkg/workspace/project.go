package workspace

import (
	"cmp"
	"os"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"claude-agent-chat/pkg/fault"
)

// maxProjects is how many projects are listed.
const maxProjects = 5000

// maxProjectName is the longest name of a project, in bytes.
const maxProjectName = 100

// Project is a directory at the top of a workspace.
type Project struct {
	Name       string
	Path       string // absolute
	ModifiedAt time.Time
}

// ListProjects gives the projects of a home, the one changed last first. Hidden directories and links are none.
func ListProjects(home string) ([]Project, error) {
	f, err := Open(home)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	entries, _, err := f.ReadDir(".", maxProjects)
	if err != nil {
		return nil, err
	}
	projects := []Project{}
	for _, entry := range entries {
		if !entry.IsDir() || strings.HasPrefix(entry.Name(), ".") {
			continue
		}
		info, err := entry.Info()
		if err != nil {
			continue // removed meanwhile.
		}
		projects = append(projects, Project{Name: entry.Name(), Path: f.Abs(entry.Name()), ModifiedAt: info.ModTime()})
	}
	slices.SortFunc(projects, func(a, b Project) int {
		return cmp.Or(b.ModifiedAt.Compare(a.ModifiedAt), cmp.Compare(a.Name, b.Name))
	})
	return projects, nil
}

// FindProject gives a project of a home; one that does not exist, and what is no project, is fault.NotFound.
func FindProject(home, name string) (Project, error) {
	none := fault.New(fault.NotFound, "There is no such project.")
	if checkProjectName(name) != nil && !plainName(name) {
		return Project{}, none
	}
	f, err := Open(home)
	if err != nil {
		return Project{}, none
	}
	defer f.Close()
	info, err := f.root.Lstat(name)
	if err != nil || !info.IsDir() {
		return Project{}, none
	}
	return Project{Name: name, Path: f.Abs(name), ModifiedAt: info.ModTime()}, nil
}

// PathInHome is where a project lies below its home.
func (p Project) PathInHome() string { return workDir + "/" + p.Name }

// CreateProject makes a directory for a new project. A bad name is fault.Invalid, one that is taken fault.Conflict.
func CreateProject(home, name string) (Project, error) {
	if err := checkProjectName(name); err != nil {
		return Project{}, err
	}
	f, err := Open(home)
	if err != nil {
		return Project{}, err
	}
	defer f.Close()
	if err := f.root.Mkdir(name, 0o755); err != nil {
		if os.IsExist(err) {
			return Project{}, fault.New(fault.Conflict, "There is already a project or file of that name.")
		}
		return Project{}, explain(err, name)
	}
	info, err := f.root.Stat(name)
	if err != nil {
		return Project{}, explain(err, name)
	}
	return Project{Name: name, Path: f.Abs(name), ModifiedAt: info.ModTime()}, nil
}

// checkProjectName allows what people call a directory and every file system and shell can live with.
func checkProjectName(name string) error {
	switch {
	case name == "":
		return fault.New(fault.Invalid, "A project needs a name.")
	case len(name) > maxProjectName:
		return fault.New(fault.Invalid, "The name of a project may have %d bytes at most.", maxProjectName)
	case !utf8.ValidString(name), strings.ContainsFunc(name, badInName):
		return fault.New(fault.Invalid, `The name of a project may not hold control characters or any of / \ : * ? " < > |.`)
	case strings.HasPrefix(name, "."), strings.HasPrefix(name, "-"):
		return fault.New(fault.Invalid, "The name of a project may not begin with a dot or a dash.")
	case strings.TrimSpace(name) != name:
		return fault.New(fault.Invalid, "The name of a project may not begin or end with a space.")
	}
	return nil
}

func badInName(r rune) bool {
	return !unicode.IsPrint(r) || strings.ContainsRune(`/\:*?"<>|`, r)
}
