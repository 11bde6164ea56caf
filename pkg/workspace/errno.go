package workspace

import (
	"errors"
	"syscall"

	"claude-agent-chat/pkg/fault"
)

// explainErrno covers the errors that have no name in io/fs.
func explainErrno(err error, name string) error {
	switch {
	case errors.Is(err, syscall.ENOTDIR):
		return fault.Wrap(err, fault.NotFound, "%s does not exist: a part of its path is not a directory.", name)
	case errors.Is(err, syscall.EISDIR):
		return fault.Wrap(err, fault.Invalid, "%s is a directory.", name)
	case errors.Is(err, syscall.ENAMETOOLONG):
		return fault.Wrap(err, fault.Invalid, "The name of the file is too long.")
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return fault.Wrap(err, fault.Unavailable, "There is no space left on the volume; %s was not changed.", name)
	case errors.Is(err, syscall.EROFS):
		return fault.Wrap(err, fault.Unavailable, "The volume is read-only; %s was not changed.", name)
	case errors.Is(err, syscall.ENXIO), errors.Is(err, syscall.EAGAIN):
		return notRegular(name)
	case errors.Is(err, syscall.ELOOP):
		return outside(name)
	case isEscape(err):
		return outside(name)
	}
	return fault.Wrap(err, fault.Unavailable, "%s could not be accessed.", name)
}

// isEscape recognises the error of os.Root for a path that leads out of it; the os package has no name for it.
func isEscape(err error) bool {
	for err != nil {
		if err.Error() == "path escapes from parent" {
			return true
		}
		err = errors.Unwrap(err)
	}
	return false
}

func outside(name string) error {
	return fault.New(fault.Invalid, "%s is outside the workspace or leads out of it.", name)
}

func notRegular(name string) error {
	return fault.New(fault.Invalid, "%s is not a regular file.", name)
}
