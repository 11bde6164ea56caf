package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"claude-agent-chat/pkg/config"
	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/index"
	"claude-agent-chat/pkg/lifecycle"
	"claude-agent-chat/pkg/store"
)

// reindex makes the rows of sessions anew from the transcripts: of all, or of the paths given.
func reindex(ctx context.Context, cfg *config.Config, paths []string, stdout, stderr io.Writer) int {
	paths, err := absolute(paths)
	if err != nil {
		_, _ = fmt.Fprintln(stderr, err)
		return exitUsage
	}
	log := lifecycle.Logger(stderr, cfg.LogLevel, cfg.LogFormat)
	st, err := store.Open(ctx, store.Options{URL: cfg.DatabaseURL.Reveal(), SQLitePath: cfg.SQLitePath(), Log: log})
	if err != nil {
		_, _ = fmt.Fprintln(stderr, fault.Message(err))
		return exitFailure
	}
	defer func() { _ = st.Close() }()
	report, err := index.New(index.Options{Root: cfg.SessionsRoot, Store: st, Log: log}).Reindex(ctx, paths)
	if err != nil {
		_, _ = fmt.Fprintln(stderr, fault.Message(err))
		return exitFailure
	}
	_, _ = fmt.Fprintf(stdout, "%d transcripts read (%.1f MB), %d rows of missing files removed, %d transcripts not readable, %s, of which %s for the search\n",
		report.Files, float64(report.Bytes)/1e6, report.Gone, report.Failed,
		report.Took.Round(time.Millisecond), report.Text.Round(time.Millisecond))
	if report.Failed > 0 {
		return exitFailure
	}
	return exitOK
}
