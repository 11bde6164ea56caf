package session

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/engine"
	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/index"
	"claude-agent-chat/pkg/store"
	"claude-agent-chat/pkg/workspace"
)

// Manager finds sessions and keeps the live ones. It is safe for concurrent use.
type Manager struct {
	opts  Options
	index *indexer
	files *index.Index

	mu       sync.Mutex
	live     map[string]*Live // by session id
	draining bool
	turns    sync.WaitGroup
	loops    sync.WaitGroup
	quit     chan struct{}
	quitting context.Context // ends with quit
	endQuit  context.CancelFunc
}

// NewManager makes a manager; Serve must run for the index to be written.
func NewManager(opts Options) *Manager {
	if opts.IdleAfter == 0 {
		opts.IdleAfter = 10 * time.Minute
	}
	m := &Manager{opts: opts, index: newIndexer(opts.Store, opts.Log), live: map[string]*Live{}, quit: make(chan struct{})}
	m.quitting, m.endQuit = context.WithCancel(context.Background())
	m.files = index.New(index.Options{Root: opts.Root, Store: opts.Store, Live: m.isLive, Log: opts.Log})
	return m
}

// isLive reports whether a session is in memory.
func (m *Manager) isLive(id string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.live[id] != nil
}

// Serve writes the session index until ctx ends: the rows of live sessions, and those of files that others write. First
// it corrects the rows of sessions that were running when the process before this one ended, and mends their files.
func (m *Manager) Serve(ctx context.Context) error {
	if err := m.opts.Store.ResetSessionStates(ctx); err != nil {
		m.opts.Log.Warn("session states not reset", "error", err)
	}
	var beside sync.WaitGroup
	beside.Go(func() { m.recoverTurns(ctx) })
	beside.Go(func() { m.files.Follow(ctx) })
	defer beside.Wait()
	m.index.run(ctx)
	return nil
}

// Counts says how many sessions are in memory, and how many turns run.
func (m *Manager) Counts() (sessions, turns int) {
	live := m.liveSessions()
	for _, l := range live {
		l.do(func() {
			if l.running != nil {
				turns++
			}
		})
	}
	return len(live), turns
}

func (m *Manager) liveSessions() []*Live {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := make([]*Live, 0, len(m.live))
	for _, l := range m.live {
		all = append(all, l)
	}
	return all
}

// drains reports whether no more turns begin.
func (m *Manager) drains() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.draining
}

// errNotFound is the one answer for a session that does not exist and for one that is another user's.
func errNotFound() error {
	return fault.New(fault.NotFound, "There is no such session.")
}

// New makes a session in cwd for a user. The caller holds it until it calls Release. Its file is made with its first
// prompt.
func (m *Manager) New(ctx context.Context, owner, cwd string) (*Live, error) {
	home := workspace.Home(m.opts.Root, owner)
	if err := workspace.Ensure(m.opts.Root, owner); err != nil {
		return nil, err
	}
	real, err := workspace.ResolveCwd(home, cwd)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	row := store.Session{ID: uuid.NewString(), OwnerID: owner, Cwd: real, CreatedAt: now, UpdatedAt: now, State: acp.StateIdle}
	l, err := m.hold(row)
	if err != nil {
		return nil, err
	}
	m.index.putNow(ctx, row)
	return l, nil
}

// Find holds a session of a user. The caller must call Release. The index is asked first, then the user's files, so that
// a session is found that only Claude Code knew, or while the database is away.
func (m *Manager) Find(ctx context.Context, owner, id string) (*Live, error) {
	if _, err := uuid.Parse(id); err != nil || len(id) != 36 {
		return nil, errNotFound()
	}
	if l := m.held(owner, id); l != nil {
		return l, nil
	}
	row, err := m.opts.Store.SessionByID(ctx, owner, id)
	if err == nil {
		return m.hold(row)
	}
	row, fileErr := m.fromFile(owner, id)
	switch {
	case fileErr == nil:
		return m.hold(row)
	case fault.Is(err, fault.NotFound):
		return nil, errNotFound()
	default:
		return nil, err
	}
}

// fromFile makes the row of a session that the index does not have.
func (m *Manager) fromFile(owner, id string) (store.Session, error) {
	f, err := m.files.Find(owner, id)
	if err != nil {
		return store.Session{}, errNotFound()
	}
	row, err := m.files.Row(f)
	if err != nil {
		return store.Session{}, errNotFound()
	}
	row.State = acp.StateIdle
	return row, nil
}

// held returns the live session if there is one, held once more.
func (m *Manager) held(owner, id string) *Live {
	m.mu.Lock()
	defer m.mu.Unlock()
	l := m.live[id]
	if l == nil || l.owner != owner {
		return nil
	}
	l.refs++
	return l
}

// hold returns the live session of a row, started if need be, held once more.
func (m *Manager) hold(row store.Session) (*Live, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if l := m.live[row.ID]; l != nil {
		if l.owner != row.OwnerID {
			return nil, errNotFound()
		}
		l.refs++
		return l, nil
	}
	l, err := m.start(row)
	if err != nil {
		return nil, err
	}
	l.refs = 1
	m.live[row.ID] = l
	return l, nil
}

// start makes a live session and its goroutine. m.mu is held.
func (m *Manager) start(row store.Session) (*Live, error) {
	home, path := workspace.Home(m.opts.Root, row.OwnerID), index.PathOf(m.opts.Root, row)
	eng, err := m.opts.Engine.Open(engine.Info{
		Owner: row.OwnerID, SessionID: row.ID, Home: home, Cwd: row.Cwd, Side: strings.TrimSuffix(path, ".jsonl"),
	})
	if err != nil {
		return nil, err
	}
	l := newLive(m, row, eng, path)
	m.loops.Add(1)
	go func() {
		defer m.loops.Done()
		l.loop(m.quit)
	}()
	return l, nil
}

// Release lets a session go that New or Find returned.
func (m *Manager) Release(l *Live) {
	m.mu.Lock()
	l.refs--
	m.mu.Unlock()
}

// forget ends a live session if nobody holds it. It is called by the session's own goroutine.
func (m *Manager) forget(l *Live) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if l.refs > 0 {
		return false
	}
	if m.live[l.id] == l {
		delete(m.live, l.id)
	}
	return true
}

// Rename gives a session a title, in its file and in the index.
func (m *Manager) Rename(ctx context.Context, owner, id, title string) error {
	l, err := m.Find(ctx, owner, id)
	if err != nil {
		return err
	}
	defer m.Release(l)
	return l.rename(ctx, title)
}

// List is a page of a user's sessions, newest first.
func (m *Manager) List(ctx context.Context, owner string, req acp.ListSessionsRequest) (acp.ListSessionsResponse, error) {
	rows, next, err := m.opts.Store.ListSessions(ctx, owner, store.SessionFilter{Cwd: req.Cwd, Cursor: req.Cursor, Limit: 50})
	if err != nil {
		return acp.ListSessionsResponse{}, err
	}
	page := acp.ListSessionsResponse{Sessions: make([]acp.SessionInfo, 0, len(rows)), NextCursor: next}
	for _, row := range rows {
		page.Sessions = append(page.Sessions, acp.SessionInfo{
			SessionID: row.ID, Cwd: row.Cwd, Title: row.Title, UpdatedAt: row.UpdatedAt.UTC().Format(time.RFC3339Nano),
			Meta: acp.Meta{acp.MetaState: row.State},
		})
	}
	return page, nil
}

// beginTurn counts a turn in, unless the server drains.
func (m *Manager) beginTurn() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.draining {
		return fault.New(fault.Unavailable, "The server is restarting. The prompt was not taken; send it again in a moment.")
	}
	m.turns.Add(1)
	return nil
}

// drainMargin is what Drain leaves of its time to turns that must be cut short: they record what they have.
const drainMargin = 3 * time.Second

// Drain takes no more prompts, lets turns end, and cuts short those that are still running shortly before ctx ends.
// When it returns, every record is on disk.
func (m *Manager) Drain(ctx context.Context) error {
	m.mu.Lock()
	m.draining = true
	m.mu.Unlock()
	ended := make(chan struct{})
	go func() {
		m.turns.Wait()
		close(ended)
	}()
	if deadline, ok := ctx.Deadline(); ok {
		grace := time.NewTimer(time.Until(deadline) - drainMargin)
		defer grace.Stop()
		select {
		case <-ended:
			return nil
		case <-grace.C:
		}
		m.interruptAll()
	}
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return errors.New("turns were still running at the end of the grace period")
	}
}

// Close ends the live sessions' goroutines. It comes after Drain, and only once.
func (m *Manager) Close() {
	close(m.quit)
	m.endQuit()
	m.loops.Wait()
}

func (m *Manager) interruptAll() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, l := range m.live {
		l.cancelAll(engine.ErrDraining)
	}
}
