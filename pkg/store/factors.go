package store

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"

	"claude-agent-chat/pkg/fault"
)

// SecondFactor is an account's authenticator.
type SecondFactor struct {
	Secret    string // base32
	Confirmed bool   // a code of it was given once; before that it asks for nothing
}

// SecondFactorOf finds the second factor of an account; NotFound if it has none.
func (s *Store) SecondFactorOf(ctx context.Context, accountID string) (SecondFactor, error) {
	var row struct {
		Secret    string `db:"secret"`
		Confirmed bool   `db:"confirmed"`
	}
	err := s.get(ctx, "find second factor", notFound("second factor"), &row,
		`SELECT secret, confirmed FROM second_factors WHERE account_id = ?`, clean(accountID))
	return SecondFactor{row.Secret, row.Confirmed}, err
}

// SecondFactors gives the ids of the accounts that have a confirmed one.
func (s *Store) SecondFactors(ctx context.Context) (map[string]bool, error) {
	return s.accountSet(ctx, "list second factors", `SELECT account_id FROM second_factors WHERE confirmed`)
}

// PutSecondFactor begins a second factor, in place of one that was not confirmed. If there is a confirmed one it is a
// Conflict.
func (s *Store) PutSecondFactor(ctx context.Context, accountID, secret string) error {
	n, err := s.exec(ctx, "begin second factor", `
		INSERT INTO second_factors (account_id, secret, created_at) VALUES (?, ?, ?)
		ON CONFLICT (account_id) DO UPDATE SET secret = excluded.secret, created_at = excluded.created_at, last_step = 0
		WHERE NOT second_factors.confirmed`, clean(accountID), secret, millis(time.Now()))
	if orphaned(err) {
		return noAccount()
	}
	if err == nil && n == 0 {
		return fault.New(fault.Conflict, "There is a second factor already. Remove it first.")
	}
	return err
}

// ConfirmSecondFactor makes a second factor count, with its recovery codes and the step of the code that confirmed it.
// If it is confirmed already, or another one by now, it is a Conflict.
func (s *Store) ConfirmSecondFactor(ctx context.Context, accountID, secret string, step int64, recovery []string) error {
	return s.transact(ctx, queryTimeout, "confirm second factor", func(ctx context.Context, tx *sqlx.Tx) error {
		n, err := changed(tx.ExecContext(ctx, tx.Rebind(`
			UPDATE second_factors SET confirmed = TRUE, last_step = ? WHERE account_id = ? AND secret = ? AND NOT confirmed`), step, clean(accountID), secret))
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.New(fault.Conflict, "The second factor was changed at the same time. Begin again.")
		}
		if _, err := tx.ExecContext(ctx, tx.Rebind(`DELETE FROM recovery_codes WHERE account_id = ?`), clean(accountID)); err != nil {
			return err
		}
		for _, hash := range recovery {
			if _, err := tx.ExecContext(ctx, tx.Rebind(`INSERT INTO recovery_codes (account_id, hash) VALUES (?, ?)`), clean(accountID), hash); err != nil {
				return err
			}
		}
		return nil
	})
}

// TakeStep counts a code of an authenticator as used; false if one of that step or a later one was taken before, also in
// another process at the same time.
func (s *Store) TakeStep(ctx context.Context, accountID string, step int64) (bool, error) {
	n, err := s.exec(ctx, "take code", `UPDATE second_factors SET last_step = ? WHERE account_id = ? AND last_step < ?`, step, clean(accountID), step)
	return n > 0, err
}

// TakeRecoveryCode removes a recovery code; false if there is none with this hash.
func (s *Store) TakeRecoveryCode(ctx context.Context, accountID, hash string) (bool, error) {
	n, err := s.exec(ctx, "take recovery code", `DELETE FROM recovery_codes WHERE account_id = ? AND hash = ?`, clean(accountID), hash)
	return n > 0, err
}

// DeleteSecondFactor removes a second factor and its recovery codes; NotFound if there is none.
func (s *Store) DeleteSecondFactor(ctx context.Context, accountID string) error {
	if _, err := s.exec(ctx, "remove recovery codes", `DELETE FROM recovery_codes WHERE account_id = ?`, clean(accountID)); err != nil {
		return err
	}
	n, err := s.exec(ctx, "remove second factor", `DELETE FROM second_factors WHERE account_id = ?`, clean(accountID))
	if err == nil && n == 0 {
		return notFound("second factor")
	}
	return err
}
