package api_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/google/uuid"

	"claude-agent-chat/pkg/api"
	"claude-agent-chat/pkg/config"
	"claude-agent-chat/pkg/store"
	"claude-agent-chat/pkg/workspace"
)

// withSessionGateway lets a small server stand where the gateway process would: it knows the callers by their own
// credentials and does to the index what the gateway does after the transcript.
func withSessionGateway(t *testing.T) option {
	t.Helper()
	return func(c *config.Config, d *api.Deps) {
		handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { renameOrDelete(d, w, r) })
		gateway := httptest.NewServer(handler)
		t.Cleanup(gateway.Close)
		c.WSGatewayURL = gateway.URL
	}
}

func renameOrDelete(d *api.Deps, w http.ResponseWriter, r *http.Request) {
	who, err := d.Auth.Authenticate(r)
	if err != nil {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	id, ofSession := strings.CutPrefix(r.URL.Path, "/api/sessions/")
	if !ofSession {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	var body struct{ Title *string }
	switch r.Method {
	case http.MethodPost:
		row, err := d.Store.SessionByID(r.Context(), who.AccountID, strings.TrimSuffix(id, "/fork"))
		row.ID = uuid.NewString()
		if err = errors.Join(err, d.Store.UpsertSession(r.Context(), row)); err != nil {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		w.WriteHeader(http.StatusCreated)
		_ = json.NewEncoder(w).Encode(map[string]string{"id": row.ID})
		return
	case http.MethodPatch:
		if json.NewDecoder(r.Body).Decode(&body) != nil || body.Title == nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		err = d.Store.PatchSession(r.Context(), who.AccountID, id, store.SessionPatch{Title: body.Title})
	case http.MethodDelete:
		err = d.Store.DeleteSession(r.Context(), who.AccountID, id)
	}
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

const sessionID = "0b7c5a52-7a51-4a8e-9d54-6f4f8a3f0c11"

// ownedThings gives a person a session and a token and returns their ids.
func (w *world) ownedThings(t *testing.T, p *person) (session, token string) {
	t.Helper()
	w.addSession(t, w.sessionOf(p, sessionID, "Plan the trip"))
	w.writeSubagent(t, p, subagentID, "toolu_1", 1)
	var made struct{ ID string }
	p.want(t, http.StatusCreated, "POST", "/api/tokens", `{"name":"laptop"}`).decode(t, &made)
	return sessionID, made.ID
}

// withToken gives the person's program, which has a token and no cookie.
func (p *person) withToken(t *testing.T) *person {
	t.Helper()
	var made struct{ Token string }
	p.want(t, http.StatusCreated, "POST", "/api/tokens", `{"name":"program"}`).decode(t, &made)
	return &person{world: p.world, id: p.id, token: made.Token}
}

// sessionOf is an idle session in the person's workspace.
func (w *world) sessionOf(p *person, id, title string) store.Session {
	now := time.Date(2026, 2, 3, 4, 5, 6, 789e6, time.UTC)
	return store.Session{
		ID: id, OwnerID: p.id, Cwd: workspace.Dir(workspace.Home(w.root, p.id)), Title: title,
		CreatedAt: now, UpdatedAt: now, MessageCount: 3, State: "idle",
	}
}

type sessionRow struct {
	ID, Title, Cwd, CreatedAt, UpdatedAt, State string
	MessageCount                                int
	Archived, Pinned                            bool
}

type sessionPage struct {
	Items      []sessionRow
	NextCursor *string
}

func TestOneSession(t *testing.T) {
	w := newWorld(t)
	p := w.signUp(t, "mei")
	row := w.sessionOf(p, sessionID, "Plan the trip")
	w.addSession(t, row)
	var got sessionRow
	p.want(t, http.StatusOK, "GET", "/api/sessions/"+sessionID, "").decode(t, &got)
	want := sessionRow{
		ID: sessionID, Title: "Plan the trip", Cwd: row.Cwd, CreatedAt: "2026-02-03T04:05:06.789Z",
		UpdatedAt: "2026-02-03T04:05:06.789Z", State: "idle", MessageCount: 3,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("session (-want +got):\n%s", diff)
	}
}

func TestSessionPages(t *testing.T) {
	w := newWorld(t)
	p := w.signUp(t, "mei")
	for i := range 7 {
		row := w.sessionOf(p, fmt.Sprintf("session-%d", i), fmt.Sprintf("Title %d", i))
		row.UpdatedAt = row.UpdatedAt.Add(time.Duration(i) * time.Minute)
		if i == 3 {
			row.Cwd = filepath.Join(row.Cwd, "site")
		}
		if i == 4 {
			row.Cwd = filepath.Join(row.Cwd, "site-two")
		}
		w.addSession(t, row)
	}
	var ids []string
	path := "/api/sessions?limit=3"
	for {
		var page sessionPage
		p.want(t, http.StatusOK, "GET", path, "").decode(t, &page)
		for _, row := range page.Items {
			ids = append(ids, row.ID)
		}
		if page.NextCursor == nil {
			break
		}
		path = "/api/sessions?limit=3&cursor=" + *page.NextCursor
	}
	want := []string{"session-6", "session-5", "session-4", "session-3", "session-2", "session-1", "session-0"}
	if diff := cmp.Diff(want, ids); diff != "" {
		t.Errorf("ids (-want +got):\n%s", diff)
	}
	for query, want := range map[string]string{"project=site": "session-3", "q=title%205": "session-5", "q=nothing": ""} {
		var page sessionPage
		p.want(t, http.StatusOK, "GET", "/api/sessions?"+query, "").decode(t, &page)
		var got []string
		for _, row := range page.Items {
			got = append(got, row.ID)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %q", query, got, want)
		}
	}
}

func TestSessionQueriesThatAreRefused(t *testing.T) {
	w := newWorld(t)
	p := w.signUp(t, "mei")
	for _, query := range []string{
		"q=%00", "q=%ff", "project=%ff", "limit=0", "limit=201", "limit=x", "archived=yes", "project=..%2Fother", "project=a%2Fb", "project=%2Fetc", "project=..",
		"q=" + strings.Repeat("x", 501), "cursor=not-a-cursor",
	} {
		got := p.want(t, http.StatusBadRequest, "GET", "/api/sessions?"+query, "")
		wantErrorBody(t, got.body, "invalid")
	}
}

func TestChangeSession(t *testing.T) {
	w := newWorld(t, withSessionGateway(t))
	p := w.signUp(t, "mei")
	w.addSession(t, w.sessionOf(p, sessionID, "Before"))
	path := "/api/sessions/" + sessionID
	var got sessionRow
	p.want(t, http.StatusOK, "PATCH", path, `{"title":"  旅行\n计划  ","archived":true}`).decode(t, &got)
	if got.Title != "旅行 计划" || !got.Archived || got.Pinned {
		t.Errorf("after the first change: %+v", got)
	}
	p.want(t, http.StatusOK, "PATCH", path, `{"pinned":true}`).decode(t, &got)
	if got.Title != "旅行 计划" || !got.Archived || !got.Pinned {
		t.Errorf("after the second change: %+v", got)
	}
	var page sessionPage
	p.want(t, http.StatusOK, "GET", "/api/sessions", "").decode(t, &page)
	if len(page.Items) != 0 {
		t.Errorf("the archived session is in the usual list: %+v", page)
	}
	p.want(t, http.StatusOK, "GET", "/api/sessions?archived=true", "").decode(t, &page)
	if len(page.Items) != 1 {
		t.Errorf("the archived session is not in the whole list: %+v", page)
	}
	for _, body := range []string{`{}`, `{"title":""}`, `{"title":" \n "}`, `{"title":"a\u0000b"}`, `{"title":5}`, `{"pinned":"yes"}`, `{"title":"` + strings.Repeat("x", 201) + `"}`} {
		wantErrorBody(t, p.want(t, http.StatusBadRequest, "PATCH", path, body).body, "invalid")
	}
}

func TestDeleteSession(t *testing.T) {
	w := newWorld(t, withSessionGateway(t))
	p := w.signUp(t, "mei")
	w.addSession(t, w.sessionOf(p, sessionID, "Gone soon"))
	p.want(t, http.StatusNoContent, "DELETE", "/api/sessions/"+sessionID, "")
	p.want(t, http.StatusNotFound, "GET", "/api/sessions/"+sessionID, "")
	p.want(t, http.StatusNotFound, "DELETE", "/api/sessions/"+sessionID, "")
}

// TestGatewayDecides passes on what the gateway says of a change, and changes nothing when it refuses.
func TestGatewayDecides(t *testing.T) {
	for _, tc := range []struct {
		name         string
		status       int
		body, answer string
		want         int
		code         string
	}{
		{"busy", 409, `{"error":{"code":"busy","message":"Another program writes it."}}`, "Another program writes it.", 409, "busy"},
		{"gone", 404, `{"error":{"code":"not_found","message":"Secretly other words."}}`, "There is no such session.", 404, "not_found"},
		{"away", 503, `{"error":{"code":"unavailable","message":"It drains."}}`, "It drains.", 503, "unavailable"},
		{"broken", 500, `<html>stack trace</html>`, "could not make this change", 500, "internal"},
		{"redirects", 302, ``, "could not make this change", 500, "internal"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(tc.status)
				_, _ = w.Write([]byte(tc.body))
			}))
			t.Cleanup(gateway.Close)
			w := newWorld(t, withGateway(gateway.URL))
			p := w.signUp(t, "mei")
			w.addSession(t, w.sessionOf(p, sessionID, "Before"))
			got := p.want(t, tc.want, "PATCH", "/api/sessions/"+sessionID, `{"title":"After","pinned":true}`)
			wantErrorBody(t, got.body, tc.code)
			if !strings.Contains(got.body, tc.answer) || strings.Contains(got.body, "stack trace") {
				t.Errorf("answer: %s", got.body)
			}
			if row := p.want(t, http.StatusOK, "GET", "/api/sessions/"+sessionID, "").body; !strings.Contains(row, `"pinned":false`) {
				t.Errorf("half of the change was made: %s", row)
			}
		})
	}
}

func TestGatewayAway(t *testing.T) {
	w := newWorld(t)
	p := w.signUp(t, "mei")
	w.addSession(t, w.sessionOf(p, sessionID, "Stays"))
	got := p.want(t, http.StatusServiceUnavailable, "DELETE", "/api/sessions/"+sessionID, "")
	wantErrorBody(t, got.body, "unavailable")
	if got.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	p.want(t, http.StatusOK, "PATCH", "/api/sessions/"+sessionID, `{"pinned":true}`)
}

func TestProjects(t *testing.T) {
	w := newWorld(t)
	p := w.signUp(t, "mei")
	var made struct{ Name, Path, ModifiedAt string }
	p.want(t, http.StatusCreated, "POST", "/api/projects", `{"name":"网站"}`).decode(t, &made)
	want := filepath.Join(workspace.Dir(workspace.Home(w.root, p.id)), "网站")
	if made.Path != want {
		t.Errorf("made at %q, want %q", made.Path, want)
	}
	var list struct{ Items []struct{ Name, Path string } }
	p.want(t, http.StatusOK, "GET", "/api/projects", "").decode(t, &list)
	if len(list.Items) != 1 || list.Items[0].Path != made.Path {
		t.Errorf("list: %+v", list)
	}
	got := p.want(t, http.StatusConflict, "POST", "/api/projects", `{"name":"网站"}`)
	wantErrorBody(t, got.body, "conflict")
	for _, name := range []string{"", ".", "..", "../evil", "/etc", "a/b", `a\u0000b`, strings.Repeat("x", 256)} {
		wantErrorBody(t, p.want(t, http.StatusBadRequest, "POST", "/api/projects", `{"name":"`+name+`"}`).body, "invalid")
	}
}
