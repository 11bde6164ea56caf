package egress_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"claude-agent-chat/pkg/egress"
)

// world is a proxy with two web servers behind it, all on loopback, which the proxy is told to take for the internet.
type world struct {
	run         *egress.Run
	proxy       *url.URL
	plain, safe *httptest.Server
	lookups     atomic.Int64
	answers     map[string][]netip.Addr
	reached     atomic.Int64
}

func port(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Port()
}

// newWorld allows "plain.test" and "safe.test" on the ports of their servers, and "web.test" on the ports of the web.
func newWorld(t *testing.T, open func(netip.Addr) bool) *world {
	t.Helper()
	w := &world{answers: map[string][]netip.Addr{}}
	handler := http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.reached.Add(1)
		if to := r.URL.Query().Get("to"); to != "" {
			http.Redirect(rw, r, to, http.StatusFound)
			return
		}
		fmt.Fprintf(rw, "%s %s", r.Host, r.Header.Get("Proxy-Authorization")+r.Header.Get("X-Forwarded-For"))
	})
	w.plain, w.safe = httptest.NewServer(handler), httptest.NewTLSServer(handler)
	t.Cleanup(w.plain.Close)
	t.Cleanup(w.safe.Close)
	hosts, err := egress.ParseHosts([]string{"plain.test:" + port(t, w.plain.URL), "safe.test:" + port(t, w.safe.URL), "web.test"})
	if err != nil {
		t.Fatal(err)
	}
	proxy := egress.New(egress.Options{
		Hosts: hosts, Open: open,
		Lookup: func(_ context.Context, name string) ([]netip.Addr, error) {
			w.lookups.Add(1)
			if addrs, ok := w.answers[name]; ok {
				return addrs, nil
			}
			return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
		},
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w.run, w.proxy = proxy.Run(), &url.URL{Scheme: "http", Host: listener.Addr().String()}
	served := make(chan struct{})
	go func() { defer close(served); w.run.Serve(listener) }()
	t.Cleanup(func() { _ = listener.Close(); <-served })
	return w
}

func anywhere(netip.Addr) bool { return true }

func (w *world) client() *http.Client {
	pool := x509.NewCertPool()
	pool.AddCert(w.safe.Certificate())
	return &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{
		Proxy: http.ProxyURL(w.proxy), DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: "example.com"},
	}}
}

func (w *world) get(t *testing.T, address string) (status int, body string) {
	t.Helper()
	res, err := w.client().Get(address)
	if err != nil {
		return 0, err.Error()
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(data)
}

func TestAllowedHostsAnswer(t *testing.T) {
	w := newWorld(t, anywhere)
	for _, address := range []string{
		"http://plain.test:" + port(t, w.plain.URL), "http://PLAIN.test.:" + port(t, w.plain.URL), "https://safe.test:" + port(t, w.safe.URL),
	} {
		if status, body := w.get(t, address); status != http.StatusOK || !strings.Contains(strings.ToLower(body), ".test") {
			t.Errorf("%s: %d %s", address, status, body)
		}
	}
	if w.lookups.Load() != 3 || len(w.run.Refusals()) != 0 {
		t.Errorf("%d lookups, refusals %q", w.lookups.Load(), w.run.Refusals())
	}
}

// TestOthersAreRefused asks for hosts that are not on the list in the ways in which one could be taken for one that is.
func TestOthersAreRefused(t *testing.T) {
	w := newWorld(t, anywhere)
	at := port(t, w.plain.URL)
	hosts := []string{
		"other.test:" + at, "a.plain.test:" + at, "plain.test.evil.test:" + at, "evilplain.test:" + at, "plain.tes:" + at,
		"plain.test:1", "plain.test", "safe.test:443", "127.0.0.1:" + at, "127.1:" + at, "2130706433:" + at, "0x7f.1:" + at, "0x7f000001:" + at,
		"0177.0.0.1:" + at, "[::1]:" + at, "[::ffff:127.0.0.1]:" + at, "localhost:" + at, "plain.test..:" + at, "web.test:8080",
	}
	for _, host := range hosts {
		for _, scheme := range []string{"http", "https"} {
			before := len(w.run.Refusals())
			if status, body := w.get(t, scheme+"://"+host+"/"); status == http.StatusOK {
				t.Errorf("%s://%s: %s", scheme, host, body)
			} else if before == 0 && len(w.run.Refusals()) == 0 {
				t.Errorf("%s://%s: no refusal is told", scheme, host)
			}
		}
	}
	if w.lookups.Load() != 0 || w.reached.Load() != 0 {
		t.Errorf("%d names were looked up, %d requests arrived", w.lookups.Load(), w.reached.Load())
	}
}

func TestRedirectsAreHeldAgainstTheList(t *testing.T) {
	w := newWorld(t, anywhere)
	status, body := w.get(t, "http://plain.test:"+port(t, w.plain.URL)+"/?to="+url.QueryEscape("http://other.test:"+port(t, w.plain.URL)))
	if status != http.StatusForbidden || !strings.Contains(body, "other.test") || w.reached.Load() != 1 {
		t.Errorf("%d %s, %d requests", status, body, w.reached.Load())
	}
}

// TestPrivateAddressesAreRefused lets an allowed name lead to addresses that are not on the internet.
func TestPrivateAddressesAreRefused(t *testing.T) {
	w := newWorld(t, egress.Public)
	for _, addr := range []string{
		"127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.100.100.200", "0.0.0.0", "224.0.0.1", "255.255.255.255",
		"::", "::1", "fe80::1", "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "2002:7f00:1::", "::127.0.0.1",
	} {
		for _, addrs := range [][]netip.Addr{
			{netip.MustParseAddr(addr)}, {netip.MustParseAddr("93.184.215.14"), netip.MustParseAddr(addr)},
		} {
			w.answers["plain.test"], w.answers["safe.test"] = addrs, addrs
			if status, body := w.get(t, "http://plain.test:"+port(t, w.plain.URL)); status != http.StatusForbidden || !strings.Contains(body, "not on the internet") {
				t.Errorf("%s: %d %s", addrs, status, body)
			}
			if status, _ := w.get(t, "https://safe.test:"+port(t, w.safe.URL)); status == http.StatusOK {
				t.Errorf("%s: a tunnel was made", addrs)
			}
		}
	}
	for _, addr := range []string{"93.184.215.14", "1.1.1.1", "2606:4700::1111", "2a00:1450:4001::1"} {
		if !egress.Public(netip.MustParseAddr(addr)) {
			t.Errorf("%s is refused", addr)
		}
	}
	if w.reached.Load() != 0 {
		t.Error("a request arrived")
	}
}

// tunnel asks for a tunnel to web.test:443, sends what it is given, and gives what came back.
func (w *world) tunnel(t *testing.T, to string, send func(net.Conn) error) string {
	t.Helper()
	conn, err := net.Dial("tcp", w.proxy.Host)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	fmt.Fprintf(conn, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n\r\n", to, to)
	reader := bufio.NewReader(conn)
	line, err := reader.ReadString('\n')
	if err != nil || !strings.Contains(line, " 200 ") {
		return line
	}
	if _, err := reader.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	if err := send(conn); err != nil {
		return "failed: " + err.Error()
	}
	data, _ := io.ReadAll(reader)
	return string(data)
}

// TestTunnelIsForItsHost uses a tunnel to an allowed host for something else than TLS with that host.
func TestTunnelIsForItsHost(t *testing.T) {
	backend, err := net.Listen("tcp", "127.0.0.1:443")
	if err != nil {
		t.Skip("port 443 cannot be used here: ", err)
	}
	defer backend.Close()
	var heard atomic.Int64
	go func() {
		for {
			conn, err := backend.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				n, _ := conn.Read(make([]byte, 1024))
				heard.Add(int64(n))
			}()
		}
	}()
	w := newWorld(t, anywhere)
	hello := func(name string) func(net.Conn) error {
		return func(conn net.Conn) error {
			err := tls.Client(conn, &tls.Config{ServerName: name}).Handshake()
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
	}
	for what, send := range map[string]func(net.Conn) error{
		"not TLS": func(c net.Conn) error {
			_, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: other.test\r\n\r\n")
			return err
		},
		"another host":  hello("other.test"),
		"no name":       hello("127.0.0.1"),
		"a longer name": hello("web.test.other.test"),
	} {
		w.tunnel(t, "web.test:443", send)
		if heard.Load() != 0 {
			t.Fatalf("%s: %d bytes arrived", what, heard.Load())
		}
	}
	if len(w.run.Refusals()) < 3 {
		t.Errorf("refusals: %q", w.run.Refusals())
	}
	if line := w.tunnel(t, "web.test:80", hello("web.test")); !strings.Contains(line, "403") {
		t.Errorf("a tunnel to port 80: %s", line)
	}
	w.tunnel(t, "web.test:443", func(c net.Conn) error {
		_ = c.SetDeadline(time.Now().Add(2 * time.Second))
		return hello("web.test")(c)
	})
	if heard.Load() == 0 {
		t.Error("TLS with the host itself does not arrive")
	}
}

func TestParseHosts(t *testing.T) {
	good, err := egress.ParseHosts([]string{"Example.com", "git.example.com:8443", "@npm", "xn--bcher-kva.example"})
	if err != nil || !slices.Equal(good.Names(), []string{"example.com", "git.example.com", "registry.npmjs.org", "xn--bcher-kva.example"}) {
		t.Errorf("%v %v", good.Names(), err)
	}
	all, err := egress.ParseHosts([]string{"@registries"})
	if err != nil || len(all.Names()) < 8 {
		t.Errorf("%v %v", all.Names(), err)
	}
	for _, bad := range []string{
		"*.example.com", "10.0.0.1", "[::1]", "[::1]:443", "::1", "2130706433", "0x7f.1", "localhost", "exa mple.com", "example.com:", "example.com:0",
		"example.com:99999", "https://example.com", "example.com/path", "@nothing", "@", "", ".", "a..b", "-a.example", "büch.example",
	} {
		if _, err := egress.ParseHosts([]string{bad}); err == nil {
			t.Errorf("%q is allowed", bad)
		}
	}
}

// FuzzAllowed looks for a host that passes although it is not on the list.
func FuzzAllowed(f *testing.F) {
	for _, seed := range []string{"web.test:443", "web.test.:443", "127.0.0.1:443", "a.web.test:443", "[::1]:443", "WEB.TEST:443", "web.test:0443"} {
		f.Add(seed)
	}
	hosts, err := egress.ParseHosts([]string{"web.test"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, address string) {
		if egress.Allowed(hosts, address) {
			host, _, err := net.SplitHostPort(address)
			if err != nil || strings.ToLower(strings.TrimSuffix(host, ".")) != "web.test" {
				t.Errorf("%q passes", address)
			}
		}
	})
}
