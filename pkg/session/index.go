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
	// failed says that the last write failed; it belongs to run.
	failed bool

	writing sync.Mutex // held while a row is written

	mu      sync.Mutex
	pending map[string]store.Session
	dropped map[string]bool // sessions that were deleted, and not put again since
}

func newIndexer(st *store.Store, log *slog.Logger) *indexer {
	return &indexer{store: st, log: log, wake: make(chan struct{}, 1), pending: map[string]store.Session{}, dropped: map[string]bool{}}
}

// put queues a row; an older one of the same session is replaced.
func (x *indexer) put(row store.Session) {
	x.mu.Lock()
	x.pending[row.ID] = row
	delete(x.dropped, row.ID)
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

// drop forgets a queued row, because its session was deleted. When it returns the row is not being written either, nor will
// it be.
func (x *indexer) drop(id string) {
	x.mu.Lock()
	delete(x.pending, id)
	x.dropped[id] = true
	x.mu.Unlock()
	x.writing.Lock()
	defer x.writing.Unlock() // it only waits for the row that is being written.
}

// write writes a row, unless its session has been deleted since.
func (x *indexer) write(ctx context.Context, row store.Session) error {
	x.writing.Lock()
	defer x.writing.Unlock()
	x.mu.Lock()
	dropped := x.dropped[row.ID]
	x.mu.Unlock()
	if dropped {
		return nil
	}
	return x.store.UpsertSession(ctx, row)
}

// run writes rows until ctx ends, and what is left then once more.
func (x *indexer) run(ctx context.Context) {
	for x.wait(ctx) {
		x.flush(ctx)
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), indexRetry)
	defer cancel()
	x.flush(last)
}

// wait returns when there is something to write, and false when ctx has ended. After a failure it lets a while pass.
func (x *indexer) wait(ctx context.Context) bool {
	if x.failed {
		select {
		case <-time.After(indexRetry):
			return true
		case <-ctx.Done():
			return false
		}
	}
	select {
	case <-x.wake:
		return true
	case <-ctx.Done():
		return false
	}
}

// flush writes what is queued. What could not be written stays queued.
func (x *indexer) flush(ctx context.Context) {
	x.failed = false
	x.mu.Lock()
	rows := make([]store.Session, 0, len(x.pending))
	for _, row := range x.pending {
		rows = append(rows, row)
	}
	clear(x.pending)
	x.mu.Unlock()
	for i, row := range rows {
		err := x.write(ctx, row)
		if err == nil {
			continue
		}
		if fault.Is(err, fault.Conflict) || fault.Is(err, fault.NotFound) {
			x.log.Warn("session not indexed", "session_id", row.ID, "error", err)
			continue
		}
		if ctx.Err() == nil {
			x.log.Warn("session index is behind", "error", err)
		}
		x.failed = true
		x.giveBack(rows[i:])
		return
	}
}

// giveBack queues rows again that could not be written, unless newer ones have come.
func (x *indexer) giveBack(rows []store.Session) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, row := range rows {
		if _, newer := x.pending[row.ID]; !newer && !x.dropped[row.ID] {
			x.pending[row.ID] = row
		}
	}
}
