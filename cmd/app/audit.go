package main

import (
	"context"
	"fmt"
	"io"

	"claude-agent-chat/pkg/audit"
	"claude-agent-chat/pkg/config"
	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/lifecycle"
	"claude-agent-chat/pkg/store"
)

// verifyAudit reads the whole audit log and says whether its chain holds.
func verifyAudit(ctx context.Context, cfg *config.Config, stdout, stderr io.Writer) int {
	log := lifecycle.Logger(stderr, cfg.LogLevel, cfg.LogFormat, cfg.Secrets()...)
	st, err := store.Open(ctx, store.Options{URL: cfg.DatabaseURL.Reveal(), SQLitePath: cfg.SQLitePath(), Log: log})
	if err != nil {
		_, _ = fmt.Fprintln(stderr, fault.Message(err))
		return exitFailure
	}
	defer func() { _ = st.Close() }()
	report, err := audit.Verify(ctx, st)
	switch {
	case err != nil:
		_, _ = fmt.Fprintln(stderr, fault.Message(err))
		return exitFailure
	case report.Broken > 0:
		_, _ = fmt.Fprintf(stdout, "%d entries are as they were written; entry %d is not: %s\n", report.Entries, report.Broken, report.Reason)
		return exitFailure
	}
	_, _ = fmt.Fprintf(stdout, "%d entries, all as they were written; the last one's hash is %s\n", report.Entries, report.Head)
	return exitOK
}
