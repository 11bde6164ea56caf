package tool

import (
	"cmp"
	"context"
	"encoding/json"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/bmatcuk/doublestar/v4"
)

const (
	// maxGlob is how many files one call names.
	maxGlob = 100
	// maxVisited is how many entries one call looks at.
	maxVisited = 500_000
)

// glob finds files by the pattern of their names.
type glob struct{}

type globInput struct {
	Pattern string `json:"pattern"`
	Path    string `json:"path"`
}

type globResult struct {
	Filenames  []string `json:"filenames"`
	DurationMs int64    `json:"durationMs"`
	NumFiles   int      `json:"numFiles"`
	Truncated  bool     `json:"truncated"`
	Total      int      `json:"totalMatches"`
	Complete   bool     `json:"countIsComplete"` // total is of all files, not only of those that were looked at
}

// globHit is a file found.
type globHit struct {
	path    string
	changed time.Time
}

// Spec describes the tool.
func (glob) Spec() Spec {
	return Spec{
		Name: "Glob",
		Description: "Finds files of the workspace by name, such as **/*.go or src/**/*.{ts,tsx}; up to 100, the ones changed " +
			"last first. Links are not followed; .git and node_modules are left out unless the pattern names them.",
		InputSchema: json.RawMessage(`{"type":"object","additionalProperties":false,"required":["pattern"],"properties":{` +
			`"pattern":{"type":"string","description":"The pattern, relative to path; ** stands for any directories"},` +
			`"path":{"type":"string","description":"Directory to search; the working directory if not given"}}}`),
	}
}

// Safety says that it changes nothing.
func (glob) Safety(json.RawMessage) Safety { return ReadOnly }

// Run finds the files.
func (glob) Run(ctx context.Context, env *Env, input json.RawMessage) (Result, error) {
	start := time.Now()
	in, err := decode[globInput](input, "pattern")
	if err != nil {
		return refuseFor(err)
	}
	files, base, pattern, err := in.resolve(env)
	if err != nil {
		return refuseFor(err)
	}
	defer files.close()
	if !doublestar.ValidatePattern(pattern) {
		return refuse("The pattern %q is not valid.", in.Pattern)
	}
	hits, complete, err := find(ctx, files, base, pattern)
	if err != nil {
		return refuseFor(err)
	}
	total := len(hits)
	hits = hits[:min(total, maxGlob)]
	truncated := !complete || total > len(hits)
	names := make([]string, 0, len(hits))
	for _, hit := range hits {
		names = append(names, files.Abs(hit.path))
	}
	content := strings.Join(names, "\n")
	if len(names) == 0 {
		content = "No files found"
	}
	if truncated {
		content += "\n(There are more files. Use a narrower path or pattern to see them.)"
	}
	return result(content, globResult{names, time.Since(start).Milliseconds(), len(names), truncated, total, complete})
}

// resolve gives the directory to search, and the pattern relative to it.
func (in globInput) resolve(env *Env) (files place, base, pattern string, err error) {
	dir, pattern := in.Path, filepath.ToSlash(in.Pattern)
	if dir == "" {
		dir = env.Cwd
	}
	if strings.HasPrefix(pattern, "/") {
		dir, pattern = doublestar.SplitPattern(pattern)
	}
	files, base, err = env.find(dir)
	return files, base, strings.TrimPrefix(pattern, "./"), err
}

// find walks base and gives the files that match, the newest first; complete says that it looked at all there are.
func find(ctx context.Context, files tree, base, pattern string) (hits []globHit, complete bool, err error) {
	visited := 0
	complete = true
	err = files.Walk(ctx, base, func(path string, entry fs.DirEntry) error {
		if visited++; visited > maxVisited {
			complete = false
			return fs.SkipAll
		}
		if entry.IsDir() {
			return enter(entry.Name(), pattern)
		}
		rel, err := filepath.Rel(base, path)
		if err != nil || !doublestar.MatchUnvalidated(pattern, rel) {
			return nil //nolint:nilerr // it is not below base, which cannot be.
		}
		if info, err := entry.Info(); err == nil {
			hits = append(hits, globHit{path, info.ModTime()})
		}
		return nil
	})
	slices.SortFunc(hits, func(a, b globHit) int {
		return cmp.Or(b.changed.Compare(a.changed), cmp.Compare(a.path, b.path))
	})
	return hits, complete, err
}

// enter leaves out the directories that nobody means.
func enter(name, pattern string) error {
	if (name == ".git" || name == "node_modules") && !strings.Contains(pattern, name) {
		return fs.SkipDir
	}
	return nil
}
