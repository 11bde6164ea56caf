package transcript_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"claude-agent-chat/pkg/transcript"
)

// appenders is how many sessions are written at once, and appendRound how long each way of writing them has its turn.
const (
	appenders   = 64
	appendRound = 500 * time.Millisecond
)

// BenchmarkAppend appends records to 64 sessions at once, each safe before the next, beside bare writes and syncs of the same
// bytes to as many files. Both have turns of half a second one after the other, so that a noisy disk is noisy for both.
func BenchmarkAppend(b *testing.B) {
	dir := b.TempDir()
	text := prompt(strings.Repeat("q", 500))
	line := make([]byte, 0, 2048)
	var writers [appenders]*transcript.Writer
	var files [appenders]*os.File
	for i := range appenders {
		path := filepath.Join(dir, ".claude", "projects", "-w", fmt.Sprintf("%04d.jsonl", i))
		w, err := transcript.OpenWriter(b.Context(), path, transcript.Context{SessionID: sessionID, Cwd: "/work/demo"})
		if err != nil {
			b.Fatal(err)
		}
		defer func() { _ = w.Close() }()
		records, err := w.Append(b.Context(), text)
		if err != nil {
			b.Fatal(err)
		}
		writers[i], line = w, append(append(line[:0], records[0].Raw...), '\n')
		if files[i], err = os.OpenFile(path+".bare", os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600); err != nil {
			b.Fatal(err)
		}
		defer func() { _ = files[i].Close() }()
	}
	var ratios, bare, ours []float64
	for b.Loop() {
		plain := rate(b, func(i int) error {
			if _, err := files[i].Write(line); err != nil {
				return err
			}
			return files[i].Sync()
		})
		own := rate(b, func(i int) error {
			_, err := writers[i].Append(context.Background(), text)
			return err
		})
		bare, ours, ratios = append(bare, plain), append(ours, own), append(ratios, 100*own/plain)
	}
	b.ReportMetric(median(bare), "bare/s")
	b.ReportMetric(median(ours), "append/s")
	b.ReportMetric(median(ratios), "%-of-bare")
}

// rate counts how often a second all appenders together do something.
func rate(b *testing.B, do func(i int) error) float64 {
	b.Helper()
	var count atomic.Int64
	var all sync.WaitGroup
	began := time.Now()
	for i := range appenders {
		all.Go(func() {
			for time.Since(began) < appendRound {
				if err := do(i); err != nil {
					b.Error(err)
					return
				}
				count.Add(1)
			}
		})
	}
	all.Wait()
	return float64(count.Load()) / time.Since(began).Seconds()
}

func median(all []float64) float64 {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[len(sorted)/2]
}
