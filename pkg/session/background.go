package session

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"github.com/google/uuid"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/engine"
	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/replay"
	"claude-agent-chat/pkg/transcript"
)

const (
	// maxWorks is how much of a session may go on beside its turns at once.
	maxWorks = 64
	// maxAlone is how many turns may begin by themselves before a person says something: work that begins more work must not
	// do so for ever.
	maxAlone = 50
)

// work goes on beside turns.
type work struct {
	task  engine.Task
	ended chan struct{}
}

// beside is what the engine sees of a live session from such work.
type beside struct {
	host
	task string
}

// Record makes entries durable, whether a turn runs or not. None of them is shown.
func (b beside) Record(ctx context.Context, entries ...transcript.Entry) error {
	err := errNotFound()
	b.do(func() { err = b.write(context.WithoutCancel(ctx), entries...) })
	return err
}

// Ask puts a question of the work.
func (b beside) Ask(ctx context.Context, question engine.Question) (engine.Answer, error) {
	question.Task = b.task
	return b.host.Ask(ctx, question)
}

// Background has work go on beside turns.
func (h host) Background(task engine.Task, run func(ctx context.Context, host engine.Host) engine.Ended) error {
	err := errNotFound()
	h.do(func() { err = h.beginWork(task, run) })
	return err
}

func (l *Live) beginWork(task engine.Task, run func(ctx context.Context, host engine.Host) engine.Ended) error {
	if l.removed {
		return errNotFound()
	}
	if len(l.works) >= maxWorks {
		return fault.New(fault.TooMany, "%d tasks run in the background already. Wait for one, or stop one with TaskStop.", len(l.works))
	}
	if err := l.manager.beginTurn(); err != nil {
		return err
	}
	w := &work{task, make(chan struct{})}
	l.works = append(l.works, w)
	ctx, cancel := context.WithCancel(l.worksContext())
	l.publishState(nil)
	go func() {
		defer cancel()
		ended := run(ctx, beside{host{l}, task.ID})
		l.post(func() { l.endWork(w, ended) })
	}()
	return nil
}

// worksContext is that of all work, until it is cancelled.
func (l *Live) worksContext() context.Context {
	if l.aside == nil || l.aside.Err() != nil {
		ctx, cancel := context.WithCancelCause(context.Background())
		l.aside = ctx
		l.stopAside.Store(&cancel)
	}
	return l.aside
}

// stopWorks ends what goes on beside turns. It does not wait.
func (l *Live) stopWorks(cause error) {
	if stop := l.stopAside.Load(); stop != nil {
		(*stop)(cause)
	}
}

// endWork takes in how work ended.
func (l *Live) endWork(w *work, ended engine.Ended) {
	l.works = slices.DeleteFunc(l.works, func(other *work) bool { return other == w })
	l.spend(ended.Spent)
	for _, u := range ended.Spent {
		addUsage(&l.row.Usage, u)
	}
	if !ended.Held {
		delete(l.heldTasks, w.task.ID)
		l.notices = append(l.notices, ended.Notice)
	}
	l.keepJournal()
	l.deliver()
	close(w.ended)
	l.publishState(nil)
	l.manager.turns.Done()
}

// Notify tells the model something.
func (h host) Notify(n engine.Notice) {
	h.post(func() {
		h.notices = append(h.notices, n)
		h.deliver()
	})
}

// due are the notices that are still to be told.
func (l *Live) due() []engine.Notice {
	l.notices = slices.DeleteFunc(l.notices, func(n engine.Notice) bool { return n.Wanted != nil && !n.Wanted() })
	return l.notices
}

// deliver tells the model what it is to know, if no turn runs: in a turn that begins for it, or for the next one.
func (l *Live) deliver() {
	if l.running != nil || l.removed || len(l.due()) == 0 {
		return
	}
	loud := slices.ContainsFunc(l.notices, func(n engine.Notice) bool { return !n.Quiet })
	if loud && !l.manager.drains() && !l.interrupted && len(l.queue) == 0 && l.alone < maxAlone {
		if err := l.begin(&prompt{id: uuid.NewString(), alone: true, ended: make(chan struct{})}); err != nil {
			l.manager.opts.Log.Warn("turn not begun", "session_id", l.id, "error", err)
		}
		return // what could not be told stays for the next turn.
	}
	if err := l.putDown(); err != nil {
		l.manager.opts.Log.Warn("end of background work not recorded", "session_id", l.id, "error", err)
	}
}

// putDown records the notices for the next turn, whichever process runs it.
func (l *Live) putDown() error {
	if err := l.prime(); err != nil {
		return err
	}
	w, err := l.open(context.Background())
	if err != nil {
		return err
	}
	defer w.Close()
	records, err := w.Append(context.Background(), append(l.noticeEntries("", true), transcript.LastPrompt{Text: l.lastText})...)
	if err != nil {
		return err
	}
	l.notices = nil
	l.counted(records)
	renderer := replay.NewRenderer(l.cwd)
	for _, rec := range records {
		for _, u := range renderer.Updates(rec) {
			l.publish(acp.UpdateFrame(l.id, u), nil)
		}
	}
	return nil
}

// noticeEntries are the notices for the transcript; silent ones begin no turn.
func (l *Live) noticeEntries(promptID string, silent bool) []transcript.Entry {
	if promptID == "" {
		promptID = uuid.NewString()
	}
	var entries []transcript.Entry
	for _, n := range l.due() {
		entries = append(entries, transcript.TaskNotice{
			Notification: n.Notification, UUID: uuid.NewString(), PromptID: promptID, PermissionMode: l.settings.Load().Mode, Silent: silent,
		})
	}
	return entries
}

// steerNotices puts the notices into the running turn, and gives their blocks.
func (l *Live) steerNotices() ([]json.RawMessage, error) {
	if l.running == nil || l.writer == nil || len(l.due()) == 0 {
		return nil, nil
	}
	var entries []transcript.Entry
	for _, n := range l.notices {
		entries = append(entries, transcript.TaskNotice{Notification: n.Notification, UUID: uuid.NewString(), PromptID: l.running.id, Queued: true})
	}
	records, err := l.writer.Append(context.Background(), entries...)
	if err != nil {
		return nil, err
	}
	l.notices = nil
	return l.steeredIn(records, nil), nil
}

// steeredIn shows records that were put into the running turn, and gives their blocks as the model hears them.
func (l *Live) steeredIn(records []transcript.Record, from Subscriber) (blocks []json.RawMessage) {
	l.counted(records)
	for _, rec := range records {
		for _, b := range rec.Told() {
			blocks = append(blocks, b.Raw)
		}
		for _, u := range l.renderer.Updates(rec) {
			l.publish(acp.UpdateFrame(l.id, u), silent(from))
		}
	}
	return blocks
}

// lost finds the work of which the conversation tells the beginning and not the end, and that does not go on here: a process
// before this one has ended with it, or its end is on another branch. The model is told with the next prompt.
func (l *Live) lost(conv *transcript.Conversation) {
	keeper, ok := l.engine.(engine.Keeper)
	if l.sought || !ok {
		return
	}
	l.sought = true
	for _, task := range conv.OpenTasks() {
		if !l.goesOn(task.ID) && !keeper.Runs(task.ID) {
			l.notices = append(l.notices, engine.Notice{Notification: keeper.Became(task), Quiet: true})
		}
	}
}

// goesOn reports whether work goes on, or waits to, or its end is to be told.
func (l *Live) goesOn(taskID string) bool {
	_, held := l.heldTasks[taskID]
	return held || slices.ContainsFunc(l.works, func(w *work) bool { return w.task.ID == taskID }) ||
		slices.ContainsFunc(l.notices, func(n engine.Notice) bool { return n.TaskID == taskID })
}

// revive has work go on that waited for a person when the process before this one ended.
func (l *Live) revive() {
	keeper, ok := l.engine.(engine.Keeper)
	if !ok || len(l.heldTasks) == 0 {
		return
	}
	message := ""
	if conv, err := transcript.Load(l.path); err == nil {
		message = messageOf(conv, nil)
	}
	settings := func() engine.Settings { return *l.settings.Load() }
	for _, id := range slices.Sorted(maps.Keys(l.heldTasks)) {
		task, run, err := keeper.Revive(id, message, l.heldTasks[id], settings)
		if err == nil {
			err = l.beginWork(task, run)
		}
		if err != nil {
			l.manager.opts.Log.Warn("background work not taken up", "session_id", l.id, "error", err)
		}
	}
}

// heldTasksNow are the calls of work beside turns that wait for a person now, or have since before this process began.
func (l *Live) heldTasksNow() []journalTask {
	held := map[string][]string{}
	for id, calls := range l.heldTasks {
		held[id] = slices.Clone(calls)
	}
	for _, ask := range l.asks {
		if id := ask.question.Task; id != "" {
			held[id] = append(held[id], ask.question.Calls...)
		}
	}
	var all []journalTask
	for _, id := range slices.Sorted(maps.Keys(held)) {
		slices.Sort(held[id])
		all = append(all, journalTask{id, slices.Compact(held[id])})
	}
	return all
}
