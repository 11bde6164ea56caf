package mcp_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/mcp"
)

const token = "Bearer of-the-user-1"

// site is a server on the network that asks for the token, and keeps what it was sent.
type site struct {
	*httptest.Server
	mu   sync.Mutex
	seen []string
}

func newSite(t *testing.T, handler http.Handler) *site {
	t.Helper()
	s := &site{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.seen = append(s.seen, r.Method+" "+r.URL.Path+" "+r.Header.Get("Authorization"))
		s.mu.Unlock()
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *site) requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen
}

func streamable() http.Handler {
	return sdk.NewStreamableHTTPHandler(func(*http.Request) *sdk.Server { return goodServer(nil) }, nil)
}

// anywhere gives clients that reach everything, each of its own connections, so that a test can end them all.
func anywhere(t *testing.T) func(string) (*http.Client, error) {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return func(string) (*http.Client, error) {
		return &http.Client{Transport: transport, Timeout: time.Nanosecond}, nil
	}
}

func openURL(t *testing.T, kind mcp.Type, url string) *mcp.Set {
	t.Helper()
	return open(t, mcp.Options{
		Servers:      map[string]mcp.Server{"far": {Type: kind, URL: url, Headers: map[string]string{"Authorization": token, "Accept": "x/y"}}},
		HTTP:         anywhere(t),
		StartTimeout: time.Minute,
	})
}

func TestNetwork(t *testing.T) {
	for _, kind := range []mcp.Type{mcp.TypeHTTP, mcp.TypeSSE} {
		t.Run(string(kind), func(t *testing.T) {
			server := func(*http.Request) *sdk.Server { return goodServer(nil) }
			var handler http.Handler = sdk.NewStreamableHTTPHandler(server, nil)
			if kind == mcp.TypeSSE {
				handler = sdk.NewSSEHandler(server, nil)
			}
			remote := newSite(t, handler)
			set := openURL(t, kind, remote.URL+"/mcp")
			if got := good(t, set, "mcp__far__echo", `{"text":"hi"}`); !strings.Contains(got, `"hi"`) {
				t.Error(got)
			}
			if got := good(t, set, "ReadMcpResourceTool", `{"server":"far","uri":"note:one"}`); !strings.Contains(got, "the note") {
				t.Error(got)
			}
			for _, request := range remote.requests() {
				if !strings.HasSuffix(request, token) {
					t.Errorf("%s came without the token", request)
				}
			}
		})
	}
}

// TestRedirects lets a server lead elsewhere, and looks at who gets the headers.
func TestRedirects(t *testing.T) {
	elsewhere := newSite(t, streamable())
	inside := streamable()
	for name, tt := range map[string]struct {
		handler http.Handler
		kind    mcp.Type
		want    string // of the detail; empty if it works
	}{
		"another host": {http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect), mcp.TypeHTTP, "leads to another host"},
		"found":        {http.RedirectHandler(elsewhere.URL, http.StatusFound), mcp.TypeHTTP, "leads to another host"},
		"round":        {http.RedirectHandler("/", http.StatusTemporaryRedirect), mcp.TypeHTTP, "again and again"},
		"endpoint": {http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			fmt.Fprintf(w, "event: endpoint\ndata: %s/x\n\n", elsewhere.URL)
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		}), mcp.TypeSSE, "leads to another host"},
		"within": {http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/" {
				http.Redirect(w, r, "/mcp", http.StatusTemporaryRedirect)
				return
			}
			inside.ServeHTTP(w, r)
		}), mcp.TypeHTTP, ""},
	} {
		t.Run(name, func(t *testing.T) {
			remote := newSite(t, tt.handler)
			set := openURL(t, tt.kind, remote.URL+"/")
			status := set.Status()[0]
			if (status.State == mcp.Connected) != (tt.want == "") || !strings.Contains(status.Detail, tt.want) {
				t.Errorf("%+v", status)
			}
		})
	}
	if seen := elsewhere.requests(); len(seen) != 0 {
		t.Errorf("the other host was sent %q", seen)
	}
}

// TestBadSites has servers on the network that are in trouble, or make it.
func TestBadSites(t *testing.T) {
	for name, tt := range map[string]struct {
		handler http.HandlerFunc
		want    string
	}{
		"refuses": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }, "Unauthorized"},
		"a page":  {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") }, "content type"},
		"no JSON": {func(w http.ResponseWriter, _ *http.Request) { answer(w, "application/json", "{", 1) }, "decode"},
		"endless": {func(w http.ResponseWriter, _ *http.Request) {
			answer(w, "application/json", strings.Repeat(" ", 1<<20), 100)
		}, "too long"},
		"an event": {func(w http.ResponseWriter, _ *http.Request) {
			answer(w, "text/event-stream", "data:"+strings.Repeat("x", 1<<20), 100)
		}, "exceeded"},
		"events": {func(w http.ResponseWriter, _ *http.Request) {
			answer(w, "text/event-stream", `data: {"jsonrpc":"2.0","method":"notifications/message","params":{}}`+"\n\n", 1<<20)
		}, "more than 2000 messages"},
		"requests": {func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			if !strings.Contains(string(body), `"initialize"`) {
				<-r.Context().Done() // an answer, which is not taken.
				return
			}
			w.Header().Set("Content-Type", "text/event-stream")
			for i := range 1000 {
				fmt.Fprintf(w, "data: {\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"no/such\"}\n\n", i)
			}
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		}, "256 requests"},
	} {
		t.Run(name, func(t *testing.T) {
			remote := newSite(t, tt.handler)
			status := openURL(t, mcp.TypeHTTP, remote.URL+"/path?key=geheim123").Status()[0]
			if status.State != mcp.Failed || !strings.Contains(status.Detail, tt.want) || strings.Contains(status.Detail, "geheim123") {
				t.Errorf("%+v", status)
			}
		})
	}
}

// TestSilentSites has servers on the network that never answer: the greeting, or a call.
func TestSilentSites(t *testing.T) {
	silent := newSite(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body)
		<-r.Context().Done()
	}))
	servers := map[string]mcp.Server{"far": {Type: mcp.TypeHTTP, URL: silent.URL}, "old": {Type: mcp.TypeSSE, URL: silent.URL}}
	for _, status := range open(t, mcp.Options{Servers: servers, HTTP: anywhere(t), StartTimeout: 500 * time.Millisecond}).Status() {
		if status.State != mcp.Failed || status.Detail != "It did not answer within 500ms." {
			t.Errorf("%+v", status)
		}
	}
	release := make(chan struct{})
	hanging := newSite(t, sdk.NewStreamableHTTPHandler(func(*http.Request) *sdk.Server { return goodServer(release) }, nil))
	servers = map[string]mcp.Server{"far": {Type: mcp.TypeHTTP, URL: hanging.URL}}
	set := open(t, mcp.Options{Servers: servers, HTTP: anywhere(t), StartTimeout: time.Minute, CallTimeout: 200 * time.Millisecond})
	if got := bad(t, set, "mcp__far__hang", `{}`); got != "The MCP server far did not answer within 200ms." {
		t.Error(got)
	}
	close(release)
}

// answer sends the same piece again and again.
func answer(w http.ResponseWriter, kind, piece string, times int) {
	w.Header().Set("Content-Type", kind)
	for range times {
		if _, err := io.WriteString(w, piece); err != nil {
			return
		}
	}
}

func TestNotAllowed(t *testing.T) {
	set := open(t, mcp.Options{
		Servers: map[string]mcp.Server{"far": {Type: mcp.TypeHTTP, URL: "https://x.example/"}},
		HTTP: func(url string) (*http.Client, error) {
			return nil, fault.New(fault.Forbidden, "The host of %s is not allowed.", url)
		},
	})
	if status := set.Status()[0]; status.State != mcp.Disabled || status.Detail != "The host of https://x.example/ is not allowed." {
		t.Errorf("%+v", status)
	}
}

// TestUnreachable leaks neither the address nor the token into what people see.
func TestUnreachable(t *testing.T) {
	remote := httptest.NewServer(nil)
	remote.Close()
	status := openURL(t, mcp.TypeHTTP, remote.URL+"/?key=geheim123").Status()[0]
	if status.State != mcp.Failed || !strings.Contains(status.Detail, "refused") || strings.Contains(status.Detail, "geheim123") {
		t.Errorf("%+v", status)
	}
}

// withoutStream is a server that sends nothing unasked.
func withoutStream(handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		handler.ServeHTTP(w, r)
	})
}

// TestSessionLost has a server on the network forget its sessions, as one that was started anew.
func TestSessionLost(t *testing.T) {
	server := goodServer(nil)
	remote := newSite(t, withoutStream(sdk.NewStreamableHTTPHandler(func(*http.Request) *sdk.Server { return server }, nil)))
	changes := make(chan struct{}, 10)
	set := open(t, mcp.Options{
		Servers: map[string]mcp.Server{"far": {Type: mcp.TypeHTTP, URL: remote.URL}},
		HTTP:    anywhere(t), Changed: func() { changes <- struct{}{} },
	})
	<-changes
	for session := range server.Sessions() {
		_ = session.Close()
	}
	bad(t, set, "mcp__far__echo", `{"text":"x"}`)
	<-changes // that it has ended was noticed.
	if got := good(t, set, "mcp__far__echo", `{"text":"again"}`); !strings.Contains(got, "again") {
		t.Error(got)
	}
}

// TestCutInCall cuts the connection that a call came over.
func TestCutInCall(t *testing.T) {
	inner := streamable()
	remote := newSite(t, withoutStream(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		if strings.Contains(string(body), `"hang"`) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			_ = conn.Close()
			return
		}
		inner.ServeHTTP(w, r)
	})))
	set := openURL(t, mcp.TypeHTTP, remote.URL)
	if got := bad(t, set, "mcp__far__hang", `{}`); !strings.Contains(got, "The MCP server far did not do it.") {
		t.Error(got)
	}
	good(t, set, "mcp__far__echo", `{}`)
}
