package session

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"slices"
	"time"

	"github.com/google/uuid"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/engine"
	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/replay"
	"claude-agent-chat/pkg/store"
	"claude-agent-chat/pkg/transcript"
	"claude-agent-chat/pkg/workspace"
)

// The limits of what waits and of what is remembered.
const (
	maxQueue    = 50
	maxPromptID = 128 // bytes
)

// prompt is one message of the person, from its arrival to the end of its turn.
type prompt struct {
	id      string
	blocks  []acp.ContentBlock
	content json.RawMessage
	text    string
	from    Subscriber
	goesOn  bool          // it has no text: the turn before it goes on
	alone   bool          // it has no text: its turn begins by itself, because the model is to be told something
	now     bool          // it goes into the running turn
	ended   chan struct{} // closed when result is set
	result  Result
}

// Prompt takes a prompt in order: it runs now, or waits for the turn before it. The answer is a channel that is closed
// at the end of its turn, and a function that gives the result then. A prompt whose id is known already does not run
// again; its caller waits for the one that did.
func (l *Live) Prompt(from Subscriber, id string, blocks []acp.ContentBlock) (ended <-chan struct{}, result func() Result, err error) {
	content, text, err := promptContent(blocks)
	if err != nil {
		return nil, nil, err
	}
	if len(id) > maxPromptID {
		return nil, nil, fault.New(fault.Invalid, "A prompt's id may have %d bytes.", maxPromptID)
	}
	p := &prompt{id: id, blocks: blocks, content: content, text: text, from: from, ended: make(chan struct{})}
	l.do(func() { p, err = l.take(p) })
	if err != nil {
		return nil, nil, err
	}
	return p.ended, func() Result { return p.result }, nil
}

// take starts or queues a prompt, or finds the one with its id.
func (l *Live) take(p *prompt) (*prompt, error) {
	if l.removed {
		return nil, errNotFound()
	}
	if err := l.prime(); err != nil {
		return nil, err
	}
	if same := l.prompts[p.id]; same != nil {
		return same, nil
	}
	if l.running == nil && len(l.queue) == 0 {
		return p, l.begin(p)
	}
	if err := l.enqueue(p); err != nil {
		return nil, err
	}
	if l.running == nil {
		l.next()
	}
	return p, nil
}

// enqueue has a prompt wait. It is safe on disk when this returns without an error.
func (l *Live) enqueue(p *prompt) error {
	if len(l.queue) >= maxQueue {
		return fault.New(fault.TooMany, "%d prompts wait already.", maxQueue)
	}
	l.queue = append(l.queue, p)
	if err := l.saveJournal(); err != nil {
		l.queue = l.queue[:len(l.queue)-1]
		return fault.Wrap(err, fault.Unavailable, "The prompt could not be kept. Send it again when the volume can be written.")
	}
	l.prompts[p.id] = p
	l.publishQueue()
	return nil
}

// closedChan is the end of a prompt that ended before this process began.
var closedChan = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// begin records a prompt and starts its turn. When it fails nothing has happened.
func (l *Live) begin(p *prompt) error {
	real, err := workspace.ResolveCwd(workspace.Home(l.manager.opts.Root, l.owner), l.cwd)
	if err != nil || real != l.cwd {
		return fault.Wrap(err, fault.Conflict, "The session belongs to %s, which is no directory of your workspace (any more). It can be read, but not continued.", l.cwd)
	}
	if err := l.manager.beginTurn(); err != nil {
		return err
	}
	turn, err := l.record(p)
	if err != nil {
		l.closeWriter()
		l.manager.turns.Done()
		return err
	}
	l.interrupted = false
	if l.alone++; !p.alone {
		l.alone = 0
	}
	l.keepJournal()
	ctx, cancel := context.WithCancelCause(context.Background())
	l.cancel.Store(&cancel)
	l.publishState(nil)
	go func() {
		outcome, err := l.engine.Run(ctx, turn, host{l})
		cutOff := err != nil || errors.Is(context.Cause(ctx), engine.ErrDraining)
		cancel(nil)
		l.post(func() {
			l.end(p, Result{StopReason: outcome.StopReason, Usage: outcome.Usage, Spent: outcome.Spent, Err: err}, cutOff)
		})
	}()
	return nil
}

// record opens the file, makes the prompt durable and shows it, and reads the conversation that the turn starts from.
func (l *Live) record(p *prompt) (turn engine.Turn, err error) {
	ctx := context.Background()
	w, err := l.open(ctx)
	if err != nil {
		return turn, err
	}
	l.writer = w
	l.renderer = replay.NewRenderer(l.cwd)
	conv, err := l.mend(w)
	if err != nil {
		return turn, err
	}
	title := ""
	if l.row.Title == "" {
		title = transcript.TitleOf(p.text)
	}
	turn = engine.Turn{PromptID: p.id, Settings: func() engine.Settings { return *l.settings.Load() }, Held: l.held, Spent: spentBy(l.row.Spent)}
	turn.Command, _ = l.engine.Command(p.text)
	if !p.goesOn && !p.alone {
		turn.Prompt = p.text
	}
	if p.goesOn {
		turn.Command, turn.Open = engine.Command{}, l.openCalls(conv)
	}
	entries, err := l.firstEntries(p, conv, turn, title)
	if err != nil {
		return turn, err
	}
	records, err := w.Append(ctx, entries...)
	if err != nil {
		return turn, err
	}
	if len(turn.Open) == 0 {
		l.notices = nil // they are among the entries.
	}
	turn.MessageID = messageOf(conv, records)
	conv.Add(records...)
	l.running, l.prompts[p.id] = p, p
	l.counted(records)
	if title != "" {
		l.setTitle(title)
		l.untitled = p.text
	}
	for _, rec := range records {
		for _, u := range l.renderer.Updates(rec) {
			l.publish(acp.UpdateFrame(l.id, u), silent(p.from))
		}
	}
	turn.History = conv.Messages()
	return turn, nil
}

// messageOf is the newest message of the person's, in what was just recorded or before it.
func messageOf(conv *transcript.Conversation, records []transcript.Record) string {
	for _, rec := range slices.Backward(records) {
		if rec.IsUser() && !rec.Meta {
			return rec.UUID
		}
	}
	for _, rec := range slices.Backward(conv.Records()) {
		if rec.IsPrompt() {
			return rec.UUID
		}
	}
	return ""
}

// firstEntries are what a turn begins with: first what the model is to be told of work beside turns, unless calls are open,
// which their results must follow.
func (l *Live) firstEntries(p *prompt, conv *transcript.Conversation, turn engine.Turn, title string) (entries []transcript.Entry, err error) {
	if len(turn.Open) == 0 {
		l.lost(conv)
		entries = l.noticeEntries(p.id, !p.alone)
	}
	if p.alone || p.goesOn {
		p.text = lastPrompt(conv)
	}
	if p.alone {
		return entries, nil
	}
	if p.goesOn {
		more, err := entriesToGoOn(conv, p.id)
		return append(entries, more...), err
	}
	mode, command := l.settings.Load().Mode, turn.Command
	switch {
	case command.Name == "":
		entries = append(entries, transcript.Prompt{UUID: uuid.NewString(), PromptID: p.id, Content: p.content, PermissionMode: mode})
	case command.Local:
		entries = append(entries, transcript.Note{PromptID: p.id, Text: transcript.LocalCaveat})
		fallthrough
	default:
		entries = append(entries, transcript.Command{UUID: uuid.NewString(), PromptID: p.id, Name: command.Name, Args: command.Args, PermissionMode: mode})
	}
	if title != "" {
		entries = append(entries, transcript.AITitle{Title: title})
	}
	return entries, nil
}

// silent is the subscriber that does not want its own prompt back: plain clients show it themselves.
func silent(from Subscriber) Subscriber {
	if from != nil && from.Echo() {
		return nil
	}
	return from
}

// end finishes a turn, answers those who wait for it, and starts the next prompt. A turn that was cut off can go on later;
// one that the shutdown cut off stays in the journal, so that the next process finds it.
func (l *Live) end(p *prompt, result Result, cutOff bool) {
	if !l.removed {
		if err := l.write(context.Background(), transcript.LastPrompt{Text: p.text}); err != nil {
			l.manager.opts.Log.Warn("end of turn not recorded", "session_id", l.id, "error", err)
		}
	}
	l.closeWriter()
	l.flight.clear()
	l.cancel.Store(nil)
	l.running = nil
	for _, s := range l.steered {
		s.finish(result)
	}
	l.steered, l.held = nil, l.heldBy(cutOff)
	l.spend(result.Spent)
	addUsage(&l.row.Usage, result.Usage)
	l.interrupted, l.lastText = cutOff, p.text
	if cutOff && l.manager.drains() {
		l.left = &journalled{journalHead: journalHead{Running: true, PromptID: p.id, Prompt: transcript.TitleOf(p.text), Model: l.settings.Load().Model}}
	} else {
		l.resumed = 0
		l.keepJournal()
	}
	p.finish(result)
	l.publishState(&result)
	l.manager.turns.Done()
	if !cutOff && result.StopReason == acp.StopEndTurn {
		l.wordTitle()
	}
	l.next()
}

// addUsage adds tokens to a sum.
func addUsage(sum *store.Usage, u acp.Usage) {
	sum.Input += u.InputTokens
	sum.Output += u.OutputTokens
	sum.CacheRead += u.CacheReadTokens
	sum.CacheWrite += u.CacheWriteTokens
}

// spend adds tokens, by model, to those of the session.
func (l *Live) spend(by map[string]acp.Usage) {
	today := time.Now().UTC().Format(time.DateOnly)
	l.row.Spent = slices.Clone(l.row.Spent)
	for model, u := range by {
		at := slices.IndexFunc(l.row.Spent, func(s store.Spent) bool { return s.Day == today && s.Model == model })
		if at < 0 {
			at = len(l.row.Spent)
			l.row.Spent = append(l.row.Spent, store.Spent{Day: today, Model: model})
		}
		addUsage(&l.row.Spent[at].Usage, u)
	}
}

// finish answers those who wait for the prompt. It is remembered for as long as the session lives, so that its id does not run
// twice: of all else nothing is kept.
func (p *prompt) finish(result Result) {
	result.Spent = nil // the session has added it up.
	p.result = result
	p.from, p.blocks, p.content, p.text = nil, nil, nil, ""
	close(p.ended)
}

// next starts the first of the prompts that wait. When the server drains they go on waiting, for the next process.
func (l *Live) next() {
	for l.running == nil && len(l.queue) > 0 && !l.manager.drains() {
		p := l.queue[0]
		if err := l.nextOne(); err != nil && p.from == nil {
			return // nobody waits for the answer: it stays in the queue.
		} else if err != nil {
			l.dequeue(p)
			delete(l.prompts, p.id)
			p.finish(Result{Err: err})
		}
	}
	l.deliver()
}

// nextOne starts the first of the prompts that wait; when that fails it goes on waiting.
func (l *Live) nextOne() error {
	p := l.queue[0]
	before := l.queue
	l.queue = l.queue[1:]
	if err := l.begin(p); err != nil {
		l.queue = before
		return err
	}
	l.publishQueue()
	return nil
}

// dequeue takes a prompt out of the queue, wherever it stands.
func (l *Live) dequeue(p *prompt) {
	l.queue = slices.DeleteFunc(slices.Clone(l.queue), func(q *prompt) bool { return q == p })
	l.keepJournal()
	l.publishQueue()
}

// failQueue answers all prompts that wait with an error.
func (l *Live) failQueue(err error) {
	for _, p := range l.queue {
		delete(l.prompts, p.id)
		p.finish(Result{Err: err})
	}
	l.queue = nil
	l.keepJournal()
	l.publishQueue()
}

func (l *Live) closeWriter() {
	if l.writer == nil {
		return
	}
	if err := l.writer.Close(); err != nil {
		l.manager.opts.Log.Warn("transcript not closed", "session_id", l.id, "error", err)
	}
	l.writer = nil
}

// counted notes appended records in the row for the index.
func (l *Live) counted(records []transcript.Record) {
	for _, rec := range records {
		if rec.IsPrompt() || rec.IsAnswer() {
			l.row.MessageCount++
		}
	}
	if rel, err := filepath.Rel(l.manager.opts.Root, l.path); err == nil {
		l.row.File = filepath.ToSlash(rel)
	}
	l.row.UpdatedAt = time.Now()
}

// publishQueue tells everyone which prompts wait.
func (l *Live) publishQueue() {
	l.publish(acp.Notification(acp.MethodQueue, l.queueNote()), nil)
}

func (l *Live) queueNote() acp.QueueNotification {
	note := acp.QueueNotification{SessionID: l.id, Queue: make([]acp.QueuedPrompt, 0, len(l.queue))}
	for _, p := range l.queue {
		note.Queue = append(note.Queue, acp.QueuedPrompt{PromptID: p.id, Prompt: p.blocks})
	}
	return note
}

// Unqueue removes a prompt that waits; its caller gets acp.StopCancelled.
func (l *Live) Unqueue(promptID string) (err error) {
	l.do(func() {
		i := l.queued(promptID)
		if i < 0 {
			err = fault.New(fault.NotFound, "That prompt does not wait any more.")
			return
		}
		p := l.queue[i]
		l.dequeue(p)
		delete(l.prompts, promptID)
		p.finish(Result{StopReason: acp.StopCancelled})
	})
	return err
}

// Requeue changes the text of a prompt that waits.
func (l *Live) Requeue(promptID string, blocks []acp.ContentBlock) error {
	content, text, err := promptContent(blocks)
	if err != nil {
		return err
	}
	l.do(func() {
		i := l.queued(promptID)
		if i < 0 {
			err = fault.New(fault.NotFound, "That prompt does not wait any more.")
			return
		}
		l.queue[i].blocks, l.queue[i].content, l.queue[i].text = blocks, content, text
		l.keepJournal()
		l.publishQueue()
	})
	return err
}

// CancelPrompt takes one prompt back: out of the queue, or by stopping its turn.
func (l *Live) CancelPrompt(promptID string) {
	if l.Unqueue(promptID) == nil {
		return
	}
	l.do(func() {
		if l.running != nil && l.running.id == promptID {
			l.Cancel()
		}
	})
}

func (l *Live) queued(promptID string) int {
	for i, p := range l.queue {
		if p.id == promptID {
			return i
		}
	}
	return -1
}
