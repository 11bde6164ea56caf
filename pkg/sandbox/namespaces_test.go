//go:build linux && (amd64 || arm64)

package sandbox_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/sandbox"
)

// realBwrap is the program that the tests stand others before.
const realBwrap = "/usr/bin/bwrap"

// program writes an executable file.
func program(t *testing.T, path, text string) string {
	t.Helper()
	if err := errors.Join(os.WriteFile(path+".new", []byte(text), 0o700), os.Rename(path+".new", path)); err != nil {
		t.Fatal(err)
	}
	return path
}

// editing is a program that starts bubblewrap with other options than it was given. %s is a Python statement on the list
// of them, args; command is what is to be run.
const editing = `#!/usr/bin/python3
import os, sys
environment = {}
fd, command = int(sys.argv[2]), sys.argv[4:]
args = os.pread(fd, 1 << 20, 0).decode().split("\0")[:-1]
def drop(name, values):
    while name in args:
        at = args.index(name)
        del args[at:at + 1 + values]
%s
fd = os.memfd_create("args", 0)
os.write(fd, ("\0".join(args) + "\0").encode())
os.lseek(fd, 0, 0)
os.execve("` + realBwrap + `", ["bwrap", "--args", str(fd), "--"] + command, environment)
`

// pretending is a program that runs the command as it is and says about it what bubblewrap would.
const pretending = `#!/usr/bin/python3
import os, subprocess, sys
args = os.pread(int(sys.argv[2]), 1 << 20, 0).decode().split("\0")
os.chdir(args[args.index("--chdir") + 1])
code = subprocess.call(sys.argv[4:])
os.write(int(args[args.index("--json-status-fd") + 1]), b'{"exit-code": %%d}' %% code)
`

// TestSelfTestFindsWhatIsMissing takes out one protection after the other; the self-test finds every one missing.
func TestSelfTestFindsWhatIsMissing(t *testing.T) {
	whole, err := sandbox.New(sandbox.Options{Tier: sandbox.TierNamespaces, Bwrap: program(t, filepath.Join(t.TempDir(), "bwrap"), fmt.Sprintf(editing, ""))})
	if err != nil || !whole.Status().OK {
		t.Fatalf("with everything in place: %+v, %v", whole.Status(), err)
	}
	for name, text := range map[string]string{
		"nothing but an exit status": "#!/bin/sh\nexit 0\n",
		"a version":                  "#!/bin/sh\necho bubblewrap 0.11.0\n",
		"no boundary":                strings.ReplaceAll(pretending, "%%", "%"),
		"user namespace":             fmt.Sprintf(editing, `drop("--unshare-user", 0); drop("--disable-userns", 0)`),
		"pid namespace":              fmt.Sprintf(editing, `drop("--unshare-pid", 0)`),
		"ipc namespace":              fmt.Sprintf(editing, `drop("--unshare-ipc", 0)`),
		"network namespace":          fmt.Sprintf(editing, `drop("--unshare-net", 0)`),
		"uts namespace":              fmt.Sprintf(editing, `drop("--unshare-uts", 0)`),
		"seccomp":                    fmt.Sprintf(editing, `drop("--seccomp", 1)`),
		"session":                    fmt.Sprintf(editing, `drop("--new-session", 0)`),
		"read-only root":             fmt.Sprintf(editing, `drop("--remount-ro", 1)`),
		"root of its own":            fmt.Sprintf(editing, `args[0:0] = ["--bind", "/", "/"]`),
		"capabilities":               fmt.Sprintf(editing, `drop("--cap-drop", 1); args[0:0] = ["--uid", "0", "--cap-add", "ALL"]`),
		"another user's directory":   fmt.Sprintf(editing, `own = args[args.index("--chdir") + 1]; args += ["--bind", own + "/../other", own + "/../other"]`),
		"an open descriptor":         fmt.Sprintf(editing, `os.dup2(os.open("/", os.O_RDONLY), 99, inheritable=True)`),
		"environment":                fmt.Sprintf(editing, `environment["KEY"] = "sk-ant"`),
	} {
		t.Run(name, func(t *testing.T) {
			s, err := sandbox.New(sandbox.Options{Tier: sandbox.TierNamespaces, Bwrap: program(t, filepath.Join(t.TempDir(), "bwrap"), text)})
			if status := s.Status(); err != nil || status.OK || status.Tier != sandbox.TierNone {
				t.Fatalf("the self-test found nothing: %+v, %v", status, err)
			}
			if _, err := s.Run(t.Context(), sandbox.Spec{Args: []string{"/bin/true"}, Dir: "/"}); !fault.Is(err, fault.Unavailable) {
				t.Errorf("a command was run: %v", err)
			}
			t.Log(s.Status().Detail)
		})
	}
}

// TestBrokenLater has bubblewrap break while the server runs, and be mended.
func TestBrokenLater(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bwrap")
	program(t, path, fmt.Sprintf(editing, ""))
	s, err := sandbox.New(sandbox.Options{Tier: sandbox.TierNamespaces, Bwrap: path})
	if err != nil || !s.Status().OK {
		t.Fatalf("%+v, %v", s.Status(), err)
	}
	spec := sandbox.Spec{Args: []string{"/bin/true"}, Dir: "/"}
	program(t, path, "#!/bin/sh\nexit 1\n")
	if _, err := s.Run(t.Context(), spec); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a run with a broken boundary: %v", err)
	}
	if err := s.Test(t.Context()); err != nil || s.Status().OK {
		t.Errorf("%+v, %v", s.Status(), err)
	}
	if _, err := s.Run(t.Context(), spec); !fault.Is(err, fault.Unavailable) || !strings.Contains(fault.Message(err), "refused") {
		t.Errorf("a run after the self-test failed: %v", err)
	}
	program(t, path, fmt.Sprintf(editing, ""))
	if err := s.Test(t.Context()); err != nil || !s.Status().OK {
		t.Errorf("%+v, %v", s.Status(), err)
	}
	if exit, err := s.Run(t.Context(), spec); err != nil || exit.Code != 0 {
		t.Errorf("a run after it was mended: %+v, %v", exit, err)
	}
}

// TestNotInstalled has no bubblewrap: there is never another tier instead.
func TestNotInstalled(t *testing.T) {
	s, err := sandbox.New(sandbox.Options{Tier: sandbox.TierNamespaces, Bwrap: filepath.Join(t.TempDir(), "bwrap")})
	if status := s.Status(); err != nil || status.OK || status.Tier != sandbox.TierNone {
		t.Errorf("%+v, %v", status, err)
	}
}

// TestUnsafe runs commands without a boundary as long as the server has one account.
func TestUnsafe(t *testing.T) {
	alone := true
	s, err := sandbox.New(sandbox.Options{Tier: sandbox.TierUnsafe, Alone: func(context.Context) (bool, error) { return alone, nil }})
	if err != nil || s.Status().Tier != sandbox.TierUnsafe || s.Status().Detail == "" {
		t.Fatalf("%+v, %v", s.Status(), err)
	}
	spec := sandbox.Spec{Args: []string{"/bin/sh", "-c", "test -r /etc/shadow || test -e /proc/1"}, Dir: "/"}
	if exit, err := s.Run(t.Context(), spec); err != nil || exit.Code != 0 {
		t.Errorf("%+v, %v", exit, err)
	}
	alone = false
	if _, err := s.Run(t.Context(), spec); !fault.Is(err, fault.Unavailable) {
		t.Errorf("with a second account: %v", err)
	}
}

// TestNetwork gives a command a way to the network and finds that it is the only one, and that it ends with the command.
func TestNetwork(t *testing.T) {
	b := newBox(t, sandbox.TierNamespaces)
	requests := make(chan string, 16)
	var ended atomic.Bool
	serve := func(l net.Listener) {
		_ = http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			requests <- r.URL.String()
			fmt.Fprint(w, "answer")
		}))
		ended.Store(true)
	}
	var out strings.Builder
	script := `import http.client, os, socket, sys
c = http.client.HTTPConnection("127.0.0.1", ` + strconv.Itoa(sandbox.ProxyPort) + `, timeout=5)
c.request("GET", "http://example.com/x")
print(c.getresponse().read().decode())
for where in [("1.1.1.1", 443), ("10.0.0.1", 80), ("169.254.169.254", 80)]:
    try:
        socket.create_connection(where, 2)
        print("connected", where)
    except OSError:
        pass
print([n for n in os.listdir("/proc/self/fd") if os.path.exists("/proc/self/fd/" + n)])
sys.exit(7)`
	exit, err := b.Run(t.Context(), sandbox.Spec{
		Args: []string{"/usr/bin/python3", "-c", script}, Dir: b.dir, Env: []string{"PATH=/usr/bin:/bin"},
		ReadWrite: []string{b.dir}, Stdout: &out, Stderr: &out, Network: serve,
	})
	if err != nil || exit.Code != 7 {
		t.Fatalf("%+v %v\n%s", exit, err, &out)
	}
	if got := out.String(); !strings.HasPrefix(got, "answer\n['0', '1', '2'") || strings.Contains(got, "connected") {
		t.Errorf("the command said %s", got)
	}
	if got := <-requests; got != "http://example.com/x" {
		t.Errorf("the proxy was asked for %s", got)
	}
	if !ended.Load() {
		t.Error("the proxy of the command outlives it")
	}
	for range 3 { // a command that never begins leaves nothing behind.
		if _, err := b.Run(t.Context(), sandbox.Spec{Args: []string{"/usr/bin/true"}, Dir: "/nowhere", Network: serve}); err == nil {
			t.Error("a command started in a directory that is not there")
		}
	}
	landlock := newBox(t, sandbox.TierLandlock)
	if _, err := landlock.Run(t.Context(), sandbox.Spec{Args: []string{"/usr/bin/true"}, Dir: landlock.dir, Network: serve}); err == nil {
		t.Error("there is a network inside Landlock")
	}
}
