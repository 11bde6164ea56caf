package mcp

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"

	"claude-agent-chat/pkg/fault"
)

// The bounds of what passes between us and a program.
const (
	maxLine      = 16 << 20 // bytes of one message
	maxUnread    = 512      // messages that the program has not read
	maxNoise     = 100      // lines that are no messages
	maxComplaint = 2 << 10  // bytes that are kept of what it writes to standard error
)

// program is a server that is run as a program, and the connection to it: JSON-RPC, one message on a line.
type program struct {
	link  *link
	lines *bufio.Reader
	out   *io.PipeReader // what the program writes
	in    *os.File       // what it reads
	queue chan []byte    // what is to be written to in

	complaints ring

	closing sync.Once
	closed  chan struct{}
	ended   chan struct{} // closed when the program has ended
	err     error         // how it ended; set before ended is closed

	mu    sync.Mutex
	noise string // the first line that was no message
	noisy int
	broke string // why the connection was given up
}

// startProgram starts the program of a link. Its standard input is a real pipe, so that whoever runs it can hand that on
// without copying, and need not wait for a copy to end when the program has.
func startProgram(l *link) (*program, error) {
	stdin, in, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("make pipe: %w", err)
	}
	out, stdout := io.Pipe()
	p := &program{
		link: l, lines: bufio.NewReaderSize(out, 64<<10), out: out, in: in,
		queue: make(chan []byte, maxUnread), closed: make(chan struct{}), ended: make(chan struct{}),
	}
	conf, opts := l.server.conf, l.server.set.opts
	go func() {
		p.err = opts.Run(l.ctx, arguments(conf), opts.Cwd, environment(conf.Env), stdin, stdout, &p.complaints)
		close(p.ended)
		_, _ = stdout.Close(), stdin.Close()
	}()
	go p.pump()
	return p, nil
}

// arguments is the command of a server, to be found by a shell inside the boundary if it is not a path.
func arguments(conf Server) []string {
	args := append([]string{conf.Command}, conf.Args...)
	if filepath.IsAbs(conf.Command) {
		return args
	}
	return append([]string{"/bin/sh", "-c", `exec "$0" "$@"`}, args...)
}

func environment(env map[string]string) []string {
	list := make([]string, 0, len(env))
	for _, name := range slices.Sorted(maps.Keys(env)) {
		list = append(list, name+"="+env[name])
	}
	return list
}

// pump writes what is to be written, until the connection is closed.
func (p *program) pump() {
	for {
		select {
		case <-p.closed:
			return
		case message := <-p.queue:
			if _, err := p.in.Write(message); err != nil {
				return // the program has ended, or will not be heard of; Read tells.
			}
		}
	}
}

// SessionID is empty: there is one session for each program.
func (*program) SessionID() string { return "" }

// Write never blocks.
func (p *program) Write(_ context.Context, message jsonrpc.Message) error {
	data, err := jsonrpc.EncodeMessage(message)
	if err != nil {
		return fmt.Errorf("encode message: %w", err)
	}
	select {
	case p.queue <- append(data, '\n'):
		return nil
	default:
		return p.giveUp("It does not read what it is sent.")
	}
}

// Read gives the next message. It passes by a few lines that are none, since programs like to greet.
func (p *program) Read(context.Context) (jsonrpc.Message, error) {
	for {
		line, err := readLine(p.lines)
		if err == nil {
			err = p.link.count()
		}
		if err != nil {
			return nil, p.over(err)
		}
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			continue
		}
		message, err := jsonrpc.DecodeMessage(line)
		if err == nil {
			return message, nil
		}
		if err := p.pass(line); err != nil {
			return nil, p.over(err)
		}
	}
}

// over says that nothing comes any more.
func (p *program) over(err error) error {
	p.link.die()
	if errors.Is(err, errLong) {
		return p.giveUp(fmt.Sprintf("It sent a line of more than %d MB.", maxLine>>20))
	}
	return err
}

// pass lets a line go by that is no message.
func (p *program) pass(line []byte) error {
	p.mu.Lock()
	if p.noisy++; p.noisy == 1 {
		p.noise = clean(string(line[:min(len(line), 4*maxReason)]), maxReason)
	}
	most := p.noisy > maxNoise
	p.mu.Unlock()
	if most {
		return p.giveUp("It writes what is no message to standard output.")
	}
	return nil
}

// giveUp remembers why the connection is of no use, and ends it.
func (p *program) giveUp(reason string) error {
	p.mu.Lock()
	if p.broke == "" {
		p.broke = reason
	}
	p.mu.Unlock()
	p.link.die()
	p.link.end(errFailed)
	return fault.New(fault.Unavailable, "%s", reason)
}

// Close lets the program see the end of its input; it does not wait.
func (p *program) Close() error {
	p.closing.Do(func() {
		close(p.closed)
		_, _ = p.in.Close(), p.out.Close()
	})
	return nil
}

// wait waits until the program has ended, but not long after ctx, by which it is told to.
func (p *program) wait(ctx context.Context) {
	select {
	case <-p.ended:
		return
	case <-ctx.Done():
	}
	timer := time.NewTimer(closeWait)
	defer timer.Stop()
	select {
	case <-p.ended:
	case <-timer.C:
	}
}

// reason is why there is nothing to be had from the program, or empty.
func (p *program) reason() string {
	p.mu.Lock()
	broke := p.broke
	p.mu.Unlock()
	if broke != "" {
		return broke + p.said()
	}
	select {
	case <-p.ended:
	default:
		return ""
	}
	var known *fault.Error
	switch {
	case p.err == nil:
		return "The program has ended." + p.said()
	case errors.As(p.err, &known):
		return known.Message + p.said()
	default:
		return "The program has ended: " + full(p.link.scrub(p.err.Error())) + p.said()
	}
}

// said is what the program wrote that may help, as further sentences.
func (p *program) said() string {
	if p == nil {
		return ""
	}
	p.mu.Lock()
	noise := p.noise
	p.mu.Unlock()
	said := ""
	if noise != "" {
		said = " It wrote instead of a message: " + full(noise)
	}
	if complaint := clean(p.complaints.String(), maxComplaint); complaint != "" {
		said += " Its last words: " + full(complaint)
	}
	return said
}

// errLong is a line that is too long.
var errLong = errors.New("line too long")

// readLine reads up to the end of a line.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		if len(line)+len(part) > maxLine {
			return nil, errLong
		}
		line = append(line, part...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}

// ring keeps the end of what is written to it. It is safe for concurrent use.
type ring struct {
	mu   sync.Mutex
	last []byte
}

// Write never fails.
func (r *ring) Write(data []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last = append(r.last, tail(data, maxComplaint)...)
	r.last = bytes.Clone(tail(r.last, maxComplaint))
	return len(data), nil
}

func (r *ring) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return string(r.last)
}
