package tool

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/sandbox"
)

const (
	// maxJobs is how many commands of a session may run in the background at once.
	maxJobs = 10
	// maxJobTime is how long one may run.
	maxJobTime = 4 * time.Hour
	// keptJobs is how many that have ended are remembered.
	keptJobs = 50
)

// jobs are the commands that run in the background of a session. They end with it, with the process, or by TaskStop. It is
// safe for concurrent use.
type jobs struct {
	mu      sync.Mutex
	all     []*job
	started int
	closed  bool
	running sync.WaitGroup
}

// job is one of them.
type job struct {
	id      string
	command string
	out     output
	stop    context.CancelFunc
	ended   chan struct{}
	exit    sandbox.Exit // once ended
	err     error        // once ended
	stopped bool         // by TaskStop; guarded by jobs.mu
	told    bool         // the model knows of its end; guarded by jobs.mu
}

// start begins a job; run runs the command and returns at its end.
func (j *jobs) start(command string, run func(ctx context.Context, out *output) (sandbox.Exit, error)) (*job, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return nil, fault.New(fault.Unavailable, "The session has ended.")
	}
	if n := j.active(); n >= maxJobs {
		return nil, fault.New(fault.TooMany, "%d commands run in the background already. Stop one with TaskStop.", n)
	}
	j.started++
	ctx, cancel := context.WithTimeout(context.Background(), maxJobTime)
	job := &job{id: "b" + strconv.Itoa(j.started), command: command, stop: cancel, ended: make(chan struct{})}
	j.all = append(j.all, job)
	if len(j.all) > keptJobs && j.all[0].isOver() {
		j.all = j.all[1:]
	}
	j.running.Go(func() {
		defer cancel()
		job.exit, job.err = run(ctx, &job.out)
		close(job.ended)
	})
	return job, nil
}

// active counts the jobs that run. j.mu is held.
func (j *jobs) active() (n int) {
	for _, job := range j.all {
		if !job.isOver() {
			n++
		}
	}
	return n
}

func (j *job) isOver() bool {
	select {
	case <-j.ended:
		return true
	default:
		return false
	}
}

func (j *jobs) find(id string) (*job, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, job := range j.all {
		if job.id == id {
			return job, nil
		}
	}
	return nil, fault.New(fault.NotFound, "No command with the id %q runs, or ran, in the background.", id)
}

// close stops all jobs and waits until nothing of them is left.
func (j *jobs) close() {
	j.mu.Lock()
	j.closed = true
	for _, job := range j.all {
		job.stop()
	}
	j.mu.Unlock()
	j.running.Wait()
}

// state words how a job stands.
func (j *jobs) state(job *job) (status, detail string) {
	if !job.isOver() {
		return "running", ""
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	job.told = true
	switch {
	case job.stopped:
		return "stopped", ""
	case job.exit.Boundary != "":
		return "failed", job.exit.Boundary
	case job.err != nil:
		return "failed", fault.Message(job.err)
	case job.exit.Code != 0:
		return "failed", ""
	}
	return "completed", ""
}

// Ended tells, once, which background commands have come to their end since the model heard of them; empty if none.
func (s *State) Ended() string {
	s.jobs.mu.Lock()
	defer s.jobs.mu.Unlock()
	var lines []string
	for _, job := range s.jobs.all {
		if job.isOver() && !job.told {
			job.told = true
			lines = append(lines, fmt.Sprintf("The background command %s (%s) has ended with status %d; TaskOutput gives its output.",
				job.id, title("", job.command, "?"), job.exit.Code))
		}
	}
	return strings.Join(lines, "\n")
}

// Busy reports whether a command runs in the background.
func (s *State) Busy() bool {
	s.jobs.mu.Lock()
	defer s.jobs.mu.Unlock()
	return s.jobs.active() > 0
}

// Close ends what runs in the background. Nothing of it is left when it returns.
func (s *State) Close() { s.jobs.close() }
