package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"claude-agent-chat/pkg/fault"
)

// maxTokens bounds the tokens of one account.
const maxTokens = 100

// Token is an API token as its owner sees it again: without the token itself, of which only a hash is kept.
type Token struct {
	ID        string
	AccountID string
	Hash      string // SHA-256 in hex
	Name      string
	CreatedAt time.Time
}

// CreateWebSession lets the holder of a cookie with this hash in as the account until expires; address is where it was made. Web sessions that have
// expired are removed by the way.
func (s *Store) CreateWebSession(ctx context.Context, hash, accountID, address string, expires time.Time) error {
	now := millis(time.Now())
	if _, err := s.exec(ctx, "remove expired web sessions", `DELETE FROM web_sessions WHERE expires_at <= ?`, now); err != nil {
		return err
	}
	_, err := s.exec(ctx, "create web session",
		`INSERT INTO web_sessions (hash, account_id, address, created_at, expires_at) VALUES (?, ?, ?, ?, ?)`,
		hash, accountID, clean(address), now, millis(expires))
	if orphaned(err) {
		return noAccount()
	}
	return err
}

// AccountByWebSession finds whom a cookie lets in at the time now. Expired sessions and disabled accounts are not found.
func (s *Store) AccountByWebSession(ctx context.Context, hash string, now time.Time) (Account, error) {
	return s.account(ctx, `SELECT `+accountColumns+`
		FROM web_sessions w JOIN accounts a ON a.id = w.account_id
		WHERE w.hash = ? AND w.expires_at > ? AND NOT a.disabled`, clean(hash), millis(now))
}

// DeleteWebSession ends a web session; that there is none is no error.
func (s *Store) DeleteWebSession(ctx context.Context, hash string) error {
	_, err := s.exec(ctx, "delete web session", `DELETE FROM web_sessions WHERE hash = ?`, clean(hash))
	return err
}

// CreateToken keeps a new token. An account that has a hundred already gets a Conflict.
func (s *Store) CreateToken(ctx context.Context, t Token) error {
	n, err := s.exec(ctx, "create token", `
		INSERT INTO tokens (id, account_id, hash, name, created_at)
		SELECT CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS BIGINT)
		WHERE (SELECT COUNT(*) FROM tokens WHERE account_id = ?) < ?`,
		t.ID, t.AccountID, t.Hash, clean(t.Name), millis(t.CreatedAt), t.AccountID, maxTokens)
	switch {
	case orphaned(err):
		return noAccount()
	case err == nil && n == 0:
		return fault.New(fault.Conflict, "An account can have %d tokens at most. Delete one that is not used any more.", maxTokens)
	}
	return err
}

// ListTokens lists the tokens of an account, the newest first.
func (s *Store) ListTokens(ctx context.Context, accountID string) ([]Token, error) {
	var rows []struct {
		ID        string `db:"id"`
		AccountID string `db:"account_id"`
		Hash      string `db:"hash"`
		Name      string `db:"name"`
		CreatedAt int64  `db:"created_at"`
	}
	err := s.list(ctx, "list tokens", &rows, `
		SELECT id, account_id, hash, name, created_at FROM tokens
		WHERE account_id = ? ORDER BY created_at DESC, id DESC`, clean(accountID))
	if err != nil {
		return nil, err
	}
	tokens := make([]Token, len(rows))
	for i, r := range rows {
		tokens[i] = Token{ID: r.ID, AccountID: r.AccountID, Hash: r.Hash, Name: r.Name, CreatedAt: fromMillis(r.CreatedAt)}
	}
	return tokens, nil
}

// DeleteToken removes a token of the account. One that does not exist and one of another account are NotFound.
func (s *Store) DeleteToken(ctx context.Context, accountID, id string) error {
	n, err := s.exec(ctx, "delete token", `DELETE FROM tokens WHERE id = ? AND account_id = ?`, clean(id), clean(accountID))
	if err == nil && n == 0 {
		return notFound("token")
	}
	return err
}

// AccountByToken finds whom a token lets in. Disabled accounts are not found.
func (s *Store) AccountByToken(ctx context.Context, hash string) (Account, error) {
	return s.account(ctx, `SELECT `+accountColumns+`
		FROM tokens t JOIN accounts a ON a.id = t.account_id
		WHERE t.hash = ? AND NOT a.disabled`, clean(hash))
}

// Ticket lets its holder in once. Credential names the credential that it was issued for.
type Ticket struct {
	Hash       string // SHA-256 in hex
	AccountID  string
	Credential string
	ExpiresAt  time.Time
}

// CreateTicket keeps a new ticket. Tickets that have expired are removed by the way.
func (s *Store) CreateTicket(ctx context.Context, t Ticket) error {
	if _, err := s.exec(ctx, "remove expired tickets", `DELETE FROM tickets WHERE expires_at <= ?`, millis(time.Now())); err != nil {
		return err
	}
	_, err := s.exec(ctx, "create ticket",
		`INSERT INTO tickets (hash, account_id, credential, expires_at) VALUES (?, ?, ?, ?)`,
		t.Hash, t.AccountID, t.Credential, millis(t.ExpiresAt))
	if orphaned(err) {
		return noAccount()
	}
	return err
}

// RedeemTicket uses a ticket up and gives whom it lets in at the time now, and the credential that it was issued for.
// Of several calls at once only one gets it. A ticket that is unknown, used or expired, and one of a disabled account,
// are NotFound.
func (s *Store) RedeemTicket(ctx context.Context, hash string, now time.Time) (Account, string, error) {
	missing := notFound("ticket")
	var row struct {
		AccountID  string `db:"account_id"`
		Credential string `db:"credential"`
		ExpiresAt  int64  `db:"expires_at"`
	}
	err := s.get(ctx, "redeem ticket", missing, &row,
		`DELETE FROM tickets WHERE hash = ? RETURNING account_id, credential, expires_at`, clean(hash))
	if err != nil {
		return Account{}, "", err
	}
	if row.ExpiresAt <= millis(now) {
		return Account{}, "", missing
	}
	account, err := s.AccountByID(ctx, row.AccountID)
	switch {
	case fault.Is(err, fault.NotFound), err == nil && account.Disabled:
		return Account{}, "", missing
	case err != nil:
		return Account{}, "", err
	}
	return account, row.Credential, nil
}

// ValidWebSessions gives those of the hashes whose web session lets someone in at the time now.
func (s *Store) ValidWebSessions(ctx context.Context, hashes []string, now time.Time) ([]string, error) {
	return s.valid(ctx, hashes, `
		SELECT w.hash FROM web_sessions w JOIN accounts a ON a.id = w.account_id
		WHERE w.expires_at > ? AND NOT a.disabled AND w.hash IN (?)`, millis(now))
}

// ValidTokens gives those of the hashes whose token lets someone in.
func (s *Store) ValidTokens(ctx context.Context, hashes []string) ([]string, error) {
	return s.valid(ctx, hashes, `
		SELECT t.hash FROM tokens t JOIN accounts a ON a.id = t.account_id
		WHERE NOT a.disabled AND t.hash IN (?)`)
}

// valid runs a query over hashes in portions, because databases bound the number of parameters.
func (s *Store) valid(ctx context.Context, hashes []string, query string, before ...any) ([]string, error) {
	var found []string
	for portion := range slices.Chunk(hashes, 500) {
		q, args, err := sqlx.In(query, append(slices.Clone(before), portion)...)
		if err != nil {
			return nil, fmt.Errorf("check credentials: %w", err)
		}
		var some []string
		if err := s.list(ctx, "check credentials", &some, q, args...); err != nil {
			return nil, err
		}
		found = append(found, some...)
	}
	return found, nil
}
