package agent

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/project"
	"claude-agent-chat/pkg/transcript"
)

// maxNested is how much of instructions for files is put before the model until the conversation is compacted or the turn
// ends, in bytes.
const maxNested = 128 << 10

// nested is what a turn knows of instructions that hold for some files only: which files were worked on since the model was
// last told, and what it was told already.
type nested struct {
	mu      sync.Mutex
	touched []string // absolute
	given   map[string]bool
	looked  map[string]*project.Project // by directory
	size    int
}

// restart forgets, and takes up what stands in a conversation and what the model is told in any case.
func (n *nested) restart(history []transcript.Message, always []project.Memory) {
	n.given, n.looked, n.size = map[string]bool{}, map[string]*project.Project{}, 0
	for _, m := range history {
		for _, path := range m.Given {
			n.given[path] = true
		}
	}
	for _, m := range always {
		n.given[m.Path] = true
	}
}

// touch notes the file that a call works on, if it is one of those for which instructions count: a command's files cannot be
// seen, and a search is no work on what it finds.
func (t *turn) touch(c call) {
	var in struct {
		Path string `json:"file_path"`
		Book string `json:"notebook_path"`
	}
	_ = json.Unmarshal(c.Input, &in) // an input that is wrong is refused by its tool.
	path := in.Path
	switch canonical(c.Name) {
	case "Read", "Write", "Edit":
	case "NotebookEdit":
		path = in.Book
	default:
		return
	}
	rel, err := t.env.FS.Rel(t.info.Cwd, path)
	if err != nil {
		return
	}
	t.nested.mu.Lock()
	defer t.nested.mu.Unlock()
	t.nested.touched = append(t.nested.touched, t.env.FS.Abs(rel))
}

// takeTouched gives the files that were worked on since it was last called.
func (n *nested) takeTouched() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	paths := n.touched
	n.touched = nil
	slices.Sort(paths)
	return slices.Compact(paths)
}

// tellNested puts the instructions before the model that hold for the files that were just worked on, each once. They are
// recorded, and given as blocks for the next message.
func (t *turn) tellNested(ctx context.Context) ([]json.RawMessage, error) {
	if ctx.Err() != nil {
		return nil, nil //nolint:nilerr // whoever called says it.
	}
	var entries []transcript.Entry
	var blocks []json.RawMessage
	var left []string
	for _, path := range t.nested.takeTouched() {
		t.nested.given[path] = true // it has been seen itself.
		for _, m := range t.instructionsFor(path) {
			if t.nested.given[m.Path] {
				continue
			}
			t.nested.given[m.Path] = true
			if t.nested.size+len(m.Text) > maxNested {
				left = append(left, t.shown(m.Path))
				continue
			}
			t.nested.size += len(m.Text)
			entry := transcript.NestedMemory{Path: m.Path, Kind: nestedKinds[m.Level], Shown: t.shown(m.Path), Content: m.Text}
			entries, blocks = append(entries, entry), append(blocks, textBlock(entry.Text()))
		}
	}
	if len(left) > 0 {
		t.warn(fmt.Sprintf("More instructions hold for the files of this turn than the model is told at once. Left out: %s.", listed(left)))
	}
	if len(entries) == 0 {
		return nil, nil
	}
	return blocks, t.host.Record(context.WithoutCancel(ctx), entries...)
}

var nestedKinds = map[string]string{project.LevelUser: "User", project.LevelProject: "Project", project.LevelLocal: "Local"}

// instructionsFor are those that hold for a file, in Claude Code's order: the person's rules, what the directories below the
// working directory say, the rules of those above.
func (t *turn) instructionsFor(path string) []project.Memory {
	var user, rest []project.Memory
	for _, r := range t.around().Rules {
		if !r.Matches(path) {
			continue
		}
		if r.Level == project.LevelUser {
			user = append(user, r.Memory)
		} else {
			rest = append(rest, r.Memory)
		}
	}
	below := t.below(filepath.Dir(path))
	all := append(user, below.Memory...)
	for _, r := range below.Rules {
		if r.Matches(path) {
			all = append(all, r.Memory)
		}
	}
	return append(all, rest...)
}

// below is what the directories below the working directory bring on the way to one of them.
func (t *turn) below(dir string) *project.Project {
	if found := t.nested.looked[dir]; found != nil {
		return found
	}
	found := project.Nested(t.env.FS, t.info.Home, t.info.Cwd, filepath.Join(dir, "file"))
	t.nested.looked[dir] = found
	var lines []string
	for _, f := range found.Findings {
		lines = append(lines, f.Path+": "+f.Text)
	}
	t.warn(strings.Join(lines, "\n"))
	return found
}

// shown is a path as people write it in the project.
func (t *turn) shown(path string) string {
	if rel, err := filepath.Rel(t.info.Cwd, path); err == nil {
		return rel
	}
	return path
}

// warn tells the person something, in a subagent too.
func (t *turn) warn(text string) {
	if text != "" {
		t.root().Stream(acp.Update{Kind: acp.UpdateNotice, Severity: "warning", Title: text})
	}
}

// listed names some of many.
func listed(names []string) string {
	if more := len(names) - maxListedRules; more > 0 {
		names = append(slices.Clone(names[:maxListedRules]), fmt.Sprintf("and %d more", more))
	}
	return strings.Join(names, ", ")
}
