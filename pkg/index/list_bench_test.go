package index_test

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

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

// BenchmarkReindex makes the rows of 100 MB of transcripts anew, beside reading the same files once, both on all cores. The text
// of the search is not in it: BenchmarkSearch says what that takes.
func BenchmarkReindex(b *testing.B) {
	root, _, x := benchShelf(b)
	fill(b, root, 100e6)
	paths, err := filepath.Glob(filepath.Join(root, "u1", ".claude", "projects", "*", "*.jsonl"))
	if err != nil {
		b.Fatal(err)
	}
	var files []index.File
	size := int64(0)
	for _, path := range paths {
		f, err := x.Find("u1", strings.TrimSuffix(filepath.Base(path), ".jsonl"))
		if err != nil {
			b.Fatal(err)
		}
		files, size = append(files, f), size+f.Info.Size()
	}
	each := func(do func(f index.File) error) time.Duration {
		began := time.Now()
		var group errgroup.Group
		group.SetLimit(runtime.GOMAXPROCS(0))
		for _, f := range files {
			group.Go(func() error { return do(f) })
		}
		if err := group.Wait(); err != nil {
			b.Fatal(err)
		}
		return time.Since(began)
	}
	defer peak(b)()
	var ratios []float64
	for b.Loop() {
		plain := each(func(f index.File) error { return readAll(f.Path) })
		began := time.Now()
		if failed, err := x.UpdateRows(b.Context(), files); failed > 0 || err != nil {
			b.Fatal(failed, err)
		}
		rows := time.Since(began)
		ratios = append(ratios, 100*plain.Seconds()/rows.Seconds())
	}
	b.SetBytes(size)
	slices.Sort(ratios)
	b.ReportMetric(ratios[len(ratios)/2], "%-of-reading")
}

func readAll(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	_, err = io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{file}, make([]byte, 1<<20))
	return errors.Join(err, file.Close())
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
