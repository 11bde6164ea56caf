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

// limited has a command begin with a limit on the tasks of its user in its namespace, which cannot be set from outside: there
// it would count what all users run.
const limited = `ulimit -u "$0" 2>/dev/null; exec "$@"`

// forkNamespaced starts the command and gives way.
//
// The root that the command sees is made anew from the system's programs. Its own directories are bound by descriptor, each
// at its own path and not below one that it may write, so that no link that it makes is followed on the way.
func forkNamespaced(o order) (*namespaced, error) {
	if err := giveWay(); err != nil {
		return nil, err
	}
	var inherited []uintptr
	files := []*os.File{os.Stdin, os.Stdout, os.Stderr}
	give := func(f *os.File) string {
		files = append(files, f)
		return strconv.Itoa(len(files) - 1)
	}
	statusRead, statusWrite, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("make pipe: %w", err)
	}
	defer statusWrite.Close()
	status := give(statusWrite)
	filter, err := inMemory("filter", encodeFilter(buildFilter(o.Tier)))
	if err != nil {
		return nil, err
	}
	defer filter.Close()
	args := append(namespaceArgs(o), "--seccomp", give(filter), "--json-status-fd", status)
	settings, release := systemSettings(give)
	defer release()
	args = append(args, settings...)
	for _, path := range o.writable() {
		dir, err := openBound(path)
		if err != nil {
			return nil, err
		}
		defer dir.Close()
		dest := path
		if path == o.Temp {
			dest = insideTemp(path)
		}
		args = append(args, "--bind-fd", give(dir), dest)
	}
	command := append([]string{"/bin/bash", "-c", limited, strconv.Itoa(2 * o.MaxTasks)}, o.Args...)
	if o.Args[0] == Self {
		command = append([]string{insideSelf}, o.Args[1:]...)
	}
	if o.Network {
		command = append([]string{insideSelf, networkName, give(os.NewFile(networkFD, "network"))}, command...)
	}
	if command[0] == insideSelf {
		program, err := os.Open(selfPath)
		if err != nil {
			return nil, fmt.Errorf("open own program: %w", err)
		}
		defer program.Close()
		args = append(args, "--ro-bind-fd", give(program), insideSelf)
	}
	args = append(args, "--remount-ro", "/", "--chdir", o.Dir)
	list, err := inMemory("arguments", []byte(strings.Join(args, "\x00")+"\x00"))
	if err != nil {
		return nil, err
	}
	defer list.Close()
	argv := append([]string{o.Bwrap, "--args", give(list), "--"}, command...)
	for _, f := range files {
		inherited = append(inherited, f.Fd())
	}
	// bubblewrap starts without any environment: what it is started with can be read inside, whatever it clears.
	pid, err := syscall.ForkExec(o.Bwrap, argv, &syscall.ProcAttr{
		Dir: "/", Env: []string{}, Files: inherited, Sys: &syscall.SysProcAttr{Setsid: true},
	})
	runtime.KeepAlive(files)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start bubblewrap: %w", err), statusRead.Close())
	}
	return &namespaced{pid: pid, status: statusRead}, nil
}

// systemSettings are the options that bring the system's own files below /etc and /sys into the root. Files are copied and links
// are made anew, because each mount takes bubblewrap a tenth of a millisecond and more.
func systemSettings(give func(*os.File) string) (args []string, release func()) {
	var opened []*os.File
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
				opened = append(opened, file)
				args = append(args, "--perms", "0444", "--file", give(file), path)
			}
		default:
			args = append(args, "--ro-bind-try", path, path)
		}
	}
	return args, func() {
		for _, file := range opened {
			_ = file.Close()
		}
	}
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
