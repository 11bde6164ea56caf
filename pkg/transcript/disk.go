package transcript

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/filesync"
)

// maxReopen bounds how often a file is opened anew that is removed at the same time.
const maxReopen = 10

// backing is what a disk asks of a file that was opened for appending.
type backing interface {
	io.WriteCloser
	Seek(offset int64, whence int) (int64, error)
	Stat() (fs.FileInfo, error)
	Sync() error
	Truncate(size int64) error
}

// synced is a file whose syncs run beside those of other sessions.
type synced struct{ *os.File }

func (f synced) Sync() error { return filesync.Sync(f.File) }

// Close gives the lock back before it closes the file: a child that is being started holds a copy of the descriptor until
// it executes its program, and with it the lock.
func (f synced) Close() error {
	return errors.Join(unix.Flock(int(f.Fd()), unix.LOCK_UN), f.File.Close())
}

// disk appends whole lines to a file, or nothing.
type disk struct {
	file backing
	path string
	end  int64 // after the last whole line that is safe
	torn int64 // how much of a failed append lies behind end
}

// append writes and syncs data, which must end with a line feed, and says where it begins. After a failure it cuts back
// to the last whole line; if that fails too, the next append does it first.
func (d *disk) append(data []byte) (begin int64, err error) {
	if err := d.check(); err != nil {
		return 0, err
	}
	if d.torn > 0 {
		if err := d.cut(); err != nil {
			return 0, err
		}
	}
	n, err := d.file.Write(data)
	if err == nil {
		err = d.file.Sync()
	}
	if err != nil {
		d.torn = int64(n)
		return 0, trouble(errors.Join(err, d.cutOwn()))
	}
	// The file is open for appending, so that this is the end of what was written, not of what may have come since.
	after, err := d.file.Seek(0, io.SeekCurrent)
	if err != nil {
		return 0, trouble(err)
	}
	d.end = after
	return after - int64(len(data)), nil
}

// check makes sure that the file is still the one that was opened and nobody else has written it.
func (d *disk) check() error {
	info, err := d.file.Stat()
	if err != nil {
		return trouble(err)
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok && stat.Nlink == 0 {
		return fault.New(fault.Conflict, "The session's file was removed.")
	}
	switch size := info.Size(); {
	case size > d.end+d.torn:
		return errBusy("program")
	case size < d.end:
		return fault.New(fault.Conflict, "The session's file was cut short by another program.")
	default:
		return nil
	}
}

// cutOwn cuts off what a failed append left, unless somebody else has written behind it.
func (d *disk) cutOwn() error {
	if err := d.check(); err != nil {
		return err
	}
	return d.cut()
}

// cut cuts off what lies behind the last whole line.
func (d *disk) cut() error {
	if err := d.file.Truncate(d.end); err != nil {
		return trouble(err)
	}
	if err := d.file.Sync(); err != nil {
		return trouble(err)
	}
	d.torn = 0
	return nil
}

// settleTail deals with bytes behind the last line feed: a whole record only lacks its line feed; anything else is torn,
// and goes into a file of its own before it is cut off.
func (d *disk) settleTail(tail []byte) (whole bool, err error) {
	if _, whole := decode(bytes.TrimSpace(tail)); whole {
		start := d.end
		d.end += int64(len(tail))
		if _, err := d.append([]byte{'\n'}); err != nil {
			d.end = start
			return false, err
		}
		return true, nil
	}
	aside := fmt.Sprintf("%s.torn-%d", d.path, time.Now().UnixNano())
	if err := writeSynced(aside, tail); err != nil {
		return false, trouble(err)
	}
	return false, d.cut()
}

// openLocked opens a file for appending, makes it if need be, and locks it.
func openLocked(path string) (*os.File, error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, trouble(err)
	}
	for range maxReopen {
		file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0o600) //nolint:gosec // made by SessionPath.
		if err != nil {
			return nil, trouble(err)
		}
		same, err := lock(file, path)
		if err != nil {
			return nil, errors.Join(err, file.Close())
		}
		if same {
			return file, nil
		}
		if err := file.Close(); err != nil {
			return nil, trouble(err)
		}
	}
	return nil, errBusy("process")
}

func errBusy(who string) error {
	return fault.New(fault.Busy, "The session is being written by another %s. Try again when that has ended.", who)
}

// lock takes the lock of a file that was just opened. It is not the same any more if it was removed in between. The
// directories of a file that holds nothing yet are synced: it may be new.
func lock(file *os.File, path string) (same bool, err error) {
	opened, err := file.Stat()
	if err != nil {
		return false, trouble(err)
	}
	if !opened.Mode().IsRegular() {
		return false, errNotRegular()
	}
	if err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		if errors.Is(err, unix.EWOULDBLOCK) {
			return false, errBusy("process")
		}
		return false, trouble(err)
	}
	named, err := os.Lstat(path)
	if err != nil || !os.SameFile(opened, named) {
		return false, nil //nolint:nilerr // gone or replaced: the caller opens it anew.
	}
	if opened.Size() > 0 {
		return true, nil
	}
	return true, syncParents(path)
}

// syncParents makes a new file's names safe, up to the home that holds .claude/projects/{hash}.
func syncParents(path string) error {
	dir := filepath.Dir(path)
	for range 4 {
		if err := filesync.Dir(dir); err != nil {
			return trouble(err)
		}
		dir = filepath.Dir(dir)
	}
	return nil
}

// writeSynced writes a new file that is safe when it returns.
func writeSynced(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600) //nolint:gosec // beside a session's file.
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Sync(), f.Close(), filesync.Dir(filepath.Dir(path)))
}

// trouble turns an I/O error into a sentence. An error that has one keeps it.
func trouble(err error) error {
	var known *fault.Error
	switch {
	case errors.Is(err, unix.ENOSPC), errors.Is(err, unix.EDQUOT), errors.Is(err, unix.EFBIG):
		return fault.Wrap(err, fault.Unavailable, "The disk is full. Nothing more can be saved until there is space; try again then.")
	case errors.Is(err, unix.EROFS):
		return fault.Wrap(err, fault.Unavailable, "The volume is read-only. Nothing can be saved until that has been mended.")
	case errors.Is(err, fs.ErrPermission):
		return fault.Wrap(err, fault.Unavailable, "The server may not write to the volume with the conversations.")
	case errors.Is(err, unix.ELOOP):
		return fault.Wrap(err, fault.Invalid, "The session's file is a symbolic link, which is not followed.")
	case errors.As(err, &known):
		return err
	default:
		return fault.Wrap(err, fault.Unavailable, "The conversation could not be saved. Try again.")
	}
}
