package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
	"github.com/pressly/goose/v3"

	"claude-agent-chat/pkg/fault"
)

// The bounds of the connections to a Postgres server. A statement is stopped by the server first; if the server does
// not answer at all, the silence ends the connection.
const (
	postgresConns   = 16 // of one process; two processes and their migrations stay far below the usual 100
	connectTimeout  = 3 * time.Second
	statementLimit  = 4 * time.Second
	silenceLimit    = 6 * time.Second
	connLifetime    = 30 * time.Minute
	connIdle        = 5 * time.Minute
	retryEvery      = time.Second
	sayEvery        = 10 * time.Second
	migrationLock   = 7_221_804_513_366_917_342 // any number that nothing else in the database locks
	applicationName = "claude-agent-chat"
)

// openPostgres waits for the server, migrates over a connection of its own and opens the pool.
func openPostgres(ctx context.Context, opts Options) (*Store, error) {
	cfg, err := pq.NewConfig(opts.URL)
	if err != nil {
		return nil, fault.New(fault.Invalid, "DATABASE_URL is not a valid Postgres address.") // The cause may quote it.
	}
	if cfg.ConnectTimeout <= 0 {
		cfg.ConnectTimeout = connectTimeout
	}
	if cfg.ApplicationName == "" {
		cfg.ApplicationName = applicationName
	}
	if err := awaitPostgres(ctx, cfg, opts); err != nil {
		return nil, err
	}
	if err := migratePostgres(ctx, cfg); err != nil {
		return nil, err
	}
	db, err := pool(cfg, silenceLimit, map[string]string{
		"statement_timeout":                   strconv.FormatInt(statementLimit.Milliseconds(), 10),
		"idle_in_transaction_session_timeout": strconv.FormatInt(statementLimit.Milliseconds(), 10),
	})
	if err != nil {
		return nil, err
	}
	return &Store{db: sqlx.NewDb(db, "postgres")}, nil
}

// pool makes a pool whose connections have the given server settings and end after a silence.
func pool(cfg pq.Config, silence time.Duration, settings map[string]string) (*sql.DB, error) {
	cfg = cfg.Clone()
	if cfg.Runtime == nil {
		cfg.Runtime = map[string]string{}
	}
	for name, value := range settings {
		if _, set := cfg.Runtime[name]; !set {
			cfg.Runtime[name] = value
		}
	}
	connector, err := pq.NewConnectorConfig(cfg)
	if err != nil {
		return nil, fault.New(fault.Invalid, "DATABASE_URL is not a valid Postgres address.")
	}
	connector.Dialer(dialer{silence: silence})
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(postgresConns)
	db.SetMaxIdleConns(postgresConns / 2)
	db.SetConnMaxLifetime(connLifetime)
	db.SetConnMaxIdleTime(connIdle)
	return db, nil
}

// awaitPostgres returns when the server takes connections. It gives up at once if the server says that user, password
// or database are wrong, and after a time if there is no server.
func awaitPostgres(ctx context.Context, cfg pq.Config, opts Options) error {
	db, err := pool(cfg, silenceLimit, nil)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	wait := opts.Wait
	if wait == 0 {
		wait = waitDefault
	}
	began, said := time.Now(), time.Time{}
	return poll(ctx, retryEvery, func() (bool, error) {
		err := ping(ctx, db)
		switch {
		case err == nil:
			return true, nil
		case ctx.Err() != nil:
			return false, fmt.Errorf("open database: %w", ctx.Err())
		case !unreachable(err) && !busy(err):
			return false, refused(err)
		case time.Since(began) >= wait:
			return false, wrap(ctx, err, "open database")
		case time.Since(said) >= sayEvery:
			opts.Log.Warn("database not reachable, waiting for it", "waited_s", int(time.Since(began).Seconds()), "error", err)
			said = time.Now()
		}
		return false, nil
	})
}

func ping(ctx context.Context, db *sql.DB) error {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout+time.Second)
	defer cancel()
	return db.PingContext(ctx)
}

// refused words what a server said that does not let us in.
func refused(err error) error {
	if e, ok := errors.AsType[*pq.Error](err); ok {
		return fault.Wrap(err, fault.Invalid, "The database server refused DATABASE_URL: %s.", e.Message)
	}
	return fmt.Errorf("open database: %w", err)
}

// migratePostgres migrates under an advisory lock, which ends with its connection.
func migratePostgres(ctx context.Context, cfg pq.Config) (err error) {
	db, err := pool(cfg, 0, map[string]string{"statement_timeout": "0"})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	ctx, cancel := context.WithTimeout(ctx, migrateTimeout)
	defer cancel()
	conn, err := db.Conn(ctx)
	if err != nil {
		return wrap(ctx, err, "connect for the migration")
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	err = poll(ctx, lockEvery, func() (locked bool, err error) {
		err = conn.QueryRowContext(ctx, "SELECT pg_try_advisory_lock($1)", int64(migrationLock)).Scan(&locked)
		return locked, err
	})
	if err != nil {
		return wrap(ctx, err, "lock database for its migration")
	}
	return migrate(ctx, goose.DialectPostgres, db)
}

// dialer makes connections that fail when they have waited for the server too long. Contexts alone do not achieve that:
// the driver waits for the server's answer to a cancelled query too.
type dialer struct {
	silence time.Duration // 0 waits for ever
}

var netDialer = net.Dialer{KeepAlive: 15 * time.Second}

// Dial connects without a deadline; the driver uses it when there is no context.
func (d dialer) Dial(network, address string) (net.Conn, error) {
	return d.DialContext(context.Background(), network, address)
}

// DialTimeout connects within the timeout.
func (d dialer) DialTimeout(network, address string, timeout time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	return d.DialContext(ctx, network, address)
}

// DialContext connects before ctx ends.
func (d dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := netDialer.DialContext(ctx, network, address)
	if err != nil || d.silence == 0 {
		return conn, err
	}
	return &impatient{Conn: conn, silence: d.silence}, nil
}

// impatient is a connection each of whose reads and writes has a deadline. The driver reads only while it waits for an
// answer, so an idle connection is not affected. It is used by one goroutine at a time, as the driver does.
type impatient struct {
	net.Conn
	silence time.Duration
	fixed   time.Time // the deadline that the driver set itself
}

// SetDeadline keeps the driver's own deadline, which counts where it is earlier.
func (c *impatient) SetDeadline(t time.Time) error {
	c.fixed = t
	return c.Conn.SetDeadline(t)
}

func (c *impatient) next() time.Time {
	t := time.Now().Add(c.silence)
	if !c.fixed.IsZero() && c.fixed.Before(t) {
		return c.fixed
	}
	return t
}

// Read waits for the server no longer than the silence allows.
func (c *impatient) Read(p []byte) (int, error) {
	if err := c.SetReadDeadline(c.next()); err != nil {
		return 0, err
	}
	return c.Conn.Read(p)
}

// Write waits for the server no longer than the silence allows.
func (c *impatient) Write(p []byte) (int, error) {
	if err := c.SetWriteDeadline(c.next()); err != nil {
		return 0, err
	}
	return c.Conn.Write(p)
}
