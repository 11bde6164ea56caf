package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"claude-agent-chat/pkg/fault"
)

// wrap gives an error of the database its meaning. A caller's own cancellation stays what it is.
func wrap(ctx context.Context, err error, doing string) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(ctx.Err(), context.Canceled):
		return fmt.Errorf("%s: %w", doing, context.Canceled)
	case unreachable(err):
		return fault.Wrap(fmt.Errorf("%s: %w", doing, err), fault.Unavailable, "The database cannot be reached right now. Try again in a moment.")
	case busy(err):
		return fault.Wrap(fmt.Errorf("%s: %w", doing, err), fault.Unavailable, "The database is too busy right now. Try again in a moment.")
	case full(err):
		return fault.Wrap(fmt.Errorf("%s: %w", doing, err), fault.Unavailable, "The database cannot write: its disk is full or read-only.")
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// unreachable reports whether err means that there was no connection to the database, or none any more.
func unreachable(err error) bool {
	if e, ok := errors.AsType[*pq.Error](err); ok {
		return unreachableCode(e.Code)
	}
	var network net.Error
	return errors.As(err, &network) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed)
}

// unreachableCode picks the states in which a Postgres server ends connections or takes none.
func unreachableCode(code pqerror.Code) bool {
	switch code {
	case pqerror.AdminShutdown, pqerror.CrashShutdown, pqerror.CannotConnectNow, pqerror.TooManyConnections,
		pqerror.DatabaseDropped, pqerror.IdleSessionTimeout, pqerror.ReadOnlySQLTransaction:
		return true
	}
	return code.Class() == pqerror.ClassConnectionException
}

// busy reports whether the database was there and did not get to the work in time.
func busy(err error) bool {
	if errors.Is(err, context.DeadlineExceeded) {
		return true
	}
	if e, ok := errors.AsType[*pq.Error](err); ok {
		switch e.Code {
		case pqerror.QueryCanceled, pqerror.LockNotAvailable, pqerror.TRDeadlockDetected, pqerror.TRSerializationFailure:
			return true
		}
		return false
	}
	code := sqliteCode(err) & 0xff
	return code == sqlite3.SQLITE_BUSY || code == sqlite3.SQLITE_LOCKED || code == sqlite3.SQLITE_INTERRUPT
}

// full reports whether the database's disk takes nothing any more.
func full(err error) bool {
	if e, ok := errors.AsType[*pq.Error](err); ok {
		return e.Code == pqerror.DiskFull
	}
	switch sqliteCode(err) & 0xff {
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN:
		return true
	}
	return false
}

// taken reports whether err is a breach of a unique constraint.
func taken(err error) bool {
	if e, ok := errors.AsType[*pq.Error](err); ok {
		return e.Code == pqerror.UniqueViolation
	}
	code := sqliteCode(err)
	return code == sqlite3.SQLITE_CONSTRAINT_UNIQUE || code == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY
}

// orphaned reports whether err is a row whose account does not exist.
func orphaned(err error) bool {
	if e, ok := errors.AsType[*pq.Error](err); ok {
		return e.Code == pqerror.ForeignKeyViolation
	}
	return sqliteCode(err) == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY
}

// sqliteCode is the extended result code of an SQLite error, 0 for any other.
func sqliteCode(err error) int {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code()
	}
	return 0
}

// notFound is what becomes of a row that is not there or belongs to another account.
func notFound(what string) error { return fault.New(fault.NotFound, "There is no such %s.", what) }

// noAccount is for rows of an account that is not there.
func noAccount() error { return notFound("account") }
