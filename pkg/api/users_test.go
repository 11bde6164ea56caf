package api_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
)

const newPassword = "another 电池 altogether"

type linkMade struct{ ID, Secret, Kind, Role, UserID string }

// TestChangePassword ends the other web sessions and leaves the one that asks.
func TestChangePassword(t *testing.T) {
	w := newWorld(t)
	p := w.signUp(t, "mei")
	other := w.guest()
	other.take(t, other.want(t, http.StatusOK, "POST", "/api/auth/login", credentials("mei", password)))
	program := p.withToken(t)
	for body, status := range map[string]int{
		`{"current":"wrong ` + password + `","next":"` + newPassword + `"}`: 403,
		`{"current":"` + password + `","next":"short"}`:                     400,
		`{"current":"` + password + `","next":"password123"}`:               400,
		`{"current":"` + password + `"}`:                                    400,
	} {
		p.want(t, status, "PUT", "/api/me/password", body)
	}
	other.want(t, http.StatusOK, "GET", "/api/me", "")
	p.want(t, http.StatusNoContent, "PUT", "/api/me/password", `{"current":"`+password+`","next":"`+newPassword+`"}`)
	p.want(t, http.StatusOK, "GET", "/api/me", "")
	program.want(t, http.StatusOK, "GET", "/api/me", "")
	other.want(t, http.StatusUnauthorized, "GET", "/api/me", "")
	w.guest().want(t, http.StatusUnauthorized, "POST", "/api/auth/login", credentials("mei", password))
	w.guest().want(t, http.StatusOK, "POST", "/api/auth/login", credentials("mei", newPassword))
}

// TestPasswordCannotBeGuessedHere tries many as somebody who found a browser open.
func TestPasswordCannotBeGuessedHere(t *testing.T) {
	w := newWorld(t)
	p := w.signUp(t, "mei")
	for range 20 {
		if p.call(t, "PUT", "/api/me/password", `{"current":"wrong","next":"`+newPassword+`"}`).status == http.StatusTooManyRequests {
			return
		}
	}
	t.Error("twenty wrong passwords were all tried")
}

func TestWebSessions(t *testing.T) {
	w := newWorld(t)
	p, stranger := w.signUp(t, "mei"), w.signUp(t, "stranger")
	signIn := func() *person {
		other := w.guest()
		other.take(t, other.want(t, http.StatusOK, "POST", "/api/auth/login", credentials("mei", password)))
		return other
	}
	second, third := signIn(), signIn()
	type row struct {
		ID      string
		Current bool
		Address string
	}
	var list struct{ Items []row }
	got := p.want(t, http.StatusOK, "GET", "/api/web-sessions", "")
	got.decode(t, &list)
	if len(list.Items) != 3 {
		t.Fatalf("sessions %+v", list)
	}
	_, secret, _ := strings.Cut(p.cookie, "=")
	if strings.Contains(got.body, secret) {
		t.Error("the list holds a cookie")
	}
	var mine row
	second.want(t, http.StatusOK, "GET", "/api/web-sessions", "").decode(t, &list)
	for _, one := range list.Items {
		if one.Current {
			mine = one
		}
	}
	if mine.Address != "127.0.0.1" {
		t.Errorf("the current one is %+v", mine)
	}
	stranger.want(t, http.StatusNotFound, "DELETE", "/api/web-sessions/"+mine.ID, "")
	p.want(t, http.StatusNoContent, "DELETE", "/api/web-sessions/"+mine.ID, "")
	second.want(t, http.StatusUnauthorized, "GET", "/api/me", "")
	p.want(t, http.StatusNoContent, "DELETE", "/api/web-sessions", "")
	third.want(t, http.StatusUnauthorized, "GET", "/api/me", "")
	p.want(t, http.StatusOK, "GET", "/api/me", "")
	stranger.want(t, http.StatusOK, "GET", "/api/me", "")
}

func TestAdministratorChangesAccounts(t *testing.T) {
	w := newWorld(t)
	admin, p := w.signUp(t, "admin"), w.signUp(t, "mei")
	program := p.withToken(t)
	path := "/api/admin/users/" + p.id
	admin.want(t, http.StatusOK, "PATCH", path, `{"disabled":true}`)
	for _, who := range []*person{p, program} {
		who.want(t, http.StatusUnauthorized, "GET", "/api/me", "")
	}
	w.guest().want(t, http.StatusUnauthorized, "POST", "/api/auth/login", credentials("mei", password))
	admin.want(t, http.StatusOK, "PATCH", path, `{"disabled":false,"role":"admin"}`)
	p.want(t, http.StatusUnauthorized, "GET", "/api/me", "")
	p.take(t, w.guest().want(t, http.StatusOK, "POST", "/api/auth/login", credentials("mei", password)))
	p.want(t, http.StatusOK, "GET", "/api/admin/users", "")
	admin.want(t, http.StatusBadRequest, "PATCH", path, `{"role":"root"}`)
	admin.want(t, http.StatusNotFound, "PATCH", "/api/admin/users/nobody", `{"role":"user"}`)
	actions, _ := admin.audited(t, "q="+p.id+"&action=account.")
	if got := strings.Join(actions, " "); got != "account.enabled account.role_changed account.disabled account.created" {
		t.Errorf("written down: %s", got)
	}
}

// TestLastAdministratorStays takes the right from two administrators at once, each by the other, again and again.
func TestLastAdministratorStays(t *testing.T) {
	w := newWorld(t)
	a, b := w.signUp(t, "a"), w.signUp(t, "b")
	a.want(t, http.StatusConflict, "PATCH", "/api/admin/users/"+a.id, `{"role":"user"}`)
	a.want(t, http.StatusConflict, "PATCH", "/api/admin/users/"+a.id, `{"disabled":true}`)
	for range 5 {
		a.want(t, http.StatusOK, "PATCH", "/api/admin/users/"+b.id, `{"role":"admin"}`)
		var wait sync.WaitGroup
		var statuses [2]int
		wait.Go(func() { statuses[0] = a.call(t, "PATCH", "/api/admin/users/"+b.id, `{"role":"user"}`).status })
		wait.Go(func() { statuses[1] = b.call(t, "PATCH", "/api/admin/users/"+a.id, `{"role":"user"}`).status })
		wait.Wait()
		if (statuses[0] == http.StatusOK) == (statuses[1] == http.StatusOK) {
			t.Fatalf("statuses %v", statuses)
		}
		if statuses[1] == http.StatusOK {
			a, b = b, a
		}
	}
}

func TestInvitation(t *testing.T) {
	for _, mode := range []string{"first-user", "open"} {
		t.Run(mode, func(t *testing.T) {
			w := newWorld(t, withSignup(mode))
			admin := w.signUp(t, "admin")
			var link linkMade
			admin.want(t, http.StatusCreated, "POST", "/api/admin/invitations", `{"role":"user"}`).decode(t, &link)
			if body := admin.want(t, http.StatusOK, "GET", "/api/admin/links", "").body; !strings.Contains(body, link.ID) || strings.Contains(body, link.Secret) {
				t.Errorf("links: %s", body)
			}
			invited := func(name, secret string) string {
				return `{"username":"` + name + `","password":"` + password + `","invitation":"` + secret + `"}`
			}
			w.guest().want(t, http.StatusForbidden, "POST", "/api/auth/signup", invited("mei", "made-up"))
			w.guest().want(t, http.StatusForbidden, "POST", "/api/auth/signup", invited("mei", strings.Repeat("A", 43)))
			w.guest().want(t, http.StatusConflict, "POST", "/api/auth/signup", invited("ADMIN", link.Secret))
			got := w.guest().want(t, http.StatusCreated, "POST", "/api/auth/signup", invited("mei", link.Secret))
			if !strings.Contains(got.body, `"role":"user"`) {
				t.Errorf("invited: %s", got.body)
			}
			w.guest().want(t, http.StatusForbidden, "POST", "/api/auth/signup", invited("eve", link.Secret))
			admin.want(t, http.StatusCreated, "POST", "/api/admin/invitations", `{"role":"admin"}`).decode(t, &link)
			admin.want(t, http.StatusNoContent, "DELETE", "/api/admin/links/"+link.ID, "")
			admin.want(t, http.StatusNotFound, "DELETE", "/api/admin/links/"+link.ID, "")
			w.guest().want(t, http.StatusForbidden, "POST", "/api/auth/signup", invited("eve", link.Secret))
		})
	}
}

func TestResetByLink(t *testing.T) {
	w := newWorld(t)
	admin, p := w.signUp(t, "admin"), w.signUp(t, "mei")
	program := p.withToken(t)
	var older, link linkMade
	admin.want(t, http.StatusCreated, "POST", "/api/admin/users/"+p.id+"/reset", "").decode(t, &older)
	admin.want(t, http.StatusCreated, "POST", "/api/admin/users/"+p.id+"/reset", "").decode(t, &link)
	admin.want(t, http.StatusNotFound, "POST", "/api/admin/users/nobody/reset", "")
	reset := func(secret, next string) string { return `{"link":"` + secret + `","password":"` + next + `"}` }
	w.guest().want(t, http.StatusForbidden, "POST", "/api/auth/reset", reset(older.Secret, newPassword))
	w.guest().want(t, http.StatusBadRequest, "POST", "/api/auth/reset", reset(link.Secret, "short"))
	w.guest().want(t, http.StatusForbidden, "POST", "/api/auth/signup", `{"username":"eve","password":"`+password+`","invitation":"`+link.Secret+`"}`)
	w.guest().want(t, http.StatusNoContent, "POST", "/api/auth/reset", reset(link.Secret, newPassword))
	w.guest().want(t, http.StatusForbidden, "POST", "/api/auth/reset", reset(link.Secret, newPassword+"2"))
	p.want(t, http.StatusUnauthorized, "GET", "/api/me", "")
	program.want(t, http.StatusUnauthorized, "GET", "/api/me", "")
	w.guest().want(t, http.StatusUnauthorized, "POST", "/api/auth/login", credentials("mei", password))
	w.guest().want(t, http.StatusOK, "POST", "/api/auth/login", credentials("mei", newPassword))
}
