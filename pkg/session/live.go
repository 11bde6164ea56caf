package session

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/engine"
	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/index"
	"claude-agent-chat/pkg/replay"
	"claude-agent-chat/pkg/store"
	"claude-agent-chat/pkg/transcript"
	"claude-agent-chat/pkg/workspace"
)

// Live is one session in memory. Its exported methods are safe for concurrent use by whoever holds it (see
// Manager.Find); all its plain fields belong to its goroutine, which runs what is posted to its mailbox.
type Live struct {
	manager *Manager
	owner   string
	id      string
	cwd     string
	path    string
	engine  engine.Session

	refs     int // guarded by Manager.mu
	mail     chan func()
	gone     chan struct{} // closed when the goroutine has ended
	settings atomic.Pointer[engine.Settings]
	cancel   atomic.Pointer[context.CancelCauseFunc] // of the running turn

	row     store.Session
	chosen  bool // the person has chosen a model
	primed  bool // row and known prompts were read from the file
	subs    []*subscription
	running *prompt
	queue   []*prompt
	prompts map[string]*prompt // by id: those that ran, run or wait
	journal journal
	left    *journalled // what a turn left that was cut off, until it is recorded
	resumed int         // how often the running turn has gone on by itself
	// held are calls that waited for a person when the process before this one ended, with those that they came through. They
	// are asked about again.
	held     []string
	steered  []*prompt // that went into the running turn
	untitled string    // the first prompt, while the session has no title but its beginning
	// interrupted says that the last turn did not come to its end, and could go on.
	interrupted bool
	unwritten   []recordRequest
	asks        []*pendingAsk
	flight      inflight
	writer      *transcript.Writer // open while a turn runs
	renderer    *replay.Renderer   // of the running turn
	removed     bool

	works     []*work                                 // that go on beside turns
	aside     context.Context                         //nolint:containedctx // of all works
	stopAside atomic.Pointer[context.CancelCauseFunc] // of aside
	heldTasks map[string][]string                     // like held, for work beside turns, by its id
	notices   []engine.Notice                         // that wait for the next step or turn
	sought    bool                                    // work that a process before this one has ended with was looked for
	alone     int                                     // turns that have begun by themselves since a person said something
	lastText  string                                  // the last prompt
}

func newLive(m *Manager, row store.Session, eng engine.Session, path string) *Live {
	l := &Live{
		manager: m, owner: row.OwnerID, id: row.ID, cwd: row.Cwd, path: path, engine: eng,
		mail: make(chan func(), 64), gone: make(chan struct{}), row: row, prompts: map[string]*prompt{},
		heldTasks: map[string][]string{},
		journal:   journal{path: journalPath(workspace.Home(m.opts.Root, row.OwnerID), row.ID)},
	}
	begins := l.begins()
	l.settings.Store(&begins)
	return l
}

// begins is what the session begins with: what its person prefers, of what there is to choose. The mode of one that has a
// file already is none of that; see prime.
func (l *Live) begins() engine.Settings {
	models := l.manager.opts.Engine.Models()
	now := engine.Settings{Mode: engine.ModeDefault, Model: models[0].ID}
	p, ok := l.engine.(engine.Preferrer)
	if !ok {
		return now
	}
	wish := p.Prefers()
	if _, err := os.Lstat(l.path); errors.Is(err, fs.ErrNotExist) && known(engine.Modes(), wish.Mode) {
		now.Mode = wish.Mode
	}
	if slices.ContainsFunc(models, func(m engine.Model) bool { return m.ID == wish.Model }) {
		now.Model = wish.Model
	}
	if slices.Contains(engine.Efforts(), wish.Effort) {
		now.Effort = wish.Effort
	}
	return now
}

// ID is the session's id.
func (l *Live) ID() string { return l.id }

// Cwd is the session's working directory.
func (l *Live) Cwd() string { return l.cwd }

// loop runs what is posted, until nobody has held the session for a while, or quit is closed.
func (l *Live) loop(quit <-chan struct{}) {
	defer close(l.gone)
	defer l.close()
	idle := time.NewTicker(l.manager.opts.IdleAfter)
	defer idle.Stop()
	used := true
	for {
		select {
		case f := <-l.mail:
			f()
			used = true
			if n := len(l.unwritten); n > 0 && (len(l.mail) == 0 || n >= maxTogether) {
				l.writeTogether()
			}
		case <-idle.C:
			if used || l.running != nil || len(l.works) > 0 || l.engine.Busy() {
				used = false
				continue
			}
			if l.manager.forget(l) {
				return
			}
		case <-quit:
			return
		}
	}
}

func (l *Live) close() {
	l.journal.drop()
	l.stopWorks(engine.ErrDraining)
	if err := l.engine.Close(); err != nil {
		l.manager.opts.Log.Warn("engine session not closed", "session_id", l.id, "error", err)
	}
}

// do runs f on the session's goroutine and waits for it. After the goroutine has ended it does nothing.
func (l *Live) do(f func()) {
	done := make(chan struct{})
	l.post(func() {
		defer close(done)
		f()
	})
	select {
	case <-done:
	case <-l.gone:
	}
}

// post has f run on the session's goroutine.
func (l *Live) post(f func()) {
	select {
	case l.mail <- f:
	case <-l.gone:
	}
}

// publish sends a frame to all subscribers but one.
func (l *Live) publish(frame []byte, except Subscriber) {
	for _, s := range l.subs {
		if s.to != except {
			s.send(frame)
		}
	}
}

// state is what the session does now.
func (l *Live) state() string {
	switch {
	case len(l.asks) > 0:
		return acp.StateRequiresAction
	case l.running != nil, len(l.works) > 0:
		return acp.StateRunning
	default:
		return acp.StateIdle
	}
}

// canContinue says whether nothing runs and something is left to go on with.
func (l *Live) canContinue() bool {
	return l.running == nil && (l.interrupted || len(l.queue) > 0)
}

// publishState tells everyone, and the index, what the session does now; result is nil but at the end of a turn.
func (l *Live) publishState(result *Result) {
	note := acp.StateNotification{SessionID: l.id, State: l.state(), Interrupted: l.canContinue()}
	if result != nil {
		note.StopReason = result.StopReason
		note.Usage = &result.Usage
		if result.Err != nil {
			note.Error = fault.Message(result.Err)
		}
	}
	l.publish(acp.Notification(acp.MethodState, note), nil)
	l.touch()
}

// touch puts the session's row into the index.
func (l *Live) touch() {
	l.row.State, l.row.Interrupted = l.state(), l.canContinue()
	if !l.removed {
		l.manager.index.put(l.row)
	}
}

// prime reads from the file, once, what a session must know before its first turn here.
func (l *Live) prime() error {
	if l.primed {
		return nil
	}
	sum, err := transcript.Scan(l.path)
	if errors.Is(err, fs.ErrNotExist) {
		l.primed = true
		return nil
	}
	if err != nil {
		return fault.Wrap(err, fault.Internal, "The conversation could not be read.")
	}
	l.row.MessageCount, l.row.Skipped = int64(sum.Messages), int64(sum.Skipped)
	l.row.Model, l.row.Usage = sum.Model, store.Usage(sum.Usage)
	l.row.Spent = index.SpentOf(sum)
	l.interrupted = sum.Interrupted
	if sum.Title != "" {
		l.row.Title = sum.Title
	}
	if sum.Tasks {
		l.recallTasks()
	}
	for _, id := range sum.PromptIDs {
		l.prompts[id] = &prompt{id: id, ended: closedChan, result: Result{StopReason: acp.StopEndTurn}}
	}
	now := *l.settings.Load()
	if known(engine.Modes(), sum.PermissionMode) {
		now.Mode = sum.PermissionMode
	}
	if slices.ContainsFunc(l.manager.opts.Engine.Models(), func(m engine.Model) bool { return m.ID == sum.Model }) && !l.chosen {
		now.Model = sum.Model
	}
	l.settings.Store(&now)
	if err := l.restore(); err != nil {
		return err
	}
	l.primed = true
	l.revive()
	return nil
}

// spentBy is what a session's answers used, by model.
func spentBy(days []store.Spent) map[string]acp.Usage {
	spent := map[string]acp.Usage{}
	for _, s := range days {
		u := s.Usage
		spent[s.Model] = spent[s.Model].Plus(acp.Usage{
			InputTokens: u.Input, OutputTokens: u.Output, CacheReadTokens: u.CacheRead, CacheWriteTokens: u.CacheWrite,
		})
	}
	return spent
}

func known(modes []acp.Mode, id string) bool {
	for _, m := range modes {
		if m.ID == id {
			return true
		}
	}
	return false
}

// UseServers has the session's next turns use the MCP servers that a client named. None leaves those that it has.
func (l *Live) UseServers(servers []json.RawMessage) error {
	if len(servers) == 0 {
		return nil
	}
	if len(servers) > maxServers {
		return fault.New(fault.TooMany, "A session may have %d MCP servers.", maxServers)
	}
	c, ok := l.engine.(engine.Connector)
	if !ok {
		return fault.New(fault.Unavailable, "MCP servers are not available with this engine.")
	}
	c.SetServers(servers)
	return nil
}

// maxServers is how many MCP servers a client may name.
const maxServers = 32

// Settings are the settings in force.
func (l *Live) Settings() Settings {
	return settings(*l.settings.Load(), l.manager.opts.Engine.Models())
}

// SetMode changes the permission mode and tells everyone.
func (l *Live) SetMode(mode string) error {
	if !known(engine.Modes(), mode) {
		return fault.New(fault.Invalid, "There is no permission mode %q.", mode)
	}
	l.do(func() { l.change(func(s *engine.Settings) { s.Mode = mode }) })
	return nil
}

// SetOption changes a config option and tells everyone.
func (l *Live) SetOption(id, value string) error {
	switch id {
	case optionMode:
		return l.SetMode(value)
	case optionModel:
		for _, m := range l.manager.opts.Engine.Models() {
			if m.ID == value {
				l.do(func() {
					l.chosen = true
					l.change(func(s *engine.Settings) { s.Model = value })
				})
				return nil
			}
		}
		return fault.New(fault.Invalid, "There is no model %q to choose here.", value)
	case optionEffort:
		if value == effortAuto {
			value = ""
		} else if !slices.Contains(engine.Efforts(), value) {
			return fault.New(fault.Invalid, "There is no effort %q to choose here.", value)
		}
		l.do(func() { l.change(func(s *engine.Settings) { s.Effort = value }) })
		return nil
	default:
		return fault.New(fault.Invalid, "There is no option %q.", id)
	}
}

// change changes the settings and publishes what changed.
func (l *Live) change(edit func(*engine.Settings)) {
	before := *l.settings.Load()
	now := before
	edit(&now)
	if now == before {
		return
	}
	l.settings.Store(&now)
	if now.Mode != before.Mode {
		l.publish(acp.UpdateFrame(l.id, acp.Update{Kind: acp.UpdateCurrentMode, CurrentModeID: now.Mode}), nil)
	}
	options := settings(now, l.manager.opts.Engine.Models()).ConfigOptions
	l.publish(acp.UpdateFrame(l.id, acp.Update{Kind: acp.UpdateConfigOption, ConfigOptions: options}), nil)
}

// interrupt cancels the running turn, if there is one. It does not wait.
func (l *Live) interrupt(cause error) {
	if cancel := l.cancel.Load(); cancel != nil {
		(*cancel)(cause)
	}
}

// Cancel stops the running turn; if none runs, what goes on beside turns. Prompts that wait stay in the queue and run next.
func (l *Live) Cancel() {
	if l.cancel.Load() == nil {
		l.stopWorks(engine.ErrInterrupted)
	}
	l.interrupt(engine.ErrInterrupted)
}

// cancelAll stops everything that runs. It does not wait.
func (l *Live) cancelAll(cause error) {
	l.interrupt(cause)
	l.stopWorks(cause)
}

// rename writes the person's title.
func (l *Live) rename(ctx context.Context, title string) (err error) {
	l.do(func() {
		if err = l.write(ctx, transcript.CustomTitle{Title: title}); err == nil {
			l.setTitle(title)
		}
	})
	return err
}

func (l *Live) setTitle(title string) {
	l.row.Title = title
	u := acp.Update{Kind: acp.UpdateSessionInfo, Title: title, UpdatedAt: l.row.UpdatedAt.UTC().Format(time.RFC3339Nano)}
	l.publish(acp.UpdateFrame(l.id, u), nil)
	l.touch()
}

// write appends entries, with the turn's writer or with one of its own.
func (l *Live) write(ctx context.Context, entries ...transcript.Entry) error {
	if l.removed {
		return errNotFound()
	}
	if l.writer != nil {
		_, err := l.writer.Append(ctx, entries...)
		return err
	}
	if err := l.prime(); err != nil {
		return err
	}
	w, err := l.open(ctx)
	if err != nil {
		return err
	}
	defer w.Close()
	_, err = w.Append(ctx, entries...)
	return err
}

// open opens the session's file for writing. It is busy while another process writes it.
func (l *Live) open(ctx context.Context) (*transcript.Writer, error) {
	return transcript.OpenWriter(ctx, l.path, transcript.Context{SessionID: l.id, Cwd: l.cwd})
}

// remove stops the session and has its files removed.
func (l *Live) remove(ctx context.Context, files func() error) (err error) {
	l.do(func() {
		l.removed = true
		l.failQueue(errNotFound())
	})
	if err := l.Stop(ctx); err != nil {
		return err
	}
	l.do(func() {
		err = files()
		l.subs = nil
	})
	return err
}

// Stop cancels the running turn, and what goes on beside it, and waits for the end of both.
func (l *Live) Stop(ctx context.Context) error {
	var ends []<-chan struct{}
	l.do(func() {
		if l.running != nil {
			ends = append(ends, l.running.ended)
		}
		for _, w := range l.works {
			ends = append(ends, w.ended)
		}
	})
	if len(ends) > 0 {
		l.cancelAll(engine.ErrInterrupted)
	}
	for _, ended := range ends {
		select {
		case <-ended:
		case <-ctx.Done():
			return fault.Wrap(ctx.Err(), fault.Unavailable, "What runs in the session did not stop in time.")
		}
	}
	return nil
}
