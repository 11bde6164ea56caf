package lifecycle_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"claude-agent-chat/pkg/lifecycle"
)

var quiet = slog.New(slog.DiscardHandler)

// diary notes what happens, in order.
type diary struct {
	mu    sync.Mutex
	lines []string
}

func (d *diary) note(line string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, line)
}

// part notes its end, once by Shutdown and once by Serve.
func (d *diary) part(name string) lifecycle.Part {
	return lifecycle.Part{
		Name: name,
		Serve: func(ctx context.Context) error {
			<-ctx.Done()
			d.note(name + " ended")
			return ctx.Err()
		},
		Shutdown: func(context.Context) error {
			d.note(name + " shuts down")
			return nil
		},
	}
}

func TestPartsEndLastFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		d := &diary{}
		go func() {
			time.Sleep(time.Second)
			cancel()
		}()
		if err := lifecycle.Run(ctx, quiet, time.Minute, d.part("a"), lifecycle.Part{Name: "empty"}, d.part("b")); err != nil {
			t.Error(err)
		}
		want := []string{"b shuts down", "b ended", "a shuts down", "a ended"}
		if !slices.Equal(d.lines, want) {
			t.Errorf("%q, want %q", d.lines, want)
		}
	})
}

func TestFailedPartEndsTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &diary{}
		broken := errors.New("port is gone")
		err := lifecycle.Run(t.Context(), quiet, time.Minute, d.part("a"), lifecycle.Part{
			Name: "b", Serve: func(context.Context) error { return broken },
		})
		if !errors.Is(err, broken) || !strings.HasPrefix(err.Error(), "b: ") {
			t.Errorf("error %v", err)
		}
		if len(d.lines) != 2 {
			t.Errorf("%q", d.lines)
		}
	})
}

func TestFinishedPartLeavesTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		done := lifecycle.Part{Name: "done", Serve: func(context.Context) error { return nil }}
		began := time.Now()
		if err := lifecycle.Run(ctx, quiet, time.Minute, done, (&diary{}).part("a")); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took != time.Hour {
			t.Errorf("it ended after %s", took)
		}
		if err := lifecycle.Run(t.Context(), quiet, time.Minute, done, done); err != nil {
			t.Error(err)
		}
	})
}

// TestDeadline has a part that does not end, whatever it is told; the part before it still gets its second.
func TestDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		release := make(chan struct{})
		var given time.Duration
		first := lifecycle.Part{Name: "first", Shutdown: func(ctx context.Context) error {
			deadline, _ := ctx.Deadline()
			given = time.Until(deadline)
			return nil
		}}
		stuck := lifecycle.Part{
			Name:     "stuck",
			Serve:    func(context.Context) error { <-release; return nil },
			Shutdown: func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
		}
		began := time.Now()
		err := lifecycle.Run(ctx, quiet, 10*time.Second, first, stuck)
		if err == nil || !strings.Contains(err.Error(), "stuck did not end in time") || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
		if took := time.Since(began); took < 10*time.Second || took > 13*time.Second {
			t.Errorf("it took %s", took)
		}
		if given < time.Second {
			t.Errorf("the first part got %s", given)
		}
		close(release)
	})
}

// serve runs an HTTP server until cancel is called; the result of Run comes on the channel.
func serve(t *testing.T, handler http.Handler, drain time.Duration, log *slog.Logger) (address string, cancel context.CancelFunc, result <-chan error) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- lifecycle.Run(ctx, log, drain, lifecycle.HTTPServer("web", listener, handler)) }()
	return "http://" + listener.Addr().String(), cancel, ended
}

func TestHTTPServerFinishesRequests(t *testing.T) {
	inside, release := make(chan struct{}), make(chan struct{})
	address, cancel, ended := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(inside)
		<-release
		_, _ = io.WriteString(w, "whole")
	}), time.Minute, quiet)
	body := make(chan string, 1)
	go func() {
		res, err := http.Get(address)
		if err != nil {
			body <- err.Error()
			return
		}
		defer func() { _ = res.Body.Close() }()
		data, _ := io.ReadAll(res.Body)
		body <- string(data)
	}()
	<-inside
	cancel()
	close(release)
	if got := <-body; got != "whole" {
		t.Errorf("got %q", got)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestHTTPServerCutsWhatDoesNotEnd(t *testing.T) {
	inside := make(chan struct{})
	address, cancel, ended := serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(inside)
		<-r.Context().Done()
	}), time.Millisecond, quiet)
	go func() { _, _ = http.Get(address) }()
	<-inside
	cancel()
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "cut short") {
		t.Errorf("error %v", err)
	}
}

func TestHTTPServerLogsPanics(t *testing.T) {
	var log syncBuffer
	address, cancel, ended := serve(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("kaboom") }),
		time.Minute, lifecycle.Logger(&log, slog.LevelInfo, "json"))
	_, _ = http.Get(address)
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if got := log.String(); !strings.Contains(got, "kaboom") || !strings.Contains(got, `"server":"web"`) {
		t.Errorf("log %s", got)
	}
}

// syncBuffer is a buffer for several goroutines.
type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

func TestLogger(t *testing.T) {
	for format, want := range map[string]string{"json": `"msg":"shown"`, "text": "msg=shown"} {
		var out bytes.Buffer
		log := lifecycle.Logger(&out, slog.LevelWarn, format)
		log.Info("hidden")
		log.Warn("shown")
		if got := out.String(); !strings.Contains(got, want) || strings.Contains(got, "hidden") {
			t.Errorf("%s: %s", format, got)
		}
	}
}

func TestVersion(t *testing.T) {
	if lifecycle.Version() == "" {
		t.Error("there is no version")
	}
}

// childEnv makes this test binary a program that uses Main.
const childEnv = "LIFECYCLE_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(environVar) != "" {
		os.Exit(lifecycle.Main(showEnviron))
	}
	if os.Getenv(childEnv) == "" {
		os.Exit(m.Run())
	}
	os.Exit(lifecycle.Main(func(ctx context.Context, args, environ []string, stdout, _ io.Writer) int {
		if len(args) == 0 || !slices.Contains(environ, childEnv+"="+args[0]) {
			return 9
		}
		_, _ = io.WriteString(stdout, "running\n")
		<-ctx.Done()
		_, _ = io.WriteString(stdout, "stopping\n")
		if args[0] == "stuck" {
			select {}
		}
		return 3
	}))
}

// child starts the program and waits until it runs.
func child(t *testing.T, mode string) (*exec.Cmd, *bufio.Reader) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], mode)
	cmd.Env = append(os.Environ(), childEnv+"="+mode)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(out)
	expect(t, r, "running\n")
	return cmd, r
}

func expect(t *testing.T, r *bufio.Reader, want string) {
	t.Helper()
	if line, err := r.ReadString('\n'); line != want {
		t.Fatalf("line %q, error %v, want %q", line, err, want)
	}
}

func kill(t *testing.T, cmd *exec.Cmd, sig syscall.Signal) {
	t.Helper()
	if err := cmd.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
}

func TestFirstSignalEndsInOrder(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		cmd, out := child(t, "orderly")
		kill(t, cmd, sig)
		expect(t, out, "stopping\n")
		_ = cmd.Wait()
		if code := cmd.ProcessState.ExitCode(); code != 3 {
			t.Errorf("%s: exit status %d, want run's own", sig, code)
		}
	}
}

func TestSecondSignalEndsAtOnce(t *testing.T) {
	cmd, out := child(t, "stuck")
	kill(t, cmd, syscall.SIGTERM)
	expect(t, out, "stopping\n")
	kill(t, cmd, syscall.SIGTERM)
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 128+int(syscall.SIGTERM) {
		t.Errorf("exit status %d", code)
	}
}
