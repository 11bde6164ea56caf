package serve

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// PrepareRoot makes the sessions root if it is not there and makes sure that this process can write in it. Its error is
// for the operator: it says whose the directory is and which command mends that.
func PrepareRoot(root string) error {
	if err := os.MkdirAll(root, 0o750); err != nil && !errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("the sessions root %s cannot be made: %w", root, reason(err))
	}
	probe, err := os.CreateTemp(root, ".agentchat-start-*")
	if err != nil {
		return notWritable(root, err)
	}
	_ = probe.Close()
	if err := os.Remove(probe.Name()); err != nil {
		return notWritable(root, err)
	}
	return nil
}

func notWritable(root string, cause error) error {
	uid, gid := os.Getuid(), os.Getgid()
	if !errors.Is(cause, fs.ErrPermission) {
		return fmt.Errorf("the sessions root %s cannot be written: %w", root, reason(cause))
	}
	return fmt.Errorf("the sessions root %s cannot be written by uid %d: %s; run: chown -R %d:%d %s", root, uid, owner(root), uid, gid, root)
}

// owner words whose a directory is.
func owner(root string) string {
	info, err := os.Stat(root)
	if err != nil {
		return "it cannot be looked at, or a directory above it cannot"
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return fmt.Sprintf("it is owned by uid %d with mode %s", stat.Uid, info.Mode().Perm())
	}
	return "its owner is not known"
}

// reason is the bare cause of a file error, without the path that the sentence around it has already.
func reason(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}
