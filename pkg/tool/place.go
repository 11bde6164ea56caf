package tool

import (
	"context"
	"io/fs"

	"claude-agent-chat/pkg/workspace"
)

// tree is a directory of which files may be read.
type tree interface {
	Abs(rel string) string
	ReadFile(rel string, limit int64) ([]byte, fs.FileInfo, error)
	Stat(rel string) (fs.FileInfo, error)
	Walk(ctx context.Context, rel string, visit func(path string, entry fs.DirEntry) error) error
}

// place is the tree in which a path lies.
type place struct {
	tree
	aside bool // it is not the workspace, and nothing can be changed in it
	close func()
}

// find says where a path lies that is to be read: in the workspace, or among the person's skills. What it gives is closed
// by the caller.
func (e *Env) find(path string) (place, string, error) {
	rel, err := e.FS.Rel(e.Cwd, path)
	if err == nil {
		return place{e.FS, false, func() {}}, rel, nil
	}
	skills := e.skills()
	if skills == "" {
		return place{}, "", err
	}
	aside, openErr := workspace.OpenReadOnly(skills)
	if openErr != nil {
		return place{}, "", err
	}
	rel, aerr := aside.Rel(e.Cwd, path)
	if aerr != nil {
		_ = aside.Close() // it was only read.
		return place{}, "", err
	}
	return place{aside, true, func() { _ = aside.Close() }}, rel, nil
}

// skills is the directory of the person's skills; empty if there is none.
func (e *Env) skills() string {
	if e.Skills != "" || e.Home == "" {
		return e.Skills
	}
	return workspace.SkillsDir(e.Home)
}
