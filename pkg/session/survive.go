package session

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/engine"
	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/transcript"
)

// maxResumed is how often a turn goes on by itself before a person must ask for it: a turn that brings the server down
// must not do so for ever.
const maxResumed = 3

// goOn is what the model is told when an answer that broke off is continued. People do not see it.
const goOn = "Continue from where you left off."

// saveJournal brings the journal up to what runs and waits now; it is gone when nothing does.
func (l *Live) saveJournal() error {
	running := l.running != nil || l.left != nil && l.left.Running || len(l.held) > 0
	tasks := l.heldTasksNow()
	if l.removed || !running && len(l.queue) == 0 && len(tasks) == 0 {
		return l.journal.remove()
	}
	head := journalHead{
		SessionID: l.id, Running: running, Resumed: l.resumed, Model: l.settings.Load().Model, Held: l.heldNow(), Tasks: tasks,
	}
	texts := l.flight.texts()
	switch {
	case l.running != nil:
		head.PromptID, head.Prompt = l.running.id, transcript.TitleOf(l.running.text)
	case l.left != nil:
		head.PromptID, head.Prompt, head.Model = l.left.PromptID, l.left.Prompt, l.left.Model
		texts = l.left.texts
	}
	for _, p := range l.queue {
		head.Queue = append(head.Queue, journalPrompt{PromptID: p.id, Prompt: p.blocks})
	}
	return l.journal.replace(head, texts)
}

// keepJournal is saveJournal where nothing was acknowledged on the strength of it.
func (l *Live) keepJournal() {
	if err := l.saveJournal(); err != nil {
		l.manager.opts.Log.Warn("turn not journalled", "session_id", l.id, "error", err)
		l.journal.drop()
	}
}

// journalText keeps streamed text for the case that the process ends before it is recorded.
func (l *Live) journalText(u acp.Update) {
	if u.Kind != acp.UpdateAgentMessage || u.Block == nil || u.Block.Text == "" {
		return
	}
	if err := l.journal.add(journalText{UUID: u.MessageID, Text: u.Block.Text}); err != nil {
		l.manager.opts.Log.Warn("answer not journalled", "session_id", l.id, "error", err)
		l.journal.drop()
	}
}

// settleJournal forgets journalled text that has been recorded.
func (l *Live) settleJournal() {
	if len(l.flight.texts()) > 0 {
		return
	}
	if err := l.journal.settle(); err != nil {
		l.manager.opts.Log.Warn("answer not journalled", "session_id", l.id, "error", err)
		l.journal.drop()
	}
}

// restore takes over what the process before this one left: the prompts that waited, and a turn that was cut off.
func (l *Live) restore() error {
	found, err := readJournal(l.journal.path)
	if err != nil {
		return fault.Wrap(err, fault.Unavailable, "What was left of the last turn could not be read.")
	}
	l.resumed = found.Resumed
	for _, q := range found.Queue {
		content, text, err := promptContent(q.Prompt)
		if err != nil || l.prompts[q.PromptID] != nil {
			continue
		}
		p := &prompt{id: q.PromptID, blocks: q.Prompt, content: content, text: text, ended: make(chan struct{})}
		l.prompts[p.id] = p
		l.queue = append(l.queue, p)
	}
	for _, task := range found.Tasks {
		l.heldTasks[task.ID] = task.Held
	}
	if !found.Running {
		return nil
	}
	l.left = &found
	l.held = found.Held
	l.interrupted = true
	if err := l.mendAlone(); err != nil && !fault.Is(err, fault.Busy) {
		return err
	}
	return nil
}

// mendAlone records what a turn left that was cut off, with a writer of its own.
func (l *Live) mendAlone() error {
	w, err := l.open(context.Background())
	if err != nil {
		return err
	}
	defer w.Close()
	_, err = l.mend(w)
	return err
}

// mend records what a turn left that was cut off: the text that had streamed in, marked as broken off, and a result for
// each call that was running. It returns the conversation with these.
func (l *Live) mend(w *transcript.Writer) (*transcript.Conversation, error) {
	conv, err := w.Model()
	if err != nil || l.left == nil {
		return conv, err
	}
	var entries []transcript.Entry
	for _, call := range conv.OpenCalls() {
		if slices.Contains(l.held, call.ID) {
			continue
		}
		entries = append(entries, transcript.ToolResult{ToolUseID: call.ID, Content: quote(engine.LostCall), IsError: true})
	}
	records := conv.Records()
	for _, t := range l.left.texts {
		recorded := slices.ContainsFunc(records, func(r transcript.Record) bool { return r.UUID == t.UUID })
		if recorded || strings.TrimSpace(t.Text) == "" {
			continue
		}
		entries = append(entries, transcript.Assistant{UUID: t.UUID, Model: l.left.Model, Block: textContent(t.Text), Aborted: true})
	}
	entries = append(entries, transcript.LastPrompt{Text: l.left.Prompt})
	added, err := w.Append(context.Background(), entries...)
	if err != nil {
		return nil, err
	}
	conv.Add(added...)
	l.left = nil
	l.counted(added)
	l.keepJournal()
	return conv, nil
}

// Continue goes on with a turn that was cut off, or with the prompts that wait behind it. Asked twice, it goes on once.
func (l *Live) Continue(from Subscriber) (ended <-chan struct{}, result func() Result, err error) {
	var p *prompt
	l.do(func() { p, err = l.goOn(from) })
	if err != nil {
		return nil, nil, err
	}
	return p.ended, func() Result { return p.result }, nil
}

func (l *Live) goOn(from Subscriber) (*prompt, error) {
	if l.removed {
		return nil, errNotFound()
	}
	if err := l.prime(); err != nil {
		return nil, err
	}
	switch {
	case l.running != nil && l.running.goesOn:
		return l.running, nil
	case l.running != nil:
		return nil, fault.New(fault.Conflict, "A turn is running already.")
	case l.interrupted:
		p := &prompt{id: uuid.NewString(), goesOn: true, from: from, ended: make(chan struct{})}
		return p, l.begin(p)
	case len(l.queue) > 0:
		p := l.queue[0]
		return p, l.nextOne()
	default:
		return nil, fault.New(fault.Conflict, "There is nothing to continue: the last turn has ended.")
	}
}

// entriesToGoOn are what a continued turn begins with: a note if the model spoke last, nothing if it is its turn.
func entriesToGoOn(conv *transcript.Conversation, promptID string) ([]transcript.Entry, error) {
	messages := conv.Messages()
	if len(messages) == 0 {
		return nil, fault.New(fault.Conflict, "There is nothing to continue: the conversation is empty.")
	}
	if messages[len(messages)-1].Role == "user" {
		return nil, nil
	}
	return []transcript.Entry{transcript.Note{PromptID: promptID, Text: goOn}}, nil
}

// lastPrompt is the text of the newest prompt.
func lastPrompt(conv *transcript.Conversation) string {
	for _, rec := range slices.Backward(conv.Records()) {
		if rec.IsPrompt() {
			return rec.PromptText()
		}
	}
	return ""
}

// recoverTurns finds the sessions that were running, or had prompts waiting, when the process before this one ended,
// and mends them. With ResumeTurns it has them go on.
func (m *Manager) recoverTurns(ctx context.Context) {
	paths, err := journals(m.opts.Root)
	if err != nil {
		m.opts.Log.Warn("interrupted turns not looked for", "error", err)
	}
	for _, path := range paths {
		owner := filepath.Base(filepath.Dir(filepath.Dir(filepath.Dir(path))))
		id := strings.TrimSuffix(filepath.Base(path), ".jsonl")
		if err := m.recoverTurn(ctx, owner, id); err != nil && ctx.Err() == nil {
			m.opts.Log.Warn("interrupted turn not recovered", "session_id", id, "error", err)
		}
	}
}

// recoverPatience is how long another process may go on writing a session that is to be recovered, such as the gateway
// before this one, which is still draining.
const recoverPatience = 30 * time.Second

func (m *Manager) recoverTurn(ctx context.Context, owner, id string) error {
	l, err := m.Find(ctx, owner, id)
	if err != nil {
		return err
	}
	defer m.Release(l)
	for deadline := time.Now().Add(recoverPatience); ; {
		left := false
		l.do(func() {
			if err = l.prime(); err == nil {
				left = l.left != nil
				l.touch()
			}
		})
		if err != nil || !left || time.Now().After(deadline) {
			break
		}
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return ctx.Err()
		}
		l.do(func() { _ = l.mendAlone() }) // still busy: it is tried again.
	}
	if err != nil {
		return err
	}
	m.opts.Log.Info("interrupted turn found", "session_id", id)
	asks := false
	l.do(func() { asks = len(l.held) > 0 })
	if !m.opts.ResumeTurns && !asks {
		return nil
	}
	return l.resumeByItself()
}

// heldNow are the calls that wait for a person now, or have since before this process began.
func (l *Live) heldNow() []string {
	all := slices.Clone(l.held)
	for _, ask := range l.asks {
		if ask.question.Task == "" {
			all = append(all, ask.question.Calls...)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// heldBy are the calls that stay held after a turn: those of one that the shutdown cut off.
func (l *Live) heldBy(cutOff bool) []string {
	if cutOff && l.manager.drains() {
		return l.heldNow()
	}
	return nil
}

// openCalls are the calls without a result that are asked about again.
func (l *Live) openCalls(conv *transcript.Conversation) []engine.OpenCall {
	var open []engine.OpenCall
	for _, c := range conv.OpenCalls() {
		if slices.Contains(l.held, c.ID) {
			open = append(open, engine.OpenCall{ID: c.ID, Name: c.Name, Input: c.Input})
		}
	}
	return open
}

// resumeByItself continues without being asked, but not for ever.
func (l *Live) resumeByItself() (err error) {
	l.do(func() {
		if l.running != nil || !l.interrupted && len(l.queue) == 0 {
			return
		}
		if l.resumed >= maxResumed {
			l.manager.opts.Log.Warn("turn not resumed again", "session_id", l.id, "times", l.resumed)
			return
		}
		l.resumed++
		_, err = l.goOn(nil)
	})
	return err
}
