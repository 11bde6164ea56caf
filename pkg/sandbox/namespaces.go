//go:build linux && (amd64 || arm64)

package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// insideTemp is where a command finds its directory for temporary files: /tmp, unless the user's directories are themselves
// below that. Nothing may be bound below what the user can write.
func insideTemp(temp string) string {
	if temp == "" || strings.HasPrefix(temp, "/tmp/") {
		return temp
	}
	return "/tmp"
}

// insideSelf is where a command finds this program, if it is what is to be run.
const insideSelf = "/run/agentchat"

// maxShared is how much a command may keep in /dev/shm, which is memory.
const maxShared = 256 << 20

// systemDirs hold the programs of the system. Where one is a link, the link is made anew.
var systemDirs = []string{"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"}

// namespaced is a run of bubblewrap.
type namespaced struct {
	pid    int
	status *os.File // what bubblewrap says about it, as JSON
}

// startNamespaced starts the command in namespaces of its own, by bubblewrap, on a thread that lives as long as this process:
// the kernel ends bubblewrap, and so everything inside, with the thread that started it.
func startNamespaced(o order) (n *namespaced, err error) {
	started := make(chan struct{})
	go func() {
		runtime.LockOSThread()
		n, err = forkNamespaced(o)
		close(started)
		select {}
	}()
	<-started
	return n, err
}

// inheritance is the descriptors that a process is started with.
type inheritance struct {
	files []*os.File
	own   []*os.File // those of them that are closed when it runs
}

// give hands a file on, and says by which number it is known there.
func (i *inheritance) give(f *os.File) string {
	i.files = append(i.files, f)
	return strconv.Itoa(len(i.files) - 1)
}

// keep hands a file on that is closed with the inheritance.
func (i *inheritance) keep(f *os.File) string {
	i.own = append(i.own, f)
	return i.give(f)
}

func (i *inheritance) close() {
	for _, f := range i.own {
		_ = f.Close()
	}
}

// forkNamespaced starts the command and gives way.
//
// The root that the command sees is made anew from the system's programs. Its own directories are bound by descriptor, each
// at its own path and not below one that it may write, so that no link that it makes is followed on the way.
func forkNamespaced(o order) (*namespaced, error) {
	if err := giveWay(); err != nil {
		return nil, err
	}
	with := &inheritance{files: []*os.File{os.Stdin, os.Stdout, os.Stderr}}
	defer with.close()
	statusRead, statusWrite, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("make pipe: %w", err)
	}
	args := append(namespaceArgs(o), "--json-status-fd", with.keep(statusWrite))
	args = append(args, systemSettings(with)...)
	boundary, err := boundaryArgs(o, with)
	if err != nil {
		return nil, errors.Join(err, statusRead.Close())
	}
	args = append(args, boundary...)
	command, program, err := commandArgs(o, with)
	if err != nil {
		return nil, errors.Join(err, statusRead.Close())
	}
	args = append(append(args, program...), "--remount-ro", "/", "--chdir", o.Dir)
	list, err := inMemory("arguments", []byte(strings.Join(args, "\x00")+"\x00"))
	if err != nil {
		return nil, errors.Join(err, statusRead.Close())
	}
	argv := append([]string{o.Bwrap, "--args", with.keep(list), "--"}, command...)
	var inherited []uintptr
	for _, f := range with.files {
		inherited = append(inherited, f.Fd())
	}
	restore, err := o.Crowd.below()
	if err != nil {
		return nil, errors.Join(err, statusRead.Close())
	}
	defer restore()
	// bubblewrap starts without any environment: what it is started with can be read inside, whatever it clears.
	pid, err := syscall.ForkExec(o.Bwrap, argv, &syscall.ProcAttr{
		Dir: "/", Env: []string{}, Files: inherited, Sys: &syscall.SysProcAttr{Setsid: true},
	})
	if err != nil {
		return nil, errors.Join(notStarted("bubblewrap", err), statusRead.Close())
	}
	return &namespaced{pid: pid, status: statusRead}, nil
}

// boundaryArgs are the options for the filter and for the directories that the command may write.
func boundaryArgs(o order, with *inheritance) ([]string, error) {
	filter, err := inMemory("filter", encodeFilter(buildFilter(o.Tier)))
	if err != nil {
		return nil, err
	}
	args := []string{"--seccomp", with.keep(filter)}
	for _, path := range o.writable() {
		dir, err := openBound(path)
		if err != nil {
			return nil, err
		}
		dest := path
		if path == o.Temp {
			dest = insideTemp(path)
		}
		args = append(args, "--bind-fd", with.keep(dir), dest)
	}
	return args, nil
}

// commandArgs are the command with what comes before it inside, and the options that bring this program there if that needs it.
func commandArgs(o order, with *inheritance) (command, args []string, err error) {
	command = o.Args
	if o.Args[0] == Self {
		command = append([]string{insideSelf}, o.Args[1:]...)
	}
	if o.Network {
		command = append([]string{insideSelf, networkName, with.keep(os.NewFile(networkFD, "network"))}, command...)
	}
	if command[0] != insideSelf {
		return command, nil, nil
	}
	program, err := os.Open(selfPath)
	if err != nil {
		return nil, nil, fmt.Errorf("open own program: %w", err)
	}
	return command, []string{"--ro-bind-fd", with.keep(program), insideSelf}, nil
}

// systemSettings are the options that bring the system's own files below /etc and /sys into the root. Files are copied and links
// are made anew, because each mount takes bubblewrap a tenth of a millisecond and more.
func systemSettings(with *inheritance) (args []string) {
	for _, path := range systemPaths {
		if !strings.HasPrefix(path, "/etc/") && !strings.HasPrefix(path, "/sys/") {
			continue
		}
		info, err := os.Lstat(path)
		switch {
		case err != nil: // what a system does not have is passed by.
		case info.Mode()&os.ModeSymlink != 0:
			if target, err := os.Readlink(path); err == nil {
				args = append(args, "--symlink", target, path)
			}
		case info.Mode().IsRegular():
			if file, err := os.Open(path); err == nil {
				args = append(args, "--perms", "0444", "--file", with.keep(file), path)
			}
		default:
			args = append(args, "--ro-bind-try", path, path)
		}
	}
	return args
}

// openBound opens a directory for being bound. The last part of its path is not followed if it is a link.
func openBound(path string) (*os.File, error) {
	fd, err := unix.Open(path, unix.O_PATH|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open writable directory: %w", err)
	}
	return os.NewFile(uintptr(fd), path), nil
}

// namespaceArgs are the options of bubblewrap but for descriptors.
func namespaceArgs(o order) []string {
	args := []string{
		"--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try",
		"--disable-userns", "--die-with-parent", "--new-session", "--cap-drop", "ALL",
	}
	for _, dir := range systemDirs {
		target, err := os.Readlink(dir)
		switch {
		case err == nil:
			args = append(args, "--symlink", target, dir)
		case !errors.Is(err, os.ErrNotExist):
			args = append(args, "--ro-bind", dir, dir)
		}
	}
	args = append(args, "--proc", "/proc", "--dev", "/dev", "--size", strconv.Itoa(maxShared), "--tmpfs", "/dev/shm",
		"--remount-ro", "/dev")
	if insideTemp(o.Temp) == o.Temp {
		args = append(args, "--size", strconv.Itoa(maxShared), "--tmpfs", "/tmp")
	}
	for _, path := range o.ReadOnly {
		args = append(args, "--ro-bind", path, path)
	}
	for _, one := range o.Env {
		name, value, _ := strings.Cut(one, "=")
		args = append(args, "--setenv", name, value)
	}
	return args
}

// inMemory is a file that exists in memory only, at its beginning.
func inMemory(name string, content []byte) (*os.File, error) {
	fd, err := unix.MemfdCreate(name, unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("make memory file: %w", err)
	}
	file := os.NewFile(uintptr(fd), name)
	if _, err := file.WriteAt(content, 0); err != nil {
		return nil, errors.Join(fmt.Errorf("write memory file: %w", err), file.Close())
	}
	return file, nil
}

func encodeFilter(program []unix.SockFilter) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(&program[0])), len(program)*int(unsafe.Sizeof(program[0])))
}

// exitCode is the command's own, by what bubblewrap said; false if the command never began.
func (n *namespaced) exitCode() (code int, began bool) {
	defer n.status.Close()
	// Everything that held the other end is gone.
	for decoder := json.NewDecoder(io.LimitReader(n.status, maxReport)); ; {
		var said struct {
			ExitCode *int `json:"exit-code"`
		}
		if err := decoder.Decode(&said); err != nil {
			return 0, false
		}
		if said.ExitCode != nil {
			return *said.ExitCode, true
		}
	}
}

// findBwrap finds bubblewrap where the system keeps its programs, whatever PATH says.
func findBwrap() (string, error) {
	for _, dir := range []string{"/usr/bin", "/usr/local/bin", "/bin"} {
		path := filepath.Join(dir, "bwrap")
		if unix.Access(path, unix.X_OK) == nil {
			return path, nil
		}
	}
	return "", errors.New("bubblewrap is not installed")
}
