package session

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"claude-agent-chat/pkg/store"
	"claude-agent-chat/pkg/store/storetest"
)

// TestIndexerWritesWhatIsLeft checks that rows that are queued when the server ends are written, the newest of each.
func TestIndexerWritesWhatIsLeft(t *testing.T) {
	st := storetest.Open(t, storetest.SQLite(t))
	account := store.Account{ID: "u1", Username: "ada", PasswordHash: "x", Role: "user", CreatedAt: time.Now()}
	if err := st.CreateAccount(t.Context(), account); err != nil {
		t.Fatal(err)
	}
	x := newIndexer(st, slog.New(slog.DiscardHandler))
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, title := range []string{"old", "new"} {
		now := time.Now()
		x.put(store.Session{ID: "s1", OwnerID: "u1", Cwd: "/w", Title: title, CreatedAt: now, UpdatedAt: now, MessageCount: 1, State: "idle"})
	}
	x.run(ended)
	row, err := st.SessionByID(t.Context(), "u1", "s1")
	if err != nil || row.Title != "new" {
		t.Errorf("the row is %+v, %v", row, err)
	}
}
