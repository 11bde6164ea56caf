//go:build linux && (amd64 || arm64)

package sandbox

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// startConfined starts the command inside the boundary.
//
// Landlock, seccomp, capabilities and no_new_privs belong to a thread and are inherited by what it starts. So one
// thread confines itself, starts the command and ends, and the rest of the helper stays outside: the boundary's own
// rules keep the command from signalling or tracing it.
//
// It gives the pid of the command and the descriptor where its calls for the broker come in.
func startConfined(o order) (pid, listener int, err error) {
	type started struct {
		pid, listener int
		err           error
	}
	restore, err := o.Crowd.below() // before the thread is confined: after that nobody may raise this limit.
	if err != nil {
		return 0, 0, err
	}
	done := make(chan started, 1)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with this function.
		pid, listener, err := confineAndStart(o)
		done <- started{pid, listener, err}
	}()
	s := <-done
	restore()
	return s.pid, s.listener, s.err
}

func confineAndStart(o order) (pid, listener int, err error) {
	if unix.Gettid() == unix.Getpid() {
		return 0, 0, errors.New("confine: on the first thread")
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return 0, 0, fmt.Errorf("set no_new_privs: %w", err)
	}
	if err := giveWay(); err != nil {
		return 0, 0, err
	}
	if err := restrictFiles(o); err != nil {
		return 0, 0, err
	}
	if err := dropCapabilities(); err != nil {
		return 0, 0, err
	}
	if listener, err = filterSyscalls(); err != nil {
		return 0, 0, err
	}
	pid, err = startCommand(o)
	return pid, listener, err
}

// selfPath is this program, as the helper and what it is about to become see it.
const selfPath = "/proc/self/exe"

// self is this program if that is what is to be run.
func (o *order) self() []string {
	if len(o.Args) > 0 && o.Args[0] == Self {
		return []string{selfPath}
	}
	return nil
}

// startCommand starts the command as this thread is.
func startCommand(o order) (pid int, err error) {
	program := o.Args[0]
	if program == Self {
		program = selfPath
	}
	pid, err = syscall.ForkExec(program, o.Args, &syscall.ProcAttr{
		Dir:   o.Dir,
		Env:   o.Env,
		Files: []uintptr{0, 1, 2},
		Sys:   &syscall.SysProcAttr{Setsid: true},
	})
	if err != nil {
		return 0, notStarted("command", err)
	}
	return pid, nil
}

// niceness is by how much commands stand behind the server, and behind the watchdog that is to stop a thousand busy ones of them.
const niceness = 10

// giveWay lowers the priority of this thread, and of what it starts.
func giveWay() error {
	if err := unix.Setpriority(unix.PRIO_PROCESS, 0, niceness); err != nil {
		return fmt.Errorf("lower priority: %w", err)
	}
	return nil
}

// dropCapabilities matters where the server runs as root, as on a desk or in a test.
func dropCapabilities() error {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var none [2]unix.CapUserData
	if err := unix.Capset(&header, &none[0]); err != nil {
		return fmt.Errorf("drop capabilities: %w", err)
	}
	return nil
}

// The rights of Landlock, by what they are good for. Rights that apply to files too are those that a rule on a file may
// give; the others are for directories.
const (
	rightsExecute = unix.LANDLOCK_ACCESS_FS_EXECUTE | unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_READ_DIR
	rightsDevice  = unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_WRITE_FILE
	rightsWrite   = rightsExecute | unix.LANDLOCK_ACCESS_FS_WRITE_FILE | unix.LANDLOCK_ACCESS_FS_REMOVE_DIR |
		unix.LANDLOCK_ACCESS_FS_REMOVE_FILE | unix.LANDLOCK_ACCESS_FS_MAKE_DIR | unix.LANDLOCK_ACCESS_FS_MAKE_REG |
		unix.LANDLOCK_ACCESS_FS_MAKE_SOCK | unix.LANDLOCK_ACCESS_FS_MAKE_FIFO | unix.LANDLOCK_ACCESS_FS_MAKE_SYM |
		unix.LANDLOCK_ACCESS_FS_REFER | unix.LANDLOCK_ACCESS_FS_TRUNCATE
	rightsOfFiles = unix.LANDLOCK_ACCESS_FS_EXECUTE | unix.LANDLOCK_ACCESS_FS_READ_FILE |
		unix.LANDLOCK_ACCESS_FS_WRITE_FILE | unix.LANDLOCK_ACCESS_FS_TRUNCATE
	rightsABI4 = 1<<15 - 1 // all that there were in ABI 3 and 4.
)

// systemPaths are what every command may read and execute. What a system does not have is passed by. Of /proc there is
// only what says nothing about any process.
var systemPaths = []string{
	"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32",
	"/etc/alternatives", "/etc/bash.bashrc", "/etc/ca-certificates", "/etc/fonts", "/etc/gitconfig", "/etc/group",
	"/etc/host.conf", "/etc/hosts", "/etc/inputrc", "/etc/java-17-openjdk", "/etc/ld.so.cache", "/etc/ld.so.conf",
	"/etc/ld.so.conf.d", "/etc/locale.alias", "/etc/localtime", "/etc/magic", "/etc/mime.types", "/etc/nsswitch.conf",
	"/etc/os-release", "/etc/passwd", "/etc/perl", "/etc/pki", "/etc/profile", "/etc/profile.d", "/etc/protocols",
	"/etc/python3", "/etc/services", "/etc/shells", "/etc/ssl/certs", "/etc/ssl/openssl.cnf", "/etc/terminfo",
	"/etc/timezone",
	"/proc/cpuinfo", "/proc/filesystems", "/proc/loadavg", "/proc/meminfo", "/proc/stat", "/proc/uptime",
	"/proc/version", "/proc/sys/kernel/ngroups_max", "/proc/sys/kernel/osrelease", "/proc/sys/kernel/pid_max",
	"/proc/sys/vm/overcommit_memory",
	"/sys/devices/system/cpu", "/sys/kernel/mm/transparent_hugepage",
}

// systemDevices are the devices that every command may read and write.
var systemDevices = []string{"/dev/full", "/dev/null", "/dev/random", "/dev/tty", "/dev/urandom", "/dev/zero"}

// restrictFiles puts this thread into a Landlock domain: files by the rules of the order, no TCP, and where the kernel
// knows it no signals and abstract sockets to the outside.
func restrictFiles(o order) error {
	attr := unix.LandlockRulesetAttr{
		Handled_access_fs:  rightsABI4,
		Handled_access_net: unix.LANDLOCK_ACCESS_NET_BIND_TCP | unix.LANDLOCK_ACCESS_NET_CONNECT_TCP,
	}
	if o.ABI >= 5 {
		attr.Handled_access_fs |= unix.LANDLOCK_ACCESS_FS_IOCTL_DEV
	}
	if o.ABI >= 6 {
		attr.Scoped = unix.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | unix.LANDLOCK_SCOPE_SIGNAL
	}
	ruleset, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&attr)), unsafe.Sizeof(attr), 0)
	if errno != 0 {
		return fmt.Errorf("create Landlock ruleset: %w", errno)
	}
	defer unix.Close(int(ruleset))
	if err := addRules(int(ruleset), o); err != nil {
		return err
	}
	if _, _, errno := unix.Syscall(unix.SYS_LANDLOCK_RESTRICT_SELF, ruleset, 0, 0); errno != 0 {
		return fmt.Errorf("enter Landlock domain: %w", errno)
	}
	return nil
}

func addRules(ruleset int, o order) error {
	for _, rule := range []struct {
		paths    []string
		rights   uint64
		flags    int
		optional bool
	}{
		{paths: systemPaths, rights: rightsExecute, optional: true},
		{paths: systemDevices, rights: rightsDevice, optional: true},
		{paths: o.ReadOnly, rights: rightsExecute},
		{paths: o.self(), rights: rightsExecute},
		{paths: o.writable(), rights: rightsWrite, flags: unix.O_NOFOLLOW},
	} {
		for _, path := range rule.paths {
			err := addRule(ruleset, path, rule.rights, rule.flags)
			if err != nil && !(rule.optional && (errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission))) {
				return err
			}
		}
	}
	return nil
}

// addRule gives rights on a file, or on a directory and all below it.
func addRule(ruleset int, path string, rights uint64, flags int) error {
	fd, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC|flags, 0)
	if err != nil {
		return &os.PathError{Op: "open", Path: path, Err: err}
	}
	defer unix.Close(fd)
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil {
		return &os.PathError{Op: "stat", Path: path, Err: err}
	}
	if stat.Mode&unix.S_IFMT != unix.S_IFDIR {
		rights &= rightsOfFiles
	}
	attr := unix.LandlockPathBeneathAttr{Allowed_access: rights, Parent_fd: int32(fd)}
	_, _, errno := unix.Syscall6(unix.SYS_LANDLOCK_ADD_RULE, uintptr(ruleset), unix.LANDLOCK_RULE_PATH_BENEATH,
		uintptr(unsafe.Pointer(&attr)), 0, 0, 0)
	if errno != 0 {
		return &os.PathError{Op: "add Landlock rule", Path: path, Err: errno}
	}
	return nil
}

// landlockABI asks the kernel for its version of Landlock.
func landlockABI() (int, error) {
	abi, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if errno != 0 {
		return 0, errno
	}
	return int(abi), nil
}
