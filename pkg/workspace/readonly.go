package workspace

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"

	"claude-agent-chat/pkg/fault"
)

// ReadOnly is a directory beside the workspace, such as .claude, of which nothing can be changed. What FS promises of
// reading it promises too: nothing outside the directory is reached, only regular files are opened, and no open waits.
// It is safe for concurrent use.
type ReadOnly struct{ files FS }

// OpenReadOnly opens a directory, which must not be a link itself. The caller closes it.
func OpenReadOnly(dir string) (*ReadOnly, error) {
	parent, err := filepath.EvalSymlinks(filepath.Dir(dir))
	if err != nil {
		return nil, fault.Wrap(err, fault.Unavailable, "The directory cannot be opened.")
	}
	real := filepath.Join(parent, filepath.Base(dir))
	root, err := openDir(real)
	if err != nil {
		return nil, err
	}
	return &ReadOnly{FS{given: filepath.Clean(dir), dir: real, root: root}}, nil
}

// Abs is the absolute path of rel.
func (r *ReadOnly) Abs(rel string) string { return r.files.Abs(rel) }

// Rel is FS.Rel for this directory.
func (r *ReadOnly) Rel(cwd, path string) (string, error) { return r.files.Rel(cwd, path) }

// OpenFile is FS.OpenFile for this directory.
func (r *ReadOnly) OpenFile(rel string) (*os.File, fs.FileInfo, error) { return r.files.OpenFile(rel) }

// ReadDir is FS.ReadDir for this directory.
func (r *ReadOnly) ReadDir(rel string, limit int) (entries []fs.DirEntry, more bool, err error) {
	return r.files.ReadDir(rel, limit)
}

// ReadFile is FS.ReadFile for this directory.
func (r *ReadOnly) ReadFile(rel string, limit int64) ([]byte, fs.FileInfo, error) {
	return r.files.ReadFile(rel, limit)
}

// Stat is FS.Stat for this directory.
func (r *ReadOnly) Stat(rel string) (fs.FileInfo, error) { return r.files.Stat(rel) }

// Walk is FS.Walk for this directory.
func (r *ReadOnly) Walk(ctx context.Context, rel string, visit func(path string, entry fs.DirEntry) error) error {
	return r.files.Walk(ctx, rel, visit)
}

// SkillsDir is the real path of the directory of a home that holds the person's own skills, which tools may read; empty if
// there is none, or if it is a link to somewhere else.
func SkillsDir(home string) string {
	home, err := filepath.EvalSymlinks(home)
	if err != nil {
		return ""
	}
	dir := filepath.Join(home, ".claude", "skills")
	real, err := filepath.EvalSymlinks(dir)
	if err != nil || real != dir {
		return ""
	}
	if info, err := os.Lstat(dir); err != nil || !info.IsDir() {
		return ""
	}
	return dir
}

// Close gives back the descriptor. It is safe to call twice.
func (r *ReadOnly) Close() error { return r.files.Close() }
