package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"claude-agent-chat/pkg/config"
	"claude-agent-chat/pkg/index"
)

// reindex makes the rows of sessions anew from the transcripts, of all or of the paths given, and with --search what can be
// found of them too.
func reindex(ctx context.Context, cfg *config.Config, args []string, stdout, stderr io.Writer) int {
	text := len(args) > 0 && args[0] == "--search"
	if text {
		args = args[1:]
	}
	return withIndex(ctx, cfg, args, stderr, func(x *index.Index, paths []string) error {
		report, err := x.Reindex(ctx, paths, text)
		if err != nil {
			return err
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
