package store_test

import (
	"bytes"
	"context"
	"database/sql"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/store"
	"claude-agent-chat/pkg/store/storetest"
)

func TestOpenManyAtOnce(t *testing.T) {
	storetest.EachOptions(t, func(t *testing.T, opts store.Options) {
		const processes = 5
		errs := make([]error, processes)
		stores := make([]*store.Store, processes)
		var wait sync.WaitGroup
		for i := range processes {
			wait.Go(func() { stores[i], errs[i] = store.Open(context.WithoutCancel(t.Context()), opts) })
		}
		wait.Wait()
		for i := range processes {
			must(t, errs[i])
			addAccount(t, stores[i], string(rune('a'+i)))
			must(t, stores[i].Ping(t.Context()))
			must(t, stores[i].Close())
		}
	})
}

func TestOpenAgainKeepsTheRows(t *testing.T) {
	storetest.EachOptions(t, func(t *testing.T, opts store.Options) {
		st, err := store.Open(t.Context(), opts)
		must(t, err)
		a := addAccount(t, st, "alice")
		must(t, st.Close())
		got, err := storetest.Open(t, opts).AccountByID(t.Context(), a.ID)
		must(t, err)
		same(t, got, a)
	})
}

// raw opens the database of opts without the store.
func raw(t *testing.T, opts store.Options) *sql.DB {
	t.Helper()
	driver, address := "sqlite", opts.SQLitePath
	if opts.URL != "" {
		driver, address = "postgres", opts.URL
	}
	db, err := sql.Open(driver, address)
	must(t, err)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func TestNewerSchemaIsRefused(t *testing.T) {
	storetest.EachOptions(t, func(t *testing.T, opts store.Options) {
		must(t, storetest.Open(t, opts).Ping(t.Context()))
		_, err := raw(t, opts).ExecContext(t.Context(), `INSERT INTO schema_migrations (version_id, is_applied) VALUES (99, TRUE)`)
		must(t, err)
		_, err = store.Open(t.Context(), opts)
		want(t, err, fault.Conflict)
		if m := fault.Message(err); !strings.Contains(m, "99") || !strings.Contains(m, "newer") {
			t.Fatalf("the message does not help: %s", m)
		}
	})
}

// TestHalfMigratedIsFinished leaves the database as a process does that was killed between two migrations.
func TestHalfMigratedIsFinished(t *testing.T) {
	storetest.EachOptions(t, func(t *testing.T, opts store.Options) {
		must(t, storetest.Open(t, opts).Ping(t.Context()))
		db := raw(t, opts)
		for _, statement := range []string{
			`DROP TABLE session_usage`, `DROP TABLE audit`, `DROP TABLE identities`, `DROP TABLE recovery_codes`, `DROP TABLE second_factors`, `DROP TABLE audit_head`, `DROP TABLE links`, `DROP TABLE administrators_guard`, `ALTER TABLE web_sessions DROP COLUMN address`,
			`ALTER TABLE accounts DROP COLUMN deleted_at`,
			`DROP TABLE documents`, `DROP TABLE IF EXISTS terms`, `DROP TABLE sessions`, `DELETE FROM schema_migrations WHERE version_id >= 2`,
		} {
			_, err := db.ExecContext(t.Context(), statement)
			must(t, err)
		}
		st := storetest.Open(t, opts)
		must(t, st.UpsertSession(t.Context(), session(addAccount(t, st, "alice"), "s", noon)))
	})
}

func TestFailedMigrationChangesNothing(t *testing.T) {
	storetest.EachOptions(t, func(t *testing.T, opts store.Options) {
		if opts.SQLitePath != "" {
			must(t, os.MkdirAll(filepath.Dir(opts.SQLitePath), 0o700))
		}
		db := raw(t, opts)
		_, err := db.ExecContext(t.Context(), `CREATE TABLE tickets (mine TEXT)`) // In the way of the first migration's end.
		must(t, err)
		if st, err := store.Open(t.Context(), opts); err == nil {
			must(t, st.Close())
			t.Fatal("the migration went over a table that is in its way")
		}
		if _, err := db.ExecContext(t.Context(), `SELECT * FROM accounts`); err == nil {
			t.Fatal("half of a migration stayed")
		}
		_, err = db.ExecContext(t.Context(), `DROP TABLE tickets`)
		must(t, err)
		addAccount(t, storetest.Open(t, opts), "alice")
	})
}

func TestSQLiteFilesArePrivate(t *testing.T) {
	opts := storetest.SQLite(t)
	addAccount(t, storetest.Open(t, opts), "alice")
	found := 0
	must(t, filepath.WalkDir(filepath.Dir(opts.SQLitePath), func(path string, d fs.DirEntry, err error) error {
		must(t, err)
		info, err := d.Info()
		must(t, err)
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %s", path, info.Mode())
		}
		found++
		return nil
	}))
	if found < 4 {
		t.Errorf("%d files, want the database, its log, its shared memory and the lock", found)
	}
}

func TestSQLitePathWithOddCharacters(t *testing.T) {
	opts := store.Options{SQLitePath: filepath.Join(t.TempDir(), "a b?c%20#d&_pragma=x", "数据.db")}
	addAccount(t, storetest.Open(t, opts), "alice")
	if _, err := os.Stat(opts.SQLitePath); err != nil {
		t.Fatal(err)
	}
}

func TestSQLiteThatCannotBeMade(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(file, nil, 0o600))
	if _, err := store.Open(t.Context(), store.Options{SQLitePath: filepath.Join(file, "x.db")}); err == nil {
		t.Fatal("a database below a file was opened")
	}
}

const secret = "hunter2-very-secret"

func TestErrorsHoldNoSecret(t *testing.T) {
	pg := storetest.Postgres(t)
	u, err := url.Parse(pg.URL)
	must(t, err)
	u.User = url.UserPassword("nobody-"+secret[:3], secret)
	for name, address := range map[string]string{
		"unparsable":      "postgres://u:" + secret + "@host:port/%zz",
		"wrong user":      u.String(),
		"no server":       "postgres://u:" + secret + "@/db?host=" + t.TempDir(),
		"unknown setting": "postgres://u:" + secret + "@localhost/db?sslmode=" + secret,
	} {
		var log bytes.Buffer
		_, err := store.Open(t.Context(), store.Options{URL: address, Wait: -1, Log: slog.New(slog.NewTextHandler(&log, nil))})
		if err == nil {
			t.Fatalf("%s: it was opened", name)
		}
		if said := err.Error() + fault.Message(err) + log.String(); strings.Contains(said, secret) {
			t.Errorf("%s: the password is in %q", name, said)
		}
	}
}

func TestWrongDatabaseIsNotWaitedFor(t *testing.T) {
	opts := storetest.Postgres(t)
	u, err := url.Parse(opts.URL)
	must(t, err)
	u.Path = "/no-such-database"
	opts.URL = u.String()
	began := time.Now()
	_, err = store.Open(t.Context(), opts)
	want(t, err, fault.Invalid)
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it took %s to say that the database does not exist", took)
	}
}

func TestOpenEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	opts := store.Options{URL: "postgres://u@/db?host=" + t.TempDir(), Log: slog.New(&onRecord{then: cancel})}
	if _, err := store.Open(ctx, opts); err == nil {
		t.Fatal("a server that is not there was opened")
	}
}

// onRecord is a log handler that does something when the first record comes.
type onRecord struct {
	once sync.Once
	then func()
	slog.JSONHandler
}

func (*onRecord) Enabled(context.Context, slog.Level) bool { return true }

func (h *onRecord) Handle(context.Context, slog.Record) error {
	h.once.Do(h.then)
	return nil
}
