// Package roster keeps a note of each account in the account's home, beside its transcripts and out of the tools' reach,
// so that the loss of the whole database loses no account: nobody becomes the owner of files that were there before by
// being the first to sign up.
//
// The row in the database leads and the note follows. Only where there is no row, a note makes one.
package roster

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/store"
)

// syncEvery is how often all notes are compared with the rows, for what could not be written when it changed.
const syncEvery = time.Minute

// Roster keeps the notes below one sessions root. It is safe for concurrent use, also by several processes.
type Roster struct {
	root  string
	store *store.Store
	log   *slog.Logger
}

// New makes a Roster; the store stays the caller's.
func New(root string, st *store.Store, log *slog.Logger) *Roster {
	return &Roster{root: root, store: st, log: log}
}

// Start restores the accounts from their notes if the database has none at all, and then writes the notes that are
// missing or behind. It must have returned before anybody can sign up.
func (r *Roster) Start(ctx context.Context) error {
	if err := r.restoreLost(ctx); err != nil {
		return err
	}
	return r.Sync(ctx)
}

func (r *Roster) restoreLost(ctx context.Context) error {
	n, err := r.store.CountAccounts(ctx)
	if err != nil || n > 0 {
		return err
	}
	_, err = r.restore(ctx, true)
	return err
}

// Restore puts back every account that has a note and no row, and gives how many those were.
func (r *Roster) Restore(ctx context.Context) (int, error) { return r.restore(ctx, false) }

func (r *Roster) restore(ctx context.Context, onlyIfEmpty bool) (int, error) {
	accounts, err := r.read()
	if err != nil || len(accounts) == 0 {
		return 0, err
	}
	n, err := r.store.RestoreAccounts(ctx, accounts, onlyIfEmpty)
	if err == nil && n > 0 {
		r.log.Info("accounts restored from their homes", "accounts", n, "notes", len(accounts))
	}
	return n, err
}

// Sync writes the notes that differ from their rows. A note that cannot be written is logged and does not keep the
// others from being written.
func (r *Roster) Sync(ctx context.Context) error {
	accounts, err := r.store.ListAccounts(ctx)
	if err != nil {
		return err
	}
	for _, a := range accounts {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if known, err := r.readNote(a.ID); err == nil && known == noteOf(a) {
			continue
		}
		r.Keep(ctx, a.ID)
	}
	return nil
}

// Serve compares notes and rows every minute until ctx ends.
func (r *Roster) Serve(ctx context.Context) error {
	tick := time.NewTicker(syncEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if err := r.Sync(ctx); err != nil && ctx.Err() == nil {
				r.log.Warn("account notes not compared", "error", err)
			}
		case <-ctx.Done():
			return nil
		}
	}
}

// Keep writes the note of an account from its row as it is now; where the row is gone, the note goes too. It is called
// after every change of a row. Trouble is logged and mended by Serve: the change itself has been made by then.
func (r *Roster) Keep(ctx context.Context, accountID string) {
	if err := r.keep(ctx, accountID); err != nil {
		r.log.WarnContext(ctx, "account note not written", "account_id", accountID, "error", err)
	}
}

// keep reads the row and writes the note under a lock of the home, so that of two changes the later one stays.
func (r *Roster) keep(ctx context.Context, accountID string) (err error) {
	if _, err := r.store.AccountByID(ctx, accountID); fault.Is(err, fault.NotFound) {
		return r.remove(accountID)
	} else if err != nil {
		return err
	}
	dir, err := r.lock(accountID)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dir.Close()) }()
	account, err := r.store.AccountByID(ctx, accountID)
	if fault.Is(err, fault.NotFound) {
		return r.remove(accountID)
	}
	if err != nil {
		return err
	}
	return r.write(dir, noteOf(account))
}
