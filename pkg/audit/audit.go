// Package audit writes down who did what: sign-ins, changes of accounts, decisions about tool calls, the calls
// themselves, exports, deletions, repairs. Never what was said, what a tool put out, or a secret.
//
// The log is a chain: each entry holds a hash over itself and the hash of the entry before it, so that an entry that was
// changed or taken out shows. Writing never keeps anybody waiting.
package audit

import (
	"context"
	"encoding/json"
	"log/slog"
	"strconv"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"claude-agent-chat/pkg/store"
)

// The actions that are written down. What an entry of each holds stands in docs/accounts.md.
const (
	SignIn             = "auth.sign_in"
	SignInFailed       = "auth.sign_in_failed"
	SignInRefused      = "auth.sign_in_refused"
	SignOut            = "auth.sign_out"
	AccountCreated     = "account.created"
	PasswordChanged    = "account.password_changed"
	RoleChanged        = "account.role_changed"
	AccountDisabled    = "account.disabled"
	AccountEnabled     = "account.enabled"
	FactorAdded        = "account.second_factor_added"
	FactorRemoved      = "account.second_factor_removed"
	IdentityAdded      = "account.provider_linked"
	IdentityRemoved    = "account.provider_unlinked"
	LinkCreated        = "link.created"
	LinkDeleted        = "link.deleted"
	TokenCreated       = "token.created"
	TokenDeleted       = "token.deleted"
	WebSessionEnded    = "web_session.ended"
	PermissionDecided  = "permission.decided"
	ToolCalled         = "tool.called"
	SessionExported    = "session.exported"
	SessionDeleted     = "session.deleted"
	ProjectDeleted     = "project.deleted"
	AccountDeleted     = "account.deleted"
	AccountPurged      = "account.purged"
	Restored           = "trash.restored"
	Purged             = "trash.purged"
	TranscriptRepaired = "transcript.repaired"
	LogExported        = "audit.exported"
	EntriesLost        = "audit.entries_lost"
)

// The bounds of the log's memory and work.
const (
	maxQueue   = 4096 // entries that wait for the database
	maxBatch   = 100
	maxDetail  = 200             // characters of one value
	retryEvery = 3 * time.Second // while the database is away
)

// Entry is what happened.
type Entry struct {
	Actor   string            // an account's id; empty for a stranger or the server itself
	Action  string            // one of the constants
	Target  string            // what it was done to, or empty
	Address string            // where the request came from, or empty
	Detail  map[string]string // values are cut to 200 characters
}

// Log takes entries and writes them behind everybody's back. It is safe for concurrent use; a nil Log takes nothing.
type Log struct {
	store *store.Store
	log   *slog.Logger
	wake  chan struct{}

	writing sync.Mutex // held by the one goroutine that writes

	mu    sync.Mutex
	queue []store.AuditEntry
	lost  int
}

// New makes a Log; Serve must run for its entries to be written.
func New(st *store.Store, log *slog.Logger) *Log {
	return &Log{store: st, log: log, wake: make(chan struct{}, 1)}
}

// Add takes an entry. It never waits: while the database is away the newest 4096 are kept, and how many were lost is an
// entry of its own later.
func (l *Log) Add(e Entry) {
	if l == nil {
		return
	}
	row := store.AuditEntry{
		ID: uuid.NewString(), At: time.Now(), Actor: e.Actor, Action: e.Action, Target: e.Target, Address: e.Address, Detail: detail(e.Detail),
	}
	l.mu.Lock()
	if len(l.queue) >= maxQueue {
		l.queue = l.queue[1:]
		l.lost++
	}
	l.queue = append(l.queue, row)
	l.mu.Unlock()
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// detail is the JSON object of an entry, each value cut to what a reader needs.
func detail(values map[string]string) string {
	cut := make(map[string]string, len(values))
	for name, value := range values {
		if utf8.RuneCountInString(value) > maxDetail {
			value = string([]rune(value)[:maxDetail]) + "…"
		}
		cut[name] = value
	}
	data, _ := json.Marshal(cut) // Strings always marshal.
	return string(data)
}

// Serve writes entries until ctx ends. While the database is away it tries again every few seconds.
func (l *Log) Serve(ctx context.Context) error {
	retry := time.NewTimer(retryEvery)
	defer retry.Stop()
	for {
		select {
		case <-l.wake:
		case <-retry.C:
		case <-ctx.Done():
			return nil
		}
		if err := l.writeAll(ctx); err != nil && ctx.Err() == nil {
			l.log.Warn("audit log not written", "error", err)
		}
		retry.Reset(retryEvery)
	}
}

// Flush writes what waits, as far as ctx allows, and says in the log what it could not write.
func (l *Log) Flush(ctx context.Context) {
	if err := l.writeAll(ctx); err != nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.log.Error("audit entries lost at the end", "entries", len(l.queue)+l.lost, "error", err)
	}
}

func (l *Log) writeAll(ctx context.Context) error {
	l.writing.Lock()
	defer l.writing.Unlock()
	for {
		batch, lost := l.batch()
		if len(batch) == 0 {
			return nil
		}
		if err := l.store.AppendAudit(ctx, batch); err != nil {
			return err
		}
		l.written(batch, lost)
	}
}

// batch gives the oldest entries that wait, after one that says how many were lost, if any were.
func (l *Log) batch() (batch []store.AuditEntry, lost int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lost > 0 {
		batch = append(batch, store.AuditEntry{
			ID: uuid.NewString(), At: time.Now(), Action: EntriesLost, Detail: detail(map[string]string{"entries": strconv.Itoa(l.lost)}),
		})
	}
	return append(batch, l.queue[:min(len(l.queue), maxBatch)]...), l.lost
}

// written takes entries that are in the database out of the queue. Some may have been pushed out of it meanwhile.
func (l *Log) written(batch []store.AuditEntry, lost int) {
	ids := make(map[string]bool, len(batch))
	for _, e := range batch {
		ids[e.ID] = true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lost -= lost
	for len(l.queue) > 0 && ids[l.queue[0].ID] {
		l.queue = l.queue[1:]
	}
}
