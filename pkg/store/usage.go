package store

import (
	"context"

	"github.com/jmoiron/sqlx"
)

// Spent is what a session used on one day, with one model.
type Spent struct {
	Day   string // 2006-01-02 in UTC; empty if it is not known
	Model string
	Usage Usage
}

// replaceSpent writes what a session used in place of what is there.
func replaceSpent(ctx context.Context, tx *sqlx.Tx, sessionID string, spent []Spent) error {
	if _, err := tx.ExecContext(ctx, tx.Rebind(`DELETE FROM session_usage WHERE session_id = ?`), clean(sessionID)); err != nil {
		return err
	}
	for _, s := range spent {
		_, err := tx.ExecContext(ctx, tx.Rebind(`INSERT INTO session_usage (session_id, day, model, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens)
			VALUES (?, ?, ?, ?, ?, ?, ?)`), clean(sessionID), clean(s.Day), clean(s.Model), s.Usage.Input, s.Usage.Output, s.Usage.CacheRead, s.Usage.CacheWrite)
		if err != nil {
			return err
		}
	}
	return nil
}

// UsageFilter picks what UsageByDay sums up. Empty fields do not count.
type UsageFilter struct {
	OwnerID   string
	SessionID string
	From, To  string // days, both counted
}

// DayUsage is what one account used on one day with one model.
type DayUsage struct {
	OwnerID  string `db:"owner_id"`
	Username string `db:"username"`
	Day      string `db:"day"`
	Model    string `db:"model"`
	Sessions int64  `db:"sessions"`

	Input      int64 `db:"input_tokens"`
	Output     int64 `db:"output_tokens"`
	CacheRead  int64 `db:"cache_read_tokens"`
	CacheWrite int64 `db:"cache_write_tokens"`
}

// maxUsageRows bounds one answer.
const maxUsageRows = 10_000

// UsageByDay sums up, the newest day first.
func (s *Store) UsageByDay(ctx context.Context, f UsageFilter) ([]DayUsage, error) {
	var rows []DayUsage
	err := s.list(ctx, "sum up usage", &rows, `
		SELECT s.owner_id, a.username, u.day, u.model, COUNT(*) AS sessions, SUM(u.input_tokens) AS input_tokens, SUM(u.output_tokens) AS output_tokens,
			SUM(u.cache_read_tokens) AS cache_read_tokens, SUM(u.cache_write_tokens) AS cache_write_tokens
		FROM session_usage u JOIN sessions s ON s.id = u.session_id JOIN accounts a ON a.id = s.owner_id
		WHERE (? = '' OR s.owner_id = ?) AND (? = '' OR s.id = ?) AND (? = '' OR u.day >= ?) AND (? = '' OR u.day <= ?)
		GROUP BY s.owner_id, a.username, u.day, u.model ORDER BY u.day DESC, a.username, u.model LIMIT ?`,
		clean(f.OwnerID), clean(f.OwnerID), clean(f.SessionID), clean(f.SessionID), clean(f.From), clean(f.From), clean(f.To), clean(f.To), maxUsageRows)
	return rows, err
}

// RunningTurn is a session that does something now.
type RunningTurn struct {
	SessionID string `db:"id"`
	OwnerID   string `db:"owner_id"`
	Username  string `db:"username"`
	State     string `db:"state"`
	UpdatedAt int64  `db:"updated_at"` // ms
}

// maxRunning bounds one answer.
const maxRunning = 1000

// RunningTurns are the sessions in which a turn runs or waits for a person, the newest first.
func (s *Store) RunningTurns(ctx context.Context) ([]RunningTurn, error) {
	var rows []RunningTurn
	err := s.list(ctx, "list running turns", &rows, `
		SELECT s.id, s.owner_id, a.username, s.state, s.updated_at FROM sessions s JOIN accounts a ON a.id = s.owner_id
		WHERE s.state <> ? ORDER BY s.updated_at DESC LIMIT ?`, stateIdle, maxRunning)
	return rows, err
}
