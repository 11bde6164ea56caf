//go:build linux && (amd64 || arm64)

package sandbox_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/sandbox"
)

// fewTasks is what the user of a crowded server may have.
const fewTasks = 400

// TestCrowd has commands take all processes that the server's user may have: they are stopped, others run again soon, and the
// server always gets a thread. The kernel holds only ordinary users to that, so the server is a process of its own.
func TestCrowd(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("another user's process can be started only by root")
	}
	for i, tier := range []string{sandbox.TierLandlock, sandbox.TierNamespaces} {
		for name, bomb := range map[string]string{
			"bomb":         ":(){ :|:& };:; sleep 60",
			"without end":  "ulimit -u unlimited 2>/dev/null; f() { while :; do f & done; }; f; sleep 60",
			"other limits": "ulimit -Su $(ulimit -Hu) 2>/dev/null; prlimit --nproc=60000 bash -c 'f() { f | f & }; f; sleep 60'; f() { f | f & }; f; sleep 60",
		} {
			t.Run(tier+" "+name, func(t *testing.T) {
				user := uint32(54321 + i)
				cmd := &exec.Cmd{
					Path: "/proc/self/exe", Args: []string{"server"}, Dir: "/",
					Env:         []string{crowdedVar + "=" + bomb, tierVar + "=" + tier, "PATH=/usr/bin:/bin", "TMPDIR=/tmp"},
					SysProcAttr: &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: user, Gid: user}},
				}
				out, err := cmd.CombinedOutput()
				if got := strings.Fields(string(out)); err != nil || strings.Join(got, " ") != "stopped stopped stopped alive" {
					t.Errorf("%v: %s", err, out)
				}
			})
		}
	}
}

// serveCrowd is a server that runs three bombs at once, and then a command.
func serveCrowd(bomb string) {
	if err := unix.Setrlimit(unix.RLIMIT_NPROC, &unix.Rlimit{Cur: fewTasks, Max: fewTasks}); err != nil {
		panic(err)
	}
	dir, err := os.MkdirTemp("", "crowd-*")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	s, err := sandbox.New(sandbox.Options{Tier: os.Getenv(tierVar)})
	if err != nil || !s.Status().OK {
		panic(fmt.Sprint(err, s.Status()))
	}
	run := func(script string) (sandbox.Exit, string, error) {
		var out bytes.Buffer
		exit, err := s.Run(context.Background(), sandbox.Spec{
			Args: []string{"/bin/bash", "-c", script}, Dir: dir, ReadWrite: []string{dir}, Env: []string{"PATH=/usr/bin:/bin"},
			Stdout: &out, Timeout: 30 * time.Second,
		})
		return exit, strings.TrimSpace(out.String()), err
	}
	ended := make(chan string)
	for range 3 {
		go func() {
			exit, out, err := run(bomb)
			switch {
			case strings.Contains(exit.Boundary, "processes and threads"), err != nil && fault.Is(err, fault.Unavailable):
				ended <- "stopped" // or not started, because the two others were there before.
			default:
				ended <- fmt.Sprint(exit, out, err)
			}
		}()
	}
	for range 3 {
		fmt.Println(<-ended)
	}
	_, out, err := run("echo alive | cat")
	for end := time.Now().Add(5 * time.Second); err != nil && time.Now().Before(end); {
		time.Sleep(100 * time.Millisecond) // the kernel takes a while to bury hundreds.
		_, out, err = run("echo alive | cat")
	}
	fmt.Println(out)
	if err != nil {
		fmt.Println(err)
	}
}
