package store

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"github.com/jmoiron/sqlx"
	"github.com/pressly/goose/v3"
	"golang.org/x/sys/unix"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

const sqliteDriver = "sqlite"

// sqliteConns bounds the connections of one process. Readers work side by side; writers wait for each other anyway.
const sqliteConns = 8

func init() { sqlx.BindDriver(sqliteDriver, sqlx.QUESTION) }

// openSQLite opens the file, made with its directory if need be, readable by this user alone.
func openSQLite(ctx context.Context, path string) (_ *Store, err error) {
	path, err = filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	unlock, err := lockFile(ctx, path+".lock")
	if err != nil {
		return nil, fmt.Errorf("lock database for its migration: %w", err)
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if err := touch(path); err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	db, err := sqlx.Open(sqliteDriver, sqliteDSN(path))
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	db.SetMaxOpenConns(sqliteConns)
	db.SetMaxIdleConns(sqliteConns)
	if err := migrate(ctx, goose.DialectSQLite3, db.DB); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &Store{db: db}, nil
}

// sqliteDSN sets up every connection: a write-ahead log so that readers and the writer do not wait for each other, a
// sync at each commit, and transactions that ask for the write lock at once, because one that asks later cannot wait.
func sqliteDSN(path string) string {
	query := url.Values{
		"_pragma": {"busy_timeout(4000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "journal_size_limit(8388608)"},
		"_txlock": {"immediate"},
	}
	return (&url.URL{Scheme: "file", Path: path, RawQuery: query.Encode()}).String()
}

// touch makes the file with its mode; SQLite gives the files beside it the same one.
func touch(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600) //nolint:gosec // The operator names the place.
	if err != nil {
		return err
	}
	return f.Close()
}

// lockFile waits for an exclusive lock on a file. The lock is gone when its holder is, however that ended.
func lockFile(ctx context.Context, path string) (unlock func() error, err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600) //nolint:gosec // The operator names the place.
	if err != nil {
		return nil, err
	}
	err = poll(ctx, lockEvery, func() (bool, error) {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if errors.Is(err, unix.EWOULDBLOCK) || errors.Is(err, unix.EINTR) {
			return false, nil
		}
		return true, err
	})
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f.Close, nil
}
