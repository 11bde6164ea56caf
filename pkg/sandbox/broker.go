//go:build linux && (amd64 || arm64)

package sandbox

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// brokeredCalls change the mode or the times of a file by its name. Landlock lets them pass for every file of the uid,
// so that a command could lock the server out of its own directories. seccomp hands them to the helper, which does them
// itself, on files below the command's writable directories only.
var brokeredCalls = []uint32{sysChmod, unix.SYS_FCHMODAT, unix.SYS_FCHMODAT2, unix.SYS_UTIMENSAT}

// broker answers these calls.
type broker struct {
	listener int
	roots    []brokerRoot
}

// brokerRoot is a directory that the command may write, under its given and its real path.
type brokerRoot struct {
	fd    int
	paths [2]string
}

// notification is the kernel's struct seccomp_notif.
type notification struct {
	id    uint64
	pid   uint32
	flags uint32
	nr    int32
	arch  uint32
	ip    uint64
	args  [6]uint64
}

// answer is the kernel's struct seccomp_notif_resp.
type answer struct {
	id    uint64
	val   int64
	err   int32
	flags uint32
}

// newBroker opens the directories; it gets its listener later.
func newBroker(dirs []string) (*broker, error) {
	b := &broker{}
	for _, dir := range dirs {
		fd, err := unix.Open(dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
		if err != nil {
			return nil, fmt.Errorf("open writable directory: %w", err)
		}
		real, err := os.Readlink("/proc/self/fd/" + strconv.Itoa(fd))
		if err != nil {
			return nil, fmt.Errorf("resolve writable directory: %w", err)
		}
		b.roots = append(b.roots, brokerRoot{fd, [2]string{real, dir}})
	}
	return b, nil
}

// serve answers until the last process of the command is gone.
func (b *broker) serve() {
	for {
		poll := []unix.PollFd{{Fd: int32(b.listener), Events: unix.POLLIN}}
		if _, err := unix.Poll(poll, -1); err != nil && !errors.Is(err, unix.EINTR) {
			return
		}
		switch {
		case poll[0].Revents&unix.POLLIN != 0:
			b.answerOne()
		case poll[0].Revents != 0:
			return
		}
	}
}

func (b *broker) answerOne() {
	var n notification
	if errno := ioctl(b.listener, unix.SECCOMP_IOCTL_NOTIF_RECV, unsafe.Pointer(&n)); errno != 0 {
		return // the caller was killed meanwhile.
	}
	reply := answer{id: n.id, err: -int32(b.do(&n))}
	_ = ioctl(b.listener, unix.SECCOMP_IOCTL_NOTIF_SEND, unsafe.Pointer(&reply)) // it fails if the caller was killed.
}

func ioctl(fd int, request uintptr, argument unsafe.Pointer) unix.Errno {
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), request, uintptr(argument))
	return errno
}

// do makes a call in the caller's place, on what its name leads to now and only if that lies below a root: whatever the
// caller changes meanwhile, no other file is touched.
func (b *broker) do(n *notification) unix.Errno {
	call, err := readCall(n)
	if err != nil {
		return errnoOf(err)
	}
	if ioctl(b.listener, unix.SECCOMP_IOCTL_NOTIF_ID_VALID, unsafe.Pointer(&n.id)) != 0 {
		return unix.ESRCH // another process has the pid now; what was read means nothing.
	}
	fd, err := b.open(call.path, call.flags)
	if err != nil {
		return errnoOf(err)
	}
	defer unix.Close(fd)
	if n.nr == unix.SYS_UTIMENSAT {
		return errnoOf(setTimes(fd, call.times))
	}
	return errnoOf(unix.Fchmodat(fd, "", call.mode, unix.AT_EMPTY_PATH))
}

// errnoOf gives the number that the caller sees.
func errnoOf(err error) unix.Errno {
	var errno unix.Errno
	switch {
	case err == nil:
		return 0
	case errors.Is(err, unix.EXDEV):
		return unix.EACCES // it leads out of the directory.
	case errors.As(err, &errno):
		return errno
	}
	return unix.EACCES
}

func setTimes(fd int, times *[2]unix.Timespec) error {
	empty := [1]byte{}
	_, _, errno := unix.Syscall6(unix.SYS_UTIMENSAT, uintptr(fd), uintptr(unsafe.Pointer(&empty[0])),
		uintptr(unsafe.Pointer(times)), unix.AT_EMPTY_PATH, 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}

// brokeredCall is a call with everything that it took from the caller's memory.
type brokeredCall struct {
	path  string // absolute
	mode  uint32
	times *[2]unix.Timespec
	flags int
}

func readCall(n *notification) (call brokeredCall, err error) {
	pid := int(n.pid)
	dir, path := int32(unix.AT_FDCWD), n.args[1]
	switch int64(n.nr) {
	case sysChmod:
		path, call.mode = n.args[0], uint32(n.args[1])
	case unix.SYS_FCHMODAT:
		dir, call.mode = int32(n.args[0]), uint32(n.args[2])
	case unix.SYS_FCHMODAT2:
		dir, call.mode, call.flags = int32(n.args[0]), uint32(n.args[2]), int(n.args[3])
	case unix.SYS_UTIMENSAT:
		dir, call.flags = int32(n.args[0]), int(n.args[3])
		if call.times, err = readTimes(pid, n.args[2]); err != nil {
			return call, err
		}
	default:
		return call, unix.ENOSYS
	}
	call.path, err = readPath(pid, dir, path, call.flags)
	return call, err
}

// readPath reads the name in a call and makes it absolute, as the caller sees it.
func readPath(pid int, dir int32, address uint64, flags int) (string, error) {
	name, err := readString(pid, address)
	if err != nil {
		return "", err
	}
	if fd, ok := descriptorIn(name); ok {
		return readLink(fmt.Sprintf("/proc/%d/fd/%d", pid, fd))
	}
	if strings.HasPrefix(name, "/") {
		return name, nil
	}
	if name == "" && flags&unix.AT_EMPTY_PATH == 0 {
		return "", unix.ENOENT
	}
	base := fmt.Sprintf("/proc/%d/cwd", pid)
	if dir != unix.AT_FDCWD {
		base = fmt.Sprintf("/proc/%d/fd/%d", pid, dir)
	}
	from, err := readLink(base)
	return from + "/" + name, err
}

// readLink reads a link of /proc. What it gives is a name like any other: it is resolved again, below a root.
func readLink(link string) (string, error) {
	target, err := os.Readlink(link)
	if err != nil {
		return "", unix.EBADF
	}
	return target, nil
}

// descriptorIn recognises the names by which libraries change the file behind a descriptor.
func descriptorIn(name string) (int, bool) {
	for _, dir := range []string{"/proc/self/fd/", "/proc/thread-self/fd/", "/dev/fd/"} {
		if number, ok := strings.CutPrefix(name, dir); ok {
			fd, err := strconv.ParseUint(number, 10, 31)
			return int(fd), err == nil
		}
	}
	return 0, false
}

// readString reads a name, page by page, because the next page may not be there.
func readString(pid int, address uint64) (string, error) {
	var name []byte
	for len(name) < unix.PathMax {
		chunk := make([]byte, 4096-address%4096)
		if err := readMemory(pid, address, chunk); err != nil {
			return "", err
		}
		if end := bytes.IndexByte(chunk, 0); end >= 0 {
			return string(append(name, chunk[:end]...)), nil
		}
		name = append(name, chunk...)
		address += uint64(len(chunk))
	}
	return "", unix.ENAMETOOLONG
}

// readTimes reads the two times of a call; nil means now.
func readTimes(pid int, address uint64) (*[2]unix.Timespec, error) {
	if address == 0 {
		return nil, nil
	}
	times := new([2]unix.Timespec)
	return times, readMemory(pid, address, unsafe.Slice((*byte)(unsafe.Pointer(times)), unsafe.Sizeof(*times)))
}

func readMemory(pid int, address uint64, to []byte) error {
	local := []unix.Iovec{{Base: &to[0], Len: uint64(len(to))}}
	remote := []unix.RemoteIovec{{Base: uintptr(address), Len: len(to)}}
	n, err := unix.ProcessVMReadv(pid, local, remote, 0)
	if err == nil && n != len(to) {
		return unix.EFAULT
	}
	return err
}

// open opens what an absolute name leads to, if that is below a root all the way.
func (b *broker) open(name string, flags int) (int, error) {
	how := unix.OpenHow{Flags: unix.O_PATH | unix.O_CLOEXEC, Resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_MAGICLINKS}
	if flags&unix.AT_SYMLINK_NOFOLLOW != 0 {
		how.Flags |= unix.O_NOFOLLOW
	}
	for strings.Contains(name, "//") {
		name = strings.ReplaceAll(name, "//", "/")
	}
	for _, root := range b.roots {
		for _, path := range root.paths {
			if rest, ok := strings.CutPrefix(name+"/", path+"/"); ok {
				return unix.Openat2(root.fd, "./"+strings.TrimSuffix(rest, "/"), &how)
			}
		}
	}
	return -1, unix.EACCES
}
