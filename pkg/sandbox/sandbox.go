// Package sandbox runs commands inside the boundary of one user.
//
// All users of a server share one uid, so the boundary is what keeps a command from another user's files and from the
// server itself. A command sees the system's programs read-only and the directories that its Spec names, no process but
// its own, and nothing of the server's environment. Everything that it started is gone when Run returns, and also when
// the server is killed. There are two tiers of it:
//
// Namespaces, made by bubblewrap, give a command a root, processes, sockets and a network of its own. They need options
// that a default container does not have.
//
// Landlock needs no privilege and works in a default container. A seccomp filter refuses what it does not see, sockets
// among it. It cannot hide whether a path exists that a command can guess, with its size, times and mode.
//
// The boundary is put up by this very program, executed again as a helper. The helper supervises the command from outside the boundary, as its parent and as the reaper of its orphans.
package sandbox

import (
	"context"
	"io"
	"net"
	"sync"
	"time"
)

// The tiers of the boundary.
const (
	TierNone       = "none" // commands are refused
	TierLandlock   = "landlock"
	TierNamespaces = "namespaces"
	TierUnsafe     = "unsafe" // commands run without a boundary
)

// Self as the first of a Spec's Args is the program that calls Run, executed inside the boundary.
const Self = "self"

// ProxyPort is where a command finds the proxy that is its network.
const ProxyPort = 3128

// The limits of a run, unless its Spec says otherwise. The command is stopped when it passes one.
const (
	DefaultMaxOutput = 64 << 20 // bytes that it writes
	DefaultMaxTasks  = 1024     // processes and threads at once
	DefaultMaxMemory = 4 << 30  // bytes, of all its processes together, files not counted
)

// Options are the choices of a deployment.
type Options struct {
	// Tier is the tier that is asked for: TierLandlock if it is empty. There is never a lower one instead.
	Tier string
	// Bwrap is the bubblewrap to use; empty is the system's.
	Bwrap string
	// ReadOnly are further paths that every command may read and execute, beside the system's own.
	ReadOnly []string
	// DiskQuota is how much the writable directories of a Spec may hold together, in bytes; zero is without limit. What they
	// hold is counted when it may be more; a command that adds to it then is stopped.
	DiskQuota int64
	// Alone reports whether the server has only one account; TierUnsafe runs nothing unless it has.
	Alone func(ctx context.Context) (bool, error)
}

// Status is what the boundary can do here. When OK is false, Run refuses; Detail says why, or what is weaker than it
// could be, as a sentence for people.
type Status struct {
	Tier   string
	OK     bool
	Detail string
	// TestedAt is when that was found, and Took how long it took.
	TestedAt time.Time
	Took     time.Duration
}

// Spec is one command.
type Spec struct {
	// Args is the command; Args[0] is an absolute path, or Self.
	Args []string
	// Dir is where it starts.
	Dir string
	// Env is its whole environment.
	Env []string
	// ReadWrite and ReadOnly are what it may use beside the system's programs, each at its own path. They must exist, and
	// the user must not be able to replace them.
	ReadWrite []string
	ReadOnly  []string
	// Temp is a directory for its temporary files, which it finds where TempDir says; none if it is empty.
	Temp string
	// Stdin may be nil. Stdout and Stderr take what the command writes, in one order if they are the same writer.
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// Timeout is how long it may run; zero is without limit.
	Timeout time.Duration
	// Network, if not nil, is its way to the network: what it sends to ProxyPort of its own loopback address comes in on the
	// listener that Network is called with, once, and that is closed when the command has ended. Only TierNamespaces has that;
	// without it a command reaches nothing but itself.
	Network func(net.Listener)
	// MaxOutput is how much it may write, Stdout and Stderr together, MaxTasks how many processes and threads it may have, and
	// MaxMemory how much they may use; the defaults if zero.
	MaxOutput int64
	MaxTasks  int
	MaxMemory int64
}

// Exit is how a command ended.
type Exit struct {
	// Code is its exit status; 128 and the number of the signal if a signal ended it.
	Code int
	// Signal is the name of that signal, or empty. In namespaces it is not known.
	Signal string
	// TimedOut says that Spec.Timeout was over and the command was stopped.
	TimedOut bool
	// Boundary is a sentence that says which limit stopped the command, or empty.
	Boundary string
}

// Sandbox runs commands. It is safe for concurrent use.
type Sandbox struct {
	opts    Options
	abi     int           // of Landlock
	suspect chan struct{} // holds something when a run has failed and nobody knows why

	disk    ledger
	spare   spare
	testing sync.Mutex // held while the boundary is tried
	began   time.Time  // when that began

	mu     sync.Mutex
	status Status
	crowd  crowd
}

// New looks at what the kernel and the container allow and tries it on a command that must not get out. An error means
// a mistake in the program; a boundary that does not hold is no error but a Status that is not OK.
func New(opts Options) (*Sandbox, error) {
	if opts.Tier == "" {
		opts.Tier = TierLandlock
	}
	s := &Sandbox{opts: opts, suspect: make(chan struct{}, 1)}
	return s, s.Test(context.Background())
}

// Test tries the boundary and keeps what it found as the status.
func (s *Sandbox) Test(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	s.testing.Lock()
	defer s.testing.Unlock()
	s.began = time.Now()
	if c, ok := findCrowd(); ok {
		s.setCrowd(c)
	} else { // what was found before holds until there is more quiet.
		time.AfterFunc(retryEvery, s.doubt)
	}
	return s.probe(ctx)
}

// How often the boundary is tried: while it holds, and while it does not.
const (
	testEvery  = 3 * time.Minute
	retryEvery = 10 * time.Second
)

// Watch tries the boundary again until ctx ends: now and then, at once after a run that failed for no clear reason, and
// more often while it does not hold, so that it is used again when what was broken is mended. At its end it closes the sandbox.
func (s *Sandbox) Watch(ctx context.Context) error {
	defer s.Close()
	for {
		wait := testEvery
		if !s.Status().OK {
			wait = retryEvery
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-s.suspect:
		case <-timer.C:
		}
		timer.Stop()
		if err := s.Test(ctx); err != nil {
			return err
		}
	}
}

// doubt has the boundary tried soon.
func (s *Sandbox) doubt() {
	select {
	case s.suspect <- struct{}{}:
	default:
	}
}

// Close ends the helper that waits for the next command. Commands run after it too, each a little later.
func (s *Sandbox) Close() { s.spare.close() }

// TempDir is where a command finds the directory that its Spec calls Temp.
func (s *Sandbox) TempDir(temp string) string {
	if s.opts.Tier == TierNamespaces {
		return insideTemp(temp)
	}
	return temp
}

// Status is what the last look at the boundary found.
func (s *Sandbox) Status() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.status
}

func (s *Sandbox) setCrowd(c crowd) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.crowd = c
}

// crowdNow is what the last look at the server's tasks found.
func (s *Sandbox) crowdNow() crowd {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.crowd
}

func (s *Sandbox) setStatus(status Status) {
	status.TestedAt, status.Took = time.Now(), time.Since(s.began)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status = status
}
