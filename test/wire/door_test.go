package wire_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"claude-agent-chat/pkg/anthropic/anthropictest"
	"claude-agent-chat/pkg/auth"
	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/store"
	"claude-agent-chat/test/world"
)

// TestDoor tries the ways in, with and without a right to them.
func TestDoor(t *testing.T) {
	w := world.New(t, "http://127.0.0.1:1")
	user := w.User("ada")
	who, cookie, err := w.Auth().LogIn(t.Context(), "127.0.0.1:1", "ada", "correct horse battery staple", "")
	must(t, err)
	ticket := func() string {
		ticket, _, err := w.Auth().IssueTicket(t.Context(), who)
		must(t, err)
		return "ticket." + ticket
	}
	used := ticket()
	c, _, err := w.DialWith(world.DialOptions{Subprotocols: []string{"acp.v1", used}})
	must(t, err)
	c.Drop()

	bearer := http.Header{"Authorization": {"Bearer " + user.Token}}
	with := func(h http.Header, key, value string) http.Header {
		h = h.Clone()
		if h == nil {
			h = http.Header{}
		}
		h.Set(key, value)
		return h
	}
	cookies := http.Header{"Cookie": {"agentchat=" + cookie}}
	for name, tc := range map[string]struct {
		header    http.Header
		protocols []string
		want      int
	}{
		"nothing":                   {nil, nil, 401},
		"token":                     {bearer, nil, 101},
		"wrong token":               {http.Header{"Authorization": {"Bearer cac_nonsense"}}, nil, 401},
		"token, public origin":      {with(bearer, "Origin", "http://localhost:5000"), nil, 101},
		"token, foreign origin":     {with(bearer, "Origin", "http://evil.example"), nil, 403},
		"token, null origin":        {with(bearer, "Origin", "null"), nil, 403},
		"token, other port":         {with(bearer, "Origin", "http://localhost:5001"), nil, 403},
		"token, suffix trick":       {with(bearer, "Origin", "http://localhost:5000.evil.example"), nil, 403},
		"token, https for http":     {with(bearer, "Origin", "https://localhost:5000"), nil, 403},
		"token, origin is the host": {with(bearer, "Origin", "http://"+w.Addr), nil, 101},
		"cookie, public origin":     {with(cookies, "Origin", "http://localhost:5000"), nil, 101},
		"cookie, no origin":         {cookies, nil, 401},
		"cookie, foreign origin":    {with(cookies, "Origin", "http://evil.example"), nil, 403},
		"ticket":                    {nil, []string{"acp.v1", ticket()}, 101},
		"ticket, foreign origin":    {http.Header{"Origin": {"http://evil.example"}}, []string{"acp.v1", ticket()}, 403},
		"ticket used before":        {nil, []string{"acp.v1", used}, 401},
		"ticket made up":            {nil, []string{"acp.v1", "ticket.nonsense"}, 401},
	} {
		t.Run(name, func(t *testing.T) {
			c, resp, err := w.DialWith(world.DialOptions{Header: tc.header, Subprotocols: tc.protocols, Lazy: true})
			if resp == nil {
				t.Fatal(err)
			}
			if resp.StatusCode != tc.want {
				t.Errorf("the answer is %d, not %d", resp.StatusCode, tc.want)
			}
			if tc.want != 101 {
				return
			}
			defer c.Drop()
			if resp.Header.Get("Acp-Connection-Id") == "" {
				t.Error("the upgrade names no connection")
			}
			if got := resp.Header.Get("Sec-WebSocket-Protocol"); len(tc.protocols) > 0 && got != "acp.v1" {
				t.Errorf("the subprotocol is %q", got)
			}
		})
	}
}

// TestForeignHost calls the gateway by a name that is not its own, with good credentials, and by those that are.
func TestForeignHost(t *testing.T) {
	w := world.New(t, "http://127.0.0.1:1")
	user := w.User("ada")
	for host, want := range map[string]int{"evil.example": 403, "localhost.evil.example": 403, "localhost:3001": 200, w.Addr: 200} {
		get := func(path string) *http.Response {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+w.Addr+path, nil)
			must(t, err)
			req.Host = host
			req.Header.Set("Authorization", "Bearer "+user.Token)
			req.Header.Set("Origin", "http://"+host)
			resp, err := http.DefaultClient.Do(req)
			must(t, err)
			must(t, resp.Body.Close())
			return resp
		}
		if want == 200 {
			want = http.StatusUpgradeRequired // it came as far as the upgrade, which this is none of.
		}
		resp := get("/ws/agent")
		if resp.StatusCode != want {
			t.Errorf("%s: %d, want %d", host, resp.StatusCode, want)
		}
		for name, value := range map[string]string{
			"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer",
			"Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": "no-store",
		} {
			if got := resp.Header.Get(name); got != value {
				t.Errorf("%s: %s is %q", host, name, got)
			}
		}
		if resp := get("/api/livez"); resp.StatusCode != http.StatusOK {
			t.Errorf("a probe under %s: %d", host, resp.StatusCode)
		}
	}
}

// TestTooManyConnections has a small rating; who is over it goes with 4429, and a place that is left can be taken.
func TestTooManyConnections(t *testing.T) {
	w := world.New(t, "http://127.0.0.1:1")
	w.Stop()
	w.Config.MaxConnections, w.Config.MaxAccountConnections = 3, 2
	w.Start()
	ada, bob := w.User("ada"), w.User("bob")
	refused := func(u world.User) {
		t.Helper()
		c, _, err := w.DialWith(world.DialOptions{Header: http.Header{"Authorization": {"Bearer " + u.Token}}, Lazy: true})
		must(t, err)
		if code := c.CloseCode(); code != 4429 {
			t.Errorf("one too many closes with %d", code)
		}
	}
	first := w.Dial(ada)
	w.Dial(ada)
	refused(ada)
	w.Dial(bob)
	refused(bob)
	first.Drop()
	eventually(t, "a place", func() bool {
		c, _, err := w.DialWith(world.DialOptions{Header: http.Header{"Authorization": {"Bearer " + bob.Token}}, Lazy: true})
		must(t, err)
		defer c.Drop()
		_, ok := c.TryCall("initialize", map[string]any{"protocolVersion": 1}) // it ends while there is no place.
		return ok
	})
}

// TestSignOutEndsConnections checks that a connection ends soon after its credential.
func TestSignOutEndsConnections(t *testing.T) {
	w := world.New(t, "http://127.0.0.1:1")
	w.User("ada")
	who, _, err := w.Auth().LogIn(t.Context(), "127.0.0.1:1", "ada", "correct horse battery staple", "")
	must(t, err)
	id, token, err := w.Auth().CreateToken(t.Context(), who, "short")
	must(t, err)
	c := w.Dial(world.User{Token: token})
	must(t, w.Auth().DeleteToken(t.Context(), who, id))
	if code := c.CloseCode(); code != 4401 {
		t.Errorf("the close code is %d", code)
	}
}

// TestEndOfAnAccountsWays ends what lets somebody in, in every way, and looks how soon the socket and the calls end.
func TestEndOfAnAccountsWays(t *testing.T) {
	w := world.New(t, "http://127.0.0.1:1")
	const secret = "correct horse battery staple"
	admin, _, err := w.Auth().SignUp(t.Context(), "", "admin", secret)
	must(t, err)
	yes := true
	for name, end := range map[string]func(who auth.Identity, r *http.Request) error{
		"sign-out": func(_ auth.Identity, r *http.Request) error { return w.Auth().LogOut(t.Context(), r) },
		"disabling": func(who auth.Identity, _ *http.Request) error {
			_, err := w.Auth().ChangeAccount(t.Context(), admin, who.AccountID, store.AccountChange{Disabled: &yes})
			return err
		},
		"password change elsewhere": func(who auth.Identity, _ *http.Request) error {
			other, _, err := w.Auth().LogIn(t.Context(), "", who.Username, secret, "")
			must(t, err)
			return w.Auth().ChangePassword(t.Context(), other, "", secret, "quite another "+secret)
		},
		"password link": func(who auth.Identity, _ *http.Request) error {
			_, link, err := w.Auth().OfferReset(t.Context(), admin, who.AccountID)
			must(t, err)
			return w.Auth().ResetPassword(t.Context(), "", link, "quite another "+secret)
		},
	} {
		t.Run(name, func(t *testing.T) {
			who, token, err := w.Auth().SignUp(t.Context(), "", strings.ReplaceAll(name, " ", "-"), secret)
			must(t, err)
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://localhost:5000/", nil)
			must(t, err)
			answer := httptest.NewRecorder()
			w.Auth().SetCookie(answer, r, token)
			r.AddCookie(answer.Result().Cookies()[0])
			header := http.Header{"Cookie": r.Header["Cookie"], "Origin": {"http://localhost:5000"}}
			c, _, err := w.DialWith(world.DialOptions{Header: header, Lazy: true})
			must(t, err)
			must(t, end(who, r))
			began := time.Now() // hashing a password takes its time.
			if _, err := w.Auth().Authenticate(r); !fault.Is(err, fault.Unauthenticated) {
				t.Errorf("the cookie still counts: %v", err)
			}
			if code := c.CloseCode(); code != 4401 {
				t.Errorf("the close code is %d", code)
			}
			if took := time.Since(began); took > 2*time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
}

// TestBadMessages sends what is no ACP; the connection and its neighbour live on, or it ends with a code.
func TestBadMessages(t *testing.T) {
	w := world.New(t, "http://127.0.0.1:1")
	user := w.User("ada")
	neighbour := w.Dial(user)
	for name, frame := range map[string]string{
		"no JSON":        `{"jsonrpc":`,
		"batch":          `[{"jsonrpc":"2.0","id":1,"method":"initialize"}]`,
		"no version":     `{"id":1,"method":"initialize"}`,
		"object id":      `{"jsonrpc":"2.0","id":{},"method":"initialize"}`,
		"unknown method": `{"jsonrpc":"2.0","id":1,"method":"no/such"}`,
		"wrong params":   `{"jsonrpc":"2.0","id":1,"method":"session/prompt","params":{"sessionId":7}}`,
		"no params":      `{"jsonrpc":"2.0","id":1,"method":"session/load"}`,
		"empty":          ``,
		"a number":       `7`,
		"deep":           strings.Repeat(`{"a":`, 20000) + "1" + strings.Repeat("}", 20000),
		"unasked answer": `{"jsonrpc":"2.0","id":"permission-1","result":{"outcome":{"outcome":"selected","optionId":"allow"}}}`,
		"notification":   `{"jsonrpc":"2.0","method":"session/cancel","params":{"sessionId":"../../etc"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			c := w.Dial(user)
			c.Send(frame)
			if _, err := c.Call("session/list", map[string]any{}); err != nil {
				t.Errorf("after it: %v", err)
			}
			c.Drop()
		})
	}
	c := w.Dial(user)
	c.Binary([]byte("{}"))
	if code := c.CloseCode(); code != 1003 {
		t.Errorf("a binary frame closes with %d", code)
	}
	c = w.Dial(user)
	c.TrySend(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":"` + strings.Repeat("x", 17<<20) + `"}`)
	if c.CloseError() == nil {
		t.Error("an oversized frame is taken")
	}
	if _, err := neighbour.Call("session/list", map[string]any{}); err != nil {
		t.Errorf("the neighbour: %v", err)
	}
}

// TestFirstInitialize checks that nothing is done before initialize.
func TestFirstInitialize(t *testing.T) {
	w := world.New(t, "http://127.0.0.1:1")
	user := w.User("ada")
	c, _, err := w.DialWith(world.DialOptions{Header: http.Header{"Authorization": {"Bearer " + user.Token}}, Lazy: true})
	must(t, err)
	if _, err := c.Call("session/list", map[string]any{}); err == nil || !strings.Contains(err.Error(), "initialize") {
		t.Errorf("the answer is %v", err)
	}
}

// TestRenameOverREST renames a session that has no message yet, and one that runs, with the caller's token.
func TestRenameOverREST(t *testing.T) {
	gate := anthropictest.NewGate()
	t.Cleanup(gate.Release)
	w, ada, c, _ := start(t, anthropictest.Exchange{
		Match: anthropictest.LastText("hello"), Reply: anthropictest.Stream(anthropictest.Text("Hello."), anthropictest.Hold(gate)),
	})
	id := c.NewSession(ada.Cwd)
	rename := func(token, title string) int {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPatch, "http://"+w.Addr+"/api/sessions/"+id, strings.NewReader(`{"title":"`+title+`"}`))
		must(t, err)
		req.Header.Set("Authorization", "Bearer "+token)
		resp, err := http.DefaultClient.Do(req)
		must(t, err)
		must(t, resp.Body.Close())
		return resp.StatusCode
	}
	titled := func(want string) {
		t.Helper()
		eventually(t, "the title "+want, func() bool {
			result, err := c.Call("session/list", map[string]any{})
			must(t, err)
			return strings.Contains(string(result), `"title":"`+want+`"`)
		})
	}
	if got := rename(ada.Token, "before"); got != http.StatusNoContent {
		t.Errorf("the answer is %d", got)
	}
	titled("before")
	wait := c.BeginPrompt(id, "", "hello")
	<-gate.Reached()
	rename(ada.Token, "during 中文")
	titled("during 中文")
	if got := rename(w.User("eve").Token, "stolen"); got != http.StatusNotFound {
		t.Errorf("another user gets %d", got)
	}
	gate.Release()
	if _, err := wait(); err != nil {
		t.Fatal(err)
	}
	titled("during 中文")
}

// TestOthersSessions checks that another user's session is answered like one that does not exist.
func TestOthersSessions(t *testing.T) {
	w, ada, c, _ := start(t, says("hello", "Hello."))
	id := c.NewSession(ada.Cwd)
	c.Prompt(id, "hello")
	eve := w.User("eve")
	other := w.Dial(eve)
	const none = "00000000-0000-4000-8000-000000000000"
	for _, method := range []string{"session/load", "session/resume", "session/close", "session/delete", "session/prompt", "session/set_mode"} {
		params := func(id string) map[string]any {
			return map[string]any{
				"sessionId": id, "cwd": ada.Cwd, "modeId": "default",
				"prompt": []any{map[string]string{"type": "text", "text": "x"}},
			}
		}
		_, theirs := other.Call(method, params(id))
		_, missing := other.Call(method, params(none))
		if theirs == nil || missing == nil || theirs.Error() != missing.Error() {
			t.Errorf("%s: another's gives %v, a missing one %v", method, theirs, missing)
		}
	}
	if _, err := other.Call("session/new", map[string]any{"cwd": ada.Cwd, "mcpServers": []any{}}); err == nil {
		t.Error("a session was made in another's workspace")
	}
	other.Notify("session/cancel", map[string]any{"sessionId": id})
}
