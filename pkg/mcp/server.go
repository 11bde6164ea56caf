package mcp

import (
	"context"
	"errors"
	"sync"
	"time"

	"claude-agent-chat/pkg/fault"
)

// server is one server over all of its runs: a run is from a start to an end, by failing, dying or Close.
type server struct {
	set  *Set
	name string
	conf Server

	mu        sync.Mutex
	state     State
	detail    string
	offer     offer // of the last run that connected
	run       *run
	restarted time.Time
	failures  int       // runs that did not connect, until one did
	failed    time.Time // when the last of them ended
	met       bool      // a run has connected
}

// run is one run of a server. Its link is set before settled is closed, and is nil if it did not connect.
type run struct {
	settled, ended chan struct{}
	link           *link
}

// newServer makes a server and starts it, unless there is nothing to run it with.
func newServer(set *Set, name string, conf Server) *server {
	s := &server{set: set, name: name, conf: conf, state: Disabled}
	switch {
	case conf.Type == TypeStdio && set.opts.Run == nil:
		s.detail = "Programs cannot be run on this server."
	case conf.Type != TypeStdio && set.opts.HTTP == nil:
		s.detail = "The operator of this server must allow hosts before MCP servers on the network can be used."
	default:
		s.mu.Lock()
		defer s.mu.Unlock()
		s.start()
	}
	return s
}

// start begins a run. It is called with mu held.
func (s *server) start() {
	r := &run{settled: make(chan struct{}), ended: make(chan struct{})}
	if !s.set.serve(func() { s.live(r) }) {
		s.state, s.detail = Failed, "It was closed."
		close(r.settled)
		close(r.ended)
	} else if s.failures == 0 { // else it goes on to say why the last try failed.
		s.state, s.detail = Connecting, ""
	}
	s.run = r
}

// live is a run from its start to its end.
func (s *server) live(r *run) {
	defer close(r.ended)
	l, found, err := s.connect()
	if err != nil {
		s.fail(err)
		close(r.settled)
		l.shut()
		return
	}
	r.link = l
	s.connected(found)
	close(r.settled)
	s.attend(l)
	l.shut()
	s.fail(l.why(nil))
}

func (s *server) connected(found offer) {
	s.mu.Lock()
	s.state, s.detail, s.offer, s.met, s.failures = Connected, sentences(found.notes), found, true, 0
	s.mu.Unlock()
	s.set.opts.Changed()
}

func (s *server) fail(err error) {
	s.mu.Lock()
	s.state, s.detail = Failed, fault.Message(err)
	if !s.met {
		s.failures++
		s.failed = time.Now()
	}
	if fault.Is(err, fault.Forbidden) {
		s.state = Disabled
	}
	s.mu.Unlock()
	s.set.opts.Changed()
}

// versions are the versions of the protocol with which a server is greeted, one after the other. The older one comes first
// because servers that do not know the newer one may not answer it at all; empty is the newest.
var versions = []string{"2025-11-25", ""}

// connect connects and asks what there is. The link is for the caller to shut, also when there is an error.
func (s *server) connect() (l *link, found offer, err error) {
	until := time.Now().Add(s.set.opts.StartTimeout)
	for _, version := range versions {
		if l != nil {
			l.shut()
		}
		l = newLink(s)
		if found, err = s.dial(l, version, until); err == nil || !unknownGreeting(err) {
			break
		}
	}
	return l, found, err
}

func (s *server) dial(l *link, version string, until time.Time) (offer, error) {
	slow := time.AfterFunc(time.Until(until), func() { l.end(errSlow) })
	defer slow.Stop()
	stop := context.AfterFunc(s.set.closing, func() { l.end(errClosed) })
	defer stop()
	found, err := guard(func() (offer, error) {
		if err := l.open(version); err != nil {
			return offer{}, err
		}
		return l.list(l.ctx)
	})
	if err != nil {
		err = l.why(err)
		l.end(errFailed)
	}
	return found, err
}

// attend looks after a server until its connection is over, and asks again what there is when the server says that this has
// changed, at most once a second.
func (s *server) attend(l *link) {
	var changed <-chan struct{} = l.changed
	var rest <-chan time.Time
	for {
		select {
		case <-l.down:
			return
		case <-l.ctx.Done():
			return
		case <-s.set.closing.Done():
			return
		case <-rest:
			changed, rest = l.changed, nil
		case <-changed:
			s.refresh(l)
			changed, rest = nil, time.After(time.Second)
		}
	}
}

func (s *server) refresh(l *link) {
	ctx, cancel := context.WithTimeout(s.set.closing, s.set.opts.StartTimeout)
	defer cancel()
	stop := context.AfterFunc(l.ctx, cancel)
	defer stop()
	found, err := guard(func() (offer, error) { return l.list(ctx) })
	if err != nil {
		s.mu.Lock()
		s.detail = "What it offers has changed, but it did not say how. " + fault.Message(l.why(err))
		s.mu.Unlock()
		s.set.opts.Changed()
		return
	}
	s.connected(found)
}

// wait waits until the run that is under way has connected or failed.
func (s *server) wait(ctx context.Context) {
	if r := s.current(); r != nil {
		select {
		case <-r.settled:
		case <-ctx.Done():
		}
	}
}

func (s *server) current() *run {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.run
}

func (s *server) offers() offer {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.offer
}

func (s *server) status() ServerStatus {
	s.mu.Lock()
	defer s.mu.Unlock()
	return ServerStatus{Name: s.name, State: s.state, Detail: s.detail, Tools: len(s.offer.tools)}
}

// reach gives a connection that is up, and starts the server again if it has ended.
func (s *server) reach(ctx context.Context) (*link, error) {
	for {
		r, err := s.running()
		if err != nil {
			return nil, err
		}
		select {
		case <-r.settled:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
		if r.link != nil && !r.link.isDead() {
			return r.link, nil
		}
		select {
		case <-r.ended:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// running gives the run that is under way, or a new one.
func (s *server) running() (*run, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.run == nil || s.state == Disabled {
		return nil, fault.New(fault.Unavailable, "The MCP server %s is disabled. %s", s.name, s.detail)
	}
	select {
	case <-s.run.ended:
	default:
		return s.run, nil
	}
	if since := time.Since(s.restarted); since < s.set.opts.RestartPause {
		return nil, fault.New(fault.Unavailable, "The MCP server %s is not running. %s It can be started again in %s.",
			s.name, s.detail, (s.set.opts.RestartPause - since).Round(time.Second))
	}
	s.restarted = time.Now()
	s.start()
	return s.run, nil
}

// retry begins a run of a server that never connected, if its last one is over and long enough ago.
func (s *server) retry() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.run == nil || s.state != Failed || s.met || time.Since(s.failed) < s.pause() {
		return false
	}
	select {
	case <-s.run.ended:
		s.start()
		return true
	default:
		return false
	}
}

// pause is how long a server that never connected is left alone.
func (s *server) pause() time.Duration {
	if s.failures < 2 {
		return 0
	}
	return min(s.set.opts.RestartPause<<min(s.failures-2, 16), maxRetryPause)
}

// Why a connection was ended by us.
var (
	errSlow   = errors.New("start timeout")
	errClosed = errors.New("closed")
	errFailed = errors.New("failed")
)
