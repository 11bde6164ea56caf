// Package workspace holds the files of one user: where they lie on the volume, and the only way in which the server
// itself touches them.
//
// A user's home is {root}/{account}. Below it the user's tools may write to workspace and tmp only; .claude, which holds
// transcripts and settings, lies beside them and out of their reach, but for the person's skills, which they may read. What the tools write is hostile: names, links and
// kinds of file are chosen by the user and can change between two calls. Every access therefore goes through os.Root.
package workspace

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"claude-agent-chat/pkg/fault"
)

// The directories of a home.
const (
	workDir     = "workspace"
	tempDir     = "tmp"
	projectsDir = ".claude/projects"
)

// StateDir is the directory of a home in which the server keeps what is neither the user's nor Claude Code's.
const StateDir = ".agentchat"

// Home is the home of an account below the sessions root. The account must be an id that the server made.
func Home(root, accountID string) string { return filepath.Join(root, accountID) }

// Dir is the directory below home that holds the user's own files. It is also the HOME that the tools see.
func Dir(home string) string { return filepath.Join(home, workDir) }

// TempDir is the directory below home that the tools have in place of /tmp.
func TempDir(home string) string { return filepath.Join(home, tempDir) }

// Ensure makes the home of an account and the directories in it, readable by the server's user only. It is safe to
// call again and at the same time.
func Ensure(root, accountID string) error {
	if !plainName(accountID) {
		return fmt.Errorf("make home: account id %q cannot name a directory", accountID)
	}
	home := Home(root, accountID)
	for _, dir := range []string{Dir(home), TempDir(home), filepath.Join(home, projectsDir)} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fault.Wrap(err, fault.Unavailable, "The home directory cannot be made on the sessions volume.")
		}
	}
	return nil
}

// plainName says whether s can name one entry of a directory, and not a hidden one.
func plainName(s string) bool {
	return s != "" && len(s) <= 255 && s[0] != '.' && !strings.ContainsAny(s, "/\\\x00")
}

// errCwd is the one answer to every bad working directory, so that it tells nothing about what exists elsewhere.
var errCwd = fault.New(fault.Invalid, "The working directory must be an existing directory inside your workspace.")

// ResolveCwd gives the real path of cwd, an absolute path to a directory inside the workspace of home. Symbolic links
// are followed as long as they stay inside. Any other cwd is fault.Invalid, always with the same sentence.
func ResolveCwd(home, cwd string) (string, error) {
	f, err := Open(home)
	if err != nil {
		return "", err
	}
	defer f.Close()
	if !filepath.IsAbs(cwd) {
		return "", errCwd
	}
	rel, err := f.Rel("", cwd)
	if err != nil {
		return "", errCwd
	}
	if rel, err = f.follow(rel); err != nil {
		return "", errCwd
	}
	info, err := f.root.Stat(rel)
	if err != nil || !info.IsDir() {
		return "", errCwd
	}
	real, err := filepath.EvalSymlinks(filepath.Join(f.dir, rel))
	if err != nil {
		return "", errCwd
	}
	if _, ok := below(f.dir, real); !ok {
		return "", errCwd
	}
	return real, nil
}

// below gives path relative to dir if it is dir or lies under it; both are clean.
func below(dir, path string) (string, bool) {
	if path == dir {
		return ".", true
	}
	rel, ok := strings.CutPrefix(path, strings.TrimSuffix(dir, "/")+"/")
	return rel, ok
}

// explain turns an error of the file system into one for people; name is what the user called the file.
func explain(err error, name string) error {
	var known *fault.Error
	switch {
	case err == nil, errors.As(err, &known):
		return err
	case errors.Is(err, fs.ErrNotExist):
		return fault.Wrap(err, fault.NotFound, "%s does not exist.", name)
	case errors.Is(err, fs.ErrExist):
		return fault.Wrap(err, fault.Conflict, "%s exists already.", name)
	case errors.Is(err, fs.ErrPermission):
		return fault.Wrap(err, fault.Forbidden, "%s may not be accessed: permission denied.", name)
	}
	return explainErrno(err, name)
}
