package api_test

import (
	"net/http"
	"testing"
	"time"

	"claude-agent-chat/pkg/store"
)

type usageList struct {
	Items []struct {
		UserID      string
		Username    string
		Day         string
		Model       string
		InputTokens int64
		Cost        *float64
	}
}

// TestUsage shows people what they used, and administrators what everybody did.
func TestUsage(t *testing.T) {
	w := newWorld(t)
	admin, owner := w.signUp(t, "admin"), w.signUp(t, "owner")
	for i, model := range []string{"claude-opus-5-5", "unknown"} {
		row := store.Session{
			ID: []string{"s1", "s2"}[i], OwnerID: []string{owner.id, admin.id}[i], Cwd: "/w", CreatedAt: time.Now(), UpdatedAt: time.Now(),
			State: "running", Spent: []store.Spent{{Day: "2026-02-03", Model: model, Usage: store.Usage{Input: 2_000_000}}},
		}
		if err := w.store.UpsertSession(t.Context(), row); err != nil {
			t.Fatal(err)
		}
	}
	var own, all, days, turns usageList
	owner.want(t, http.StatusOK, "GET", "/api/usage?user="+admin.id, "").decode(t, &own)
	if len(own.Items) != 1 || own.Items[0].UserID != owner.id || own.Items[0].InputTokens != 2_000_000 || own.Items[0].Cost == nil || *own.Items[0].Cost != 10 {
		t.Errorf("the owner sees %+v", own.Items)
	}
	admin.want(t, http.StatusOK, "GET", "/api/admin/usage", "").decode(t, &all)
	if len(all.Items) != 2 || all.Items[0].Username != "admin" || all.Items[0].Cost != nil {
		t.Errorf("the administrator sees %+v", all.Items)
	}
	admin.want(t, http.StatusOK, "GET", "/api/admin/usage?from=2026-02-04", "").decode(t, &days)
	if len(days.Items) != 0 {
		t.Errorf("later days have %+v", days.Items)
	}
	admin.want(t, http.StatusOK, "GET", "/api/admin/turns", "").decode(t, &turns)
	if len(turns.Items) != 2 {
		t.Errorf("%d turns run", len(turns.Items))
	}
	for _, query := range []string{"from=yesterday", "to=2026-13-01"} {
		owner.want(t, http.StatusBadRequest, "GET", "/api/usage?"+query, "")
	}
}
