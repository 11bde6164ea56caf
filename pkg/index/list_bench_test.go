package index_test

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"claude-agent-chat/pkg/index"
	"claude-agent-chat/pkg/store"
	"claude-agent-chat/pkg/store/storetest"
)

// benchShelf is a sessions root with an account.
func benchShelf(b *testing.B) (root string, st *store.Store, x *index.Index) {
	b.Helper()
	root, st = b.TempDir(), storetest.Open(b, storetest.SQLite(b))
	account := store.Account{ID: "u1", Username: "ada", PasswordHash: "x", Role: "user", CreatedAt: time.Now()}
	if err := st.CreateAccount(b.Context(), account); err != nil {
		b.Fatal(err)
	}
	return root, st, index.New(index.Options{Root: root, Store: st, Log: slog.New(slog.DiscardHandler)})
}

// BenchmarkList lists sessions of an account that has 10,000: the first page, a search in titles, a page in the middle.
func BenchmarkList(b *testing.B) {
	_, st, _ := benchShelf(b)
	at := time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)
	for i := range 10_000 {
		row := store.Session{
			ID: fmt.Sprintf("%08d", i), OwnerID: "u1", Cwd: "/w", Title: fmt.Sprintf("Session about %d things 会话", i),
			CreatedAt: at, UpdatedAt: at.Add(time.Duration(i) * time.Second), MessageCount: int64(i),
		}
		if err := st.UpsertSession(b.Context(), row); err != nil {
			b.Fatal(err)
		}
	}
	_, middle, err := st.ListSessions(b.Context(), "u1", store.SessionFilter{Limit: 200})
	for range 25 {
		if err == nil {
			_, middle, err = st.ListSessions(b.Context(), "u1", store.SessionFilter{Limit: 200, Cursor: middle})
		}
	}
	if err != nil {
		b.Fatal(err)
	}
	for name, filter := range map[string]store.SessionFilter{"first": {}, "title": {Query: "about 9999"}, "middle": {Cursor: middle}} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				rows, _, err := st.ListSessions(b.Context(), "u1", filter)
				if err != nil || len(rows) == 0 {
					b.Fatal(len(rows), err)
				}
			}
		})
	}
}

// BenchmarkReindex makes the rows of 100 MB of transcripts anew, beside reading the same files once. The text of the search is
// not in it: BenchmarkSearch says what that takes.
func BenchmarkReindex(b *testing.B) {
	root, _, x := benchShelf(b)
	fill(b, root, 100e6)
	paths, err := filepath.Glob(filepath.Join(root, "u1", ".claude", "projects", "*", "*.jsonl"))
	if err != nil {
		b.Fatal(err)
	}
	var ratios []float64
	size := int64(0)
	for b.Loop() {
		began := time.Now()
		size = 0
		for _, path := range paths {
			n, err := readAll(path)
			if err != nil {
				b.Fatal(err)
			}
			size += n
		}
		plain := time.Since(began)
		report, err := x.Reindex(b.Context(), nil)
		if err != nil {
			b.Fatal(err)
		}
		ratios = append(ratios, 100*plain.Seconds()/(report.Took-report.Text).Seconds())
	}
	b.SetBytes(size)
	b.ReportMetric(ratios[len(ratios)/2], "%-of-reading")
}

func readAll(path string) (int64, error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(struct{ io.Writer }{io.Discard}, file)
	if err == nil {
		err = file.Close()
	}
	return n, err
}

// peak notes the most memory that the process has from now on, in MB.
func peak(b *testing.B) func() {
	b.Helper()
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil {
		return func() {}
	}
	return func() {
		data, err := os.ReadFile("/proc/self/status")
		if err != nil {
			return
		}
		_, rest, _ := strings.Cut(string(data), "VmHWM:")
		var kb float64
		if _, err := fmt.Sscan(rest, &kb); err == nil {
			b.ReportMetric(kb/1024, "peak-MB")
		}
	}
}
