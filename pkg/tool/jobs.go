package tool

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"sync"
	"time"

	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/sandbox"
	"claude-agent-chat/pkg/transcript"
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
	closed  bool
	running sync.WaitGroup
	tell    func(JobEnd) // nil in a subagent, which asks by Ended
}

// JobEnd is the end of a command that ran in the background.
type JobEnd struct {
	ID, CallID, Title string
	Status, Detail    string // as TaskOutput gives them
	Exit              int
	ByPerson          bool        // the person stopped it
	Wanted            func() bool // whether the model does not know of it yet
}

// job is one of them.
type job struct {
	id      string
	call    string
	name    string // what it does, or the command
	command string
	out     output
	stop    context.CancelFunc
	ended   chan struct{}
	exit    sandbox.Exit // once ended
	err     error        // once ended
	stopped string       // by whom; guarded by jobs.mu
	told    bool         // the model knows of its end; guarded by jobs.mu
}

// The ones who stop tasks.
const (
	ByModel  = "the model"
	ByPerson = "the person"
)

// start begins a job; run runs the command and returns at its end.
func (j *jobs) start(job *job, run func(ctx context.Context, out *output) (sandbox.Exit, error)) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return fault.New(fault.Unavailable, "The session has ended.")
	}
	if n := j.active(); n >= maxJobs {
		return fault.New(fault.TooMany, "%d commands run in the background already. Stop one with TaskStop.", n)
	}
	ctx, cancel := context.WithTimeout(context.Background(), maxJobTime)
	job.id, job.stop, job.ended = "b"+strings.ToLower(rand.Text()[:8]), cancel, make(chan struct{})
	j.all = append(j.all, job)
	if len(j.all) > keptJobs && j.all[0].isOver() {
		j.all = j.all[1:]
	}
	j.running.Go(func() {
		defer cancel()
		job.exit, job.err = run(ctx, &job.out)
		close(job.ended)
		j.tellEnd(job)
	})
	return nil
}

// tellEnd has the model told of the end of a job, unless it ends with the session.
func (j *jobs) tellEnd(job *job) {
	j.mu.Lock()
	tell, stopped := j.tell, job.stopped
	closed := j.closed
	j.mu.Unlock()
	if tell == nil || closed {
		return
	}
	status, detail := j.standing(job)
	go tell(JobEnd{ // it is not waited for, because it may wait for whoever waits for the jobs.
		Exit: job.exit.Code, ID: job.id, CallID: job.call, Title: job.name, Status: status, Detail: detail, ByPerson: stopped == ByPerson, Wanted: func() bool {
			j.mu.Lock()
			defer j.mu.Unlock()
			return !job.told
		},
	})
}

// halt has a job stop.
func (j *jobs) halt(job *job, by string) {
	j.mu.Lock()
	job.stopped = by
	job.told = job.told || by == ByModel
	j.mu.Unlock()
	job.stop()
}

// task is a job as a task.
func (j *jobs) task(job *job) Task {
	return Task{
		ID: job.id, Kind: transcript.TaskCommand, Title: job.name, Ended: job.ended, Stop: func(by string) { j.halt(job, by) },
		Look: func() TaskState {
			s := TaskState{Output: job.out.String()}
			s.Status, s.Detail = j.standing(job)
			if s.Status == "running" {
				return s
			}
			s.Output, s.Exit = job.out.String(), &job.exit.Code
			j.mu.Lock()
			job.told = true
			j.mu.Unlock()
			return s
		},
	}
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

func (j *jobs) find(id string) (Task, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, job := range j.all {
		if job.id == id {
			return j.task(job), true
		}
	}
	return Task{}, false
}

// task finds what runs, or ran, in the background: a command or a subagent.
func (e *Env) task(id string) (Task, error) {
	if task, ok := e.State.jobs.find(id); ok {
		return task, nil
	}
	if e.Host != nil {
		if task, ok := e.Host.Task(id); ok {
			return task, nil
		}
	}
	return Task{}, fault.New(fault.NotFound, "No command or subagent with the id %q runs, or ran, in the background.", id)
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

// standing words how a job stands.
func (j *jobs) standing(job *job) (status, detail string) {
	if !job.isOver() {
		return "running", ""
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	switch {
	case job.stopped != "":
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

// OnJobEnd has tell told of the end of each background command, in place of Ended. Call it before the first one.
func (s *State) OnJobEnd(tell func(JobEnd)) {
	s.jobs.mu.Lock()
	defer s.jobs.mu.Unlock()
	s.jobs.tell = tell
}

// Job finds a command that runs, or ran, in the background.
func (s *State) Job(id string) (Task, bool) { return s.jobs.find(id) }

// Running are the commands that run in the background.
func (s *State) Running() []Task {
	s.jobs.mu.Lock()
	defer s.jobs.mu.Unlock()
	var all []Task
	for _, job := range s.jobs.all {
		if !job.isOver() {
			all = append(all, s.jobs.task(job))
		}
	}
	return all
}

// Ended tells, once, which background commands have come to their end since the model heard of them; empty if none.
func (s *State) Ended() string {
	s.jobs.mu.Lock()
	defer s.jobs.mu.Unlock()
	if s.jobs.tell != nil {
		return ""
	}
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
