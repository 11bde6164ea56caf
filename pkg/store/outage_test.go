package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/store"
	"claude-agent-chat/pkg/store/storetest"
)

// proxy stands between the store and Postgres and can break.
type proxy struct {
	t       *testing.T
	backend string // the server's socket
	socket  string // the proxy's own

	mu       sync.Mutex
	listener net.Listener
	conns    map[net.Conn]bool
	hole     bool // takes everything and answers nothing
}

// throughProxy gives options for a new database behind a proxy that is not up yet.
func throughProxy(t *testing.T) (*proxy, store.Options) {
	t.Helper()
	opts := storetest.Postgres(t)
	u, err := url.Parse(opts.URL)
	must(t, err)
	query := u.Query()
	dir, err := os.MkdirTemp("", "proxy") // t.TempDir is too long for a socket.
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	p := &proxy{t: t, conns: map[net.Conn]bool{}, socket: filepath.Join(dir, ".s.PGSQL.5432")}
	if p.backend = filepath.Join(query.Get("host"), ".s.PGSQL.5432"); query.Get("host") == "" {
		t.Skip("TEST_DATABASE_URL does not name a socket")
	}
	query.Set("host", dir)
	u.RawQuery = query.Encode()
	opts.URL = u.String()
	t.Cleanup(p.down)
	return p, opts
}

// up takes connections.
func (p *proxy) up() {
	listener, err := net.Listen("unix", p.socket)
	must(p.t, err)
	p.mu.Lock()
	p.listener, p.hole = listener, false
	p.mu.Unlock()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go p.serve(conn)
		}
	}()
}

func (p *proxy) serve(front net.Conn) {
	back, err := net.Dial("unix", p.backend)
	if err != nil {
		_ = front.Close()
		return
	}
	p.mu.Lock()
	p.conns[front], p.conns[back] = true, true
	p.mu.Unlock()
	go p.pump(front, back)
	p.pump(back, front)
}

// pump copies one way until either end is gone.
func (p *proxy) pump(dst, src net.Conn) {
	buf := make([]byte, 32<<10)
	for {
		n, err := src.Read(buf)
		p.mu.Lock()
		hole := p.hole
		p.mu.Unlock()
		if !hole && n > 0 {
			if _, err := dst.Write(buf[:n]); err != nil {
				break
			}
		}
		if err != nil {
			if errors.Is(err, io.EOF) && hole {
				return
			}
			break
		}
	}
	_ = dst.Close()
	_ = src.Close()
}

// down takes no connections and breaks those that there are.
func (p *proxy) down() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.listener != nil {
		_ = p.listener.Close()
	}
	for c := range p.conns {
		_ = c.Close()
	}
	clear(p.conns)
}

// swallow keeps everything and answers nothing.
func (p *proxy) swallow() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hole = true
}

func TestOpenWaitsForTheServer(t *testing.T) {
	p, opts := throughProxy(t)
	said := make(chan struct{})
	opts.Log = slog.New(&onRecord{then: func() { close(said) }})
	go func() {
		<-said // It has tried, and has said that it waits.
		p.up()
	}()
	addAccount(t, storetest.Open(t, opts), "alice")
	select {
	case <-said:
	default:
		t.Error("it did not say that it waits")
	}
}

func TestOutageAndRecovery(t *testing.T) {
	p, opts := throughProxy(t)
	p.up()
	st := storetest.Open(t, opts)
	a := addAccount(t, st, "alice")
	p.down()
	for range 3 {
		_, err := st.AccountByID(t.Context(), a.ID)
		want(t, err, fault.Unavailable)
		want(t, st.Ping(t.Context()), fault.Unavailable)
	}
	p.up()
	began := time.Now()
	_, err := st.AccountByID(t.Context(), a.ID)
	must(t, err)
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("back after %s, want 5 s at most", took)
	}
}

// TestKilledBackends kills every connection of the pool at the server; the next call must not notice.
func TestKilledBackends(t *testing.T) {
	opts := storetest.Postgres(t)
	st := storetest.Open(t, opts)
	a := addAccount(t, st, "alice")
	var wait sync.WaitGroup
	for range 12 { // Fills the pool.
		wait.Go(func() { _, _ = st.AccountByID(context.WithoutCancel(t.Context()), a.ID) })
	}
	wait.Wait()
	db := raw(t, opts)
	for range 3 {
		_, err := db.ExecContext(t.Context(),
			`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`)
		must(t, err)
		_, err = st.AccountByID(t.Context(), a.ID)
		must(t, err)
	}
}

// TestBlackHole lets the server take everything and answer nothing.
func TestBlackHole(t *testing.T) {
	t.Parallel()
	p, opts := throughProxy(t)
	p.up()
	st := storetest.Open(t, opts)
	a := addAccount(t, st, "alice")
	p.swallow()
	began := time.Now()
	err := st.Ping(t.Context())
	want(t, err, fault.Unavailable)
	_, err = st.AccountByID(t.Context(), a.ID)
	want(t, err, fault.Unavailable)
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("two calls into a black hole took %s", took)
	} else {
		t.Logf("two calls into a black hole took %s", took.Round(time.Millisecond))
	}
	p.down()
	p.up()
	_, err = st.AccountByID(t.Context(), a.ID)
	must(t, err)
}

// TestLockedRowIsNotWaitedForForEver holds a lock that a method needs.
func TestLockedRowIsNotWaitedForForEver(t *testing.T) {
	t.Parallel()
	storetest.EachOptions(t, func(t *testing.T, opts store.Options) {
		st := storetest.Open(t, opts)
		a := addAccount(t, st, "alice")
		tx := hold(t, raw(t, opts))
		began := time.Now()
		want(t, st.SetDisabled(t.Context(), a.ID, true), fault.Unavailable)
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("it waited %s for the lock", took)
		}
		_, err := st.AccountByID(t.Context(), a.ID) // Readers do not wait for a writer.
		must(t, err)
		must(t, tx.Rollback())
		must(t, st.SetDisabled(t.Context(), a.ID, true))
	})
}

// hold begins a transaction that has changed every account.
func hold(t *testing.T, db *sql.DB) *sql.Tx {
	t.Helper()
	tx, err := db.BeginTx(t.Context(), nil)
	must(t, err)
	_, err = tx.ExecContext(t.Context(), `UPDATE accounts SET role = 'admin'`)
	must(t, err)
	return tx
}

func TestExhaustedPool(t *testing.T) {
	t.Parallel()
	p, opts := throughProxy(t)
	p.up()
	st := storetest.Open(t, opts)
	a := addAccount(t, st, "alice")
	tx := hold(t, raw(t, opts))
	defer func() { _ = tx.Rollback() }()
	var wait sync.WaitGroup
	began := time.Now()
	for i := range 60 {
		wait.Go(func() {
			if err := st.SetPasswordHash(context.WithoutCancel(t.Context()), a.ID, "$hash", fmt.Sprint(i)); !fault.Is(err, fault.Unavailable) {
				t.Errorf("error %v", err)
			}
		})
	}
	wait.Wait()
	if took := time.Since(began); took > 15*time.Second {
		t.Errorf("60 calls on a blocked row took %s", took)
	}
}

func TestCancelledCallerIsNoOutage(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := st.CountAccounts(ctx)
		if err == nil || fault.Is(err, fault.Unavailable) {
			t.Fatalf("error %v", err)
		}
	})
}
