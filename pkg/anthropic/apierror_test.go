package anthropic_test

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"claude-agent-chat/pkg/anthropic"
	"claude-agent-chat/pkg/anthropic/anthropictest"
)

func TestStatusErrors(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		reply     anthropictest.Reply
		kind      string
		retryable bool
		wait      time.Duration
		sentence  string // in it
	}{
		"too long":     {anthropictest.Fail(400, "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"), "invalid_request_error", false, 0, "longer than the model can take in"},
		"bad request":  {anthropictest.Fail(400, "invalid_request_error", "messages.1: unexpected role"), "invalid_request_error", false, 0, "messages.1: unexpected role."},
		"no credit":    {anthropictest.Fail(400, "invalid_request_error", "Your credit balance is too low"), "invalid_request_error", false, 0, "no credit"},
		"key":          {anthropictest.Fail(401, "authentication_error", "invalid x-api-key"), "authentication_error", false, 0, "ANTHROPIC_API_KEY"},
		"permission":   {anthropictest.Fail(403, "permission_error", "no"), "permission_error", false, 0, "may not use"},
		"model":        {anthropictest.Fail(404, "not_found_error", "model: claude-9"), "not_found_error", false, 0, `"claude-9"`},
		"address":      {anthropictest.Answer(404, "text/html", "<h1>no</h1>"), anthropic.TypeUnknown, false, 0, "ANTHROPIC_BASE_URL"},
		"too large":    {anthropictest.Fail(413, "request_too_large", "big"), "request_too_large", false, 0, "bigger"},
		"rate limit":   {anthropictest.Fail(429, "rate_limit_error", "slow", "retry-after", "7"), "rate_limit_error", true, 7 * time.Second, "It asks to wait 7 seconds."},
		"in ms":        {anthropictest.Fail(429, "rate_limit_error", "slow", "retry-after-ms", "1500", "retry-after", "9"), "rate_limit_error", true, 1500 * time.Millisecond, "2 seconds"},
		"should not":   {anthropictest.Fail(429, "rate_limit_error", "slow", "x-should-retry", "false"), "rate_limit_error", false, 0, "limiting"},
		"should":       {anthropictest.Fail(400, "invalid_request_error", "odd", "x-should-retry", "true"), "invalid_request_error", true, 0, "odd."},
		"overloaded":   {anthropictest.Fail(529, "overloaded_error", "Overloaded"), "overloaded_error", true, 0, "overloaded at the moment. Try again"},
		"server":       {anthropictest.Fail(500, "api_error", "oops"), "api_error", true, 0, "(500)"},
		"gateway":      {anthropictest.Answer(502, "text/html", "<html>bad gateway</html>"), anthropic.TypeUnknown, true, 0, "(502)"},
		"web page":     {anthropictest.Answer(200, "text/html", "<html>hello</html>"), anthropic.TypeContentType, false, 0, "not like a Messages API"},
		"json":         {anthropictest.Answer(200, "application/json", `{"type":"message"}`), anthropic.TypeContentType, false, 0, "not like a Messages API"},
		"error as 200": {anthropictest.Answer(200, "application/json", `{"type":"error","error":{"type":"overloaded_error","message":"m"}}`), "overloaded_error", true, 0, "overloaded"},
		"empty":        {anthropictest.Answer(204, "text/event-stream", ""), anthropic.TypeUnknown, false, 0, "(204)"},
		"redirect":     {anthropictest.Answer(302, "text/html", "", "location", "http://elsewhere.invalid/"), anthropic.TypeRedirect, false, 0, "another address"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := ask(t, tt.reply)
			var api *anthropic.APIError
			if !errors.As(err, &api) {
				t.Fatalf("error %v", err)
			}
			if api.Type != tt.kind || api.Retryable != tt.retryable || api.RetryAfter != tt.wait {
				t.Errorf("error %+v", api)
			}
			if s := api.Sentence(); !strings.Contains(s, tt.sentence) || !strings.HasSuffix(s, ".") {
				t.Errorf("sentence %q, want %q in it", s, tt.sentence)
			}
			if !strings.HasPrefix(api.RequestID, "req_") {
				t.Errorf("request id %q", api.RequestID)
			}
		})
	}
}

func TestNoServer(t *testing.T) {
	t.Parallel()
	base, stop, err := anthropictest.Start(http.NotFoundHandler())
	if err != nil {
		t.Fatal(err)
	}
	stop()
	address := strings.Replace(base, "http://", "http://someone:hidden@", 1)
	_, err = read(t.Context(), anthropic.New(anthropic.Options{BaseURL: address}))
	var api *anthropic.APIError
	if !errors.As(err, &api) || api.Type != anthropic.TypeConnection || !api.Retryable || !strings.Contains(api.Sentence(), "could not be reached") {
		t.Fatalf("error %v", err)
	}
	if strings.Contains(err.Error(), "hidden") {
		t.Errorf("the password is in %q", err)
	}
	_, err = read(t.Context(), anthropic.New(anthropic.Options{BaseURL: "http://a b:hidden@%zz"}))
	if err == nil || strings.Contains(err.Error(), "hidden") {
		t.Errorf("error %v", err)
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	tests := map[string]time.Duration{
		"3": 3 * time.Second, " 0.5 ": 500 * time.Millisecond, "0": 0, "-4": 0, "": 0, "soon": 0, "NaN": 0, "1e300": 24 * time.Hour, "Inf": 24 * time.Hour,
		now.Add(90 * time.Second).Format(http.TimeFormat): 90 * time.Second,
		now.Add(-time.Hour).Format(http.TimeFormat):       0,
	}
	for value, want := range tests {
		if got := anthropic.ParseRetryAfter(http.Header{"Retry-After": {value}}, now); got != want {
			t.Errorf("%q: %s, want %s", value, got, want)
		}
	}
	if got := anthropic.ParseRetryAfter(http.Header{"Retry-After-Ms": {"20"}, "Retry-After": {"3"}}, now); got != 20*time.Millisecond {
		t.Errorf("milliseconds: %s", got)
	}
}

const key = "sk-ant-api03-very-secret"

// TestKeyIsNowhere looks for the key in everything that a client and its errors can print, with a server that says it.
func TestKeyIsNowhere(t *testing.T) {
	t.Parallel()
	options := anthropic.Options{APIKey: key, Headers: map[string]string{"Authorization": "Bearer " + key + "-2"}}
	replies := []anthropictest.Reply{
		anthropictest.Fail(401, "authentication_error", "bad key "+key, "request-id", key),
		anthropictest.Fail(400, key, "bad key "+key+"-2\x1b[31m"),
		anthropictest.Answer(200, key, "x"),
		anthropictest.Answer(500, "text/plain", key),
		anthropictest.Stream(anthropictest.ErrorEvent("api_error", key)),
		anthropictest.Stream(anthropictest.Raw("event: error\ndata: " + key + "\n\n")),
		anthropictest.Stream(anthropictest.Raw("event: message_stop\ndata: " + key + "\n\n")),
	}
	for i, reply := range replies {
		server := anthropictest.New(t, anthropictest.Exchange{
			Check: func(r *anthropictest.Request) error {
				if !r.HasKey(key) {
					return errors.New("the key did not come")
				}
				return nil
			},
			Reply: reply,
		})
		o := options
		o.BaseURL = server.Start()
		client := anthropic.New(o)
		_, err := read(t.Context(), client)
		var api *anthropic.APIError
		if !errors.As(err, &api) {
			t.Fatalf("reply %d: %v", i, err)
		}
		var logged strings.Builder
		slog.New(slog.NewTextHandler(&logged, nil)).Info("x", "options", o, "error", err, "client", client)
		all := fmt.Sprintf("%v %+v %#v %s | %v %+v %#v %s %v | %v %+v %#v %s", err, api, api, api.Sentence(), o, o, o, o, &o, client, client, client, logged.String())
		if strings.Contains(all, "very-secret") || strings.Contains(all, "\x1b") {
			t.Errorf("reply %d: the key is in %s", i, all)
		}
	}
}

func TestKeyDoesNotTravel(t *testing.T) {
	t.Parallel()
	var leaked []string
	other, stop, err := anthropictest.Start(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		leaked = append(leaked, r.Method+" "+r.Header.Get("X-Api-Key"))
	}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	for _, status := range []int{301, 302, 303, 307, 308} {
		server := anthropictest.New(t, anthropictest.Exchange{Reply: anthropictest.Answer(status, "text/plain", "", "location", other+"/v1/messages")})
		_, err := read(t.Context(), anthropic.New(anthropic.Options{APIKey: key, BaseURL: server.Start(), HTTPClient: &http.Client{}}))
		var api *anthropic.APIError
		if !errors.As(err, &api) || api.Type != anthropic.TypeRedirect || api.Status != status {
			t.Errorf("%d: %v", status, err)
		}
	}
	if len(leaked) > 0 {
		t.Errorf("the other host was asked: %q", leaked)
	}
}

func TestRedirectOnTheSameHost(t *testing.T) {
	t.Parallel()
	server := anthropictest.New(t, anthropictest.Exchange{Reply: anthropictest.Stream(anthropictest.Text("hi"))})
	mux := http.NewServeMux()
	mux.Handle("/v1/", server)
	mux.Handle("/old/", http.RedirectHandler("/v1/messages", http.StatusPermanentRedirect))
	base, stop, err := anthropictest.Start(mux)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	if text, _ := read(t.Context(), anthropic.New(anthropic.Options{BaseURL: base + "/old"})); text != "hi" {
		t.Errorf("text %q", text)
	}
}

func TestEnvironmentIsIgnored(t *testing.T) {
	t.Setenv("ANTHROPIC_API_KEY", "sk-from-environment")
	t.Setenv("ANTHROPIC_AUTH_TOKEN", "token-from-environment")
	t.Setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:1")
	t.Setenv("ANTHROPIC_CUSTOM_HEADERS", "X-Custom: environment")
	server := anthropictest.New(t, anthropictest.Exchange{Reply: anthropictest.Stream(anthropictest.Text("hi"))})
	client := anthropic.New(anthropic.Options{BaseURL: server.Start(), Headers: map[string]string{"anthropic-beta": "one,two"}})
	if text, err := read(t.Context(), client); text != "hi" {
		t.Fatal(err)
	}
	h := server.Requests()[0].Header
	for _, name := range []string{"X-Api-Key", "Authorization", "X-Custom"} {
		if got := h.Get(name); got != "" {
			t.Errorf("%s: %q", name, got)
		}
	}
	if h.Get("anthropic-beta") != "one,two" || h.Get("anthropic-version") == "" || h.Get("Accept") != "text/event-stream" {
		t.Errorf("header %v", h)
	}
}

func TestHugeErrorIsBounded(t *testing.T) {
	t.Parallel()
	endless := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusInternalServerError)
		for page := make([]byte, 1<<16); ; {
			if _, err := w.Write(page); err != nil {
				return
			}
		}
	})
	base, stop, err := anthropictest.Start(endless)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	_, err = read(t.Context(), anthropic.New(anthropic.Options{BaseURL: base}))
	var api *anthropic.APIError
	if !errors.As(err, &api) || api.Status != 500 || len(api.Error()) > 1000 {
		t.Errorf("error %v", err)
	}
}

func TestModels(t *testing.T) {
	t.Parallel()
	base, stop, err := anthropictest.Start(anthropictest.Demo())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	list, err := anthropic.New(anthropic.Options{BaseURL: base}).Models(t.Context())
	if err != nil || len(list) != 4 || list[0].ID != "demo" || !strings.Contains(list[0].Name, "not Claude") {
		t.Errorf("%+v, %v", list, err)
	}
	_, err = anthropic.New(anthropic.Options{BaseURL: base + "/nowhere"}).Models(t.Context())
	var api *anthropic.APIError
	if !errors.As(err, &api) || api.Status != 404 {
		t.Errorf("error %v", err)
	}
}
