package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"claude-agent-chat/pkg/auth"
	"claude-agent-chat/pkg/config"
	"claude-agent-chat/pkg/store"
)

// program is a binary that runs for a measurement.
type program struct {
	cmd     *exec.Cmd
	port    int
	metrics int // port; 0 if it has none
}

// freePort finds a port that nobody listens on.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// start runs a program with an environment of its own and waits until its address answers.
func start(ctx context.Context, port int, url string, env []string, name string, args ...string) (*program, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "LOG_LEVEL=warn"}, env...)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &program{cmd: cmd, port: port}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(2 * time.Millisecond) {
		if answers(ctx, url) {
			return p, nil
		}
		if time.Now().After(deadline) {
			p.stop()
			return nil, fmt.Errorf("%s did not become healthy", filepath.Base(name))
		}
	}
}

func answers(ctx context.Context, url string) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return false
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return err == nil && resp.StatusCode == http.StatusOK
}

func (p *program) pid() int { return p.cmd.Process.Pid }

// stop ends the program and waits for it.
func (p *program) stop() {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return
	}
	kill := time.AfterFunc(15*time.Second, func() { _ = p.cmd.Process.Kill() })
	defer kill.Stop()
	var ended *exec.ExitError // by the signal, where a program has no handler of its own
	if err := p.cmd.Wait(); err != nil && !errors.As(err, &ended) {
		fmt.Fprintln(os.Stderr, "bench:", err)
	}
}

// world is a data directory with one account, and its token.
type world struct {
	root  string
	home  string
	token string
	cwd   string
}

func newWorld(ctx context.Context) (_ *world, err error) {
	root, err := os.MkdirTemp("", "bench")
	if err != nil {
		return nil, err
	}
	cfg := config.Config{SessionsRoot: root}
	st, err := store.Open(ctx, store.Options{SQLitePath: cfg.SQLitePath(), Log: discardLog()})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	accounts := auth.New(st, auth.Options{PublicURL: "http://localhost:5000", Signup: "open"})
	who, _, err := accounts.SignUp(ctx, "", "bench", "correct horse battery staple")
	if err != nil {
		return nil, err
	}
	_, token, err := accounts.CreateToken(ctx, who, "bench")
	if err != nil {
		return nil, err
	}
	home := filepath.Join(root, who.AccountID)
	return &world{root: root, home: home, token: token, cwd: filepath.Join(home, "workspace")}, nil
}

func (w *world) remove() {
	if err := os.RemoveAll(w.root); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
	}
}

// gateway starts the gateway on this world, with a Messages-API server at model.
func (w *world) gateway(ctx context.Context, o options, model string) (*program, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	metrics, err := freePort()
	if err != nil {
		return nil, err
	}
	env := []string{
		"HOST=127.0.0.1", "WS_PORT=" + strconv.Itoa(port), "CLAUDE_SESSIONS_ROOT=" + w.root, "MAX_ACCOUNT_CONNECTIONS=4096",
		"ANTHROPIC_API_KEY=sk-ant-bench", "ANTHROPIC_BASE_URL=" + model, "METRICS_ADDR=127.0.0.1:" + strconv.Itoa(metrics),
	}
	url := fmt.Sprintf("http://127.0.0.1:%d/api/livez", port)
	p, err := start(ctx, port, url, env, filepath.Join(o.bin, "wsgateway"))
	if err == nil {
		p.metrics = metrics
	}
	return p, err
}
