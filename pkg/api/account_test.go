package api_test

import (
	"fmt"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"claude-agent-chat/pkg/api"
	"claude-agent-chat/pkg/config"
	"claude-agent-chat/pkg/workspace"
)

func TestFirstAccountIsTheAdministrator(t *testing.T) {
	w := newWorld(t, withSignup("first-user"))
	if got := w.signupNow(t); got != "first-user true" {
		t.Errorf("before: %s", got)
	}
	first := w.signUp(t, "first")
	var me struct{ Role, Home, DefaultCwd string }
	first.want(t, http.StatusOK, "GET", "/api/me", "").decode(t, &me)
	if me.Role != "admin" || me.DefaultCwd != workspace.Dir(me.Home) || !strings.HasPrefix(me.Home, w.root) {
		t.Errorf("me: %+v", me)
	}
	if info, err := os.Stat(me.DefaultCwd); err != nil || !info.IsDir() {
		t.Errorf("the workspace is not there: %v", err)
	}
	if got := w.signupNow(t); got != "closed false" {
		t.Errorf("after: %s", got)
	}
	w.guest().want(t, http.StatusForbidden, "POST", "/api/auth/signup", credentials("second", password))
}

// signupNow is what the page is told of sign-up.
func (w *world) signupNow(t *testing.T) string {
	t.Helper()
	var got struct {
		Signup        string
		SetupRequired bool
	}
	w.guest().want(t, http.StatusOK, "GET", "/api/config", "").decode(t, &got)
	return fmt.Sprint(got.Signup, " ", got.SetupRequired)
}

func TestSignupModes(t *testing.T) {
	for _, tc := range []struct {
		mode          string
		first, second int
		role          string
	}{
		{"first-user", 201, 403, ""},
		{"open", 201, 201, "user"},
		{"closed", 403, 403, ""},
	} {
		t.Run(tc.mode, func(t *testing.T) {
			w := newWorld(t, withSignup(tc.mode))
			w.guest().want(t, tc.first, "POST", "/api/auth/signup", credentials("first", password))
			second := w.guest().want(t, tc.second, "POST", "/api/auth/signup", credentials("second", password))
			if tc.role != "" && !strings.Contains(second.body, `"role":"`+tc.role+`"`) {
				t.Errorf("second account: %s", second.body)
			}
		})
	}
}

func TestTwoFirstSignUpsAtOnce(t *testing.T) {
	w := newWorld(t, withSignup("first-user"))
	const racers = 4
	statuses := make([]int, racers)
	var start, done sync.WaitGroup
	start.Add(1)
	for i := range racers {
		done.Go(func() {
			start.Wait()
			name := "racer" + string(rune('a'+i))
			statuses[i] = w.guest().call(t, "POST", "/api/auth/signup", credentials(name, password)).status
		})
	}
	start.Done()
	done.Wait()
	made := 0
	for _, status := range statuses {
		switch status {
		case http.StatusCreated:
			made++
		case http.StatusForbidden, http.StatusConflict:
		default:
			t.Errorf("status %d", status)
		}
	}
	if made != 1 {
		t.Errorf("%d administrators were made: %v", made, statuses)
	}
}

func TestSignInAndOut(t *testing.T) {
	w := newWorld(t)
	p := w.signUp(t, "mei")
	before := *p
	got := p.want(t, http.StatusOK, "POST", "/api/auth/login", credentials("mei", password))
	p.take(t, got)
	if p.cookie == before.cookie {
		t.Error("the session did not change at sign-in")
	}
	before.want(t, http.StatusUnauthorized, "GET", "/api/me", "")
	p.want(t, http.StatusOK, "GET", "/api/me", "")
	p.want(t, http.StatusNoContent, "POST", "/api/auth/logout", "")
	p.want(t, http.StatusUnauthorized, "GET", "/api/me", "")
	w.guest().want(t, http.StatusNoContent, "POST", "/api/auth/logout", "")
}

func TestCookieIsClosed(t *testing.T) {
	for _, tc := range []struct {
		url, name string
		secure    bool
	}{
		{"http://localhost:5000", "agentchat", false},
		{"https://chat.example", "__Host-agentchat", true},
	} {
		w := newWorld(t, withPublicURL(tc.url))
		got := w.guest().want(t, http.StatusCreated, "POST", "/api/auth/signup", credentials("mei", password))
		c := (&http.Response{Header: got.header}).Cookies()[0]
		if c.Name != tc.name || c.Secure != tc.secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" {
			t.Errorf("%s: cookie %+v", tc.url, c)
		}
	}
}

func TestWrongPasswordAndUnknownUserLookTheSame(t *testing.T) {
	w := newWorld(t)
	w.signUp(t, "mei")
	wrong := w.guest().want(t, http.StatusUnauthorized, "POST", "/api/auth/login", credentials("mei", "not the password"))
	unknown := w.guest().want(t, http.StatusUnauthorized, "POST", "/api/auth/login", credentials("nobody", "not the password"))
	if wrong.body != unknown.body {
		t.Errorf("%s differs from %s", wrong.body, unknown.body)
	}
}

func TestManyWrongPasswordsAreSlowedDown(t *testing.T) {
	w := newWorld(t)
	w.signUp(t, "mei")
	for range 100 {
		got := w.guest().call(t, "POST", "/api/auth/login", credentials("mei", "not the password"))
		if got.status == http.StatusTooManyRequests {
			wantErrorBody(t, got.body, "too_many")
			if got.header.Get("Retry-After") == "" {
				t.Error("no Retry-After")
			}
			return
		}
	}
	t.Error("100 wrong passwords were all tried")
}

// TestAddressIsBelievedFromProxiesOnly fails sign-ins under invented addresses, with and without a proxy that may name them.
func TestAddressIsBelievedFromProxiesOnly(t *testing.T) {
	for name, trusted := range map[string]bool{"no proxy": false, "a proxy on loopback": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(c *config.Config, _ *api.Deps) {
				if trusted {
					c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
				}
			})
			w.signUp(t, "mei")
			try := func(address, pass string) int {
				headers := map[string]string{"X-Forwarded-For": address, "Content-Type": "application/json"}
				return w.raw(t, "POST", "/api/auth/login", headers, credentials("mei", pass)).StatusCode
			}
			limited := false
			for range 10 {
				limited = limited || try("192.0.2.1", "not the password") == http.StatusTooManyRequests
			}
			if !limited {
				t.Error("ten wrong passwords from one address were all tried")
			}
			want := http.StatusTooManyRequests
			if trusted {
				want = http.StatusOK
			}
			if got := try("192.0.2.99", password); got != want {
				t.Errorf("the right password under another address: %d, want %d", got, want)
			}
		})
	}
}

func TestManySignUpsAreSlowedDown(t *testing.T) {
	w := newWorld(t)
	for i := range 100 {
		got := w.guest().call(t, "POST", "/api/auth/signup", credentials(fmt.Sprint("user", i), password))
		if got.status == http.StatusTooManyRequests {
			if got.header.Get("Retry-After") != "20" {
				t.Errorf("Retry-After %q", got.header.Get("Retry-After"))
			}
			return
		}
	}
	t.Error("a hundred sign-ups from one address all went through")
}

func TestManyTicketsAreSlowedDown(t *testing.T) {
	w := newWorld(t)
	owner, other := w.signUp(t, "owner"), w.signUp(t, "other")
	for range 2000 {
		if owner.call(t, "POST", "/api/ws-ticket", "").status == http.StatusTooManyRequests {
			other.want(t, http.StatusOK, "POST", "/api/ws-ticket", "")
			return
		}
	}
	t.Error("two thousand tickets were all made")
}

func TestBodiesThatAreRefused(t *testing.T) {
	w := newWorld(t)
	for _, tc := range []struct {
		name, mediaType, body string
		status                int
		code, says            string
	}{
		{"a form", "application/x-www-form-urlencoded", "username=a&password=b", 400, "invalid", "JSON"},
		{"text that is JSON", "text/plain", credentials("mei", password), 400, "invalid", "JSON"},
		{"no type", "", credentials("mei", password), 400, "invalid", "JSON"},
		{"nothing", "application/json", "", 400, "invalid", "empty"},
		{"a list", "application/json", "[]", 400, "invalid", "object"},
		{"null", "application/json", "null", 400, "invalid", "object"},
		{"half an object", "application/json", `{"username":`, 400, "invalid", "valid JSON"},
		{"two objects", "application/json", `{"username":"a","password":"b"}{}`, 400, "invalid", "valid JSON"},
		{"not UTF-8", "application/json", "{\"username\":\"\xff\"}", 400, "invalid", "UTF-8"},
		{"a number for a name", "application/json", `{"username":5,"password":"b"}`, 400, "invalid", `"username"`},
		{"no password", "application/json", `{"username":"mei"}`, 400, "invalid", `"password"`},
		{"a megabyte and more", "application/json", credentials("mei", strings.Repeat("x", 1<<20)), 413, "too_large", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for _, path := range []string{"/api/auth/signup", "/api/auth/login"} {
				res := w.raw(t, "POST", path, map[string]string{"Content-Type": tc.mediaType}, tc.body)
				body := readAll(t, res)
				if res.StatusCode != tc.status || !strings.Contains(strings.ReplaceAll(body, `\"`, `"`), tc.says) {
					t.Errorf("%s: %d %s", path, res.StatusCode, body)
				}
				wantErrorBody(t, body, tc.code)
			}
		})
	}
	if n, err := w.store.CountAccounts(t.Context()); err != nil || n != 0 {
		t.Errorf("%d accounts were made, %v", n, err)
	}
}

func TestUnknownMembersAreTolerated(t *testing.T) {
	w := newWorld(t)
	body := strings.Replace(credentials("mei", password), "{", `{"later":[1,{"a":null}],`, 1)
	w.guest().want(t, http.StatusCreated, "POST", "/api/auth/signup", body)
}

func TestCrossSiteRequestsHaveNoEffect(t *testing.T) {
	w := newWorld(t, withSessionGateway(t), withPublicURL("https://chat.example"))
	owner := w.signUp(t, "owner")
	session, token := w.ownedThings(t, owner)
	for _, tc := range []struct {
		name    string
		headers map[string]string
		refused bool
	}{
		{"cross-site by a new browser", map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}, true},
		{"same site, other origin", map[string]string{"Sec-Fetch-Site": "same-site", "Origin": "https://other.example"}, true},
		{"cross-site by an old browser", map[string]string{"Origin": "https://evil.example"}, true},
		{"sandboxed frame", map[string]string{"Origin": "null"}, true},
		{"suffix trick", map[string]string{"Origin": "https://chat.example.evil.example"}, true},
		{"other port", map[string]string{"Origin": "https://chat.example:444"}, true},
		{"http for https", map[string]string{"Origin": "http://chat.example"}, true},
		{"http for https on the own host", map[string]string{"Host": "chat.example", "Origin": "http://chat.example"}, true},
		{"the own host", map[string]string{"Host": "chat.example", "Origin": "https://chat.example"}, false},
		{"the page itself", map[string]string{"Sec-Fetch-Site": "same-origin", "Origin": "https://chat.example"}, false},
		{"the page behind a proxy", map[string]string{"Origin": "https://chat.example"}, false},
		{"a program", nil, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			headers := map[string]string{"Cookie": owner.cookie, "Content-Type": "application/json"}
			for name, value := range tc.headers {
				headers[name] = value
			}
			if !tc.refused {
				if res := w.raw(t, "POST", "/api/ws-ticket", headers, ""); res.StatusCode != http.StatusOK {
					t.Errorf("status %d", res.StatusCode)
				}
				return
			}
			for _, r := range closedRoutes(session, token) {
				if r.method == "GET" {
					continue
				}
				res := w.raw(t, r.method, r.path, headers, r.body)
				if res.StatusCode != http.StatusForbidden {
					t.Errorf("%s: status %d", r, res.StatusCode)
				}
				wantError(t, res, "forbidden")
			}
		})
	}
	owner.want(t, http.StatusOK, "GET", "/api/sessions/"+session, "")
	if body := owner.want(t, http.StatusOK, "GET", "/api/projects", "").body; strings.Contains(body, "site") {
		t.Errorf("a refused request made a project: %s", body)
	}
}

func TestTokens(t *testing.T) {
	w := newWorld(t)
	owner := w.signUp(t, "owner")
	var made struct{ ID, Token string }
	owner.want(t, http.StatusCreated, "POST", "/api/tokens", `{"name":"laptop"}`).decode(t, &made)
	if !strings.HasPrefix(made.Token, "cac_") {
		t.Errorf("token %.6s…", made.Token)
	}
	list := owner.want(t, http.StatusOK, "GET", "/api/tokens", "").body
	if !strings.Contains(list, made.ID) || !strings.Contains(list, "laptop") || strings.Contains(list, made.Token) {
		t.Errorf("list: %s", list)
	}
	program := &person{world: w, token: made.Token}
	program.want(t, http.StatusOK, "GET", "/api/me", "")
	owner.want(t, http.StatusNoContent, "DELETE", "/api/tokens/"+made.ID, "")
	program.want(t, http.StatusUnauthorized, "GET", "/api/me", "")
	owner.want(t, http.StatusNotFound, "DELETE", "/api/tokens/"+made.ID, "")
}

func TestTicket(t *testing.T) {
	for _, tc := range []struct{ publicWS, publicURL, want string }{
		{"", "http://localhost:5000", "ws://{host}/ws/agent"},
		{"", "https://chat.example", "wss://{host}/ws/agent"},
		{"wss://ws.example/ws/agent", "http://localhost:5000", "wss://ws.example/ws/agent"},
	} {
		w := newWorld(t, withPublicWS(tc.publicWS), withPublicURL(tc.publicURL))
		owner := w.signUp(t, "owner")
		var got struct {
			Ticket, WSURL string
			ExpiresAt     time.Time
		}
		owner.want(t, http.StatusOK, "POST", "/api/ws-ticket", "").decode(t, &got)
		if want := strings.ReplaceAll(tc.want, "{host}", strings.TrimPrefix(w.url, "http://")); got.WSURL != want {
			t.Errorf("wsUrl %q, want %q", got.WSURL, want)
		}
		if left := time.Until(got.ExpiresAt); left > 30*time.Second || left < 20*time.Second {
			t.Errorf("expires in %s", left)
		}
		who, err := w.auth.RedeemTicket(t.Context(), got.Ticket)
		if err != nil || who.AccountID != owner.id {
			t.Errorf("redeemed by %+v, %v", who, err)
		}
	}
}

func TestLogHoldsNoSecret(t *testing.T) {
	w := newWorld(t)
	p := w.signUp(t, "mei")
	p.call(t, "GET", "/api/sessions?q=very-private-words", "")
	p.call(t, "GET", "/api/sessions/some-private-id", "")
	w.guest().call(t, "POST", "/api/auth/login", credentials("mei", "wrong-"+password))
	log := w.log.String()
	_, secret, _ := strings.Cut(p.cookie, "=")
	for _, private := range []string{password, secret, "very-private-words", "some-private-id"} {
		if strings.Contains(log, private) {
			t.Errorf("the log holds %q:\n%s", private, log)
		}
	}
	if !strings.Contains(log, "route=/api/sessions/:id status=404") {
		t.Errorf("the access log lacks a line:\n%s", log)
	}
}
