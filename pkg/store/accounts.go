package store

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"claude-agent-chat/pkg/fault"
)

// The roles of accounts.
const (
	RoleAdmin = "admin"
	RoleUser  = "user"
)

// Account is a person who may sign in. Usernames differ in more than case and width.
type Account struct {
	ID           string
	Username     string
	PasswordHash string
	Role         string // RoleAdmin or RoleUser
	CreatedAt    time.Time
	Disabled     bool      // lets nobody in, whatever they hold
	DeletedAt    time.Time // when it was deleted; zero if it was not
	Founder      bool      // the first of all; there is one at most
}

// accountRow is an account as it lies in the database.
type accountRow struct {
	ID           string `db:"id"`
	Username     string `db:"username"`
	PasswordHash string `db:"password_hash"`
	Role         string `db:"role"`
	CreatedAt    int64  `db:"created_at"`
	Disabled     bool   `db:"disabled"`
	DeletedAt    int64  `db:"deleted_at"`
	Founder      bool   `db:"founder"`
}

const accountColumns = `a.id, a.username, a.password_hash, a.role, a.created_at, a.disabled, a.deleted_at, a.founder`

func (r accountRow) account() Account {
	a := Account{
		ID: r.ID, Username: r.Username, PasswordHash: r.PasswordHash, Role: r.Role,
		CreatedAt: fromMillis(r.CreatedAt), Disabled: r.Disabled, Founder: r.Founder,
	}
	if r.DeletedAt > 0 {
		a.DeletedAt = fromMillis(r.DeletedAt)
	}
	return a
}

// CreateFirstAdmin makes the first account of all, whatever its Role says an administrator's. If there is any account
// it is a Conflict; of two calls at once, in two processes too, only one succeeds.
func (s *Store) CreateFirstAdmin(ctx context.Context, a Account) error {
	n, err := s.exec(ctx, "create first account", `
		INSERT INTO accounts (id, username, username_key, password_hash, role, founder, created_at)
		SELECT CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT), TRUE, CAST(? AS BIGINT)
		WHERE NOT EXISTS (SELECT 1 FROM accounts)`,
		a.ID, clean(a.Username), fold(a.Username), a.PasswordHash, RoleAdmin, millis(a.CreatedAt))
	if taken(err) || (err == nil && n == 0) {
		return fault.New(fault.Conflict, "There is an account already.")
	}
	return err
}

// CreateAccount makes an account. A username that is taken is a Conflict.
func (s *Store) CreateAccount(ctx context.Context, a Account) error {
	_, err := s.exec(ctx, "create account", `
		INSERT INTO accounts (id, username, username_key, password_hash, role, disabled, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?)`,
		a.ID, clean(a.Username), fold(a.Username), a.PasswordHash, a.Role, a.Disabled, millis(a.CreatedAt))
	if taken(err) {
		return fault.New(fault.Conflict, "This username is taken.")
	}
	return err
}

// AccountByUsername finds an account, disabled ones too, by its name in any case and width.
func (s *Store) AccountByUsername(ctx context.Context, username string) (Account, error) {
	return s.account(ctx, `SELECT `+accountColumns+` FROM accounts a WHERE a.username_key = ?`, fold(username))
}

// AccountByID finds an account, disabled ones too.
func (s *Store) AccountByID(ctx context.Context, id string) (Account, error) {
	return s.account(ctx, `SELECT `+accountColumns+` FROM accounts a WHERE a.id = ?`, clean(id))
}

func (s *Store) account(ctx context.Context, query string, args ...any) (Account, error) {
	var row accountRow
	if err := s.get(ctx, "find account", noAccount(), &row, query, args...); err != nil {
		return Account{}, err
	}
	return row.account(), nil
}

// ListAccounts lists all accounts, disabled ones too, the oldest first.
func (s *Store) ListAccounts(ctx context.Context) ([]Account, error) {
	var rows []accountRow
	if err := s.list(ctx, "list accounts", &rows, `SELECT `+accountColumns+` FROM accounts a ORDER BY a.created_at, a.id`); err != nil {
		return nil, err
	}
	accounts := make([]Account, len(rows))
	for i, r := range rows {
		accounts[i] = r.account()
	}
	return accounts, nil
}

// RestoreAccounts puts back the accounts that are missing, all of them or none, and gives how many it put back. One whose
// id or name is taken stays as it is in the database, and there is still one founder at most. With onlyIfEmpty it does
// nothing once there is any account. Several processes may do it at once.
func (s *Store) RestoreAccounts(ctx context.Context, accounts []Account, onlyIfEmpty bool) (restored int, err error) {
	accounts = slices.Clone(accounts)
	slices.SortFunc(accounts, func(a, b Account) int { return cmp.Compare(a.ID, b.ID) }) // one order for all, so that none deadlocks.
	err = s.transact(ctx, queryTimeout, "restore accounts", func(ctx context.Context, tx *sqlx.Tx) error {
		restored = 0
		if onlyIfEmpty {
			var n int
			if err := tx.GetContext(ctx, &n, `SELECT COUNT(*) FROM accounts`); err != nil || n > 0 {
				return err
			}
		}
		for _, a := range accounts {
			n, err := restoreAccount(ctx, tx, a)
			if err != nil {
				return err
			}
			restored += n
		}
		return nil
	})
	return restored, err
}

// restoreAccount puts one account back unless it collides; a second founder comes back as no founder.
func restoreAccount(ctx context.Context, tx *sqlx.Tx, a Account) (int, error) {
	founders := []bool{false}
	if a.Founder {
		founders = []bool{true, false}
	}
	for _, founder := range founders {
		result, err := tx.ExecContext(ctx, tx.Rebind(`
			INSERT INTO accounts (id, username, username_key, password_hash, role, founder, disabled, created_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`),
			a.ID, clean(a.Username), fold(a.Username), a.PasswordHash, a.Role, founder, a.Disabled, millis(a.CreatedAt))
		if err != nil {
			return 0, err
		}
		if n, err := result.RowsAffected(); n > 0 || err != nil {
			return int(n), err
		}
	}
	return 0, nil
}

// CountAccounts counts all accounts, disabled ones too.
func (s *Store) CountAccounts(ctx context.Context) (int, error) {
	var n int
	err := s.get(ctx, "count accounts", nil, &n, `SELECT COUNT(*) FROM accounts`)
	return n, err
}

// SetPasswordHash replaces an account's hash if it is still the old one, so that an older sign-in cannot undo a newer
// change of the password; otherwise nothing happens. It ends no session.
func (s *Store) SetPasswordHash(ctx context.Context, id, old, hash string) error {
	_, err := s.exec(ctx, "set password hash",
		`UPDATE accounts SET password_hash = ? WHERE id = ? AND password_hash = ?`, hash, clean(id), old)
	return err
}

// SetDisabled lets an account in or keeps it out. Its sessions and tokens stop to count at once.
func (s *Store) SetDisabled(ctx context.Context, id string, disabled bool) error {
	n, err := s.exec(ctx, "disable account", `UPDATE accounts SET disabled = ? WHERE id = ?`, disabled, clean(id))
	if err == nil && n == 0 {
		return noAccount()
	}
	return err
}

// RemoveAccount removes an account and every row that belongs to it; files are not its business.
func (s *Store) RemoveAccount(ctx context.Context, id string) error {
	n, err := s.exec(ctx, "remove account", `DELETE FROM accounts WHERE id = ?`, clean(id))
	if err == nil && n == 0 {
		return noAccount()
	}
	return err
}
