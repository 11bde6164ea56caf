package store

import (
	"context"
	"time"

	"claude-agent-chat/pkg/fault"
)

// AccountByIdentity finds whom a provider means by a subject, disabled accounts too; NotFound if nobody is known by it.
func (s *Store) AccountByIdentity(ctx context.Context, issuer, subject string) (Account, error) {
	return s.account(ctx, `SELECT `+accountColumns+` FROM identities i JOIN accounts a ON a.id = i.account_id
		WHERE i.issuer = ? AND i.subject = ?`, clean(issuer), clean(subject))
}

// AddIdentity has a provider's subject mean an account. If it means another one already it is a Conflict.
func (s *Store) AddIdentity(ctx context.Context, issuer, subject, accountID string) error {
	_, err := s.exec(ctx, "add identity", `
		INSERT INTO identities (issuer, subject, account_id, created_at) VALUES (?, ?, ?, ?)`,
		clean(issuer), clean(subject), clean(accountID), millis(time.Now()))
	switch {
	case orphaned(err):
		return noAccount()
	case taken(err):
		return fault.New(fault.Conflict, "This person of the provider has an account here already.")
	}
	return err
}

// IdentitiesOf counts the identities of an account with a provider.
func (s *Store) IdentitiesOf(ctx context.Context, issuer, accountID string) (n int, err error) {
	err = s.get(ctx, "count identities", notFound("account"), &n,
		`SELECT COUNT(*) FROM identities WHERE issuer = ? AND account_id = ?`, clean(issuer), clean(accountID))
	return n, err
}

// DeleteIdentities has nothing of a provider mean an account any more.
func (s *Store) DeleteIdentities(ctx context.Context, issuer, accountID string) error {
	n, err := s.exec(ctx, "remove identities", `DELETE FROM identities WHERE issuer = ? AND account_id = ?`, clean(issuer), clean(accountID))
	if err == nil && n == 0 {
		return notFound("identity")
	}
	return err
}
