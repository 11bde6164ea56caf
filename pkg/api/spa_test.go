package api_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"
)

const indexHTML = `<!doctype html><html><head><meta name="agentchat-ws-url" content="ws://localhost:3051/ws/agent" /></head></html>`

func builtClient() fstest.MapFS {
	return fstest.MapFS{
		".gitkeep":              {Data: []byte{}},
		"index.html":            {Data: []byte(indexHTML)},
		"favicon.svg":           {Data: []byte("<svg/>")},
		"assets/app-abc123.js":  {Data: []byte(strings.Repeat("console.log(1);\n", 200))},
		"assets/app-abc123.css": {Data: []byte("body{}")},
	}
}

func TestPageAnswers(t *testing.T) {
	w := newWorld(t)
	for _, tc := range []struct {
		name, method, path, accept string
		status                     int
		mediaType, cache           string
	}{
		{"root", "GET", "/", "", 200, "text/html", "no-cache"},
		{"index by name", "GET", "/index.html", "", 200, "text/html", "no-cache"},
		{"deep link", "GET", "/s/0b7c", "text/html,*/*;q=0.8", 200, "text/html", "no-cache"},
		{"deep link of curl", "GET", "/s/0b7c", "*/*", 200, "text/html", "no-cache"},
		{"project with a dot", "GET", "/p/site.com", "text/html", 200, "text/html", "no-cache"},
		{"head", "HEAD", "/", "", 200, "text/html", "no-cache"},
		{"hashed script", "GET", "/assets/app-abc123.js", "", 200, "text/javascript", "public, max-age=31536000, immutable"},
		{"plain file", "GET", "/favicon.svg", "", 200, "image/svg+xml", "no-cache"},
		{"old hashed script", "GET", "/assets/app-old.js", "text/html", 404, "application/json", "no-store"},
		{"file that is not there", "GET", "/robots.txt", "*/*", 404, "application/json", "no-store"},
		{"data where html is not wanted", "GET", "/s/0b7c", "application/json", 404, "application/json", "no-store"},
		{"hidden file", "GET", "/.gitkeep", "*/*", 404, "application/json", "no-store"},
		{"climbing", "GET", "/assets/../../etc/passwd", "*/*", 404, "application/json", "no-store"},
		{"unknown api route", "GET", "/api/nothing", "text/html", 404, "application/json", "no-store"},
		{"bare api", "GET", "/api", "text/html", 404, "application/json", "no-store"},
		{"posting to the page", "POST", "/s/0b7c", "text/html", 405, "application/json", "no-store"},
		{"wrong method on a route", "GET", "/api/auth/login", "text/html", 405, "application/json", "no-store"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			res := w.raw(t, tc.method, tc.path, map[string]string{"Accept": tc.accept}, "")
			if res.StatusCode != tc.status {
				t.Errorf("status %d, want %d", res.StatusCode, tc.status)
			}
			if got := res.Header.Get("Content-Type"); !strings.HasPrefix(got, tc.mediaType) {
				t.Errorf("type %q, want %q", got, tc.mediaType)
			}
			if got := res.Header.Get("Cache-Control"); got != tc.cache {
				t.Errorf("cache %q, want %q", got, tc.cache)
			}
		})
	}
}

func TestPageIsNotSentTwice(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{"/", "/assets/app-abc123.js"} {
		first := w.raw(t, "GET", path, nil, "")
		tag := first.Header.Get("ETag")
		if tag == "" {
			t.Fatalf("%s has no ETag", path)
		}
		if again := w.raw(t, "GET", path, map[string]string{"If-None-Match": tag}, ""); again.StatusCode != http.StatusNotModified {
			t.Errorf("%s again: status %d, want 304", path, again.StatusCode)
		}
	}
}

func TestPageIsPacked(t *testing.T) {
	w := newWorld(t)
	plain := w.raw(t, "GET", "/assets/app-abc123.js", map[string]string{"Accept-Encoding": "identity"}, "")
	packed := w.raw(t, "GET", "/assets/app-abc123.js", map[string]string{"Accept-Encoding": "br, gzip"}, "")
	refused := w.raw(t, "GET", "/assets/app-abc123.js", map[string]string{"Accept-Encoding": "gzip;q=0"}, "")
	if packed.Header.Get("Content-Encoding") != "gzip" || plain.Header.Get("Content-Encoding")+refused.Header.Get("Content-Encoding") != "" {
		t.Fatalf("encodings: plain %q, packed %q, refused %q", plain.Header.Get("Content-Encoding"),
			packed.Header.Get("Content-Encoding"), refused.Header.Get("Content-Encoding"))
	}
	if plain.Header.Get("ETag") == packed.Header.Get("ETag") || packed.Header.Get("Vary") != "Accept-Encoding" {
		t.Errorf("a cache cannot tell the two apart: %v %v", plain.Header, packed.Header)
	}
	unpacked, err := gzip.NewReader(packed.Body)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(unpacked)
	if err != nil || string(got) != readAll(t, plain) {
		t.Errorf("unpacked %d bytes, %v", len(got), err)
	}
}

func TestPageThatWasNeverBuilt(t *testing.T) {
	w := newWorld(t, withAssets(fstest.MapFS{".gitkeep": {}}))
	res := w.raw(t, "GET", "/", map[string]string{"Accept": "text/html"}, "")
	if res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("status %d", res.StatusCode)
	}
	wantError(t, res, "unavailable")
}

func TestSecurityHeadersAreEverywhere(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{"/", "/assets/app-abc123.js", "/api/config", "/api/me", "/api/nothing", "/api/health", "/ws/agent"} {
		h := w.raw(t, "GET", path, nil, "").Header
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY",
			"Cross-Origin-Opener-Policy": "same-origin", "Strict-Transport-Security": "",
		} {
			if got := strings.Join(h[http.CanonicalHeaderKey(name)], ","); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
		policy := h.Get("Content-Security-Policy")
		parts := []string{"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'", "sandbox"}
		if path == "/" || strings.HasPrefix(path, "/assets") {
			parts = []string{
				"default-src 'self'", "frame-ancestors 'none'", "object-src 'none'", "base-uri 'none'", "form-action 'self'",
				"require-trusted-types-for 'script'", "trusted-types 'none'",
			}
			if script := directive(policy, "script-src"); script != "'self'" {
				t.Errorf("%s: script-src %q", path, script)
			}
		}
		for _, part := range parts {
			if !strings.Contains(policy, part) {
				t.Errorf("%s: the policy lacks %s", path, part)
			}
		}
	}
}

// TestForeignHostIsRefused calls the server by names that are not its own, as a page does whose owner rebinds its name.
func TestForeignHostIsRefused(t *testing.T) {
	w := newWorld(t, withPublicURL("https://chat.example"))
	for host, status := range map[string]int{
		"evil.example": 403, "chat.example.evil.example": 403, "localhost.evil.example:5000": 403,
		"chat.example": 200, "localhost:5000": 200, "[::1]:5000": 200,
	} {
		for _, path := range []string{"/", "/api/config"} {
			if res := w.raw(t, "GET", path, map[string]string{"Host": host, "Accept": "text/html"}, ""); res.StatusCode != status {
				t.Errorf("%s of %s: %d, want %d", path, host, res.StatusCode, status)
			}
		}
		headers := map[string]string{"Host": host, "Content-Type": "application/json"}
		name := strings.NewReplacer(":", "-", "[", "x", "]", "x").Replace(host)
		res := w.raw(t, "POST", "/api/auth/signup", headers, credentials(name, password))
		if refused := res.StatusCode == http.StatusForbidden; refused != (status == 403) {
			t.Errorf("sign-up under %s: %d", host, res.StatusCode)
		}
		if res := w.raw(t, "GET", "/api/livez", map[string]string{"Host": host}, ""); res.StatusCode != http.StatusOK {
			t.Errorf("a probe under %s: %d", host, res.StatusCode)
		}
	}
}

func TestPolicyNamesTheGatewaysAddresses(t *testing.T) {
	for _, tc := range []struct{ name, publicWS, index, want string }{
		{"declared by the build", "", indexHTML, "'self' ws://localhost:3051"},
		{"and set at run time", "wss://ws.example:8443/ws/agent", indexHTML, "'self' wss://ws.example:8443 ws://localhost:3051"},
		{"build without an address", "", `<meta name="agentchat-ws-url" content="%VITE_WS_URL%">`, "'self'"},
		{"build that declares nothing", "", "<html></html>", "'self' ws: wss:"},
		{"address that would end the policy", "", `<meta name="agentchat-ws-url" content="ws://a;script-src *">`, "'self'"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(t, withAssets(fstest.MapFS{"index.html": {Data: []byte(tc.index)}}), withPublicWS(tc.publicWS))
			policy := w.raw(t, "GET", "/", nil, "").Header.Get("Content-Security-Policy")
			if got := directive(policy, "connect-src"); got != tc.want {
				t.Errorf("connect-src %q, want %q", got, tc.want)
			}
		})
	}
}

func TestHSTSOverHTTPSOnly(t *testing.T) {
	w := newWorld(t, withPublicURL("https://chat.example"))
	if got := w.raw(t, "GET", "/", nil, "").Header.Get("Strict-Transport-Security"); got == "" {
		t.Error("no Strict-Transport-Security although PUBLIC_URL is https")
	}
}

// directive picks the value of one directive out of a policy.
func directive(policy, name string) string {
	for part := range strings.SplitSeq(policy, ";") {
		if value, ok := strings.CutPrefix(strings.TrimSpace(part), name+" "); ok {
			return value
		}
	}
	return ""
}
