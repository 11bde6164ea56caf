package store_test

import (
	"testing"
	"time"

	"claude-agent-chat/pkg/store"
	"claude-agent-chat/pkg/store/storetest"
)

// TestUsageByDay writes what sessions used, replaces it, sums it up, and loses it with its session.
func TestUsageByDay(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		a, b := addAccount(t, st, "alice"), addAccount(t, st, "bob")
		put := func(owner store.Account, id string, spent ...store.Spent) {
			t.Helper()
			row := session(owner, id, noon)
			row.Spent = spent
			must(t, st.UpsertSession(ctx, row))
		}
		put(a, "s1", store.Spent{Day: "2026-01-01", Model: "opus", Usage: store.Usage{Input: 1000}})
		put(a, "s1", store.Spent{Day: "2026-01-01", Model: "opus", Usage: store.Usage{Input: 1, Output: 2, CacheRead: 3, CacheWrite: 4}},
			store.Spent{Day: "2026-01-02", Model: "haiku", Usage: store.Usage{Input: 5}})
		put(a, "s2", store.Spent{Day: "2026-01-01", Model: "opus", Usage: store.Usage{Input: 10, Output: 20}})
		put(b, "s3", store.Spent{Day: "2026-01-01", Model: "opus", Usage: store.Usage{Input: 7}})
		kept := session(a, "s2", noon.Add(time.Hour))
		must(t, st.UpsertSession(ctx, kept))

		sum := func(f store.UsageFilter) []store.DayUsage {
			t.Helper()
			rows, err := st.UsageByDay(ctx, f)
			must(t, err)
			return rows
		}
		day1 := store.DayUsage{OwnerID: a.ID, Username: "alice", Day: "2026-01-01", Model: "opus", Sessions: 2, Input: 11, Output: 22, CacheRead: 3, CacheWrite: 4}
		day2 := store.DayUsage{OwnerID: a.ID, Username: "alice", Day: "2026-01-02", Model: "haiku", Sessions: 1, Input: 5}
		others := store.DayUsage{OwnerID: b.ID, Username: "bob", Day: "2026-01-01", Model: "opus", Sessions: 1, Input: 7}
		same(t, sum(store.UsageFilter{}), []store.DayUsage{day2, day1, others})
		same(t, sum(store.UsageFilter{OwnerID: a.ID, To: "2026-01-01"}), []store.DayUsage{day1})
		same(t, sum(store.UsageFilter{From: "2026-01-02"}), []store.DayUsage{day2})
		same(t, sum(store.UsageFilter{SessionID: "s3"}), []store.DayUsage{others})
	})
}

func TestRunningTurns(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		a := addAccount(t, st, "alice")
		for id, state := range map[string]string{"s1": "idle", "s2": "running"} {
			row := session(a, id, noon)
			row.State = state
			must(t, st.UpsertSession(ctx, row))
		}
		got, err := st.RunningTurns(ctx)
		must(t, err)
		same(t, got, []store.RunningTurn{{SessionID: "s2", OwnerID: a.ID, Username: "alice", State: "running", UpdatedAt: noon.UnixMilli()}})
	})
}
