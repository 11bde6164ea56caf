package lifecycle

import (
	"context"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"claude-agent-chat/pkg/redact"
)

// Version is what the build says of itself: the value that was linked in, else the commit, else "dev".
func Version() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "dev"
	}
	var revision, dirty string
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			revision = s.Value[:min(12, len(s.Value))]
		case "vcs.modified":
			if s.Value == "true" {
				dirty = "+changes"
			}
		}
	}
	if revision == "" {
		return "dev"
	}
	return "dev-" + revision + dirty
}

// version is set by the linker: -X claude-agent-chat/pkg/lifecycle.version=1.2.3.
var version string

// Main calls run with what the process was given and returns run's exit status, for os.Exit. The first SIGTERM or
// SIGINT ends run's context; a second one ends the process at once, with 128 and the signal's number.
func Main(run func(ctx context.Context, args, environ []string, stdout, stderr io.Writer) int) int {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	defer signal.Stop(signals)
	go func() {
		<-signals
		cancel()
		os.Exit(128 + int((<-signals).(syscall.Signal)))
	}()
	return run(ctx, os.Args[1:], takeEnviron(os.Environ()), os.Stdout, os.Stderr)
}

// Logger makes the program's log on w: one line for each record, format "json" or, for anything else, text. The secrets,
// and what looks like a token or a key, never reach it.
func Logger(w io.Writer, level slog.Level, format string, secrets ...string) *slog.Logger {
	opts := &slog.HandlerOptions{Level: level}
	w = redact.New(secrets...).Writer(w)
	if format == "json" {
		return slog.New(slog.NewJSONHandler(w, opts))
	}
	return slog.New(slog.NewTextHandler(w, opts))
}
