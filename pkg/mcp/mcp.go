// Package mcp is the client of MCP servers: the tools, resources and prompts that a session's own servers offer.
//
// A server is the user's, or whoever's wrote the file that names it, and is trusted with nothing. One that is a program runs
// inside the boundary, by a function of the caller's; one on the network is reached by a client of the caller's, which decides
// what hosts there are. What a server sends is bounded in every direction, what it says of itself does not make a call harmless,
// and its trouble stays its own: it is a sentence in its status, or the error of one call.
package mcp

import (
	"cmp"
	"context"
	"io"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"claude-agent-chat/pkg/tool"
)

// What Options leave open.
const (
	DefaultStartTimeout = 10 * time.Second
	DefaultCallTimeout  = 2 * time.Minute
	DefaultRestartPause = 10 * time.Second
)

// maxRetryPause is the longest time between two tries of a server that never connected.
const maxRetryPause = 10 * time.Minute

// How long Close takes: a server may end by itself for the first part, and is waited for no longer than both.
const (
	closeGrace = time.Second
	closeWait  = 3500 * time.Millisecond
)

// Options are the servers of a session and what they are run with.
type Options struct {
	// Servers are the servers, by normalised name, as ParseFile and FromACP give them.
	Servers map[string]Server
	// Cwd is the session's working directory: where programs start, and the only root that servers are told of.
	Cwd string
	// Run runs a program inside the boundary until it has ended, or ends it when ctx ends. The first of args is an absolute
	// path. The environment is env and whatever the caller adds; the end of stdin is for the program to read from, an *os.File
	// where that matters. Its error is a sentence for people: how the program ended. Without Run there are no such servers.
	Run func(ctx context.Context, args []string, dir string, env []string, stdin io.Reader, stdout, stderr io.Writer) error
	// HTTP gives the client with which a server on the network is reached, or an error with the sentence why it is not.
	// Only its transport and its cookies are used. Without HTTP there are no such servers.
	HTTP func(serverURL string) (*http.Client, error)
	// StartTimeout is how long a server may take to connect and to list what it offers, CallTimeout how long a call may take,
	// and RestartPause the least time between two restarts of a server that has ended. Zero is the default. The pause before a
	// server that never connected is tried again begins at none and then doubles from RestartPause on.
	StartTimeout, CallTimeout, RestartPause time.Duration
	// Changed, if not nil, is called when Status, Tools or Prompts may have changed. It must not block.
	Changed func()
}

func (o Options) withDefaults() Options {
	o.StartTimeout = cmp.Or(o.StartTimeout, DefaultStartTimeout)
	o.CallTimeout = cmp.Or(o.CallTimeout, DefaultCallTimeout)
	o.RestartPause = cmp.Or(o.RestartPause, DefaultRestartPause)
	if o.Changed == nil {
		o.Changed = func() {}
	}
	return o
}

// State is what a server is doing.
type State string

// The states of servers.
const (
	Connecting State = "connecting"
	Connected  State = "connected"
	Failed     State = "failed"   // it did not start, or has ended
	Disabled   State = "disabled" // it is not for this deployment
)

// ServerStatus is how a server is. Detail is a sentence that says why it is not connected, or what it offers in vain; it may be
// empty. Tools is how many tools it has.
type ServerStatus struct {
	Name   string
	State  State
	Detail string
	Tools  int
}

// Set is the servers of one session. It is safe for concurrent use.
type Set struct {
	opts    Options
	servers []*server // by name

	// closing ends when Close is called, and with it every call.
	closing context.Context
	end     context.CancelFunc
	running sync.WaitGroup // what serves the servers

	mu     sync.Mutex // guards closed, so that nothing is started after Close
	closed bool
}

// Open starts all servers, beside each other, and waits until each has connected or failed, which none takes longer for than
// StartTimeout. When ctx ends it does not wait any longer; the servers live until Close all the same.
func Open(ctx context.Context, opts Options) *Set {
	s := Start(ctx, opts)
	ctx, cancel := context.WithTimeout(ctx, s.opts.StartTimeout+time.Second)
	defer cancel()
	s.Wait(ctx)
	return s
}

// Start is Open without the waiting.
func Start(ctx context.Context, opts Options) *Set {
	s := &Set{opts: opts.withDefaults()}
	s.closing, s.end = context.WithCancel(context.WithoutCancel(ctx))
	for _, name := range slices.Sorted(maps.Keys(opts.Servers)) {
		s.servers = append(s.servers, newServer(s, name, opts.Servers[name]))
	}
	return s
}

// Wait waits until no server is connecting, or for ctx.
func (s *Set) Wait(ctx context.Context) {
	for _, server := range s.servers {
		server.wait(ctx)
	}
}

// Retry tries those servers again that have failed and never connected, if it is time for that. It does not wait for them, and
// says whether there are any. The others are started again by calls.
func (s *Set) Retry() (trying bool) {
	for _, server := range s.servers {
		trying = server.retry() || trying
	}
	return trying
}

// Status says how each server is, by name.
func (s *Set) Status() []ServerStatus {
	_, dropped := s.merge()
	all := make([]ServerStatus, 0, len(s.servers))
	for i, server := range s.servers {
		status := server.status()
		status.Tools -= len(dropped[i])
		status.Detail = sentences(append([]string{status.Detail}, dropped[i]...))
		all = append(all, status)
	}
	return all
}

// Tools are the tools of all servers, by server and name. Those of a server that has ended stay, since a call starts it again.
func (s *Set) Tools() []tool.Tool {
	tools, _ := s.merge()
	for _, server := range s.servers {
		if server.offers().resources {
			return append(tools, listResources{s}, readResource{s})
		}
	}
	return tools
}

// merge puts the tools of all servers together, and says of each server which of its tools have a name that is taken.
func (s *Set) merge() (tools []tool.Tool, dropped [][]string) {
	taken := map[string]bool{}
	dropped = make([][]string, len(s.servers))
	for i, server := range s.servers {
		for _, each := range server.offers().tools {
			if taken[each.spec.Name] {
				dropped[i] = append(dropped[i], leftOut("tool", each.name, "another server has one with the same full name"))
				continue
			}
			taken[each.spec.Name] = true
			tools = append(tools, each)
		}
	}
	return tools, dropped
}

// Close ends all servers and every call, within 5 seconds. It may be called more than once.
func (s *Set) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.end()
	done := make(chan struct{})
	go func() { s.running.Wait(); close(done) }()
	timer := time.NewTimer(closeGrace + closeWait)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
	}
}

// serve runs what serves a server, unless the set is closed.
func (s *Set) serve(run func()) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.running.Go(run)
	}
	return !s.closed
}
