package api_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// upgradeEcho is a server that accepts an upgrade without speaking WebSocket: it reports the request it saw, then
// sends every byte back. That is all that a forward has to get right.
func upgradeEcho(seen chan<- *http.Request) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen <- r
		if r.Header.Get("Origin") == "https://evil.example" {
			http.Error(w, `{"error":{"code":"forbidden","message":"No."}}`, http.StatusForbidden)
			return
		}
		conn, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		_, _ = rw.WriteString("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
			"Sec-WebSocket-Protocol: acp.v1\r\nAcp-Connection-Id: c1\r\nX-Content-Type-Options: nosniff\r\n\r\n")
		_ = rw.Flush()
		_, _ = io.Copy(conn, rw)
	})
}

// dialUpgrade opens a raw connection to the server, asks for an upgrade and returns the answer.
func dialUpgrade(t *testing.T, address string, headers map[string]string) (net.Conn, *bufio.Reader, *http.Response) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	req, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Connection", "Upgrade")
	req.Header.Set("Upgrade", "websocket")
	for name, value := range headers {
		if name == "Host" {
			req.Host = value
			continue
		}
		req.Header.Set(name, value)
	}
	if err := req.Write(conn); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(conn)
	res, err := http.ReadResponse(r, req)
	if err != nil {
		t.Fatal(err)
	}
	return conn, r, res
}

func TestForwardPassesAnUpgradeThrough(t *testing.T) {
	seen := make(chan *http.Request, 1)
	gateway := httptest.NewServer(upgradeEcho(seen))
	t.Cleanup(gateway.Close)
	w := newWorld(t, withGateway(gateway.URL), withPublicURL("http://chat.example:5050"))

	conn, r, res := dialUpgrade(t, w.url+"/ws/agent?secret=1", map[string]string{
		"Host": "chat.example:5050", "Origin": "http://chat.example:5050", "Cookie": "agentchat=abc",
		"Authorization": "Bearer cac_x", "Sec-WebSocket-Protocol": "acp.v1, ticket.t", "Sec-WebSocket-Key": "a2V5",
		"X-Forwarded-Host": "forged.example", "X-Forwarded-Proto": "https", "X-Forwarded-For": "6.6.6.6",
	})
	if res.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("status %d", res.StatusCode)
	}
	if got := res.Header["X-Content-Type-Options"]; len(got) != 1 {
		t.Errorf("X-Content-Type-Options came %d times", len(got))
	}
	if got := res.Header.Get("Acp-Connection-Id"); got != "c1" {
		t.Errorf("Acp-Connection-Id %q", got)
	}
	if _, err := io.WriteString(conn, "hello"); err != nil {
		t.Fatal(err)
	}
	echoed := make([]byte, len("hello"))
	if _, err := io.ReadFull(r, echoed); err != nil || string(echoed) != "hello" {
		t.Errorf("echoed %q, %v", echoed, err)
	}

	got := <-seen
	want := map[string]string{
		"Origin": "http://chat.example:5050", "Cookie": "agentchat=abc", "Authorization": "Bearer cac_x",
		"Sec-Websocket-Protocol": "acp.v1, ticket.t", "Sec-Websocket-Key": "a2V5",
		"X-Forwarded-Host": "chat.example:5050", "X-Forwarded-Proto": "http", "X-Forwarded-For": "127.0.0.1",
	}
	for name, value := range want {
		if got.Header.Get(name) != value {
			t.Errorf("the gateway saw %s: %q, want %q", name, got.Header.Get(name), value)
		}
	}
	if diff := cmp.Diff([]string{"chat.example:5050", "/ws/agent", ""}, []string{got.Host, got.URL.Path, got.URL.RawQuery}); diff != "" {
		t.Errorf("host, path, query (-want +got):\n%s", diff)
	}
	if log := w.log.String(); strings.Contains(log, "secret") || strings.Contains(log, "cac_x") || strings.Contains(log, "ticket.t") {
		t.Errorf("the log holds what it must not:\n%s", log)
	}
}

func TestForwardEndsWhenEitherSideDoes(t *testing.T) {
	gateway := httptest.NewServer(upgradeEcho(make(chan *http.Request, 1)))
	t.Cleanup(gateway.Close)
	w := newWorld(t, withGateway(gateway.URL))
	conn, r, _ := dialUpgrade(t, w.url+"/ws/agent", nil)
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if _, err := r.ReadByte(); err != io.EOF {
		t.Errorf("after the client's end: %v", err)
	}
}

func TestForwardPassesARefusalThrough(t *testing.T) {
	gateway := httptest.NewServer(upgradeEcho(make(chan *http.Request, 1)))
	t.Cleanup(gateway.Close)
	w := newWorld(t, withGateway(gateway.URL))
	_, _, res := dialUpgrade(t, w.url+"/ws/agent", map[string]string{"Origin": "https://evil.example"})
	if res.StatusCode != http.StatusForbidden {
		t.Errorf("status %d, want the gateway's 403", res.StatusCode)
	}
}

func TestForwardWithoutGateway(t *testing.T) {
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	w := newWorld(t, withGateway(gone.URL))
	_, r, res := dialUpgrade(t, w.url+"/ws/agent", nil)
	_ = r
	if res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "" {
		t.Errorf("status %d, Retry-After %q", res.StatusCode, res.Header.Get("Retry-After"))
	}
	wantError(t, res, "unavailable")
}
