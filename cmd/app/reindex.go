package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"claude-agent-chat/pkg/config"
	"claude-agent-chat/pkg/index"
)

// reindex makes the rows of sessions anew from the transcripts: of all, or of the paths given.
func reindex(ctx context.Context, cfg *config.Config, paths []string, stdout, stderr io.Writer) int {
	return withIndex(ctx, cfg, paths, stderr, func(x *index.Index, paths []string) error {
		report, err := x.Reindex(ctx, paths)
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
