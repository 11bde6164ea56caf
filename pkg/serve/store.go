package serve

import (
	"context"
	"errors"
	"log/slog"

	"claude-agent-chat/pkg/config"
	"claude-agent-chat/pkg/roster"
	"claude-agent-chat/pkg/store"
)

// OpenStore opens the database and makes sure that every account which has a home on the volume is in it, before anybody
// can sign up. The caller closes the store.
func OpenStore(ctx context.Context, cfg *config.Config, log *slog.Logger) (*store.Store, *roster.Roster, error) {
	st, err := store.Open(ctx, store.Options{URL: cfg.DatabaseURL.Reveal(), SQLitePath: cfg.SQLitePath(), Log: log})
	if err != nil {
		return nil, nil, err
	}
	accounts := roster.New(cfg.SessionsRoot, st, log)
	if err := accounts.Start(ctx); err != nil {
		return nil, nil, errors.Join(err, st.Close())
	}
	return st, accounts, nil
}
