package session

import (
	"errors"
	"io/fs"
	"os"
	"slices"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/replay"
	"claude-agent-chat/pkg/transcript"
)

// maxBacklog bounds what is kept for a subscriber while its history is sent.
const maxBacklog = 4096 // frames

// subscription is one subscriber's place in a session. While it catches up, live frames wait behind its history.
type subscription struct {
	to       Subscriber
	catching bool
	missed   bool
	backlog  [][]byte
}

func (s *subscription) send(frame []byte) {
	switch {
	case !s.catching:
		s.to.Deliver(frame)
	case len(s.backlog) >= maxBacklog:
		s.missed = true
	default:
		s.backlog = append(s.backlog, frame)
	}
}

// History says what of the past a subscriber gets when it attaches.
type History struct {
	Whole bool   // session/load
	After string // session/resume with a cursor; empty for none
}

// snapshot is a session at the moment of attaching; what comes later waits in the subscription.
type snapshot struct {
	end    int64
	flight []acp.Update
	open   [][]byte // questions and the queue, as frames
	state  string
	turn   bool // one runs
	// interrupted is Live.canContinue.
	interrupted bool
	skipped     int64
}

// Attach adds a subscriber: it gets the history that it asks for, then what is in flight, whole, then everything that
// happens from the moment of the call on, in order, nothing left out and nothing twice. A subscriber that was attached
// before starts anew. If the cursor is not known the subscriber is not attached and must load afresh.
func (l *Live) Attach(to Subscriber, history History) (Attached, error) {
	sub := &subscription{to: to, catching: true}
	var now snapshot
	var err error
	l.do(func() { now, err = l.join(sub) })
	if err != nil {
		return Attached{}, err
	}
	attached := Attached{State: now.state, Settings: l.Settings(), Interrupted: now.interrupted, Skipped: now.skipped}
	frames, known, err := l.history(history, now.end, !now.turn)
	if err != nil || !known {
		l.Detach(to)
		attached.Replay = acp.ReplayReset
		return attached, err
	}
	if history.After != "" {
		attached.Replay = acp.ReplayComplete
	}
	for _, u := range now.flight {
		if u.Kind != acp.UpdateNotice || to.Notices() {
			frames = append(frames, acp.UpdateFrame(l.id, u))
		}
	}
	if history != (History{}) {
		frames = append(append(frames, l.CommandsFrame()), l.planFrames()...)
	}
	for _, frame := range append(frames, now.open...) {
		if err := to.Replay(frame); err != nil {
			l.Detach(to)
			return attached, err
		}
	}
	l.do(func() { l.caughtUp(sub) })
	return attached, nil
}

// CommandsFrame tells which commands there are.
func (l *Live) CommandsFrame() []byte {
	return acp.UpdateFrame(l.id, acp.Update{Kind: acp.UpdateAvailableCommands, AvailableCommands: l.engine.Commands()})
}

// join takes the snapshot and the place.
func (l *Live) join(sub *subscription) (snapshot, error) {
	if l.removed {
		return snapshot{}, errNotFound()
	}
	if err := l.prime(); err != nil {
		return snapshot{}, err
	}
	now := snapshot{flight: l.flight.updates(), state: l.state(), turn: l.running != nil, interrupted: l.canContinue(), skipped: l.row.Skipped}
	if l.writer != nil {
		now.end = l.writer.End()
	} else if info, err := os.Stat(l.path); err == nil {
		now.end = info.Size()
	}
	for _, ask := range l.asks {
		now.open = append(now.open, ask.frame(l.id))
	}
	if len(l.queue) > 0 {
		now.open = append(now.open, acp.Notification(acp.MethodQueue, l.queueNote()))
	}
	l.leave(sub.to)
	l.subs = append(l.subs, sub)
	return now, nil
}

// history reads what was asked for, up to end. known is false if the cursor is not. In an idle session a call without a
// result is shown as interrupted.
func (l *Live) history(want History, end int64, idle bool) (frames [][]byte, known bool, err error) {
	if !want.Whole && want.After == "" {
		return nil, true, nil
	}
	rest, known, err := l.recorded(want, end)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, want.After == "", nil
	}
	if err != nil {
		return nil, false, fault.Wrap(err, fault.Internal, "The conversation could not be read.")
	}
	renderer := replay.NewRenderer(l.cwd)
	for _, rec := range rest.Calls {
		renderer.Prime(rec)
	}
	var updates []acp.Update
	for _, rec := range rest.Records {
		updates = append(updates, renderer.Updates(rec)...)
	}
	if idle {
		updates = append(updates, renderer.Unanswered()...)
	}
	for _, u := range updates {
		frames = append(frames, acp.UpdateFrame(l.id, u))
	}
	return frames, known, nil
}

// recorded reads the whole conversation, or what comes behind a cursor.
func (l *Live) recorded(want History, end int64) (rest transcript.Rest, known bool, err error) {
	if want.After == "" {
		conv, err := transcript.LoadUpTo(l.path, end)
		if err != nil {
			return rest, false, err
		}
		return transcript.Rest{Records: conv.Chain()}, true, nil
	}
	r, err := transcript.OpenReader(l.path, end)
	if err != nil {
		return rest, false, err
	}
	defer r.Close()
	return r.After(want.After)
}

// caughtUp lets the live frames through.
func (l *Live) caughtUp(sub *subscription) {
	if !slices.Contains(l.subs, sub) {
		return
	}
	if sub.missed {
		sub.to.Slow()
		return
	}
	sub.catching = false
	for _, frame := range sub.backlog {
		sub.to.Deliver(frame)
	}
	sub.backlog = nil
}

// Attached reports whether a subscriber is attached.
func (l *Live) Attached(to Subscriber) (yes bool) {
	l.do(func() { yes = slices.ContainsFunc(l.subs, func(s *subscription) bool { return s.to == to }) })
	return yes
}

// Detach removes a subscriber. What runs goes on.
func (l *Live) Detach(to Subscriber) {
	l.do(func() { l.leave(to) })
}

func (l *Live) leave(to Subscriber) {
	l.subs = slices.DeleteFunc(l.subs, func(s *subscription) bool { return s.to == to })
}
