package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/jmoiron/sqlx"

	"claude-agent-chat/pkg/fault"
)

// AccountChange is what an administrator changes; nil leaves a thing as it is.
type AccountChange struct {
	Role     *string
	Disabled *bool
	// Deleted disables an account until it is removed for good. What is not disabled is not deleted either.
	Deleted bool
}

// ChangeAccount changes role and standing of an account. An account that is disabled loses its web sessions and tickets.
// A change that would leave no administrator who can sign in is a Conflict, also when two come at once.
func (s *Store) ChangeAccount(ctx context.Context, id string, change AccountChange) (Account, error) {
	var row accountRow
	var deletedAt int64
	if change.Deleted {
		yes := true
		change.Disabled, deletedAt = &yes, millis(time.Now())
	}
	err := s.transact(ctx, queryTimeout, "change account", func(ctx context.Context, tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE administrators_guard SET id = id WHERE id = 1`); err != nil {
			return err
		}
		err := tx.GetContext(ctx, &row, tx.Rebind(`
			UPDATE accounts SET role = COALESCE(CAST(? AS TEXT), role), disabled = COALESCE(CAST(? AS BOOLEAN), disabled),
				deleted_at = CASE WHEN CAST(? AS BOOLEAN) = FALSE THEN 0 WHEN CAST(? AS BIGINT) > 0 THEN CAST(? AS BIGINT) ELSE deleted_at END
			WHERE id = ?
			RETURNING id, username, password_hash, role, created_at, disabled, deleted_at, founder`),
			change.Role, change.Disabled, change.Disabled, deletedAt, deletedAt, clean(id))
		if errors.Is(err, sql.ErrNoRows) {
			return noAccount()
		}
		if err != nil {
			return err
		}
		if row.Disabled {
			if err := endSessions(ctx, tx, row.ID, ""); err != nil {
				return err
			}
		}
		var left int
		err = tx.GetContext(ctx, &left, `SELECT COUNT(*) FROM accounts WHERE role = 'admin' AND NOT disabled`)
		if err == nil && left == 0 {
			err = fault.New(fault.Conflict, "This is the last administrator. Make somebody else one first.")
		}
		return err
	})
	return row.account(), err
}

// DisabledAccounts gives the ids of the accounts that are kept out.
func (s *Store) DisabledAccounts(ctx context.Context) (map[string]bool, error) {
	return s.accountSet(ctx, "list disabled accounts", `SELECT id FROM accounts WHERE disabled`)
}

// accountSet is a list of ids of accounts as a set.
func (s *Store) accountSet(ctx context.Context, doing, query string) (map[string]bool, error) {
	var ids []string
	if err := s.list(ctx, doing, &ids, query); err != nil {
		return nil, err
	}
	out := make(map[string]bool, len(ids))
	for _, id := range ids {
		out[id] = true
	}
	return out, nil
}

// AccountsDeletedBefore gives the ids of the accounts that were deleted before a time.
func (s *Store) AccountsDeletedBefore(ctx context.Context, before time.Time) (ids []string, err error) {
	err = s.list(ctx, "list deleted accounts", &ids, `SELECT id FROM accounts WHERE deleted_at > 0 AND deleted_at <= ? ORDER BY id`, millis(before))
	return ids, err
}

// ReplacePassword replaces an account's hash if it is still the old one, and ends its web sessions but for the one with
// the hash keep, its tickets, and its links to a new password. If the hash has changed meanwhile it is a Conflict.
func (s *Store) ReplacePassword(ctx context.Context, id, old, hash, keep string) error {
	return s.transact(ctx, queryTimeout, "replace password", func(ctx context.Context, tx *sqlx.Tx) error {
		result, err := tx.ExecContext(ctx, tx.Rebind(`UPDATE accounts SET password_hash = ? WHERE id = ? AND password_hash = ?`), hash, clean(id), old)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, fault.New(fault.Conflict, "The password was changed elsewhere at the same time."))
		}
		return endSessions(ctx, tx, id, keep)
	})
}

// endSessions ends what lets an account in without its password, but for tokens and the web session with the hash keep.
func endSessions(ctx context.Context, tx *sqlx.Tx, accountID, keep string) error {
	for _, statement := range []string{
		`DELETE FROM web_sessions WHERE account_id = ? AND hash <> ?`,
		`DELETE FROM tickets WHERE account_id = ? AND hash <> ?`,
		`DELETE FROM links WHERE account_id = ? AND hash <> ?`,
	} {
		if _, err := tx.ExecContext(ctx, tx.Rebind(statement), clean(accountID), keep); err != nil {
			return err
		}
	}
	return nil
}

// WebSession is a web session as its owner sees it.
type WebSession struct {
	Hash      string // SHA-256 in hex
	Address   string
	CreatedAt time.Time
	ExpiresAt time.Time
}

// ListWebSessions lists an account's web sessions that have not expired, the newest first.
func (s *Store) ListWebSessions(ctx context.Context, accountID string, now time.Time) ([]WebSession, error) {
	var rows []struct {
		Hash      string `db:"hash"`
		Address   string `db:"address"`
		CreatedAt int64  `db:"created_at"`
		ExpiresAt int64  `db:"expires_at"`
	}
	err := s.list(ctx, "list web sessions", &rows, `
		SELECT hash, address, created_at, expires_at FROM web_sessions
		WHERE account_id = ? AND expires_at > ? ORDER BY created_at DESC, hash`, clean(accountID), millis(now))
	if err != nil {
		return nil, err
	}
	sessions := make([]WebSession, len(rows))
	for i, r := range rows {
		sessions[i] = WebSession{Hash: r.Hash, Address: r.Address, CreatedAt: fromMillis(r.CreatedAt), ExpiresAt: fromMillis(r.ExpiresAt)}
	}
	return sessions, nil
}

// The kinds of links.
const (
	LinkInvitation = "invitation"
	LinkReset      = "reset"
)

// Link lets its holder do one thing once: make an account, or set an account's password.
type Link struct {
	ID        string
	Hash      string // SHA-256 in hex
	Kind      string // LinkInvitation or LinkReset
	Role      string // of whoever is invited
	AccountID string // whose password is reset
	CreatedBy string
	CreatedAt time.Time
	ExpiresAt time.Time
}

// CreateLink keeps a new link. Links that have expired are removed by the way, and so is an older one to the same
// account's password.
func (s *Store) CreateLink(ctx context.Context, l Link) error {
	err := s.transact(ctx, queryTimeout, "create link", func(ctx context.Context, tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, tx.Rebind(`DELETE FROM links WHERE expires_at <= ? OR account_id = ?`), millis(l.CreatedAt), l.AccountID)
		if err != nil {
			return err
		}
		account := sql.NullString{String: l.AccountID, Valid: l.AccountID != ""}
		_, err = tx.ExecContext(ctx, tx.Rebind(`
			INSERT INTO links (id, hash, kind, role, account_id, created_by, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`),
			l.ID, l.Hash, l.Kind, l.Role, account, l.CreatedBy, millis(l.CreatedAt), millis(l.ExpiresAt))
		return err
	})
	if orphaned(err) {
		return noAccount()
	}
	return err
}

// ListLinks lists the links that can still be used at the time now, the newest first.
func (s *Store) ListLinks(ctx context.Context, now time.Time) ([]Link, error) {
	var rows []struct {
		ID        string         `db:"id"`
		Kind      string         `db:"kind"`
		Role      string         `db:"role"`
		AccountID sql.NullString `db:"account_id"`
		CreatedBy string         `db:"created_by"`
		CreatedAt int64          `db:"created_at"`
		ExpiresAt int64          `db:"expires_at"`
	}
	err := s.list(ctx, "list links", &rows, `
		SELECT id, kind, role, account_id, created_by, created_at, expires_at FROM links
		WHERE expires_at > ? ORDER BY created_at DESC, id`, millis(now))
	if err != nil {
		return nil, err
	}
	links := make([]Link, len(rows))
	for i, r := range rows {
		links[i] = Link{
			ID: r.ID, Kind: r.Kind, Role: r.Role, AccountID: r.AccountID.String, CreatedBy: r.CreatedBy,
			CreatedAt: fromMillis(r.CreatedAt), ExpiresAt: fromMillis(r.ExpiresAt),
		}
	}
	return links, nil
}

// DeleteLink takes a link back.
func (s *Store) DeleteLink(ctx context.Context, id string) error {
	n, err := s.exec(ctx, "delete link", `DELETE FROM links WHERE id = ?`, clean(id))
	if err == nil && n == 0 {
		return notFound("link")
	}
	return err
}

// HasLink reports whether a link of this kind can be used at the time now.
func (s *Store) HasLink(ctx context.Context, hash, kind string, now time.Time) (bool, error) {
	var n int
	err := s.get(ctx, "find link", nil, &n, `SELECT COUNT(*) FROM links WHERE hash = ? AND kind = ? AND expires_at > ?`, clean(hash), kind, millis(now))
	return n > 0, err
}

// useLink uses a link up within a transaction, and gives the role and the account that it is for.
func useLink(ctx context.Context, tx *sqlx.Tx, hash, kind string, now time.Time) (role, accountID string, err error) {
	var row struct {
		Role      string         `db:"role"`
		AccountID sql.NullString `db:"account_id"`
	}
	err = tx.GetContext(ctx, &row, tx.Rebind(`
		DELETE FROM links WHERE hash = ? AND kind = ? AND expires_at > ? RETURNING role, account_id`), clean(hash), kind, millis(now))
	if errors.Is(err, sql.ErrNoRows) {
		return "", "", notFound("link")
	}
	return row.Role, row.AccountID.String, err
}

// CreateInvited makes an account with the role of an invitation, which is used up by it. A link that is unknown, used or
// expired is NotFound; a username that is taken is a Conflict and leaves the invitation as it is.
func (s *Store) CreateInvited(ctx context.Context, hash string, a Account) (Account, error) {
	err := s.transact(ctx, queryTimeout, "create invited account", func(ctx context.Context, tx *sqlx.Tx) (err error) {
		if a.Role, _, err = useLink(ctx, tx, hash, LinkInvitation, a.CreatedAt); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, tx.Rebind(`
			INSERT INTO accounts (id, username, username_key, password_hash, role, created_at) VALUES (?, ?, ?, ?, ?, ?)`),
			a.ID, clean(a.Username), fold(a.Username), a.PasswordHash, a.Role, millis(a.CreatedAt))
		return err
	})
	if taken(err) {
		return a, fault.New(fault.Conflict, "This username is taken.")
	}
	return a, err
}

// ResetPassword sets the password of the account that a link is for, uses the link up, and ends everything that let the
// account in before, tokens too. It gives the account's id; NotFound is a link that is unknown, used or expired.
func (s *Store) ResetPassword(ctx context.Context, hash, passwordHash string, now time.Time) (accountID string, err error) {
	err = s.transact(ctx, queryTimeout, "reset password", func(ctx context.Context, tx *sqlx.Tx) error {
		if _, accountID, err = useLink(ctx, tx, hash, LinkReset, now); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, tx.Rebind(`UPDATE accounts SET password_hash = ? WHERE id = ?`), passwordHash, accountID); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, tx.Rebind(`DELETE FROM tokens WHERE account_id = ?`), accountID); err != nil {
			return err
		}
		return endSessions(ctx, tx, accountID, "")
	})
	return accountID, err
}
