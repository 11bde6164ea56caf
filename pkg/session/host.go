package session

import (
	"context"
	"errors"
	"slices"

	"github.com/google/uuid"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/audit"
	"claude-agent-chat/pkg/engine"
	"claude-agent-chat/pkg/transcript"
)

// host is what the engine sees of a live session.
type host struct{ *Live }

var _ engine.Host = host{}

// Stream shows an update that is not recorded.
func (h host) Stream(u acp.Update) {
	h.post(func() { h.stream(u) })
}

// stream keeps an update for those who attach later and sends it to those who are there.
func (l *Live) stream(u acp.Update) {
	l.flight.add(u)
	l.journalText(u)
	var frame []byte
	if u.Block != nil && u.Meta == nil {
		frame = acp.ChunkFrame(l.id, u.Kind, u.MessageID, u.Block.Text)
	} else {
		frame = acp.UpdateFrame(l.id, u)
	}
	for _, s := range l.subs {
		if u.Kind != acp.UpdateNotice || s.to.Notices() {
			s.send(frame)
		}
	}
}

// Record makes entries durable and shows them with their cursors.
func (h host) Record(_ context.Context, entries ...transcript.Entry) error {
	request := recordRequest{entries, make(chan error, 1)}
	h.post(func() { h.unwritten = append(h.unwritten, request) })
	select {
	case err := <-request.done:
		return err
	case <-h.gone:
		return errNotFound()
	}
}

// recordRequest is a call of Record that waits for its entries to be safe.
type recordRequest struct {
	entries []transcript.Entry
	done    chan error
}

// maxTogether bounds how many calls of Record are written together.
const maxTogether = 64

// writeTogether writes what was to be recorded since the last time, in one write with one sync: the results of parallel
// calls that came while a sync was running share the next one.
func (l *Live) writeTogether() {
	requests := l.unwritten
	l.unwritten = nil
	var all []transcript.Entry
	for _, r := range requests {
		all = append(all, r.entries...)
	}
	err := l.append(all)
	if err == nil || len(requests) == 1 {
		for _, r := range requests {
			r.done <- err
		}
		return
	}
	for _, r := range requests {
		r.done <- l.append(r.entries)
	}
}

// append publishes what it appended. Of records that were written together only the last shows its cursor: parts of the
// others may have been streamed after the first, and a cursor says that all that was shown before it is durable.
func (l *Live) append(entries []transcript.Entry) error {
	if l.removed || l.writer == nil {
		return errNotFound()
	}
	records, err := l.writer.Append(context.Background(), entries...)
	if err != nil {
		return err
	}
	defer l.settleJournal()
	l.counted(records)
	for i, rec := range records {
		for _, u := range l.renderer.Updates(rec) {
			u = l.settled(u)
			if i < len(records)-1 {
				u = u.WithoutMeta(acp.MetaCursor)
			}
			l.publish(acp.UpdateFrame(l.id, u), nil)
		}
	}
	return nil
}

// settled takes what is recorded now out of what is in flight. Text that was streamed already is not sent twice: an
// empty chunk of the same message carries the cursor.
func (l *Live) settled(u acp.Update) acp.Update {
	switch u.Kind {
	case acp.UpdateAgentMessage, acp.UpdateAgentThought:
		if l.flight.remove(u.MessageID) {
			empty := acp.Text("")
			u.Block = &empty
		}
	case acp.UpdateToolCall, acp.UpdateToolCallUpdate:
		l.flight.remove(u.ToolCallID)
	}
	return u
}

// SetMode changes the permission mode on the engine's behalf.
func (h host) SetMode(mode string) {
	h.do(func() { h.change(func(s *engine.Settings) { s.Mode = mode }) })
}

// pendingAsk is a question that waits for a person.
type pendingAsk struct {
	id       string
	question engine.Question
	answer   chan engine.Answer
}

// call is the call that is asked about; empty if there is none.
func (a *pendingAsk) call() string {
	if n := len(a.question.Calls); n > 0 {
		return a.question.Calls[n-1]
	}
	return ""
}

func (a *pendingAsk) frame(sessionID string) []byte {
	return acp.Request(a.id, acp.MethodPermission, acp.PermissionRequest{
		SessionID: sessionID, ToolCall: a.question.ToolCall, Options: a.question.Options,
	})
}

// Ask puts a question to everyone who is attached and to everyone who attaches while it waits. The first answer counts.
func (h host) Ask(ctx context.Context, question engine.Question) (engine.Answer, error) {
	ask := &pendingAsk{id: "permission-" + uuid.NewString(), question: question, answer: make(chan engine.Answer, 1)}
	h.do(func() {
		h.asks = append(h.asks, ask)
		h.keepJournal()
		h.publish(ask.frame(h.id), nil)
		h.publishState(nil)
	})
	select {
	case answer := <-ask.answer:
		return answer, nil
	case <-ctx.Done():
		h.do(func() {
			if errors.Is(context.Cause(ctx), engine.ErrDraining) {
				h.hold(question)
			}
			h.settle(ask.id, nil)
			h.keepJournal()
		})
		return engine.Answer{}, ctx.Err()
	}
}

// hold keeps the calls of an open question for the next process.
func (l *Live) hold(question engine.Question) {
	if question.Task == "" {
		l.held = l.heldNow()
		return
	}
	l.heldTasks[question.Task] = append(l.heldTasks[question.Task], question.Calls...)
}

// unhold forgets a call that was answered. Work beside turns none of whose calls waits any more is not to be taken up again.
func (l *Live) unhold(answered *pendingAsk) {
	same := func(id string) bool { return id == answered.call() }
	task := answered.question.Task
	switch {
	case task == "":
		l.held = slices.DeleteFunc(l.held, same)
	case slices.ContainsFunc(l.asks, func(a *pendingAsk) bool { return a.question.Task == task }):
		l.heldTasks[task] = slices.DeleteFunc(l.heldTasks[task], same)
	default:
		delete(l.heldTasks, task)
	}
}

// Answer takes a subscriber's answer to a question of this session. Too late, or to a question of another session, it
// has no effect.
func (l *Live) Answer(from Subscriber, askID string, answer engine.Answer) {
	l.do(func() {
		if ask := l.settle(askID, from); ask != nil {
			l.manager.opts.Audit.Add(audit.Entry{
				Actor: l.owner, Action: audit.PermissionDecided, Target: l.id, Detail: map[string]string{
					"call": ask.question.ToolCall.ToolCallID, "kind": ask.question.ToolCall.ToolKind, "decision": answer.OptionID,
				},
			})
			l.unhold(ask)
			l.keepJournal()
			ask.answer <- answer
		}
	})
}

// settle removes a question and takes it back from everyone but the one who answered.
func (l *Live) settle(askID string, answered Subscriber) *pendingAsk {
	i := slices.IndexFunc(l.asks, func(a *pendingAsk) bool { return a.id == askID })
	if i < 0 {
		return nil
	}
	ask := l.asks[i]
	l.asks = slices.Delete(l.asks, i, i+1)
	l.publish(acp.Notification(acp.MethodCancelRequest, acp.CancelRequest{RequestID: askID}), answered)
	l.publishState(nil)
	return ask
}
