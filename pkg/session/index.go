package session

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/store"
)

// indexRetry is how long the indexer waits when the database is away.
const indexRetry = time.Second

// indexer writes the session index after the files, in its own time: a slow or absent database delays no turn. Only
// the newest row of a session is kept while the database is away.
type indexer struct {
	store *store.Store
	log   *slog.Logger
	wake  chan struct{}

	mu      sync.Mutex
	pending map[string]store.Session
}

func newIndexer(st *store.Store, log *slog.Logger) *indexer {
	return &indexer{store: st, log: log, wake: make(chan struct{}, 1), pending: map[string]store.Session{}}
}

// put queues a row; an older one of the same session is replaced.
func (x *indexer) put(row store.Session) {
	x.mu.Lock()
	x.pending[row.ID] = row
	x.mu.Unlock()
	select {
	case x.wake <- struct{}{}:
	default:
	}
}

// putNow writes a row at once, so that whoever is told of the session finds it; it is queued if the database does not
// take it soon.
func (x *indexer) putNow(ctx context.Context, row store.Session) {
	ctx, cancel := context.WithTimeout(ctx, indexRetry)
	defer cancel()
	if err := x.store.UpsertSession(ctx, row); err != nil {
		x.put(row)
	}
}

// drop forgets a queued row, because its session was deleted.
func (x *indexer) drop(id string) {
	x.mu.Lock()
	delete(x.pending, id)
	x.mu.Unlock()
}

// run writes rows until ctx ends, and what is left then once more.
func (x *indexer) run(ctx context.Context) {
	for {
		select {
		case <-x.wake:
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), indexRetry)
			defer cancel()
			x.flush(last)
			return
		}
		for !x.flush(ctx) {
			select {
			case <-time.After(indexRetry):
			case <-ctx.Done():
				return
			}
		}
	}
}

// flush writes what is queued and reports whether all of it could be written.
func (x *indexer) flush(ctx context.Context) bool {
	x.mu.Lock()
	rows := make([]store.Session, 0, len(x.pending))
	for _, row := range x.pending {
		rows = append(rows, row)
	}
	clear(x.pending)
	x.mu.Unlock()
	for i, row := range rows {
		err := x.store.UpsertSession(ctx, row)
		if err == nil {
			continue
		}
		if fault.Is(err, fault.Conflict) || fault.Is(err, fault.NotFound) {
			x.log.Warn("session not indexed", "session_id", row.ID, "error", err)
			continue
		}
		x.log.Warn("session index is behind", "error", err)
		x.giveBack(rows[i:])
		return false
	}
	return true
}

// giveBack queues rows again that could not be written, unless newer ones have come.
func (x *indexer) giveBack(rows []store.Session) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, row := range rows {
		if _, newer := x.pending[row.ID]; !newer {
			x.pending[row.ID] = row
		}
	}
}
