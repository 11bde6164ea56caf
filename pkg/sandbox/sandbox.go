// Package sandbox runs commands inside the boundary of one user.
//
// All users of a server share one uid, so the boundary is what keeps a command from another user's files and from the
// server itself. This package has one tier of it, Landlock, which needs no privilege and works in a default container.
// A command sees the system's programs read-only and the directories that its Spec names, no other process, no socket
// and nothing of the server's environment. Everything that it started is gone when Run returns, and also when the
// server is killed.
//
// What this tier cannot hide: whether a path exists that a command can guess, with its size, times and mode, because
// Landlock does not see stat. Nor does it bound memory, the number of processes or the space on the volume.
//
// The boundary is put up by this very program, executed again as a helper: Init, the first call of main, does that.
// The helper supervises the command from outside the boundary, as its parent and as the reaper of its orphans.
package sandbox

import (
	"context"
	"io"
	"sync"
	"time"
)

// The tiers of the boundary.
const (
	TierNone     = "none"
	TierLandlock = "landlock"
)

// DefaultMaxOutput is the number of bytes that a command may write before it is stopped, unless its Spec says otherwise.
const DefaultMaxOutput = 64 << 20

// Options are the choices of a deployment.
type Options struct {
	// ReadOnly are further paths that every command may read and execute, beside the system's own.
	ReadOnly []string
}

// Status is what the boundary can do here. When OK is false, Run refuses; Detail says why, or what is weaker than it
// could be, as a sentence for people.
type Status struct {
	Tier   string
	OK     bool
	Detail string
}

// Spec is one command.
type Spec struct {
	// Args is the command; Args[0] is an absolute path.
	Args []string
	// Dir is where it starts.
	Dir string
	// Env is its whole environment.
	Env []string
	// ReadWrite and ReadOnly are what it may use beside the system's programs. They must exist, and the user must not
	// be able to replace them.
	ReadWrite []string
	ReadOnly  []string
	// Stdin may be nil. Stdout and Stderr take what the command writes, in one order if they are the same writer.
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// Timeout is how long it may run; zero is without limit.
	Timeout time.Duration
	// MaxOutput is how much it may write, Stdout and Stderr together; DefaultMaxOutput if zero.
	MaxOutput int64
}

// Exit is how a command ended.
type Exit struct {
	// Code is its exit status; 128 and the number of the signal if a signal ended it.
	Code int
	// Signal is the name of that signal, or empty.
	Signal string
	// TimedOut says that Spec.Timeout was over and the command was stopped.
	TimedOut bool
	// Boundary is a sentence that says which limit stopped the command, or empty.
	Boundary string
}

// Sandbox runs commands. It is safe for concurrent use.
type Sandbox struct {
	opts Options
	abi  int

	mu     sync.Mutex
	status Status
}

// New looks at what the kernel and the container allow and tries it on a command that must not get out. An error means
// a mistake in the program; a boundary that does not hold is no error but a Status that is not OK.
func New(opts Options) (*Sandbox, error) {
	s := &Sandbox{opts: opts}
	ctx, cancel := context.WithTimeout(context.Background(), probeTimeout)
	defer cancel()
	return s, s.probe(ctx)
}

// Status is what the last look at the boundary found.
func (s *Sandbox) Status() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.status
}

func (s *Sandbox) setStatus(status Status) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status = status
}
