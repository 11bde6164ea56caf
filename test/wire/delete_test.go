package wire_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/anthropic/anthropictest"
	"claude-agent-chat/pkg/auth"
	"claude-agent-chat/pkg/session"
	"claude-agent-chat/pkg/store"
	"claude-agent-chat/pkg/workspace"
	"claude-agent-chat/test/world"
)

// ask asks the gateway for a change, as the app does.
func ask(t *testing.T, w *world.World, user world.User, method, path string) (status int) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, "http://"+w.Addr+path, nil)
	must(t, err)
	req.Header.Set("Authorization", "Bearer "+user.Token)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Do(req)
	must(t, err)
	must(t, res.Body.Close())
	return res.StatusCode
}

func wantStatus(t *testing.T, want int, w *world.World, user world.User, method, path string) {
	t.Helper()
	if got := ask(t, w, user, method, path); got != want {
		t.Errorf("%s %s: %d, want %d", method, path, got, want)
	}
}

// graceful starts a world that keeps what was deleted for an hour.
func graceful(t *testing.T, exchanges ...anthropictest.Exchange) (*world.World, world.User, *world.Client) {
	t.Helper()
	w, user, _, _ := start(t, exchanges...)
	w.Stop()
	w.Config.DeleteGrace = time.Hour
	w.Start()
	return w, user, w.Dial(user)
}

// TestDeleteAndRestore deletes a session and a project while they run, has both back, and goes on in them.
func TestDeleteAndRestore(t *testing.T) {
	gate := anthropictest.NewGate()
	t.Cleanup(gate.Release)
	w, user, c := graceful(t,
		anthropictest.Exchange{
			Match: anthropictest.LastText("long"), Reply: anthropictest.Stream(anthropictest.Text("Begun "), anthropictest.Hold(gate)),
		},
		anthropictest.Exchange{
			Match: func(r *anthropictest.Request) bool { return strings.HasSuffix(r.Last().Text(), "again") },
			Reply: anthropictest.Stream(anthropictest.Text("Here again.")),
		},
	)
	home := workspace.Home(w.Config.SessionsRoot, user.ID)
	project, err := workspace.CreateProject(home, "site (old) 网站")
	must(t, err)
	must(t, os.WriteFile(project.Path+"/index.html", []byte("x"), 0o600))
	id := c.NewSession(project.Path)
	wait := c.BeginPrompt(id, "", "long")
	c.Until("the answer begins", func(s world.Seen) bool { return s.Text(acp.UpdateAgentMessage) != "" })

	stranger := w.User("eve")
	wantStatus(t, http.StatusNotFound, w, stranger, "DELETE", "/api/sessions/"+id)
	wantStatus(t, http.StatusNotFound, w, stranger, "DELETE", "/api/projects/site%20(old)%20%E7%BD%91%E7%AB%99")
	wantStatus(t, http.StatusNotFound, w, user, "DELETE", "/api/projects/..")
	wantStatus(t, http.StatusNotFound, w, user, "DELETE", "/api/projects/%2e%2e%2f.claude")

	wantStatus(t, http.StatusNoContent, w, user, "DELETE", "/api/projects/site%20(old)%20%E7%BD%91%E7%AB%99")
	_, _ = wait() // as cancelled, or with the session.
	if _, err := os.Stat(project.Path); !os.IsNotExist(err) {
		t.Errorf("the project is still there: %v", err)
	}
	if files := w.Transcripts(user); len(files) != 0 {
		t.Errorf("transcripts left: %v", files)
	}
	if rows, _, err := w.Store().ListSessions(t.Context(), user.ID, store.SessionFilter{}); err != nil || len(rows) != 0 {
		t.Errorf("rows left: %v %v", rows, err)
	}
	if _, err := w.Dial(user).Attach(acp.MethodSessionLoad, id, user.Cwd, ""); err == nil {
		t.Error("the session can still be loaded")
	}
	entries, err := session.Trash(home)
	if err != nil || len(entries) != 1 || entries[0].Name != project.Name {
		t.Fatalf("trash: %+v %v", entries, err)
	}
	wantStatus(t, http.StatusNotFound, w, stranger, "POST", "/api/trash/"+entries[0].ID+"/restore")
	wantStatus(t, http.StatusNoContent, w, user, "POST", "/api/trash/"+entries[0].ID+"/restore")
	if data, err := os.ReadFile(project.Path + "/index.html"); err != nil || string(data) != "x" {
		t.Errorf("the project did not come back: %v", err)
	}
	again := w.Dial(user)
	_, err = again.Attach(acp.MethodSessionLoad, id, project.Path, "")
	must(t, err)
	if answer := again.Prompt(id, "again"); answer.StopReason != "end_turn" {
		t.Errorf("the session does not go on: %+v", answer)
	}

	wantStatus(t, http.StatusNoContent, w, user, "DELETE", "/api/sessions/"+id)
	entries, err = session.Trash(home)
	if err != nil || len(entries) != 1 || entries[0].Name != id {
		t.Fatalf("trash: %+v %v", entries, err)
	}
	wantStatus(t, http.StatusNotFound, w, stranger, "DELETE", "/api/trash/"+entries[0].ID)
	wantStatus(t, http.StatusNoContent, w, user, "DELETE", "/api/trash/"+entries[0].ID)
	wantStatus(t, http.StatusNotFound, w, user, "POST", "/api/trash/"+entries[0].ID+"/restore")
}

// TestDeletedAccount deletes an account whose turn runs with nobody watching: the turn ends, the account is gone for good
// when its time is over, and nothing brings it back.
func TestDeletedAccount(t *testing.T) {
	gate := anthropictest.NewGate()
	t.Cleanup(gate.Release)
	w, user, c := graceful(t, anthropictest.Exchange{
		Match: anthropictest.LastText("long"), Reply: anthropictest.Stream(anthropictest.Text("Begun "), anthropictest.Hold(gate)),
	})
	keeper := w.User("keeper")
	admin := store.RoleAdmin
	_, err := w.Store().ChangeAccount(t.Context(), keeper.ID, store.AccountChange{Role: &admin})
	must(t, err)
	id := c.NewSession(user.Cwd)
	c.BeginPrompt(id, "", "long")
	c.Until("the answer begins", func(s world.Seen) bool { return s.Text(acp.UpdateAgentMessage) != "" })
	c.Drop()
	must(t, w.Auth().DeleteAccount(t.Context(), auth.Identity{AccountID: keeper.ID}, user.ID))
	deadline := time.Now().Add(3 * time.Second)
	for {
		row, err := w.Store().SessionByID(t.Context(), user.ID, id)
		must(t, err)
		if row.State == acp.StateIdle {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("3 s later the turn still runs: %s", row.State)
		}
		time.Sleep(20 * time.Millisecond)
	}
	if _, _, err := w.DialWith(world.DialOptions{Header: http.Header{"Authorization": {"Bearer " + user.Token}}}); err == nil {
		t.Error("the account is still let in")
	}
	w.Stop()
	w.Config.DeleteGrace = 0
	w.Start()
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		_, rowErr := w.Store().AccountByID(t.Context(), user.ID)
		left, err := filepath.Glob(filepath.Join(w.Config.SessionsRoot, "*"+user.ID+"*"))
		must(t, err)
		hidden, err := filepath.Glob(filepath.Join(w.Config.SessionsRoot, ".*"+user.ID+"*"))
		must(t, err)
		if rowErr != nil && len(left)+len(hidden) == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the account is still there: %v, %v %v", rowErr, left, hidden)
		}
	}
	w.Stop()
	w.Start() // accounts come back from their notes: this one has none any more.
	if _, err := w.Store().AccountByID(t.Context(), user.ID); err == nil {
		t.Error("the account came back")
	}
	if n, err := w.Store().CountAccounts(t.Context()); err != nil || n != 1 {
		t.Errorf("%d accounts are left, %v", n, err)
	}
}
