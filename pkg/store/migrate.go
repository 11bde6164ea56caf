package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"time"

	"github.com/pressly/goose/v3"

	"claude-agent-chat/pkg/fault"
)

//go:embed migrations
var migrations embed.FS

const (
	// migrateTimeout bounds the wait for another process's migration together with the own one.
	migrateTimeout = 5 * time.Minute
	// lockEvery is how often a lock is tried that another process holds.
	lockEvery = 50 * time.Millisecond
)

// migrate brings the schema up to date. The caller holds a lock that keeps other processes from doing it too. Each
// migration is one transaction together with its note in the database, so that one that was killed begins anew.
func migrate(ctx context.Context, dialect goose.Dialect, db *sql.DB) error {
	parent := ctx
	ctx, cancel := context.WithTimeout(ctx, migrateTimeout)
	defer cancel()
	provider, err := goose.NewProvider(dialect, db, migrationFiles{dialect},
		goose.WithDisableGlobalRegistry(true), goose.WithTableName("schema_migrations"), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	have, want, err := provider.GetVersions(ctx)
	if err != nil {
		return wrap(parent, err, "read the database's version")
	}
	if have > want {
		return tooNew(have, want)
	}
	if _, err := provider.Up(ctx); err != nil {
		return wrap(parent, partial(err), "migrate database")
	}
	return nil
}

// migrationFiles are the migrations for a database: those for both, and its own in the directory of its name.
type migrationFiles struct{ dialect goose.Dialect }

func (m migrationFiles) own() string {
	if m.dialect == goose.DialectPostgres {
		return "migrations/postgres"
	}
	return "migrations/sqlite"
}

// Open opens a migration by its name.
func (m migrationFiles) Open(name string) (fs.File, error) {
	file, err := migrations.Open(path.Join(m.own(), name))
	if errors.Is(err, fs.ErrNotExist) {
		return migrations.Open(path.Join("migrations", name))
	}
	return file, err
}

// Glob lists the migrations whose names match a pattern.
func (m migrationFiles) Glob(pattern string) ([]string, error) {
	var names []string
	for _, dir := range []string{"migrations", m.own()} {
		found, err := fs.Glob(migrations, path.Join(dir, pattern))
		if err != nil {
			return nil, err
		}
		for _, name := range found {
			names = append(names, path.Base(name))
		}
	}
	slices.Sort(names)
	return names, nil
}

// partial gives the bare cause of a failed migration, whose own text has paths that say nothing.
func partial(err error) error {
	if p, ok := errors.AsType[*goose.PartialError](err); ok && p.Err != nil {
		return fmt.Errorf("migration %d: %w", p.Failed.Source.Version, p.Err)
	}
	return err
}

func tooNew(have, want int64) error {
	return fault.New(fault.Conflict,
		"The database has version %d and this program knows versions up to %d: it was used by a newer program. Start that one, or restore a backup from before the update.",
		have, want)
}

// poll calls try at once and then again and again until it is done, fails, or ctx ends.
func poll(ctx context.Context, every time.Duration, try func() (done bool, err error)) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if done, err := try(); done || err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
