package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"claude-agent-chat/pkg/config"
	"claude-agent-chat/pkg/index"
	"claude-agent-chat/pkg/roster"
)

// reindex puts back the accounts that have a home and no row, and makes the rows of sessions anew from the transcripts, of
// all or of the paths given, and with --search what can be found of them too.
func reindex(ctx context.Context, cfg *config.Config, args []string, stdout, stderr io.Writer) int {
	text := len(args) > 0 && args[0] == "--search"
	if text {
		args = args[1:]
	}
	return withIndex(ctx, cfg, args, stderr, func(x *index.Index, accounts *roster.Roster, paths []string) error {
		restored, err := accounts.Restore(ctx)
		if err != nil {
			return err
		}
		report, err := x.Reindex(ctx, paths, text)
		if err != nil {
			return err
		}
		if restored > 0 {
			_, _ = fmt.Fprintf(stdout, "%d accounts restored from their homes\n", restored)
		}
		_, _ = fmt.Fprintf(stdout, "%d transcripts read (%.1f MB), %d rows of missing files removed, %d transcripts not readable, %s, of which %s for the search\n",
			report.Files, float64(report.Bytes)/1e6, report.Gone, report.Failed,
			report.Took.Round(time.Millisecond), report.Text.Round(time.Millisecond))
		if report.Failed > 0 {
			return errTold
		}
		return nil
	})
}
