//go:build linux && (amd64 || arm64)

package sandbox

import (
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// refusedCalls are the system calls that lead out of the boundary, or into corners of the kernel that a command has no
// business in.
var refusedCalls = []uint32{
	unix.SYS_PTRACE, unix.SYS_PROCESS_VM_READV, unix.SYS_PROCESS_VM_WRITEV, unix.SYS_PROCESS_MADVISE, unix.SYS_KCMP,
	unix.SYS_PIDFD_GETFD, unix.SYS_BPF, unix.SYS_PERF_EVENT_OPEN, unix.SYS_USERFAULTFD,
	unix.SYS_IO_URING_SETUP, unix.SYS_IO_URING_ENTER, unix.SYS_IO_URING_REGISTER,
	unix.SYS_KEYCTL, unix.SYS_ADD_KEY, unix.SYS_REQUEST_KEY,
	unix.SYS_MOUNT, unix.SYS_UMOUNT2, unix.SYS_PIVOT_ROOT, unix.SYS_CHROOT, unix.SYS_UNSHARE, unix.SYS_SETNS,
	unix.SYS_MOVE_MOUNT, unix.SYS_OPEN_TREE, unix.SYS_MOUNT_SETATTR, unix.SYS_FSOPEN, unix.SYS_FSCONFIG,
	unix.SYS_FSMOUNT, unix.SYS_FSPICK, unix.SYS_STATMOUNT, unix.SYS_LISTMOUNT,
	unix.SYS_OPEN_BY_HANDLE_AT, unix.SYS_NAME_TO_HANDLE_AT, unix.SYS_FANOTIFY_INIT, unix.SYS_QUOTACTL,
	unix.SYS_QUOTACTL_FD, unix.SYS_ACCT, unix.SYS_SWAPON, unix.SYS_SWAPOFF,
	unix.SYS_KEXEC_LOAD, unix.SYS_KEXEC_FILE_LOAD, unix.SYS_INIT_MODULE, unix.SYS_FINIT_MODULE,
	unix.SYS_DELETE_MODULE, unix.SYS_REBOOT, unix.SYS_SYSLOG, unix.SYS_VHANGUP, unix.SYS_SETHOSTNAME,
	unix.SYS_SETDOMAINNAME, unix.SYS_SETTIMEOFDAY, unix.SYS_CLOCK_SETTIME, unix.SYS_CLOCK_ADJTIME, unix.SYS_ADJTIMEX,
	unix.SYS_FANOTIFY_MARK,
}

// refusedWithoutNamespaces are further calls that Landlock does not see. Shared memory and queues of System V and POSIX
// have no path and would be common to all users of the server.
var refusedWithoutNamespaces = []uint32{
	unix.SYS_SHMGET, unix.SYS_SHMAT, unix.SYS_SHMCTL, unix.SYS_MSGGET, unix.SYS_MSGSND, unix.SYS_MSGRCV,
	unix.SYS_MSGCTL, unix.SYS_SEMGET, unix.SYS_SEMOP, unix.SYS_SEMTIMEDOP, unix.SYS_SEMCTL,
	unix.SYS_MQ_OPEN, unix.SYS_MQ_UNLINK,
	unix.SYS_INOTIFY_ADD_WATCH, // it tells the names of files that change in any directory.
	unix.SYS_SETXATTR, unix.SYS_LSETXATTR, unix.SYS_SETXATTRAT, unix.SYS_REMOVEXATTR, unix.SYS_LREMOVEXATTR,
	unix.SYS_REMOVEXATTRAT, unix.SYS_FILE_SETATTR, // by name; by descriptor they remain.
}

// newNamespaces are the flags of clone that make namespaces. (CLONE_NEWTIME is none: there its bit belongs to a signal.)
const newNamespaces = unix.CLONE_NEWNS | unix.CLONE_NEWCGROUP | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC |
	unix.CLONE_NEWUSER | unix.CLONE_NEWPID | unix.CLONE_NEWNET

// Offsets in the kernel's struct seccomp_data; both architectures are little-endian.
const (
	offsetNumber = 0
	offsetArch   = 4
	offsetArg0   = 16
	offsetArg1   = 24
	offsetArg2   = 32
	highWord     = 4
)

// x32Bit marks the system calls of amd64's other ABI, which no list above knows.
const x32Bit = 0x40000000

// filterSyscalls puts a seccomp filter on this thread.
//
// It refuses to make sockets of any kind, because Landlock knows of sockets only TCP, and neither UDP nor a socket with
// a path. Pairs of connected stream sockets remain. clone3 does not exist inside, because its flags cannot be seen from a
// filter; libraries fall back to clone. The descriptor it gives is where the calls for the broker come in.
func filterSyscalls() (listener int, err error) {
	program := buildFilter(TierLandlock)
	prog := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	fd, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER,
		unix.SECCOMP_FILTER_FLAG_NEW_LISTENER|unix.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, uintptr(unsafe.Pointer(&prog)))
	runtime.KeepAlive(program)
	if errno != 0 {
		return -1, fmt.Errorf("install seccomp filter: %w", errno)
	}
	return int(fd), nil
}

// buildFilter makes the filter of a tier. In namespaces of its own a command may have sockets: they reach nothing but what
// it runs itself.
func buildFilter(tier string) []unix.SockFilter {
	f := filter{}
	f.load(offsetArch)
	f.unless(auditArch(), unix.SECCOMP_RET_KILL_PROCESS)
	f.load(offsetNumber)
	if runtime.GOARCH == "amd64" {
		f.when(unix.BPF_JGE, x32Bit, refusal(unix.ENOSYS))
	}
	f.refuse(refusedCalls)
	f.when(unix.BPF_JEQ, unix.SYS_CLONE3, refusal(unix.ENOSYS))
	f.whenArgument(unix.SYS_CLONE, offsetArg0, unix.BPF_JSET, newNamespaces)
	f.whenArgument(unix.SYS_IOCTL, offsetArg1, unix.BPF_JEQ, unix.TIOCSTI)
	f.whenArgument(unix.SYS_IOCTL, offsetArg1, unix.BPF_JEQ, unix.TIOCLINUX)
	if tier == TierNamespaces {
		f.unlessOrdinarySocket()
	} else {
		f.refuse(refusedWithoutNamespaces)
		f.refuse(legacyCalls)
		f.when(unix.BPF_JEQ, unix.SYS_SOCKET, refusal(unix.EACCES))
		f.whenOthersAreMeant()
		f.whenTasksAreLimited()
		f.whenDatagramPair()
		f.whenFileIsNamed()
	}
	return append(f, unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW})
}

func (f *filter) refuse(calls []uint32) {
	for _, call := range calls {
		f.when(unix.BPF_JEQ, call, refusal(unix.EPERM))
	}
}

// ordinarySockets are the families of sockets that programs have a use for in a network of their own.
var ordinarySockets = []uint32{unix.AF_UNIX, unix.AF_INET, unix.AF_INET6, unix.AF_NETLINK}

// unlessOrdinarySocket refuses sockets of other families.
func (f *filter) unlessOrdinarySocket() {
	*f = append(*f, unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jf: uint8(len(ordinarySockets) + 2), K: unix.SYS_SOCKET})
	f.load(offsetArg0)
	for i, family := range ordinarySockets {
		*f = append(*f, unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jt: uint8(len(ordinarySockets) - i), K: family})
	}
	*f = append(*f, unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: refusal(unix.EACCES)})
	f.load(offsetNumber)
}

func auditArch() uint32 {
	if runtime.GOARCH == "arm64" {
		return unix.AUDIT_ARCH_AARCH64
	}
	return unix.AUDIT_ARCH_X86_64
}

func refusal(errno unix.Errno) uint32 { return unix.SECCOMP_RET_ERRNO | uint32(errno) }

// filter is a BPF program in the making. Its accumulator holds the number of the call between two of its methods.
type filter []unix.SockFilter

func (f *filter) load(offset uint32) {
	*f = append(*f, unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: offset})
}

// when returns action if the comparison holds.
func (f *filter) when(comparison uint16, k, action uint32) {
	*f = append(*f,
		unix.SockFilter{Code: unix.BPF_JMP | comparison | unix.BPF_K, Jf: 1, K: k},
		unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: action})
}

// unless returns action if the accumulator is not k.
func (f *filter) unless(k, action uint32) {
	*f = append(*f,
		unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jt: 1, K: k},
		unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: action})
}

// whenArgument refuses a call if the lower half of an argument compares.
func (f *filter) whenArgument(call, offset uint32, comparison uint16, k uint32) {
	*f = append(*f, unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jf: 4, K: call})
	f.load(offset)
	f.when(comparison, k, refusal(unix.EPERM))
	f.load(offsetNumber)
}

// unlessArgument refuses a call unless the lower half of an argument is k.
func (f *filter) unlessArgument(call, offset, k uint32) {
	*f = append(*f, unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jf: 4, K: call})
	f.load(offset)
	f.unless(k, refusal(unix.EPERM))
	f.load(offsetNumber)
}

// whenOthersAreMeant refuses to change the priority, the processors or the limits of any process but the caller: the kernel asks
// only for the same user, who the server is too.
func (f *filter) whenOthersAreMeant() {
	for _, call := range []uint32{
		unix.SYS_PRLIMIT64, unix.SYS_SCHED_SETAFFINITY, unix.SYS_SCHED_SETSCHEDULER, unix.SYS_SCHED_SETPARAM, unix.SYS_SCHED_SETATTR,
	} {
		f.unlessArgument(call, offsetArg0, 0)
	}
	f.unlessArgument(unix.SYS_SETPRIORITY, offsetArg0, unix.PRIO_PROCESS)
	f.unlessArgument(unix.SYS_SETPRIORITY, offsetArg1, 0)
	f.unlessArgument(unix.SYS_IOPRIO_SET, offsetArg0, ioprioProcess)
	f.unlessArgument(unix.SYS_IOPRIO_SET, offsetArg1, 0)
}

// ioprioProcess is IOPRIO_WHO_PROCESS of the kernel.
const ioprioProcess = 1

// whenTasksAreLimited refuses to set the limit on tasks, which commands keep as they find it (see crowd).
func (f *filter) whenTasksAreLimited() {
	f.whenArgument(unix.SYS_SETRLIMIT, offsetArg0, unix.BPF_JEQ, unix.RLIMIT_NPROC)
	*f = append(*f, unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jf: 9, K: unix.SYS_PRLIMIT64})
	f.load(offsetArg1)
	*f = append(*f, unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jf: 6, K: unix.RLIMIT_NPROC})
	f.load(offsetArg2)
	f.unless(0, refusal(unix.EPERM))
	f.load(offsetArg2 + highWord)
	f.unless(0, refusal(unix.EPERM))
	f.load(offsetNumber)
}

// whenDatagramPair refuses a pair of datagram sockets: one of them could send to any socket that has a path.
func (f *filter) whenDatagramPair() {
	*f = append(*f, unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jf: 5, K: unix.SYS_SOCKETPAIR})
	f.load(offsetArg1)
	*f = append(*f, unix.SockFilter{Code: unix.BPF_ALU | unix.BPF_AND | unix.BPF_K, K: socketTypeMask})
	f.when(unix.BPF_JEQ, unix.SOCK_DGRAM, refusal(unix.EACCES))
	f.load(offsetNumber)
}

// socketTypeMask leaves out the flags that stand beside the type of a socket.
const socketTypeMask = 0xf

// whenFileIsNamed hands the brokered calls to the helper. utimensat without a name works on its descriptor and passes.
func (f *filter) whenFileIsNamed() {
	for _, call := range brokeredCalls {
		if call != unix.SYS_UTIMENSAT {
			f.when(unix.BPF_JEQ, call, unix.SECCOMP_RET_USER_NOTIF)
		}
	}
	*f = append(*f, unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jf: 7, K: unix.SYS_UTIMENSAT})
	f.load(offsetArg1)
	f.unless(0, unix.SECCOMP_RET_USER_NOTIF)
	f.load(offsetArg1 + highWord)
	f.unless(0, unix.SECCOMP_RET_USER_NOTIF)
	f.load(offsetNumber)
}
