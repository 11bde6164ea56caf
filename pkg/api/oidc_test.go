package api_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/op"

	"claude-agent-chat/pkg/api"
	"claude-agent-chat/pkg/config"
)

// startProvider starts an OpenID Connect provider with its people, "test-user@localhost" and "test-user2".
func startProvider(t *testing.T) *httptest.Server {
	t.Helper()
	var handler http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	quiet := slog.Default()
	t.Cleanup(func() { slog.SetDefault(quiet) })
	storage.RegisterClients(storage.WebClient("chat", "hush-hush", "http://localhost:5000/api/auth/oidc/callback"))
	handler = exampleop.SetupServer(server.URL, storage.NewStorage(storage.NewUserStore(server.URL)), slog.New(slog.DiscardHandler), false, op.WithAllowInsecure())
	return server
}

// browser is a browser whose network finds the app under its public address.
type browser struct {
	t      *testing.T
	client *http.Client
}

func (w *world) browser(t *testing.T) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	app := strings.TrimPrefix(w.url, "http://")
	transport := &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		if address == "localhost:5000" {
			address = app
		}
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}}
	return &browser{t, &http.Client{Jar: jar, Transport: transport, Timeout: 20 * time.Second}}
}

const appURL = "http://localhost:5000"

func (b *browser) get(address string) (end *url.URL, status int, body string) {
	b.t.Helper()
	return b.done(b.client.Get(address))
}

func (b *browser) done(res *http.Response, err error) (*url.URL, int, string) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return res.Request.URL, res.StatusCode, string(data)
}

var requestID = regexp.MustCompile(`name="id" value="([^"]+)"`)

// signIn goes to the provider and gives its password; it ends where the browser ends.
func (b *browser) signIn(begin, username string) *url.URL {
	b.t.Helper()
	at, _, body := b.get(begin)
	id := requestID.FindStringSubmatch(body)
	if id == nil {
		b.t.Fatalf("no page of the provider: %s %s", at, body)
	}
	end, _, _ := b.done(b.client.PostForm(at.Scheme+"://"+at.Host+"/login/username", url.Values{"id": {id[1]}, "username": {username}, "password": {"verysecure"}}))
	return end
}

func (b *browser) me() (status int, body string) {
	b.t.Helper()
	_, status, body = b.get(appURL + "/api/me")
	return status, body
}

func withProvider(issuer string, change func(*config.Config)) option {
	return func(c *config.Config, _ *api.Deps) {
		c.OIDC = config.OIDC{Issuer: issuer, ClientID: "chat", ClientSecret: "hush-hush", Name: "Example"}
		c.Signup = "first-user"
		if change != nil {
			change(c)
		}
	}
}

// TestProviderSignsIn has people sign in by a real provider: the first becomes the administrator, the same person is the
// same account again, and the next one gets in only where the settings say so.
func TestProviderSignsIn(t *testing.T) {
	provider := startProvider(t)
	w := newWorld(t, withProvider(provider.URL, nil))
	first := w.browser(t)
	if end := first.signIn(appURL+"/api/auth/oidc/login", "test-user@127.0.0.1"); end.String() != appURL+"/" {
		t.Fatalf("it ends at %s", end)
	}
	status, mine := first.me()
	if status != http.StatusOK || !strings.Contains(mine, `"role":"admin"`) || !strings.Contains(mine, `"username":"test-user`) {
		t.Fatalf("%d %s", status, mine)
	}
	again := w.browser(t)
	again.signIn(appURL+"/api/auth/oidc/login", "test-user@127.0.0.1")
	if _, other := again.me(); other != mine {
		t.Errorf("the same person is %s and %s", mine, other)
	}
	if _, _, body := first.get(appURL + "/api/config"); !strings.Contains(body, `"sso":"Example"`) {
		t.Errorf("the page is not told: %s", body)
	}
	stranger := w.browser(t)
	end := stranger.signIn(appURL+"/api/auth/oidc/login", "test-user2")
	if status, _ := stranger.me(); end.Path != "/login" || end.Fragment != "forbidden" || status != http.StatusUnauthorized {
		t.Errorf("a stranger ends at %s, %d", end, status)
	}
}

func TestProviderVouchesForAll(t *testing.T) {
	provider := startProvider(t)
	w := newWorld(t, withProvider(provider.URL, func(c *config.Config) { c.OIDC.Signup = true }))
	owner := w.signUp(t, "test-user2") // the name is taken.
	_ = owner
	b := w.browser(t)
	b.signIn(appURL+"/api/auth/oidc/login", "test-user2")
	if status, body := b.me(); status != http.StatusOK || !strings.Contains(body, `"username":"test-user2-2"`) || !strings.Contains(body, `"role":"user"`) {
		t.Errorf("%d %s", status, body)
	}
}

// TestProviderIsLinked adds the sign-in to an account that has a password, and takes it away again.
func TestProviderIsLinked(t *testing.T) {
	provider := startProvider(t)
	w := newWorld(t, withProvider(provider.URL, nil))
	w.signUp(t, "ada")
	b := w.browser(t)
	_, status, _ := b.done(b.client.Post(appURL+"/api/auth/login", "application/json", strings.NewReader(`{"username":"ada","password":"`+password+`"}`)))
	if status != http.StatusOK {
		t.Fatal(status)
	}
	if end := b.signIn(appURL+"/api/auth/oidc/login?link=1", "test-user2"); end.String() != appURL+"/" {
		t.Fatalf("it ends at %s", end)
	}
	other := w.browser(t)
	other.signIn(appURL+"/api/auth/oidc/login", "test-user2")
	if _, body := other.me(); !strings.Contains(body, `"username":"ada"`) {
		t.Errorf("the linked sign-in is %s", body)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodDelete, appURL+"/api/me/provider", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, status, body := b.done(b.client.Do(req)); status != http.StatusNoContent {
		t.Fatalf("%d %s", status, body)
	}
	third := w.browser(t)
	if end := third.signIn(appURL+"/api/auth/oidc/login", "test-user2"); end.Path != "/login" {
		t.Errorf("after it was taken away it ends at %s", end)
	}
}

// TestProviderAnswersAreBound gives answers to browsers that did not ask for them, and twice.
func TestProviderAnswersAreBound(t *testing.T) {
	provider := startProvider(t)
	w := newWorld(t, withProvider(provider.URL, func(c *config.Config) { c.OIDC.Signup = true }))
	w.signUp(t, "ada")
	attacker, victim := w.browser(t), w.browser(t)
	var answer string
	attacker.client.CheckRedirect = func(req *http.Request, _ []*http.Request) error {
		if strings.Contains(req.URL.Path, "/callback") && req.URL.Host == "localhost:5000" {
			answer = req.URL.String()
			return http.ErrUseLastResponse
		}
		return nil
	}
	attacker.signIn(appURL+"/api/auth/oidc/login", "test-user2")
	if answer == "" {
		t.Fatal("the provider sent no answer")
	}
	for what, address := range map[string]string{
		"another browser's answer": answer,
		"no state":                 appURL + "/api/auth/oidc/callback?code=x",
		"nothing":                  appURL + "/api/auth/oidc/callback",
	} {
		if end, _, _ := victim.get(address); end.Path != "/login" {
			t.Errorf("%s ends at %s", what, end)
		}
		if status, _ := victim.me(); status != http.StatusUnauthorized {
			t.Errorf("%s signed the browser in", what)
		}
	}
	victim.get(appURL + "/api/auth/oidc/login") // it has a flow of its own now.
	if end, _, _ := victim.get(answer); end.Path != "/login" {
		t.Errorf("an answer to another flow ends at %s", end)
	}
	attacker.client.CheckRedirect = nil
	if end, _, _ := attacker.get(answer); end.Path != "/" {
		t.Errorf("the own answer ends at %s %s", end, end.Fragment)
	}
	if end, _, _ := attacker.get(answer); end.Path != "/login" {
		t.Errorf("the same answer again ends at %s", end)
	}
	if strings.Contains(w.log.String(), "hush-hush") {
		t.Error("the log holds the client's secret")
	}
}

func TestProviderAway(t *testing.T) {
	w := newWorld(t, withProvider("http://127.0.0.1:1", nil))
	if end, _, _ := w.browser(t).get(appURL + "/api/auth/oidc/login"); end.Path != "/login" || end.Fragment != "unavailable" {
		t.Errorf("it ends at %s", end)
	}
	none := newWorld(t)
	if end, _, _ := none.browser(t).get(appURL + "/api/auth/oidc/login"); end.Path != "/login" || end.Fragment != "not_found" {
		t.Errorf("without a provider it ends at %s", end)
	}
}
