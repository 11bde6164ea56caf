// Package storetest gives tests real, empty databases: a SQLite file, and a database of its own on a Postgres server
// that is started once for each test binary and goes with it.
//
// TEST_DATABASE_URL names a server that is used instead; its user must be allowed to make databases. Where there is no
// Postgres at all, tests that need one fail, unless TEST_POSTGRES=skip.
package storetest

import (
	"crypto/rand"
	"database/sql"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/lib/pq"

	"claude-agent-chat/pkg/store"
)

// Each runs a test once on SQLite and once on Postgres, each time on a new database.
func Each(t *testing.T, test func(t *testing.T, st *store.Store)) {
	t.Helper()
	EachOptions(t, func(t *testing.T, opts store.Options) {
		t.Helper()
		test(t, Open(t, opts))
	})
}

// EachOptions is Each for tests that open the new database themselves, perhaps more than once.
func EachOptions(t *testing.T, test func(t *testing.T, opts store.Options)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { test(t, Postgres(t)) })
}

// SQLite gives options for a database file that does not exist yet.
func SQLite(t testing.TB) store.Options {
	t.Helper()
	return store.Options{SQLitePath: filepath.Join(t.TempDir(), "data", "test.db"), Log: slog.New(slog.DiscardHandler)}
}

// Postgres gives options for a new database on a Postgres server. It is dropped at the end of the test.
func Postgres(t testing.TB) store.Options {
	t.Helper()
	server := serverURL(t)
	name := "agentchat_test_" + rand.Text()
	admin(t, server, "CREATE DATABASE "+pq.QuoteIdentifier(name))
	t.Cleanup(func() { admin(t, server, "DROP DATABASE "+pq.QuoteIdentifier(name)+" WITH (FORCE)") })
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal("TEST_DATABASE_URL is not a URL") // The error may quote it.
	}
	u.Path = "/" + name
	return store.Options{URL: u.String(), Log: slog.New(slog.DiscardHandler)}
}

// Open opens a database and closes it at the end of the test.
func Open(t testing.TB, opts store.Options) *store.Store {
	t.Helper()
	st, err := store.Open(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return st
}

// Exec runs a statement beside the store, as somebody does who holds the database's password.
func Exec(t testing.TB, opts store.Options, statement string) error {
	t.Helper()
	driver, address := "postgres", opts.URL
	if address == "" {
		driver, address = "sqlite", opts.SQLitePath
	}
	db, err := sql.Open(driver, address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	_, err = db.ExecContext(t.Context(), statement)
	return err
}

// serverURL is the address of a server on which databases can be made.
func serverURL(t testing.TB) string {
	t.Helper()
	if u := os.Getenv("TEST_DATABASE_URL"); u != "" {
		return u
	}
	if os.Getenv("TEST_POSTGRES") == "skip" {
		t.Skip("TEST_POSTGRES=skip")
	}
	u, err := shared()
	if err != nil {
		t.Fatalf("start Postgres (TEST_POSTGRES=skip leaves these tests out): %v", err)
	}
	return u
}

// admin runs one statement on the server's own database.
func admin(t testing.TB, server, statement string) {
	t.Helper()
	db, err := sql.Open("postgres", server)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.Exec(statement); err != nil {
		t.Fatal(err)
	}
}
