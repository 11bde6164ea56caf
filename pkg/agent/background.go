package agent

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/engine"
	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/tool"
	"claude-agent-chat/pkg/transcript"
)

// keptAgents is how many subagents that ran in the background are remembered.
const keptAgents = 50

// asides are the subagents of a session that run, or ran, in the background. They are safe for concurrent use.
type asides struct {
	mu  sync.Mutex
	all []*aside
}

// aside is one of them.
type aside struct {
	id, title string
	ended     chan struct{}
	cancel    context.CancelCauseFunc

	mu        sync.Mutex
	stoppedBy string
	status    string // once ended
	output    string // the report, or what there is of it
	told      bool   // the model has looked at its end
}

func (a *asides) add(one *aside) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.all = append(a.all, one)
	if len(a.all) > keptAgents && a.all[0].isOver() {
		a.all = a.all[1:]
	}
}

func (a *asides) find(id string) *aside {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, one := range slices.Backward(a.all) {
		if one.id == id {
			return one
		}
	}
	return nil
}

// running are those that have not ended.
func (a *asides) running() []*aside {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(a.all), (*aside).isOver)
}

func (a *aside) isOver() bool {
	select {
	case <-a.ended:
		return true
	default:
		return false
	}
}

// stop has it end.
func (a *aside) stop(by string) {
	a.mu.Lock()
	a.stoppedBy = by
	a.mu.Unlock()
	a.cancel(engine.ErrInterrupted)
}

// end notes how it came to its end.
func (a *aside) end(status, output string) {
	a.mu.Lock()
	a.status, a.output = status, output
	a.mu.Unlock()
	close(a.ended)
}

// task is the subagent as the tools see it.
func (a *aside) task() tool.Task {
	return tool.Task{ID: a.id, Kind: transcript.TaskAgent, Title: a.title, Ended: a.ended, Stop: a.stop, Look: func() tool.TaskState {
		if !a.isOver() {
			return tool.TaskState{Status: "running"}
		}
		a.mu.Lock()
		defer a.mu.Unlock()
		a.told = true
		return tool.TaskState{Status: a.status, Output: a.output}
	}}
}

// Task finds a subagent that runs, or ran, in the background. A subagent finds none: they are the session's.
func (h callHost) Task(id string) (tool.Task, bool) {
	if h.role != nil {
		return tool.Task{}, false
	}
	if one := h.asides.find(id); one != nil {
		return one.task(), true
	}
	return tool.Task{}, false
}

// Launch has a subagent begin a task in the background.
func (h callHost) Launch(ctx context.Context, task tool.AgentTask) (tool.Launched, error) {
	if h.role != nil {
		return tool.Launched{}, fault.New(fault.Invalid, "A subagent cannot have others work in the background. Several calls in one answer run side by side.")
	}
	r, err := h.roleOf(task.Type)
	if err != nil {
		return tool.Launched{}, err
	}
	s := &subagent{parent: h.detached(), call: h.call, began: time.Now(), quiet: true}
	if err := s.open(ctx, r, task); err != nil {
		return tool.Launched{}, err
	}
	one := &aside{id: s.id, title: s.meta.Description, ended: make(chan struct{})}
	launched := tool.Launched{ID: s.id, Model: s.model()}
	known := make(chan struct{})
	err = h.host.Background(one.engineTask(h.call.ID), func(ctx context.Context, host engine.Host) engine.Ended {
		s.parent.host = host
		return s.runAside(ctx, one, func() { close(known) })
	})
	if err != nil {
		s.close()
		return tool.Launched{}, err
	}
	<-known // from here on the model can stop it.
	return launched, nil
}

func (a *aside) engineTask(callID string) engine.Task {
	return engine.Task{ID: a.id, ToolUseID: callID, Title: a.title}
}

// detached is a turn for what outlives this one: what the commands and skills of this one allow does not count for it, what
// they take away does.
func (t *turn) detached() *turn {
	opened := t.opened()
	for i := range opened {
		opened[i].Allow = nil
	}
	return &turn{
		session: t.session, host: t.host, env: t.env, kit: t.kit, active: active{sources: opened},
		Turn: engine.Turn{PromptID: t.PromptID, MessageID: t.MessageID, Settings: t.Settings},
	}
}

// runAside runs the subagent to its end and says how that came. Once it can be found, known is called.
func (s *subagent) runAside(ctx context.Context, one *aside, known func()) engine.Ended {
	ctx, one.cancel = context.WithCancelCause(ctx)
	defer one.cancel(nil)
	s.asides.add(one)
	known()
	reason, err := s.begin(ctx)
	if err == nil {
		s.meta.Finished = true
		s.saveMeta()
	}
	ended := engine.Ended{Held: errors.Is(err, errHeld)}
	n := &ended.Notice
	n.Notification = transcript.Notification{
		TaskID: s.id, ToolUseID: s.call.ID, Result: s.said, Tokens: usedTokens(s.usage), Uses: len(s.seen.tools), Took: time.Since(s.began),
	}
	n.Status, n.Summary = s.outcome(ctx, reason, err, one)
	n.Notification = s.clean(n.Notification)
	one.mu.Lock()
	n.Quiet = ctx.Err() != nil && one.stoppedBy != tool.ByModel
	one.mu.Unlock()
	n.Wanted = func() bool {
		one.mu.Lock()
		defer one.mu.Unlock()
		return !one.told
	}
	s.close()
	ended.Spent = s.parent.spent
	one.end(n.Status, s.said)
	return ended
}

// outcome words how the subagent came to its end, and leaves in its transcript what people look for there.
func (s *subagent) outcome(ctx context.Context, reason string, err error, one *aside) (status, summary string) {
	one.mu.Lock()
	by := one.stoppedBy
	one.mu.Unlock()
	name := agentName(s.meta.Description)
	switch {
	case errors.Is(err, errHeld):
		return "", ""
	case err == nil && reason == acp.StopMaxTurnRequests:
		return transcript.TaskCompleted, name + " was stopped: it had made as many requests as it may"
	case err == nil:
		return transcript.TaskCompleted, name + " finished"
	case errors.Is(context.Cause(ctx), engine.ErrDraining):
		s.mark(ctx, transcript.Interrupted{})
		return transcript.TaskStopped, name + " was interrupted because the server ended"
	case ctx.Err() != nil && by == tool.ByModel:
		s.mark(ctx, transcript.Interrupted{})
		return transcript.TaskKilled, name + " was stopped"
	case ctx.Err() != nil:
		s.mark(ctx, transcript.Interrupted{})
		return transcript.TaskKilled, name + " was stopped by the person"
	}
	s.recordFailure(ctx, err)
	return transcript.TaskFailed, name + " failed: " + sentence(err)
}

func (s *subagent) mark(ctx context.Context, entries ...transcript.Entry) {
	if err := s.Record(context.WithoutCancel(ctx), entries...); err != nil {
		s.agent.opts.Log.Warn("end of subagent not recorded", "session_id", s.info.SessionID, "error", err)
	}
}

func agentName(title string) string { return fmt.Sprintf("Agent %q", title) }

func usedTokens(u acp.Usage) int64 {
	return u.InputTokens + u.OutputTokens + u.CacheReadTokens + u.CacheWriteTokens
}

// jobEnded tells the model of the end of a command in the background.
func (s *session) jobEnded(end tool.JobEnd) {
	host := s.outside.Load()
	if host == nil {
		return
	}
	n := engine.Notice{Notification: transcript.Notification{TaskID: end.ID, ToolUseID: end.CallID, Status: end.Status}, Quiet: end.ByPerson, Wanted: end.Wanted}
	name := fmt.Sprintf("Background command %q", end.Title)
	switch {
	case end.ByPerson:
		n.Status, n.Summary = transcript.TaskKilled, name+" was stopped by the person"
	case end.Status == "stopped":
		n.Status, n.Summary = transcript.TaskKilled, name+" was stopped"
	case end.Status == transcript.TaskCompleted:
		n.Summary = name + " completed (exit code 0)"
	case end.Detail != "":
		n.Summary = name + " failed: " + end.Detail
	default:
		n.Summary = fmt.Sprintf("%s failed with exit code %d", name, end.Exit)
	}
	n.Notification = s.clean(n.Notification)
	(*host).Notify(n)
}

// clean takes secrets out of what is told.
func (s *session) clean(n transcript.Notification) transcript.Notification {
	n.Summary = string(s.agent.opts.Secrets.From([]byte(n.Summary)))
	n.Result = string(s.agent.opts.Secrets.From([]byte(n.Result)))
	return n
}

// tasksCommand lists what runs in the background, or stops one of it.
func (t *turn) tasksCommand(_ context.Context, args string) (string, error) {
	all := t.env.State.Running()
	for _, one := range t.asides.running() {
		all = append(all, one.task())
	}
	if id, ok := strings.CutPrefix(args, "stop "); ok {
		id = strings.TrimSpace(id)
		i := slices.IndexFunc(all, func(task tool.Task) bool { return task.ID == id })
		if i < 0 {
			return fmt.Sprintf("Nothing with the id %s runs in the background.", id), nil
		}
		all[i].Stop(tool.ByPerson)
		return fmt.Sprintf("Stopped %s in the background: %s", id, all[i].Title), nil
	}
	if len(all) == 0 {
		return "Nothing runs in the background.", nil
	}
	var b strings.Builder
	for _, task := range all {
		fmt.Fprintf(&b, "- `%s` %s: %s\n", task.ID, kinds[task.Kind], task.Title)
	}
	return b.String() + "\n`/tasks stop` with an id stops one.", nil
}

var kinds = map[string]string{transcript.TaskAgent: "subagent", transcript.TaskCommand: "command"}

// Background refuses: what a subagent began would have nobody to report to.
func (s *subagent) Background(engine.Task, func(context.Context, engine.Host) engine.Ended) error {
	return fault.New(fault.Invalid, "A subagent cannot have others work in the background.")
}

// Notify tells nothing: a subagent learns of its commands by itself.
func (s *subagent) Notify(engine.Notice) {}
