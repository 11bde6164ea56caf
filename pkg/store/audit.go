package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"
)

// AuditEntry is one line of the audit log. Seq and Hash are given when it is appended.
type AuditEntry struct {
	Seq     int64
	ID      string
	At      time.Time
	Actor   string // an account's id; empty for a stranger or the server itself
	Name    string // the actor's username now, where there is one; not part of the chain
	Action  string
	Target  string
	Address string
	Detail  string // a JSON object of strings
	Hash    string // SHA-256 in hex
}

// auditRow is an entry as it lies in the database.
type auditRow struct {
	Seq     int64  `db:"seq"`
	ID      string `db:"id"`
	At      int64  `db:"at"`
	Actor   string `db:"actor"`
	Name    string `db:"name"`
	Action  string `db:"action"`
	Target  string `db:"target"`
	Address string `db:"address"`
	Detail  string `db:"detail"`
	Hash    string `db:"hash"`
}

// AuditHash is the hash of an entry that follows one with the hash prev.
func AuditHash(prev string, e AuditEntry) string {
	fields := []string{
		prev, strconv.FormatInt(e.Seq, 10), e.ID, strconv.FormatInt(millis(e.At), 10), e.Actor, e.Action, e.Target, e.Address, e.Detail,
	}
	data, _ := json.Marshal(fields) // Strings always marshal, and the quotes tell where each one ends.
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// AppendAudit appends entries in their order, all or none. One whose id is in the log already is passed over, so that a
// call whose answer was lost can be made again. Several processes append to one chain.
func (s *Store) AppendAudit(ctx context.Context, entries []AuditEntry) error {
	return s.transact(ctx, queryTimeout, "append to the audit log", func(ctx context.Context, tx *sqlx.Tx) error {
		head, err := lockAuditHead(ctx, tx)
		if err != nil {
			return err
		}
		known, err := auditKnown(ctx, tx, entries)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if slices.Contains(known, e.ID) {
				continue
			}
			if head, err = appendAudit(ctx, tx, head, e); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, tx.Rebind(`UPDATE audit_head SET seq = ?, hash = ? WHERE id = 1`), head.Seq, head.Hash)
		return err
	})
}

// lockAuditHead reads the end of the chain and keeps others from appending until the transaction ends.
func lockAuditHead(ctx context.Context, tx *sqlx.Tx) (AuditEntry, error) {
	var row auditRow
	err := tx.GetContext(ctx, &row, `UPDATE audit_head SET id = id WHERE id = 1 RETURNING seq, hash`)
	return AuditEntry{Seq: row.Seq, Hash: row.Hash}, err
}

func auditKnown(ctx context.Context, tx *sqlx.Tx, entries []AuditEntry) (known []string, err error) {
	ids := make([]string, len(entries))
	for i, e := range entries {
		ids[i] = e.ID
	}
	query, args, err := sqlx.In(`SELECT id FROM audit WHERE id IN (?)`, ids)
	if err != nil {
		return nil, err
	}
	err = tx.SelectContext(ctx, &known, tx.Rebind(query), args...)
	return known, err
}

// appendAudit writes one entry behind head and gives the new head.
func appendAudit(ctx context.Context, tx *sqlx.Tx, head, e AuditEntry) (AuditEntry, error) {
	e.Seq, e.Actor, e.Target, e.Address, e.Detail = head.Seq+1, clean(e.Actor), clean(e.Target), clean(e.Address), clean(e.Detail)
	e.Hash = AuditHash(head.Hash, e)
	_, err := tx.ExecContext(ctx, tx.Rebind(`
		INSERT INTO audit (seq, id, at, actor, action, target, address, detail, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`),
		e.Seq, e.ID, millis(e.At), e.Actor, e.Action, e.Target, e.Address, e.Detail, e.Hash)
	return e, err
}

// errNoHead is for a database in which somebody removed the end of the chain.
var errNoHead = errors.New("read the end of the audit log: it is missing")

// AuditHead gives the number and the hash of the last entry; 0 and nothing if there is none.
func (s *Store) AuditHead(ctx context.Context) (seq int64, hash string, err error) {
	var row auditRow
	err = s.get(ctx, "read the end of the audit log", errNoHead, &row, `SELECT seq, hash FROM audit_head WHERE id = 1`)
	return row.Seq, row.Hash, err
}

// AuditFilter picks entries. Empty fields pick all.
type AuditFilter struct {
	Before int64  // numbers below it; 0 is the end
	Actor  string // an account's id or the beginning of its username
	Action string // or the beginning of it
	Text   string // somewhere in the target, the address or the detail
	Limit  int
}

const auditColumns = `SELECT e.seq, e.id, e.at, e.actor, COALESCE(a.username, '') AS name, e.action, e.target, e.address, e.detail, e.hash
	FROM audit e LEFT JOIN accounts a ON a.id = e.actor `

// ListAudit gives a page of the entries that a filter picks, the newest first.
func (s *Store) ListAudit(ctx context.Context, f AuditFilter) ([]AuditEntry, error) {
	where, args := []string{"1 = 1"}, []any{}
	also := func(condition string, values ...any) {
		where, args = append(where, condition), append(args, values...)
	}
	if f.Before > 0 {
		also(`e.seq < ?`, f.Before)
	}
	if f.Actor != "" {
		also(`(e.actor = ? OR a.username_key LIKE ? ESCAPE '!')`, clean(f.Actor), startsWith(fold(f.Actor)))
	}
	if f.Action != "" {
		also(`e.action LIKE ? ESCAPE '!'`, startsWith(clean(f.Action)))
	}
	if f.Text != "" {
		pattern := contains(clean(f.Text))
		also(`(e.target LIKE ? ESCAPE '!' OR e.address LIKE ? ESCAPE '!' OR e.detail LIKE ? ESCAPE '!')`, pattern, pattern, pattern)
	}
	return s.listAudit(ctx, auditColumns+`WHERE `+strings.Join(where, " AND ")+` ORDER BY e.seq DESC LIMIT ?`, append(args, f.Limit)...)
}

// AuditAfter gives up to limit entries behind a number, in their order.
func (s *Store) AuditAfter(ctx context.Context, seq int64, limit int) ([]AuditEntry, error) {
	return s.listAudit(ctx, auditColumns+`WHERE e.seq > ? ORDER BY e.seq LIMIT ?`, seq, limit)
}

func (s *Store) listAudit(ctx context.Context, query string, args ...any) ([]AuditEntry, error) {
	var rows []auditRow
	if err := s.list(ctx, "read the audit log", &rows, query, args...); err != nil {
		return nil, err
	}
	entries := make([]AuditEntry, len(rows))
	for i, r := range rows {
		entries[i] = AuditEntry{
			Seq: r.Seq, ID: r.ID, At: fromMillis(r.At), Actor: r.Actor, Name: r.Name, Action: r.Action,
			Target: r.Target, Address: r.Address, Detail: r.Detail, Hash: r.Hash,
		}
	}
	return entries, nil
}

// startsWith is the LIKE pattern, with ESCAPE '!', of texts that begin with word.
func startsWith(word string) string { return likeEscaper.Replace(word) + "%" }
