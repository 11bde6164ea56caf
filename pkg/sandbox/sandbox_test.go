//go:build linux && (amd64 || arm64)

package sandbox_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/sandbox"
)

// The tests execute their own binary in more parts: as a server that is killed, as a server whose user may have few tasks, and as
// an attacker inside.
const (
	crowdedVar  = "SANDBOX_TEST_CROWDED"
	serverVar   = "SANDBOX_TEST_SERVER"
	tierVar     = "SANDBOX_TEST_TIER"
	attackerArg = "sandbox-test-attacker"
)

func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == attackerArg {
		attack(os.Args[2])
		return
	}
	if script := os.Getenv(crowdedVar); script != "" {
		serveCrowd(script)
		return
	}
	if script := os.Getenv(serverVar); script != "" {
		serve(script)
		return
	}
	os.Exit(m.Run())
}

// serve is a server that runs one command and is killed meanwhile.
func serve(script string) {
	s, err := sandbox.New(sandbox.Options{Tier: os.Getenv(tierVar)})
	if err != nil {
		panic(err)
	}
	_, err = s.Run(context.Background(), sandbox.Spec{
		Args: []string{"/bin/bash", "-c", script}, Dir: "/", Env: []string{"PATH=/usr/bin:/bin"}, Stdout: os.Stdout,
	})
	fmt.Println("not killed", err)
}

// box is a user's directories, and the shell in them.
type box struct {
	*sandbox.Sandbox
	tier      string
	dir, temp string
}

func newBox(t testing.TB, tier string) box {
	t.Helper()
	s, err := sandbox.New(sandbox.Options{Tier: tier})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	if status := s.Status(); !status.OK || status.Tier != tier {
		t.Fatalf("no boundary here: %+v", status)
	}
	return box{s, tier, t.TempDir(), t.TempDir()}
}

// eachTier runs a test in each tier.
func eachTier(t *testing.T, test func(t *testing.T, b box)) {
	t.Helper()
	for _, tier := range []string{sandbox.TierLandlock, sandbox.TierNamespaces} {
		t.Run(tier, func(t *testing.T) { test(t, newBox(t, tier)) })
	}
}

func (b box) spec(script string, out *bytes.Buffer) sandbox.Spec {
	return sandbox.Spec{
		Args: []string{"/bin/bash", "-c", script}, Dir: b.dir, ReadWrite: []string{b.dir}, Temp: b.temp,
		Env: []string{"PATH=/usr/bin:/bin"}, Stdout: out, Stderr: out,
	}
}

func (b box) shell(t testing.TB, script string) (string, sandbox.Exit) {
	t.Helper()
	var out bytes.Buffer
	exit, err := b.Run(t.Context(), b.spec(script, &out))
	if err != nil {
		t.Fatalf("%s: %v", script, err)
	}
	return out.String(), exit
}

func TestOrdinaryWorkIsPossible(t *testing.T) { eachTier(t, testOrdinaryWorkIsPossible) }

func testOrdinaryWorkIsPossible(t *testing.T, b box) {
	for _, tt := range []struct{ name, script, want string }{
		{"files", "mkdir -p d/e && echo hi > d/e/f && mv d/e/f d/g && cat d/g && rm -r d", "hi\n"},
		{"pipes", "printf 'b\\na\\n' | sort | tr -d '\\n'", "ab"},
		{"process substitution", "cat <(echo one) <(echo two)", "one\ntwo\n"},
		{"here documents", "TMPDIR=$PWD cat <<< words", "words\n"},
		{"devices", "echo x > /dev/null; head -c 3 /dev/zero | wc -c", "3\n"},
		{"standard streams", "echo out > /dev/stdout", "out\n"},
		{"links", "echo t > t; ln -s t l; ln t h; cat l h", "t\nt\n"},
		{"fifos", "mkfifo p; echo through > p & cat p", "through\n"},
		{"signals among its own", "sleep 60 & kill $!; wait $!; echo $?", "143\n"},
		{"exec of an own program", "printf '#!/bin/sh\\necho ran' > own; chmod +x own; ./own", "ran\n"},
		{"modes", "touch f; chmod 640 f; stat -c %a f; chmod +x $PWD/f; stat -c %a f; mkdir m; chmod 700 m; stat -c %a m; chmod -R 600 f", "640\n751\n700\n"},
		{"modes through links", "touch g; ln -s g lg; chmod 604 ./lg; stat -c %a g; mkdir -p k; cd k; chmod 606 ../g; stat -c %a ../g", "604\n606\n"},
		{"modes from Python", "echo > h1; chmod 604 h1; python3 -c 'import shutil; shutil.copy2(\"h1\", \"h2\")'; stat -c %a h2", "604\n"},
		{"times", "touch -d @1000 e; stat -c %Y e; mkdir n; touch -d @2000 n; stat -c %Y n; ln -s e le; touch -hd @3000 le; stat -c %Y e le", "1000\n2000\n1000\n3000\n"},
		{"archives", "mkdir src; echo x > src/f; chmod 604 src/f; tar cf t.tar src; rm -r src; tar xf t.tar; stat -c %a src/f", "604\n"},
		{"connected sockets", "python3 -c 'import socket; a, b = socket.socketpair(); a.send(b\"x\"); print(b.recv(1).decode())'", "x\n"},
		{"threads", "python3 -c 'import threading; t = threading.Thread(target=print, args=[1]); t.start(); t.join()'", "1\n"},
		{"environment", "env -u _ -u PWD -u SHLVL", "PATH=/usr/bin:/bin\n"},
		{"no core", "ulimit -c", "0\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			out, exit := b.shell(t, tt.script)
			if out != tt.want || exit != (sandbox.Exit{}) {
				t.Errorf("got %q and %+v, want %q", out, exit, tt.want)
			}
		})
	}
}

// itsOwn is what a command reaches in namespaces that is nobody else's there: its processes and the memory that they share,
// a root and a network in which there is nothing, files that do not exist. The server's socket is in the directory that it shares.
var itsOwn = map[string]bool{
	"UDP": true, "the list of processes": true, "temporary files": true, "by removing": true, "the root": true, "shared memory": true,
	"the helper's environment": true, "the helper by a signal": true, "its own environ in proc": true, "a socket with a path": true,
}

func TestNothingOutsideIsReached(t *testing.T) { eachTier(t, testNothingOutsideIsReached) }

func testNothingOutsideIsReached(t *testing.T, b box) {
	other := t.TempDir()
	secret := filepath.Join(other, "secret")
	if err := os.WriteFile(secret, []byte("treasure"), 0o666); err != nil {
		t.Fatal(err)
	}
	secretInfo, err := os.Stat(secret)
	if err != nil {
		t.Fatal(err)
	}
	otherInfo, err := os.Stat(other)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("SERVER_KEY", "treasure")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	port := listener.Addr().(*net.TCPAddr).Port
	path := filepath.Join(b.dir, "server.sock")
	unixListener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer unixListener.Close()
	for name, script := range map[string]string{
		"another user's file":        "cat " + secret,
		"its directory":              "ls " + other,
		"through a link":             "ln -s " + secret + " x; cat x",
		"through a chain of links":   "ln -s / r; ln -s r" + secret + " y; cat y",
		"by a hard link":             "ln " + secret + " hard",
		"by overwriting":             "echo gone > " + secret,
		"by removing":                "rm -f " + secret + "; [ ! -e " + secret + " ]",
		"by moving in":               "mv " + secret + " here",
		"by moving out":              "echo x > z; mv z " + other + "/z",
		"by truncating":              "truncate -s 0 " + secret,
		"by making a directory":      "mkdir " + other + "/d",
		"by making a device":         "mknod dev c 1 3",
		"by its mode":                "chmod 600 " + secret,
		"by the mode of a directory": "chmod 0 " + other,
		"by its mode and a link":     "ln -s " + secret + " cl; chmod 600 cl",
		"by its mode and dots":       "chmod 600 ../" + filepath.Base(other) + "/secret",
		"by its mode and more dots":  "chmod 600 $PWD/../" + filepath.Base(other) + "/secret",
		"by its mode from there":     "cd " + other + " && chmod 600 secret",
		"by its mode and a magic":    "exec 7< .; chmod 600 /proc/self/fd/7/../" + filepath.Base(other) + "/secret",
		"by its mode and descriptor": "exec 7< .; chmod 0 /proc/self/fd/7/../" + filepath.Base(other) + "; python3 -c 'import os; os.chmod(\"/proc/self/fd/%d\" % os.open(\"" + secret + "\", os.O_PATH), 0)'",
		"by its times":               "touch -cd @1000 " + secret + "; [ $(stat -c %Y " + secret + ") != 1000 ] && false",
		"by its attributes":          "setfattr -n user.x -v y " + secret,
		"by watching":                "python3 -c 'import ctypes, sys; c = ctypes.CDLL(None); sys.exit(c.inotify_add_watch(c.inotify_init(), b\"" + other + "\", 4095) < 0)'",
		"the root":                   "ls /",
		"passwords":                  "cat /etc/shadow",
		"the list of processes":      "ls /proc",
		"the server's environment":   fmt.Sprintf("cat /proc/%d/environ", os.Getpid()),
		"the server's memory":        fmt.Sprintf("head -c 1 /proc/%d/mem", os.Getpid()),
		"the server's descriptors":   fmt.Sprintf("ls /proc/%d/fd", os.Getpid()),
		"the helper's environment":   "cat /proc/$PPID/environ",
		"the server by a signal":     fmt.Sprintf("kill -0 %d", os.Getpid()),
		"the helper by a signal":     "kill -9 $PPID",
		"its own environ in proc":    "cat /proc/self/environ",
		"shared memory":              "echo x > /dev/shm/x",
		"temporary files":            "echo x > /tmp/x-$RANDOM",
		"TCP":                        fmt.Sprintf("exec 5<>/dev/tcp/127.0.0.1/%d", port),
		"UDP":                        "exec 5<>/dev/udp/127.0.0.1/53",
		"a socket with a path":       "python3 -c 'import socket; socket.socket(socket.AF_UNIX).connect(\"server.sock\")'",
		"names of hosts":             "getent ahosts example.com",
		"a user namespace":           "unshare -U true",
		"a mount":                    "mount -t tmpfs none .",
		"another root":               "chroot . true",
		"more descriptors":           "ulimit -n 100000",
		"a core dump":                "ulimit -c unlimited",
		"privilege":                  "grep -q 'NoNewPrivs:.0' /proc/self/status",
		"a descriptor of the server": "ls -l /proc/self/fd/3",
	} {
		t.Run(name, func(t *testing.T) {
			out, exit := b.shell(t, script)
			own := b.tier == sandbox.TierNamespaces && itsOwn[name]
			if exit.Code == 0 && !own || strings.Contains(out, "treasure") {
				t.Errorf("%s: got %+v and %q", script, exit, out)
			}
		})
	}
	if data, err := os.ReadFile(secret); err != nil || string(data) != "treasure" {
		t.Errorf("the secret is %q, %v", data, err)
	}
	for path, before := range map[string]os.FileInfo{secret: secretInfo, other: otherInfo} {
		after, err := os.Stat(path)
		if err != nil || after.Mode() != before.Mode() || !after.ModTime().Equal(before.ModTime()) {
			t.Errorf("%s was %v %s and is %v %s, %v", path, before.Mode(), before.ModTime(), after.Mode(), after.ModTime(), err)
		}
	}
}

func TestExit(t *testing.T) { eachTier(t, testExit) }

func testExit(t *testing.T, b box) {
	for _, tt := range []struct {
		script string
		want   sandbox.Exit
	}{
		{"exit 3", sandbox.Exit{Code: 3}},
		{"kill -TERM $$", sandbox.Exit{Code: 143, Signal: "SIGTERM"}},
		{"kill -KILL $$", sandbox.Exit{Code: 137, Signal: "SIGKILL"}},
		{"no-such-command 2>&-", sandbox.Exit{Code: 127}},
	} {
		if b.tier == sandbox.TierNamespaces {
			tt.want.Signal = "" // bubblewrap does not say.
		}
		if _, exit := b.shell(t, tt.script); exit != tt.want {
			t.Errorf("%s: got %+v, want %+v", tt.script, exit, tt.want)
		}
	}
}

func TestStartFails(t *testing.T) { eachTier(t, testStartFails) }

func testStartFails(t *testing.T, b box) {
	for name, spec := range map[string]sandbox.Spec{
		"no program":         {Args: []string{"/usr/bin/no-such-program"}, Dir: b.dir},
		"no directory":       {Args: []string{"/bin/true"}, Dir: b.dir + "/none"},
		"no such path":       {Args: []string{"/bin/true"}, Dir: b.dir, ReadWrite: []string{b.dir + "/none"}},
		"no command":         {Dir: b.dir},
		"program not inside": {Args: []string{os.Args[0]}, Dir: b.dir},
	} {
		if _, err := b.Run(t.Context(), spec); !fault.Is(err, fault.Unavailable) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestStdinAndStreams(t *testing.T) { eachTier(t, testStdinAndStreams) }

func testStdinAndStreams(t *testing.T, b box) {
	var stdout, stderr bytes.Buffer
	spec := b.spec("cat; echo no >&2", &stdout)
	spec.Stdin, spec.Stderr = strings.NewReader("in"), &stderr
	if _, err := b.Run(t.Context(), spec); err != nil {
		t.Fatal(err)
	}
	if stdout.String() != "in" || stderr.String() != "no\n" {
		t.Errorf("got %q and %q", &stdout, &stderr)
	}
}

func TestFloodIsStopped(t *testing.T) { eachTier(t, testFloodIsStopped) }

func testFloodIsStopped(t *testing.T, b box) {
	var out bytes.Buffer
	spec := b.spec("yes", &out)
	spec.MaxOutput = 1 << 20
	exit, err := b.Run(t.Context(), spec)
	if err != nil || exit.Boundary == "" || out.Len() > 1<<20 {
		t.Errorf("got %+v, %v and %d bytes", exit, err, out.Len())
	}
}

// leavers start processes that try to outlive their command; %s is a number that marks them.
var leavers = map[string]string{
	"background":    "sleep %s & echo ready",
	"nohup":         "nohup sleep %s >/dev/null 2>&1 & disown -a; echo ready",
	"setsid":        "setsid sleep %s & echo ready",
	"double fork":   "(setsid bash -c 'sleep %s & sleep %[1]s & disown -a' &) ; echo ready",
	"many sessions": "for i in $(seq 40); do (setsid setsid sleep %s &); done; echo ready",
	"deaf":          "setsid bash -c 'trap \"\" TERM INT HUP; while :; do sleep %s; done' & echo ready",
	"stopped":       "sleep %s & kill -STOP $!; echo ready",
}

func TestNothingOutlivesTheCommand(t *testing.T) { eachTier(t, testNothingOutlivesTheCommand) }

func testNothingOutlivesTheCommand(t *testing.T, b box) {
	for name, script := range leavers {
		t.Run(name, func(t *testing.T) {
			mark := newMark()
			if out, exit := b.shell(t, fmt.Sprintf(script, mark)+"; sleep 0.1"); exit.Code != 0 || !strings.Contains(out, "ready") {
				t.Fatalf("got %q, %+v", out, exit)
			}
			if left := marked(t, mark); left != 0 {
				t.Errorf("%d processes are left", left)
			}
		})
	}
}

func TestNothingOutlivesACancel(t *testing.T) { eachTier(t, testNothingOutlivesACancel) }

func testNothingOutlivesACancel(t *testing.T, b box) {
	for name, script := range leavers {
		t.Run(name, func(t *testing.T) {
			mark := newMark()
			ctx, cancel := context.WithCancel(t.Context())
			spec := b.spec(fmt.Sprintf(script, mark)+"; sleep 60", nil)
			spec.Stdout, spec.Stderr = writerFunc(func(p []byte) {
				if bytes.Contains(p, []byte("ready")) {
					cancel()
				}
			}), nil
			start := time.Now()
			if _, err := b.Run(ctx, spec); !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			if left, took := marked(t, mark), time.Since(start); left != 0 || took > 5*time.Second {
				t.Errorf("%d processes are left after %s", left, took)
			}
		})
	}
}

func TestNothingOutlivesATimeout(t *testing.T) { eachTier(t, testNothingOutlivesATimeout) }

func testNothingOutlivesATimeout(t *testing.T, b box) {
	mark := newMark()
	var out bytes.Buffer
	spec := b.spec(fmt.Sprintf(leavers["double fork"], mark)+"; sleep 60", &out)
	spec.Timeout = 300 * time.Millisecond
	exit, err := b.Run(t.Context(), spec)
	if err != nil || !exit.TimedOut || exit.Boundary == "" {
		t.Fatalf("got %+v, %v", exit, err)
	}
	if left := marked(t, mark); left != 0 || !strings.Contains(out.String(), "ready") {
		t.Errorf("%d processes are left; printed %q", left, &out)
	}
}

func TestNothingOutlivesTheServer(t *testing.T) { eachTier(t, testNothingOutlivesTheServer) }

func testNothingOutlivesTheServer(t *testing.T, b box) {
	for name, script := range leavers {
		t.Run(name, func(t *testing.T) {
			mark := newMark()
			server := exec.Command("/proc/self/exe")
			server.Env = append(os.Environ(), serverVar+"="+fmt.Sprintf(script, mark)+"; sleep 60", tierVar+"="+b.tier)
			out, err := server.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := server.Start(); err != nil {
				t.Fatal(err)
			}
			line := make([]byte, 5)
			if _, err := out.Read(line); err != nil || string(line) != "ready" {
				t.Fatalf("got %q, %v", line, err)
			}
			if err := server.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			_ = server.Wait()
			for deadline := time.Now().Add(2 * time.Second); marked(t, mark) > 0; {
				if time.Now().After(deadline) {
					t.Fatalf("%d processes are left after 2 s", marked(t, mark))
				}
			}
		})
	}
}

// TestHelperCannotBeHit sprays signals at every id around the helper's, where its threads are.
func TestHelperCannotBeHit(t *testing.T) { eachTier(t, testHelperCannotBeHit) }

func testHelperCannotBeHit(t *testing.T, b box) {
	mark := newMark()
	out, exit := b.shell(t, `(setsid sleep `+mark+` &)
for i in $(seq $((PPID - 50)) $((PPID + 50))); do
	[ $i = $$ ] || [ $i = $BASHPID ] || kill -9 $i 2>/dev/null && echo hit $i
done; true`)
	if exit.Signal != "" {
		t.Fatalf("got %+v, %q", exit, out)
	}
	if left := marked(t, mark); left != 0 {
		t.Errorf("%d processes are left; %s", left, out)
	}
}

func TestManyAtOnce(t *testing.T) { eachTier(t, testManyAtOnce) }

func testManyAtOnce(t *testing.T, b box) {
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			var out bytes.Buffer
			exit, err := b.Run(t.Context(), b.spec(fmt.Sprintf("echo %d; exit %d", i, i), &out))
			if err != nil || exit.Code != i || out.String() != fmt.Sprintf("%d\n", i) {
				t.Errorf("got %+v, %v, %q", exit, err, &out)
			}
		})
	}
	wg.Wait()
}

func TestCancelledBefore(t *testing.T) { eachTier(t, testCancelledBefore) }

func testCancelledBefore(t *testing.T, b box) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.Run(ctx, b.spec("true", nil)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

type writerFunc func([]byte)

func (f writerFunc) Write(p []byte) (int, error) {
	f(p)
	return len(p), nil
}

// newMark gives a time to sleep that nobody else has.
func newMark() string {
	var b [4]byte
	_, _ = rand.Read(b[:])
	return fmt.Sprintf("9%03d%03d%03d.25", b[0], b[1], b[2])
}

// marked counts the processes that have the mark among their arguments and are not dead.
func marked(t *testing.T, mark string) int {
	t.Helper()
	dirs, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, path := range dirs {
		if data, err := os.ReadFile(path); err == nil && bytes.Contains(data, []byte("sleep\x00"+mark)) {
			count++
		}
	}
	return count
}

// BenchmarkRun compares a run in each tier with the bare command.
// between is the time that passes between two commands of an agent, at the very least.
func between(b *testing.B) {
	b.StopTimer()
	time.Sleep(20 * time.Millisecond)
	b.StartTimer()
}

func BenchmarkRun(b *testing.B) {
	b.Run("bare", func(b *testing.B) {
		for b.Loop() {
			between(b)
			if err := exec.Command("/bin/bash", "-c", "true").Run(); err != nil {
				b.Fatal(err)
			}
		}
	})
	for _, tier := range []string{sandbox.TierLandlock, sandbox.TierNamespaces} {
		box := newBox(b, tier)
		b.Run(tier, func(b *testing.B) {
			for b.Loop() {
				between(b)
				if _, err := box.Run(b.Context(), box.spec("true", nil)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestLimitsOfAProcess asks a shell inside for the limits that the kernel keeps.
func TestLimitsOfAProcess(t *testing.T) {
	eachTier(t, func(t *testing.T, b box) {
		var out bytes.Buffer
		if _, err := b.Run(t.Context(), b.spec("ulimit -Hn; ulimit -Hc; ulimit -Hf", &out)); err != nil {
			t.Fatal(err)
		}
		var files, core, blocks int64
		if _, err := fmt.Sscan(out.String(), &files, &core, &blocks); err != nil || files > 8192 || core != 0 || blocks > 4<<20 {
			t.Errorf("open files, core, size of a file: %s, %v", &out, err)
		}
	})
}

// TestLimits has commands pass the limits of a run: they are stopped with the reason, and another user's command starts soon.
func TestLimits(t *testing.T) { eachTier(t, testLimits) }

func testLimits(t *testing.T, b box) {
	other := newBox(t, b.tier)
	for name, tt := range map[string]struct {
		script, says string
		tasks        int
	}{
		"processes":   {"for i in $(seq 120); do sleep 600 & done; wait", "processes", 100},
		"orphans":     {"for i in $(seq 1000); do (sleep 600 &) ; done; sleep 600", "processes", 800},
		"their own":   {"f() { sleep 600 & sleep 600 & [ $1 = 0 ] || { f $(($1 - 1)) & f $(($1 - 1)) & }; wait; }; f 6", "processes", 100},
		"threads":     {"python3 -c 'import threading, time\nfor i in range(300): threading.Thread(target=time.sleep, args=(600,)).start()'", "processes and threads", 100},
		"memory":      {"python3 -c 'x = bytearray(300 << 20); import time; time.sleep(600)'", "memory", 100},
		"of several":  {"for i in 1 2 3 4; do python3 -c 'x = bytearray(80 << 20); import time; time.sleep(600)' & done; wait", "memory", 100},
		"output":      {"yes", "output", 100},
		"descriptors": {"python3 -c 'import os\ntry:\n  while True: os.dup(0)\nexcept OSError as e: print(e)' | grep -q 'Too many open files' && yes", "output", 100},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			started := make(chan struct{})
			go func() {
				defer close(started)
				time.Sleep(300 * time.Millisecond) // in the middle of it
				began := time.Now()
				if _, err := other.Run(t.Context(), other.spec("true", nil)); err != nil || time.Since(began) > 2*time.Second {
					t.Errorf("another user's command: %v after %s", err, time.Since(began))
				}
			}()
			spec := b.spec(tt.script, &out)
			spec.MaxOutput, spec.MaxTasks, spec.MaxMemory, spec.Timeout = 1<<20, tt.tasks, 200<<20, time.Minute
			exit, err := b.Run(t.Context(), spec)
			if err != nil || !strings.Contains(exit.Boundary, tt.says) {
				t.Errorf("%+v, %v: %.200s", exit, err, &out)
			}
			<-started
		})
	}
}
