//go:build linux && (amd64 || arm64)

package sandbox

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// helper is a helper process, which waits for its order or carries it out. Its life line is the pipe control: when that is closed,
// also by our death, the helper kills the command and everything that came of it.
type helper struct {
	cmd            *exec.Cmd
	stdin          lateReader
	stdout, stderr lateWriter
	control        *os.File
	report         *os.File
	network        *link // in namespaces, until it is used
	kill           atomic.Pointer[time.Timer]
}

// startHelper starts a helper, which takes longer than most commands do. What its streams are is said when its order comes,
// but for a file as its input: that is inherited, because nobody can be kept from waiting for it.
func startHelper(tier string, input io.Reader) (*helper, error) {
	controlRead, controlWrite, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("make pipe: %w", err)
	}
	defer controlRead.Close()
	reportRead, reportWrite, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("make pipe: %w", err), controlWrite.Close())
	}
	defer reportWrite.Close()
	h := &helper{control: controlWrite, report: reportRead, stdin: lateReader{ready: make(chan io.Reader, 1)}}
	h.cmd = &exec.Cmd{
		Path:        selfPath,
		Args:        []string{helperName},
		Env:         []string{},
		Dir:         "/",
		Stdin:       &h.stdin,
		Stdout:      &h.stdout,
		Stderr:      &h.stderr,
		ExtraFiles:  []*os.File{controlRead, reportWrite},
		SysProcAttr: &syscall.SysProcAttr{Setsid: true},
		WaitDelay:   killGrace,
	}
	if file, ok := input.(*os.File); ok {
		h.cmd.Stdin = file
	}
	if err := h.start(tier); err != nil {
		return nil, errors.Join(fmt.Errorf("start helper: %w", err), controlWrite.Close(), reportRead.Close())
	}
	return h, nil
}

// start starts the process, with the connection over which its command's network may come.
func (h *helper) start(tier string) error {
	if tier != TierNamespaces {
		return h.cmd.Start()
	}
	l, err := newLink()
	if err != nil {
		return err
	}
	defer l.child.Close()
	h.cmd.ExtraFiles = append(h.cmd.ExtraFiles, l.child)
	h.network = l
	if err := h.cmd.Start(); err != nil {
		return errors.Join(err, l.conn.Close())
	}
	return nil
}

// connect gives the helper the streams and the network of its command. What it returns ends the network.
func (h *helper) connect(spec Spec, flooded func()) (unlink func(), err error) {
	stdout, stderr := limitOutput(spec, flooded)
	h.stdin.ready <- spec.Stdin
	h.stdout.set(stdout)
	h.stderr.set(stderr)
	unlink = func() {}
	switch {
	case h.network == nil:
	case spec.Network == nil:
		_ = h.network.conn.Close()
	default:
		unlink, err = h.network.serve(spec.Network)
	}
	return unlink, err
}

// discard ends a helper that has no order.
func (h *helper) discard() {
	select {
	case h.stdin.ready <- nil:
	default: // it knows its input already.
	}
	if h.network != nil {
		_ = h.network.conn.Close()
	}
	_, _ = h.control.Close(), h.report.Close()
	_ = h.cmd.Wait() // it has nothing to say.
}

// stop tells the helper to end the run, and ends the helper if it does not.
func (h *helper) stop() {
	_ = h.control.Close() // the helper cannot be told more clearly.
	h.kill.Store(time.AfterFunc(killGrace, func() { _ = h.cmd.Process.Kill() }))
}

// order gives the helper its order and waits for its end.
func (h *helper) order(o order) (said report, err error) {
	sendErr := h.send(o)
	data, readErr := io.ReadAll(io.LimitReader(h.report, maxReport))
	waitErr := h.cmd.Wait()
	if timer := h.kill.Load(); timer != nil {
		timer.Stop()
	}
	_, _ = h.control.Close(), h.report.Close()
	if len(data) > 0 && readErr == nil {
		return said, json.Unmarshal(data, &said)
	}
	return said, fmt.Errorf("helper said nothing: %w", errors.Join(sendErr, readErr, waitErr))
}

func (h *helper) send(o order) error {
	body, err := json.Marshal(o)
	if err != nil {
		return fmt.Errorf("marshal order: %w", err)
	}
	_ = h.control.SetWriteDeadline(time.Now().Add(startTimeout)) // a pipe can do that; if not, the write fails.
	frame := binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(body)), uint32(len(body)))
	if _, err := h.control.Write(append(frame, body...)); err != nil {
		return fmt.Errorf("send order: %w", err)
	}
	return nil
}

// lateReader is a reader that is known only later; nil is one that holds nothing.
type lateReader struct {
	ready chan io.Reader
	from  io.Reader
}

func (r *lateReader) Read(p []byte) (int, error) {
	if r.from == nil {
		if r.from = <-r.ready; r.from == nil {
			r.from = eof{}
		}
	}
	return r.from.Read(p)
}

type eof struct{}

func (eof) Read([]byte) (int, error) { return 0, io.EOF }

// lateWriter is a writer that is known before the first byte comes; nil is one that throws everything away.
type lateWriter struct {
	mu sync.Mutex
	to io.Writer
}

func (w *lateWriter) set(to io.Writer) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.to = to
}

func (w *lateWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	to := w.to
	w.mu.Unlock()
	if to == nil {
		return len(p), nil
	}
	return to.Write(p)
}

// spare is a helper that waits for the next command, so that the command does not wait for a helper.
type spare struct {
	mu     sync.Mutex
	helper *helper
	making bool
	closed bool
}

// take gives the spare helper, or a new one, which it has to be if its input is inherited.
func (s *spare) take(tier string, input io.Reader) (*helper, error) {
	if _, file := input.(*os.File); file {
		return startHelper(tier, input)
	}
	s.mu.Lock()
	h := s.helper
	s.helper = nil
	s.mu.Unlock()
	if h != nil {
		return h, nil
	}
	return startHelper(tier, nil)
}

// renew makes a spare helper if there is none. One that cannot be started is not missed before the next command.
func (s *spare) renew(tier string) {
	s.mu.Lock()
	if s.helper != nil || s.making || s.closed {
		s.mu.Unlock()
		return
	}
	s.making = true
	s.mu.Unlock()
	h, err := startHelper(tier, nil)
	s.mu.Lock()
	s.making = false
	if err == nil && !s.closed {
		s.helper, h = h, nil
	}
	s.mu.Unlock()
	if err == nil && h != nil {
		h.discard()
	}
}

// renewAfter is for how long a command has the machine to itself before the next helper is started beside it.
const renewAfter = 100 * time.Millisecond

// renewLater has a spare helper made while a long command runs, or at its end, which the function it gives tells.
func (s *spare) renewLater(tier string) (ended func()) {
	timer := time.AfterFunc(renewAfter, func() { s.renew(tier) })
	return func() {
		if timer.Stop() {
			go s.renew(tier)
		}
	}
}

// close ends the spare helper; there will be no other.
func (s *spare) close() {
	s.mu.Lock()
	h := s.helper
	s.helper, s.closed = nil, true
	s.mu.Unlock()
	if h != nil {
		h.discard()
	}
}
