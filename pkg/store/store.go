// Package store keeps accounts, credentials and the index of sessions in a database, SQLite or Postgres, with one set of
// queries for both. Rules that must hold between processes are constraints of the database.
//
// Every method is bounded in time. Errors that callers act on carry a fault code: NotFound, Conflict, and Unavailable
// when the database cannot be reached or does not answer.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jmoiron/sqlx"
)

// The bounds of the work with a database.
const (
	queryTimeout = 5 * time.Second // one method, the wait for a free connection included
	textTimeout  = time.Minute     // adding text, which nobody waits for
	pingTimeout  = time.Second
	waitDefault  = 5 * time.Minute // for a database that is not there when the program starts
)

// Options say which database to open.
type Options struct {
	// URL is a Postgres URL. If it is empty, the SQLite database at SQLitePath is used, and made if it is not there.
	URL        string
	SQLitePath string
	// Wait is how long Open waits for a database that is not reachable; 5 minutes if it is zero, not at all if it is
	// negative.
	Wait time.Duration
	Log  *slog.Logger
}

// Store is an open database. It is safe for concurrent use, also by several processes at once.
type Store struct {
	db *sqlx.DB
}

// Open opens the database and brings its schema up to date. While a database server cannot be reached it waits, saying
// so in the log. A database whose schema is newer than the program is refused.
func Open(ctx context.Context, opts Options) (*Store, error) {
	if opts.URL == "" {
		return openSQLite(ctx, opts.SQLitePath)
	}
	return openPostgres(ctx, opts)
}

// Close closes the database. Methods fail after it. That a connection was broken already is no error.
func (s *Store) Close() error {
	if err := s.db.Close(); err != nil && !unreachable(err) {
		return fmt.Errorf("close database: %w", err)
	}
	return nil
}

// Ping asks the database for a sign of life and gives it a second. A server that takes the question and falls silent is
// given up only when its connection is, some seconds later.
func (s *Store) Ping(ctx context.Context) error {
	parent := ctx
	ctx, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	var one int
	return wrap(parent, s.db.GetContext(ctx, &one, "SELECT 1"), "ping database")
}

// exec runs a statement and gives the number of rows that it changed.
func (s *Store) exec(ctx context.Context, doing, query string, args ...any) (int64, error) {
	parent := ctx
	ctx, cancel := context.WithTimeout(ctx, queryTimeout)
	defer cancel()
	result, err := s.db.ExecContext(ctx, s.db.Rebind(query), args...)
	if err != nil {
		return 0, wrap(parent, err, doing)
	}
	n, err := result.RowsAffected()
	return n, wrap(parent, err, doing)
}

// get reads one row into dst; sql.ErrNoRows becomes missing.
func (s *Store) get(ctx context.Context, doing string, missing error, dst any, query string, args ...any) error {
	parent := ctx
	ctx, cancel := context.WithTimeout(ctx, queryTimeout)
	defer cancel()
	err := s.db.GetContext(ctx, dst, s.db.Rebind(query), args...)
	if errors.Is(err, sql.ErrNoRows) {
		return missing
	}
	return wrap(parent, err, doing)
}

// list reads all rows into dst, a pointer to a slice.
func (s *Store) list(ctx context.Context, doing string, dst any, query string, args ...any) error {
	parent := ctx
	ctx, cancel := context.WithTimeout(ctx, queryTimeout)
	defer cancel()
	return wrap(parent, s.db.SelectContext(ctx, dst, s.db.Rebind(query), args...), doing)
}

// millis is how times are kept: milliseconds since 1970.
func millis(t time.Time) int64 { return t.UnixMilli() }

// fromMillis is the inverse of millis, in UTC.
func fromMillis(ms int64) time.Time { return time.UnixMilli(ms).UTC() }
