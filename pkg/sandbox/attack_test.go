//go:build linux && (amd64 || arm64)

package sandbox_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"claude-agent-chat/pkg/sandbox"
)

// ownInNamespaces are calls that reach nothing but the command's own in namespaces, where they are allowed.
var ownInNamespaces = map[string]bool{
	"priority": true, "priority of all": true, "processors": true, "scheduling": true, "limits": true, "limit of tasks": true, "input and output of all": true,
	"TCP": true, "MPTCP": true, "UDP over IPv6": true, "raw": true, "netlink": true, "unix": true, "shared memory": true, "message queue": true,
}

// attack makes the system calls that lead out of a boundary, and prints those that were not refused.
func attack(tier string) {
	var attr [256]byte
	buffer := uintptr(unsafe.Pointer(&attr[0]))
	parent := uintptr(os.Getppid())
	for name, call := range map[string][7]uintptr{
		"ptrace attach":           {unix.SYS_PTRACE, unix.PTRACE_ATTACH, parent},
		"ptrace traceme":          {unix.SYS_PTRACE, unix.PTRACE_TRACEME},
		"read memory":             {unix.SYS_PROCESS_VM_READV, parent, buffer, 1, buffer, 1},
		"bpf":                     {unix.SYS_BPF, 0, buffer, 128},
		"perf":                    {unix.SYS_PERF_EVENT_OPEN, buffer, 0, ^uintptr(0), ^uintptr(0)},
		"io_uring":                {unix.SYS_IO_URING_SETUP, 1, buffer},
		"keyring":                 {unix.SYS_KEYCTL, 0, 0, 0},
		"add key":                 {unix.SYS_ADD_KEY, buffer, buffer, buffer, 0},
		"user namespace":          {unix.SYS_UNSHARE, unix.CLONE_NEWUSER},
		"clone namespace":         {unix.SYS_CLONE, unix.CLONE_NEWUSER | uintptr(unix.SIGCHLD)},
		"clone3":                  {unix.SYS_CLONE3, buffer, 88},
		"setns":                   {unix.SYS_SETNS, 0, 0},
		"mount":                   {unix.SYS_MOUNT, buffer, buffer, buffer, 0},
		"open tree":               {unix.SYS_OPEN_TREE, 0, buffer, 0},
		"fsopen":                  {unix.SYS_FSOPEN, buffer, 0},
		"TCP":                     {unix.SYS_SOCKET, unix.AF_INET, unix.SOCK_STREAM},
		"MPTCP":                   {unix.SYS_SOCKET, unix.AF_INET, unix.SOCK_STREAM, unix.IPPROTO_MPTCP},
		"UDP over IPv6":           {unix.SYS_SOCKET, unix.AF_INET6, unix.SOCK_DGRAM},
		"raw":                     {unix.SYS_SOCKET, unix.AF_INET, unix.SOCK_RAW},
		"netlink":                 {unix.SYS_SOCKET, unix.AF_NETLINK, unix.SOCK_RAW},
		"packet":                  {unix.SYS_SOCKET, unix.AF_PACKET, unix.SOCK_RAW},
		"vsock":                   {unix.SYS_SOCKET, unix.AF_VSOCK, unix.SOCK_STREAM},
		"unix":                    {unix.SYS_SOCKET, unix.AF_UNIX, unix.SOCK_STREAM},
		"shared memory":           {unix.SYS_SHMGET, 0, 4096, unix.IPC_CREAT | 0o600},
		"message queue":           {unix.SYS_MSGGET, 0, unix.IPC_CREAT | 0o600},
		"file handle":             {unix.SYS_OPEN_BY_HANDLE_AT, 0, buffer, 0},
		"userfaultfd":             {unix.SYS_USERFAULTFD, 0},
		"terminal input":          {unix.SYS_IOCTL, 0, unix.TIOCSTI, buffer},
		"priority":                {unix.SYS_SETPRIORITY, unix.PRIO_PROCESS, parent, 19},
		"priority of all":         {unix.SYS_SETPRIORITY, unix.PRIO_USER, 0, 19},
		"processors":              {unix.SYS_SCHED_SETAFFINITY, parent, 256, buffer},
		"scheduling":              {unix.SYS_SCHED_SETSCHEDULER, parent, 5, buffer},
		"limits":                  {unix.SYS_PRLIMIT64, parent, unix.RLIMIT_NOFILE, buffer, 0},
		"limit of tasks":          {unix.SYS_PRLIMIT64, 0, unix.RLIMIT_NPROC, buffer, 0},
		"input and output of all": {unix.SYS_IOPRIO_SET, 3, 0, 3 << 13},
		"descriptor":              {unix.SYS_PIDFD_GETFD, 0, 0, 0},
	} {
		_, _, errno := unix.Syscall6(call[0], call[1], call[2], call[3], call[4], call[5], call[6])
		switch errno {
		case unix.EPERM, unix.EACCES, unix.ENOSYS:
		default:
			if tier == sandbox.TierNamespaces && ownInNamespaces[name] {
				continue
			}
			fmt.Printf("%s: %v\n", name, errno)
		}
	}
	var pair [2]int32
	if _, _, errno := unix.Syscall6(unix.SYS_SOCKETPAIR, unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0,
		uintptr(unsafe.Pointer(&pair)), 0, 0); errno != unix.EACCES && tier == sandbox.TierLandlock {
		fmt.Println("datagram pair:", errno)
	}
	var header unix.CapUserHeader
	header.Version = unix.LINUX_CAPABILITY_VERSION_3
	var data [2]unix.CapUserData
	if err := unix.Capget(&header, &data[0]); err != nil || data[0].Effective|data[0].Permitted != 0 {
		fmt.Printf("capabilities: %v %x\n", err, data)
	}
	fmt.Println("attacked")
}

func TestSystemCallsAreRefused(t *testing.T) { eachTier(t, testSystemCallsAreRefused) }

func testSystemCallsAreRefused(t *testing.T, b box) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	exit, err := b.Run(t.Context(), sandbox.Spec{
		Args: []string{self, attackerArg, b.tier}, Dir: "/", ReadOnly: []string{filepath.Dir(self)}, Stdout: &out, Stderr: &out,
	})
	if err != nil || exit.Code != 0 || strings.TrimSpace(out.String()) != "attacked" {
		t.Errorf("got %+v, %v:\n%s", exit, err, &out)
	}
}
