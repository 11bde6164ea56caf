package audit_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"claude-agent-chat/pkg/audit"
	"claude-agent-chat/pkg/store"
	"claude-agent-chat/pkg/store/storetest"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func verify(t *testing.T, st *store.Store) audit.Report {
	t.Helper()
	report, err := audit.Verify(t.Context(), st)
	must(t, err)
	return report
}

// unlocked takes the protection out, as its owner can.
func unlocked(t *testing.T, opts store.Options) {
	t.Helper()
	statements := []string{"DROP TRIGGER audit_no_update", "DROP TRIGGER audit_no_delete"}
	if opts.URL != "" {
		statements = []string{"DROP TRIGGER audit_append_only ON audit"}
	}
	for _, statement := range statements {
		must(t, storetest.Exec(t, opts, statement))
	}
}

// write adds entries and waits until they are in the database.
func write(t *testing.T, st *store.Store, n int) {
	t.Helper()
	l := audit.New(st, slog.New(slog.DiscardHandler))
	for i := range n {
		l.Add(audit.Entry{Actor: "a", Action: audit.SignIn, Target: fmt.Sprint(i), Detail: map[string]string{"n": fmt.Sprint(i)}})
	}
	l.Flush(t.Context())
}

// TestTwoProgramsWriteOneChain has several processes append at once: each Store has connections of its own.
func TestTwoProgramsWriteOneChain(t *testing.T) {
	storetest.EachOptions(t, func(t *testing.T, opts store.Options) {
		const processes, each = 4, 150
		stores := make([]*store.Store, processes)
		for i := range stores {
			stores[i] = storetest.Open(t, opts)
		}
		var wait sync.WaitGroup
		for _, st := range stores {
			wait.Go(func() {
				l := audit.New(st, slog.New(slog.DiscardHandler))
				for range each {
					l.Add(audit.Entry{Action: audit.SignIn})
					l.Flush(context.WithoutCancel(t.Context()))
				}
			})
		}
		wait.Wait()
		if r := verify(t, stores[0]); r.Broken != 0 || r.Entries != processes*each {
			t.Errorf("%+v", r)
		}
	})
}

func TestDatabaseRefusesChanges(t *testing.T) {
	storetest.EachOptions(t, func(t *testing.T, opts store.Options) {
		st := storetest.Open(t, opts)
		write(t, st, 3)
		for _, statement := range []string{"UPDATE audit SET actor = 'b' WHERE seq = 2", "DELETE FROM audit WHERE seq = 3", "DELETE FROM audit"} {
			if err := storetest.Exec(t, opts, statement); err == nil || !strings.Contains(err.Error(), "append-only") {
				t.Errorf("%s: %v", statement, err)
			}
		}
		if r := verify(t, st); r.Broken != 0 || r.Entries != 3 {
			t.Errorf("%+v", r)
		}
	})
}

// TestTamperingShows changes the log as somebody can who owns the database.
func TestTamperingShows(t *testing.T) {
	for statement, broken := range map[string]int64{
		"UPDATE audit SET actor = 'b' WHERE seq = 2":                2,
		"UPDATE audit SET detail = '{}' WHERE seq = 5":              5,
		"UPDATE audit SET at = at + 1 WHERE seq = 1":                1,
		"UPDATE audit SET address = 'x', target = '' WHERE seq = 3": 3,
		"DELETE FROM audit WHERE seq = 3":                           3,
		"DELETE FROM audit WHERE seq > 3":                           4,
		"DELETE FROM audit":                                         1,
		"UPDATE audit SET hash = 'x' WHERE seq = 5":                 5,
		"UPDATE audit SET seq = 9 WHERE seq = 5":                    5,
		"UPDATE audit_head SET hash = 'x'":                          5,
	} {
		t.Run(statement, func(t *testing.T) {
			storetest.EachOptions(t, func(t *testing.T, opts store.Options) {
				st := storetest.Open(t, opts)
				write(t, st, 5)
				unlocked(t, opts)
				must(t, storetest.Exec(t, opts, statement))
				if r := verify(t, st); r.Broken != broken || r.Reason == "" {
					t.Errorf("%+v, want entry %d", r, broken)
				}
			})
		})
	}
}

// TestEntryIsWrittenOnce appends the same entries again, as after an answer that was lost.
func TestEntryIsWrittenOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		entries := []store.AuditEntry{{ID: "1", Action: "x", Detail: "{}"}, {ID: "2", Action: "y", Target: "z\x00", Detail: "{}"}}
		must(t, st.AppendAudit(t.Context(), entries[:1]))
		must(t, st.AppendAudit(t.Context(), entries))
		must(t, st.AppendAudit(t.Context(), entries))
		if r := verify(t, st); r.Broken != 0 || r.Entries != 2 {
			t.Errorf("%+v", r)
		}
	})
}

// TestDatabaseAway adds more than the queue holds while the database is away; nobody waits, and the loss is written down.
func TestDatabaseAway(t *testing.T) {
	opts := storetest.SQLite(t)
	away := storetest.Open(t, opts)
	must(t, away.Close())
	var log bytes.Buffer
	l := audit.New(away, slog.New(slog.NewTextHandler(&log, nil)))
	const added = 5000
	for range added {
		l.Add(audit.Entry{Action: audit.SignIn})
	}
	l.Flush(t.Context())
	if !strings.Contains(log.String(), "audit entries lost at the end") || !strings.Contains(log.String(), fmt.Sprintf("entries=%d", added)) {
		t.Errorf("the log: %s", &log)
	}

	st := storetest.Open(t, opts)
	back := audit.New(st, slog.New(slog.DiscardHandler))
	for i := range added {
		back.Add(audit.Entry{Action: audit.SignIn, Target: fmt.Sprint(i)})
	}
	back.Flush(t.Context())
	entries, err := st.AuditAfter(t.Context(), 0, 10)
	must(t, err)
	if entries[0].Action != audit.EntriesLost || entries[0].Detail != `{"entries":"904"}` || entries[1].Target != "904" {
		t.Errorf("the log begins with %+v %+v", entries[0], entries[1])
	}
	if r := verify(t, st); r.Broken != 0 || r.Entries != added-904+1 {
		t.Errorf("%+v", r)
	}
}

// TestNoLog adds to a log that is none.
func TestNoLog(*testing.T) {
	var l *audit.Log
	l.Add(audit.Entry{Action: audit.SignIn})
}
