package tool

import (
	"context"
	"time"

	"claude-agent-chat/pkg/fault"
)

// Host is what a call may ask of the turn that it runs in. It is safe for concurrent use.
type Host interface {
	// Agent has a subagent do a task and waits for its report.
	Agent(ctx context.Context, task AgentTask) (AgentReport, error)
	// Launch has a subagent begin a task in the background.
	Launch(ctx context.Context, task AgentTask) (Launched, error)
	// Task finds a subagent that runs, or ran, in the background.
	Task(id string) (Task, bool)
	// Choose has the person choose and waits, however long that takes.
	Choose(ctx context.Context, question Choice) (Chosen, error)
	// Plan has the person approve a plan.
	Plan(ctx context.Context, plan string) (Chosen, error)
	// Skill gives what a skill says, with its arguments filled in.
	Skill(ctx context.Context, name, args string) (string, error)
	// Fetch has the API fetch a page and the model answer a question about it.
	Fetch(ctx context.Context, url, question string) (string, error)
	// Search has the API search the web.
	Search(ctx context.Context, query string, allowed, blocked []string) (Findings, error)
}

// AgentTask is work for a subagent.
type AgentTask struct {
	Type        string // of agent; empty is the general one
	Description string
	Prompt      string
	Model       string // a model's id or the name of a family; empty is the agent's own, or the session's
}

// AgentReport is what came of it.
type AgentReport struct {
	ID, Type, Text string
	Model          string
	Cut            bool // the agent was stopped by the bound of its requests
	Tools          []string
	Tokens         int64
	Took           time.Duration
}

// Launched is a subagent that has begun in the background.
type Launched struct{ ID, Model string }

// Task is something that runs, or ran, in the background. Its functions are safe for concurrent use.
type Task struct {
	ID, Kind, Title string
	Ended           <-chan struct{}
	Stop            func(by string)
	// Look says how it stands, and gives what there is of it: then its end need not be told any more.
	Look func() TaskState
}

// TaskState is how a task stands.
type TaskState struct {
	Status string // "running", or how it ended
	Detail string
	Output string
	Exit   *int // of a command that has ended
}

// isOver reports whether the task has ended.
func (t Task) isOver() bool {
	select {
	case <-t.Ended:
		return true
	default:
		return false
	}
}

// Choice is a question with answers to choose from.
type Choice struct {
	Header, Question string
	Options          []Option
	Several          bool // more than one may be chosen
}

// Option is one answer to choose.
type Option struct{ Label, Description string }

// Chosen is what the person chose: labels, or words of their own. Neither is a refusal to answer.
type Chosen struct {
	Labels []string
	Words  string
	No     bool
}

// Findings are what a search of the web found.
type Findings struct {
	Text string
	Hits []Hit
}

// Hit is one page that a search found.
type Hit struct {
	Title string `json:"title"`
	URL   string `json:"url"`
}

// host gives the turn that a call runs in; a worker has none.
func (e *Env) host() (Host, error) {
	if e.Host == nil {
		return nil, fault.New(fault.Unavailable, "This tool works only in a turn.")
	}
	return e.Host, nil
}
