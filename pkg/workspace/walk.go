package workspace

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"claude-agent-chat/pkg/fault"
)

// walkBatch is how many entries of a directory are held at once.
const walkBatch = 512

// maxDepth bounds how deep Walk goes; deeper directories are passed by.
const maxDepth = 128

// Walk calls visit for everything below the directory rel, without following links. Paths are relative to the
// workspace. When visit returns fs.SkipDir for a directory, it is not entered; fs.SkipAll ends the walk without error.
// Directories that vanish or cannot be read are passed by, except rel itself.
func (f *FS) Walk(ctx context.Context, rel string, visit func(path string, entry fs.DirEntry) error) error {
	rel, err := f.follow(rel)
	if err != nil {
		return err
	}
	err = f.walk(ctx, rel, 0, visit)
	if errors.Is(err, fs.SkipAll) {
		return nil
	}
	return err
}

func (f *FS) walk(ctx context.Context, rel string, depth int, visit func(string, fs.DirEntry) error) error {
	dir, err := f.root.OpenFile(rel, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_DIRECTORY, 0)
	if err != nil && depth > 0 {
		return nil // it vanished, or is not ours to read.
	}
	if err != nil {
		return explain(err, rel)
	}
	var below []string
	below, err = f.walkDir(ctx, dir, rel, visit)
	if err := errors.Join(err, dir.Close()); err != nil {
		return err
	}
	if depth == maxDepth {
		return nil
	}
	for _, path := range below {
		if err := f.walk(ctx, path, depth+1, visit); err != nil {
			return err
		}
	}
	return nil
}

// walkDir visits the entries of one directory and gives the directories to enter.
func (f *FS) walkDir(ctx context.Context, dir *os.File, rel string, visit func(string, fs.DirEntry) error) ([]string, error) {
	var below []string
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		entries, err := dir.ReadDir(walkBatch)
		for _, entry := range entries {
			path := filepath.Join(rel, entry.Name())
			switch err := visit(path, entry); {
			case errors.Is(err, fs.SkipDir):
			case err != nil:
				return nil, err
			case entry.IsDir():
				below = append(below, path)
			}
		}
		if errors.Is(err, io.EOF) {
			return below, nil
		}
		if err != nil {
			return below, nil //nolint:nilerr // what could be read was visited.
		}
	}
}

// ReadDir gives at most limit entries of a directory, in no order, and says whether there are more.
func (f *FS) ReadDir(rel string, limit int) (entries []fs.DirEntry, more bool, err error) {
	if limit < 1 {
		return nil, false, fmt.Errorf("read directory: limit %d", limit)
	}
	rel, err = f.follow(rel)
	if err != nil {
		return nil, false, err
	}
	dir, err := f.root.OpenFile(rel, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_DIRECTORY, 0)
	if errors.Is(err, syscall.ENOTDIR) {
		return nil, false, fault.New(fault.Invalid, "%s is not a directory.", rel)
	}
	if err != nil {
		return nil, false, explain(err, rel)
	}
	defer dir.Close()
	entries, err = dir.ReadDir(limit + 1)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, false, explain(err, rel)
	}
	if len(entries) > limit {
		return entries[:limit], true, nil
	}
	return entries, false, nil
}
