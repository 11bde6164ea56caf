package door_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"claude-agent-chat/pkg/door"
	"claude-agent-chat/pkg/fault"
)

func TestHosts(t *testing.T) {
	hosts := door.NewHosts("https://chat.example.org", "http://other.example:8080", "wss://ws.example/ws/agent", "", "box")
	for host, allowed := range map[string]bool{
		"chat.example.org": true, "chat.example.org:444": true, "CHAT.example.ORG": true, "chat.example.org.": true,
		"other.example": true, "ws.example": true, "box:5000": true,
		"localhost": true, "localhost:5000": true, "app.localhost:5000": true, "127.0.0.1:5000": true, "192.0.2.7": true,
		"[::1]:5000": true, "[fe80::1]": true,
		"evil.example": false, "chat.example.org.evil.example": false, "evilchat.example.org": false, "": false,
		"localhost.evil.example": false, "127.0.0.1.evil.example": false, "evil@localhost": false, "localhost/x": false,
		"notlocalhost": false, "a b": false, "[::1": false,
	} {
		err := hosts.Check(&http.Request{Host: host})
		if (err == nil) != allowed || err != nil && !fault.Is(err, fault.Forbidden) {
			t.Errorf("%q: %v, allowed %v", host, err, allowed)
		}
	}
}

func TestClient(t *testing.T) {
	proxies := door.Proxies{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	for _, tc := range []struct {
		name, peer string
		forwarded  []string
		want       string
	}{
		{"a stranger", "192.0.2.7:1", nil, "192.0.2.7"},
		{"a stranger who makes things up", "192.0.2.7:1", []string{"198.51.100.1"}, "192.0.2.7"},
		{"behind the proxy", "10.0.0.1:1", []string{"192.0.2.7"}, "192.0.2.7"},
		{"behind two", "[::1]:1", []string{"192.0.2.7, 10.9.9.9"}, "192.0.2.7"},
		{"the client wrote the first", "10.0.0.1:1", []string{"127.0.0.1, 198.51.100.1, 192.0.2.7"}, "192.0.2.7"},
		{"two lines", "10.0.0.1:1", []string{"198.51.100.1", "192.0.2.7"}, "192.0.2.7"},
		{"nonsense", "10.0.0.1:1", []string{"192.0.2.7, nonsense"}, "10.0.0.1"},
		{"nonsense before a proxy", "10.0.0.1:1", []string{"nonsense, 10.0.0.9"}, "10.0.0.9"},
		{"the proxy says nothing", "10.0.0.1:1", nil, "10.0.0.1"},
		{"a mapped proxy", "[::ffff:10.0.0.1]:1", []string{"192.0.2.7"}, "192.0.2.7"},
		{"no address", "@", []string{"192.0.2.7"}, "@"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = tc.peer
		r.Header["X-Forwarded-For"] = tc.forwarded
		if got := proxies.Client(r); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}
