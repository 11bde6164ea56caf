package project

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/workspace"
)

// Limits of one file and of a walk.
const (
	maxMemory     = 40 << 10  // bytes of a file of instructions
	maxDefinition = 128 << 10 // bytes of a command, an agent or a skill
	maxDepth      = 4         // directories below commands, agents and rules
	maxFindings   = 50
)

// tree is one of the two places that are read. What is behind it never leaves its directory and never waits.
type tree interface {
	Abs(rel string) string
	Rel(cwd, path string) (string, error)
	OpenFile(rel string) (*os.File, fs.FileInfo, error)
	ReadDir(rel string, limit int) (entries []fs.DirEntry, more bool, err error)
}

// place is a file or a directory in one of the trees.
type place struct {
	tree  tree
	rel   string
	level string
}

func (p place) path() string { return p.tree.Abs(p.rel) }

func (p place) join(names ...string) place {
	p.rel = filepath.Join(append([]string{p.rel}, names...)...)
	return p
}

// budget is what may still be read: 200 files and 2 MB for the four kinds of things together. Each kind gets a quarter
// and what those before it left, so that a thousand commands do not push out the instructions.
type budget struct{ files, bytes, entries, fronts int }

func (b *budget) grant() {
	b.files += 50
	b.bytes += 512 << 10
	b.entries += 1500
	b.fronts += 128 << 10 // bytes of YAML, which takes longest
}

// loader reads one project.
type loader struct {
	out    *Project
	home   string // its real path
	cwd    string
	user   tree // nil if the user has no Claude directory
	close  func()
	work   *workspace.FS
	dirs   []string        // from the top of the workspace to cwd
	seen   map[string]bool // paths of instructions
	budget budget
}

// find adds a finding. What the person sees holds no character that could hide or turn the text.
func (l *loader) find(path, format string, args ...any) {
	f := Finding{Path: printable(path), Text: printable(fmt.Sprintf(format, args...))}
	switch n := len(l.out.Findings); {
	case n > maxFindings, slices.Contains(l.out.Findings, f):
	case n == maxFindings:
		l.out.Findings = append(l.out.Findings, Finding{Text: "There were more findings."})
	default:
		l.out.Findings = append(l.out.Findings, f)
	}
}

func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) && r != utf8.RuneError {
			return r
		}
		return '?'
	}, s)
}

// full tells the person that the budget is used up.
func (l *loader) full(p place) {
	l.find(filepath.Dir(p.path()), "There is more here than is read at the start of a session; the rest was left out.")
}

// read gives the text of a file, of a longer one the beginning. What does not exist is passed by in silence.
func (l *loader) read(p place, limit int) (string, bool) {
	file, info, err := p.tree.OpenFile(p.rel)
	if fault.Is(err, fault.NotFound) {
		return "", false
	}
	name := filepath.Base(p.rel)
	if err != nil {
		l.find(p.path(), "%s", because(name, err))
		return "", false
	}
	defer file.Close()
	if l.budget.files == 0 || int64(l.budget.bytes) < min(info.Size(), int64(limit)) {
		l.full(p)
		return "", false
	}
	data, err := io.ReadAll(io.LimitReader(file, int64(limit)+1))
	l.budget.files--
	l.budget.bytes = max(0, l.budget.bytes-len(data))
	switch {
	case err != nil:
		l.find(p.path(), "%s could not be read; it was left out.", name)
		return "", false
	case bytes.IndexByte(data, 0) >= 0:
		l.find(p.path(), "%s is not text; it was left out.", name)
		return "", false
	case len(data) > limit:
		l.find(p.path(), "%s is larger than %d KB; its beginning is used.", name, limit>>10)
	}
	return clean(cut(string(data), limit)), true
}

// cut shortens s to at most limit bytes and leaves no half character at its end.
func cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit]
}

// clean gives text as the formats want it: valid UTF-8 without a mark at its beginning, lines that end in "\n".
func clean(s string) string {
	s = strings.ToValidUTF8(strings.TrimPrefix(s, "\ufeff"), "\ufffd")
	return strings.ReplaceAll(s, "\r\n", "\n")
}

// entries lists a directory by name, without hidden entries.
func (l *loader) entries(p place) []fs.DirEntry {
	if l.budget.entries == 0 {
		l.full(p.join("x"))
		return nil
	}
	found, more, err := p.tree.ReadDir(p.rel, l.budget.entries)
	if err != nil {
		if !fault.Is(err, fault.NotFound) {
			l.find(p.path(), "%s is not a directory that can be read; it was left out.", filepath.Base(p.rel))
		}
		return nil
	}
	if more {
		l.full(p.join("x"))
	}
	l.budget.entries -= len(found)
	found = slices.DeleteFunc(found, func(e fs.DirEntry) bool { return strings.HasPrefix(e.Name(), ".") })
	slices.SortFunc(found, func(a, b fs.DirEntry) int { return cmp.Compare(a.Name(), b.Name()) })
	return found
}

// markdown gives the files *.md below a directory: first those in it, then those in its directories. Links to
// directories are not entered.
func (l *loader) markdown(p place, depth int) []place {
	var files, dirs []place
	for _, entry := range l.entries(p) {
		switch {
		case entry.IsDir():
			dirs = append(dirs, p.join(entry.Name()))
		case strings.HasSuffix(entry.Name(), ".md"):
			files = append(files, p.join(entry.Name()))
		}
	}
	if depth == maxDepth {
		return files
	}
	for _, dir := range dirs {
		files = append(files, l.markdown(dir, depth+1)...)
	}
	return files
}
