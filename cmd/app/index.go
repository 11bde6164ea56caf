package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"claude-agent-chat/pkg/config"
	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/index"
	"claude-agent-chat/pkg/lifecycle"
	"claude-agent-chat/pkg/roster"
	"claude-agent-chat/pkg/store"
)

// withIndex runs a command that works on transcripts, of all or of the paths given, and says on stderr what went wrong.
func withIndex(ctx context.Context, cfg *config.Config, paths []string, stderr io.Writer, command func(x *index.Index, accounts *roster.Roster, paths []string) error) int {
	var all []string
	for _, path := range paths {
		path, err := filepath.Abs(path)
		if err != nil {
			_, _ = fmt.Fprintln(stderr, err)
			return exitUsage
		}
		all = append(all, path)
	}
	log := lifecycle.Logger(stderr, cfg.LogLevel, cfg.LogFormat, cfg.Secrets()...)
	st, err := store.Open(ctx, store.Options{URL: cfg.DatabaseURL.Reveal(), SQLitePath: cfg.SQLitePath(), Log: log})
	if err == nil {
		defer func() { _ = st.Close() }()
		err = command(index.New(index.Options{Root: cfg.SessionsRoot, Store: st, Log: log}), roster.New(cfg.SessionsRoot, st, log), all)
	}
	switch {
	case err == nil:
		return exitOK
	case !errors.Is(err, errTold):
		_, _ = fmt.Fprintln(stderr, fault.Message(err))
	}
	return exitFailure
}

// errTold ends a command as failed that has said why already.
var errTold = errors.New("the command has said what is wrong")
