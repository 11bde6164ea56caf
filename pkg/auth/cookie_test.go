package auth_test

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"claude-agent-chat/pkg/auth"
	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/store/storetest"
)

// readAll gives the bytes of files, one after another.
func readAll(t *testing.T, files ...string) string {
	t.Helper()
	var all []byte
	for _, file := range files {
		data, err := os.ReadFile(file)
		must(t, err)
		all = append(all, data...)
	}
	return string(all)
}

func TestCookies(t *testing.T) {
	st := storetest.Open(t, storetest.SQLite(t))
	for _, c := range []struct {
		publicURL string
		tls       bool
		want      string
	}{
		{"http://localhost:5000", false, "agentchat=secret; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax"},
		{"http://localhost:5000", true, "__Host-agentchat=secret; Path=/; Max-Age=2592000; HttpOnly; Secure; SameSite=Lax"},
		{"https://chat.example.com", false, "__Host-agentchat=secret; Path=/; Max-Age=2592000; HttpOnly; Secure; SameSite=Lax"},
	} {
		s := auth.New(st, auth.Options{PublicURL: c.publicURL})
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		if c.tls {
			r.TLS = &tls.ConnectionState{}
		}
		w := httptest.NewRecorder()
		s.SetCookie(w, r, "secret")
		same(t, w.Header()["Set-Cookie"], []string{c.want})
		w = httptest.NewRecorder()
		s.ClearCookie(w, r)
		if got := w.Result().Cookies()[0]; got.MaxAge >= 0 || got.Value != "" || got.Secure != w.Result().Cookies()[0].Secure {
			t.Errorf("the cookie is not cleared: %v", got)
		}
	}
}

// TestCookieWithoutPrefix checks that over https only the cookie counts that no other site can have set.
func TestCookieWithoutPrefix(t *testing.T) {
	s := auth.New(storetest.Open(t, storetest.SQLite(t)), auth.Options{PublicURL: "https://chat.example.com"})
	_, token, err := s.SignUp(t.Context(), "", "alice", password)
	must(t, err)
	for name, ok := range map[string]bool{"__Host-agentchat": true, "agentchat": false, "__host-agentchat": false} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.AddCookie(&http.Cookie{Name: name, Value: token})
		_, err := s.Authenticate(r)
		if ok {
			must(t, err)
		} else {
			want(t, err, fault.Unauthenticated)
		}
	}
}
