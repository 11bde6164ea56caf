package api_test

import (
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"claude-agent-chat/pkg/index"
	"claude-agent-chat/pkg/transcript"
	"claude-agent-chat/pkg/workspace"
)

// TestDoctor damages a user's transcript, which the administrator then sees, and repairs.
func TestDoctor(t *testing.T) {
	w := newWorld(t)
	admin, p := w.signUp(t, "admin"), w.signUp(t, "mei")
	w.writeConversation(t, p, 3)
	path := transcript.SessionPath(workspace.Home(w.root, p.id), w.sessionOf(p, sessionID, "").Cwd, sessionID)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(whole), "\n")
	sick := lines[0] + `{"type":"user","mess` + "\n" + strings.Join(lines[1:], "")
	if err := os.WriteFile(path, []byte(sick), 0o600); err != nil {
		t.Fatal(err)
	}
	x := index.New(index.Options{Root: w.root, Store: w.store, Log: slog.New(slog.DiscardHandler)})
	if err := x.CompareAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	var found struct {
		Items []struct {
			SessionID, Username string
			Diagnosis           transcript.Diagnosis
		}
	}
	got := admin.want(t, http.StatusOK, "GET", "/api/admin/doctor", "")
	got.decode(t, &found)
	if len(found.Items) != 1 || found.Items[0].SessionID != sessionID || found.Items[0].Username != "mei" || found.Items[0].Diagnosis.Damaged != 1 {
		t.Fatalf("found: %+v", found)
	}
	if strings.Contains(got.body, "question") {
		t.Error("the answer holds what was said")
	}
	var done transcript.Repaired
	body := `{"sessionId":"` + sessionID + `"}`
	admin.want(t, http.StatusOK, "POST", "/api/admin/doctor/repair", body).decode(t, &done)
	now, err := os.ReadFile(path)
	if err != nil || string(now) != string(whole) {
		t.Errorf("after the repair: %v\n%s", err, now)
	}
	kept, err := os.ReadFile(filepath.Join(filepath.Dir(path), done.Copy))
	if err != nil || string(kept) != sick {
		t.Errorf("the copy: %v\n%s", err, kept)
	}
	admin.want(t, http.StatusOK, "GET", "/api/admin/doctor", "").decode(t, &found)
	if len(found.Items) != 0 {
		t.Errorf("after the repair: %+v", found)
	}
	var page foundPage
	p.want(t, http.StatusOK, "GET", "/api/search?q=question", "").decode(t, &page)
	if len(page.Items) != 3 {
		t.Errorf("after the repair the search finds %d places", len(page.Items))
	}
}
