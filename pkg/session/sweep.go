package session

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"claude-agent-chat/pkg/audit"
	"claude-agent-chat/pkg/engine"
	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/store"
	"claude-agent-chat/pkg/trash"
	"claude-agent-chat/pkg/workspace"
)

// How often accounts that are kept out are looked for, and what is to be removed for good.
const (
	expelEvery = time.Second
	purgeEvery = time.Minute
	purgeTime  = time.Minute // that one round may take of the database's
)

// Sweep stops what runs for accounts that were disabled or deleted, and removes for good what was deleted long enough ago,
// until ctx ends.
func (m *Manager) Sweep(ctx context.Context) error {
	expel, purge := time.NewTicker(expelEvery), time.NewTicker(purgeEvery)
	defer expel.Stop()
	defer purge.Stop()
	m.purgeOld(ctx)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-expel.C:
			m.expel(ctx)
		case <-purge.C:
			m.purgeOld(ctx)
		}
	}
}

// expel ends what runs in the sessions of accounts that are kept out.
func (m *Manager) expel(ctx context.Context) {
	live := m.liveSessions()
	if len(live) == 0 {
		return
	}
	out, err := m.opts.Store.DisabledAccounts(ctx)
	if err != nil || len(out) == 0 {
		return // while the database is away nobody can be kept out.
	}
	for _, l := range live {
		if out[l.owner] {
			l.do(func() { l.failQueue(errNotFound()) })
			l.cancelAll(engine.ErrInterrupted)
		}
	}
}

// purgeOld removes for good what was deleted longer ago than the grace period.
func (m *Manager) purgeOld(ctx context.Context) {
	before := time.Now().Add(-m.opts.Grace)
	homes, err := filepath.Glob(filepath.Join(m.opts.Root, "*", workspace.StateDir))
	if err != nil {
		m.opts.Log.Warn("trash not looked through", "error", err)
	}
	for _, state := range homes {
		home := filepath.Dir(state)
		removed, err := trash.Purge(ctx, home, before)
		for _, e := range removed {
			m.opts.Audit.Add(audit.Entry{Action: audit.Purged, Target: e.Name, Detail: map[string]string{"kind": e.Kind, "owner": filepath.Base(home)}})
		}
		if err != nil {
			m.opts.Log.Warn("trash not emptied", "owner", filepath.Base(home), "error", err)
		}
	}
	if err := m.purgeAccounts(ctx, before); err != nil && ctx.Err() == nil {
		m.opts.Log.Warn("deleted accounts not removed", "error", err)
	}
}

// purgedPrefix begins the name of a home that is on its way out. No account's id does.
const purgedPrefix = ".purged-"

// purgeAccounts removes accounts for good: the home is put aside in one step, with the note from which the account could come
// back, then the rows go, then what was put aside. Whatever a crash leaves of that is completed in the next round.
func (m *Manager) purgeAccounts(ctx context.Context, before time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, purgeTime)
	defer cancel()
	ids, err := m.opts.Store.AccountsDeletedBefore(ctx, before)
	if err != nil {
		return err
	}
	var failed []error
	for _, id := range ids {
		failed = append(failed, m.purgeAccount(ctx, id))
	}
	left, err := filepath.Glob(filepath.Join(m.opts.Root, purgedPrefix+"*"))
	failed = append(failed, err)
	for _, dir := range left {
		failed = append(failed, trash.RemoveAll(dir))
	}
	return errors.Join(failed...)
}

func (m *Manager) purgeAccount(ctx context.Context, id string) error {
	for _, l := range m.liveSessions() {
		if l.owner == id {
			if err := l.Stop(ctx); err != nil {
				return err
			}
		}
	}
	home := workspace.Home(m.opts.Root, id)
	aside := filepath.Join(m.opts.Root, fmt.Sprintf("%s%s-%d", purgedPrefix, id, time.Now().UnixNano()))
	if err := os.Rename(home, aside); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("put home of deleted account aside: %w", err)
	}
	for more := true; more; {
		page, _, err := m.opts.Store.ListSessions(ctx, id, store.SessionFilter{IncludeArchived: true, Limit: 200})
		if err != nil {
			return err
		}
		for _, row := range page {
			m.index.drop(row.ID)
			if err := m.opts.Store.DeleteSession(ctx, id, row.ID); err != nil && !fault.Is(err, fault.NotFound) {
				return err
			}
		}
		more = len(page) > 0
	}
	if err := m.opts.Store.RemoveAccount(ctx, id); err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	m.opts.Audit.Add(audit.Entry{Action: audit.AccountPurged, Target: id})
	return nil
}
