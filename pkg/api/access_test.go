package api_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// closedRoutes is every route that needs sign-in, as one concrete request each; the ids are the owner's.
func closedRoutes(sessionID, tokenID string) []request {
	return []request{
		{"GET", "/api/me", "", 200},
		{"PUT", "/api/me/password", `{"current":"` + password + `","next":"another ` + password + `"}`, 204},
		{"GET", "/api/web-sessions", "", 200},
		{"DELETE", "/api/web-sessions", "", 204},
		{"GET", "/api/me/second-factor", "", 200},
		{"GET", "/api/tokens", "", 200},
		{"POST", "/api/tokens", `{"name":"ci"}`, 201},
		{"POST", "/api/ws-ticket", "", 200},
		{"POST", "/api/me/second-factor", `{"password":"another ` + password + `"}`, 201},
		{"GET", "/api/projects", "", 200},
		{"POST", "/api/projects", `{"name":"site"}`, 201},
		{"GET", "/api/trash", "", 200},
		{"GET", "/api/sessions", "", 200},
		{"GET", "/api/sessions/" + sessionID, "", 200},
		{"GET", "/api/sessions/" + sessionID + "/messages", "", 200},
		{"GET", "/api/sessions/" + sessionID + "/subagents/" + subagentID + "/messages", "", 200},
		{"GET", "/api/search?q=x", "", 200},
		{"GET", "/api/usage", "", 200},
		{"GET", "/api/sessions/" + sessionID + "/export?format=md", "", 200},
		{"POST", "/api/sessions/" + sessionID + "/fork", `{}`, 201},
		{"PATCH", "/api/sessions/" + sessionID, `{"title":"New","pinned":true}`, 200},
		{"DELETE", "/api/sessions/" + sessionID, "", 204},
		{"DELETE", "/api/tokens/" + tokenID, "", 204},
	}
}

// idRoutes are closed routes with an id that is nobody's.
func idRoutes() []request {
	return []request{
		{"DELETE", "/api/web-sessions/nobody", "", 404},
		{"DELETE", "/api/projects/nobody", "", 404},
		{"GET", "/api/me/provider", "", 404},
		{"DELETE", "/api/me/provider", "", 404},
		{"DELETE", "/api/me/second-factor", `{"password":"` + password + `"}`, 404},
		{"POST", "/api/me/second-factor/confirm", `{"code":"000000"}`, 404},
		{"POST", "/api/trash/nobody/restore", "", 404},
		{"DELETE", "/api/trash/nobody", "", 404},
		{"DELETE", "/api/me", `{"password":"not the one"}`, 403},
	}
}

// adminRoutes are those that are for administrators alone.
func adminRoutes(session string) []request {
	return []request{
		{"GET", "/api/admin/doctor", "", 200},
		{"GET", "/api/admin/boundary", "", 503},
		{"POST", "/api/admin/boundary/test", "", 503},
		{"GET", "/api/admin/users", "", 200},
		{"PATCH", "/api/admin/users/nobody", `{"role":"user"}`, 404},
		{"DELETE", "/api/admin/users/nobody", "", 404},
		{"DELETE", "/api/admin/users/nobody/second-factor", "", 404},
		{"POST", "/api/admin/users/nobody/reset", "", 404},
		{"GET", "/api/admin/links", "", 200},
		{"POST", "/api/admin/invitations", `{"role":"user"}`, 201},
		{"DELETE", "/api/admin/links/nobody", "", 404},
		{"GET", "/api/admin/usage", "", 200},
		{"GET", "/api/admin/turns", "", 200},
		{"GET", "/api/admin/audit", "", 200},
		{"GET", "/api/admin/audit/export?format=csv", "", 200},
		{"GET", "/api/admin/audit/verify", "", 200},
		{"POST", "/api/admin/doctor/repair", `{"sessionId":"` + session + `"}`, 404}, // nothing was said in it.
	}
}

// TestAdminRoutes tries them as everybody.
func TestAdminRoutes(t *testing.T) {
	w := newWorld(t, withSessionGateway(t))
	admin, owner := w.signUp(t, "admin"), w.signUp(t, "owner")
	session, _ := w.ownedThings(t, owner)
	for _, r := range adminRoutes(session) {
		wantErrorBody(t, w.guest().want(t, http.StatusUnauthorized, r.method, r.path, r.body).body, "unauthenticated")
		wantErrorBody(t, owner.want(t, http.StatusForbidden, r.method, r.path, r.body).body, "forbidden")
		admin.want(t, r.status, r.method, r.path, r.body)
	}
}

type request struct {
	method, path, body string
	status             int
}

func (r request) String() string { return r.method + " " + r.path }

// TestEveryClosedRouteIsTried makes sure that no route that needs sign-in is missing from the tests below.
func TestEveryClosedRouteIsTried(t *testing.T) {
	w := newWorld(t)
	for pattern, item := range w.doc.Paths {
		for method, op := range item {
			if len(op.Security) == 0 {
				continue
			}
			tried := false
			for _, r := range slices.Concat(closedRoutes("s", "t"), idRoutes(), adminRoutes("s")) {
				tried = tried || strings.EqualFold(r.method, method) && matches(pattern, r.path)
			}
			if !tried {
				t.Errorf("%s %s is not among closedRoutes", method, pattern)
			}
		}
	}
}

func TestGuestsGetNothing(t *testing.T) {
	w := newWorld(t, withSessionGateway(t))
	owner := w.signUp(t, "owner")
	session, token := w.ownedThings(t, owner)
	for _, r := range append(closedRoutes(session, token), idRoutes()...) {
		for name, who := range map[string]*person{
			"guest":         w.guest(),
			"wrong cookie":  {world: w, cookie: strings.Repeat("x", len(owner.cookie))},
			"forged cookie": {world: w, cookie: owner.cookie + "x"},
			"wrong token":   {world: w, token: "cac_wrong"},
		} {
			got := who.want(t, http.StatusUnauthorized, r.method, r.path, r.body)
			wantErrorBody(t, got.body, "unauthenticated")
			if t.Failed() {
				t.Fatalf("%s as %s", r, name)
			}
		}
	}
}

func TestOwnersGetTheirs(t *testing.T) {
	for _, how := range []string{"cookie", "token"} {
		t.Run(how, func(t *testing.T) {
			w := newWorld(t, withSessionGateway(t))
			owner := w.signUp(t, "owner")
			session, token := w.ownedThings(t, owner)
			caller := owner
			if how == "token" {
				caller = owner.withToken(t)
			}
			for _, r := range closedRoutes(session, token) {
				caller.want(t, r.status, r.method, r.path, r.body)
			}
		})
	}
}

// TestOthersGetWhatDoesNotExist asks for the owner's things as another user and as the administrator, and compares each
// answer with the one to an id that nobody has.
func TestOthersGetWhatDoesNotExist(t *testing.T) {
	w := newWorld(t, withSessionGateway(t))
	admin, owner, other := w.signUp(t, "admin"), w.signUp(t, "owner"), w.signUp(t, "other")
	session, token := w.ownedThings(t, owner)
	theirs := closedRoutes(session, token)
	nobodys := closedRoutes("00000000-0000-4000-8000-000000000000", "00000000-0000-4000-8000-000000000001")
	for i, r := range theirs {
		if r == nobodys[i] {
			continue // No id in it: everyone gets their own.
		}
		for name, who := range map[string]*person{"other": other, "admin": admin} {
			got := who.want(t, http.StatusNotFound, r.method, r.path, r.body)
			missing := who.want(t, http.StatusNotFound, nobodys[i].method, nobodys[i].path, nobodys[i].body)
			if got.body != missing.body || headersOf(got) != headersOf(missing) {
				t.Errorf("%s as %s: %s differs from %s", r, name, got.body, missing.body)
			}
		}
	}
	owner.want(t, http.StatusOK, "GET", "/api/sessions/"+session, "")
}

// headersOf words an answer's headers without its date.
func headersOf(a answer) string {
	h := a.header.Clone()
	h.Del("Date")
	var b strings.Builder
	_ = h.Write(&b)
	return b.String()
}

// TestOddSubagentsAreNotFound names subagents as attackers would.
func TestOddSubagentsAreNotFound(t *testing.T) {
	w := newWorld(t)
	owner := w.signUp(t, "owner")
	session, _ := w.ownedThings(t, owner)
	for _, id := range []string{
		"nobody", "..", ".", "%2e%2e", "%2e%2e%2fagent-" + subagentID, "..%2f..%2f" + session, subagentID + ".jsonl", subagentID + "%00",
		"%2fetc%2fpasswd", "*", "%F0%9F%98%80", strings.Repeat("a", 5000), session, "agent-" + subagentID,
	} {
		got := owner.call(t, "GET", "/api/sessions/"+session+"/subagents/"+id+"/messages", "")
		if got.status != http.StatusNotFound {
			t.Errorf("%.40s: status %d: %s", id, got.status, got.body)
		}
	}
}

func TestListsHoldOnlyTheCallersOwn(t *testing.T) {
	w := newWorld(t)
	admin, owner := w.signUp(t, "admin"), w.signUp(t, "owner")
	session, token := w.ownedThings(t, owner)
	owner.want(t, http.StatusCreated, "POST", "/api/projects", `{"name":"hidden-project"}`)
	for _, path := range []string{"/api/sessions", "/api/sessions?q=Plan&archived=true", "/api/tokens", "/api/projects"} {
		body := admin.want(t, http.StatusOK, "GET", path, "").body
		if strings.Contains(body, session) || strings.Contains(body, token) || strings.Contains(body, "hidden-project") {
			t.Errorf("%s shows the administrator another's: %s", path, body)
		}
	}
}

func TestOddIDsAreNotFound(t *testing.T) {
	w := newWorld(t)
	owner := w.signUp(t, "owner")
	for _, id := range []string{"%2e%2e%2fx", "a%00b", "..%2f..%2fetc", "%F0%9F%98%80", strings.Repeat("a", 5000), "'%20OR%201=1--"} {
		got := owner.call(t, "GET", "/api/sessions/"+id, "")
		if got.status != http.StatusNotFound {
			t.Errorf("%.40s: status %d: %s", id, got.status, got.body)
		}
	}
}
