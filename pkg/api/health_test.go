package api_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type healthAnswer struct {
	Status, Timestamp string
	Checks            map[string]struct{ Status, Detail string }
}

// statuses is the answer without its words.
func (h healthAnswer) statuses() map[string]string {
	got := map[string]string{"": h.Status}
	for name, check := range h.Checks {
		got[name] = check.Status
	}
	return got
}

func TestHealth(t *testing.T) {
	const gatewaySays = `{"status":"degraded","checks":{"sandbox":{"status":"degraded","detail":"no bwrap"},"model":{"status":"disabled"}}}`
	up := http.NewServeMux()
	up.HandleFunc("/api/livez", func(http.ResponseWriter, *http.Request) {})
	up.HandleFunc("/api/health", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, gatewaySays) })
	babbling := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") })
	failing := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })

	for _, tc := range []struct {
		name    string
		gateway http.Handler
		want    map[string]string
	}{
		{"gateway up", up, map[string]string{"gateway": "ok", "sandbox": "degraded", "model": "disabled"}},
		{"gateway says nothing useful", babbling, map[string]string{"gateway": "ok", "sandbox": "degraded", "model": "degraded"}},
		{"gateway fails", failing, map[string]string{"gateway": "failed", "sandbox": "degraded", "model": "degraded"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			gateway := httptest.NewServer(tc.gateway)
			t.Cleanup(gateway.Close)
			w := newWorld(t, withGateway(gateway.URL))
			var got healthAnswer
			w.guest().want(t, http.StatusOK, "GET", "/api/health", "").decode(t, &got)
			tc.want[""], tc.want["sessionsVolume"], tc.want["database"] = "degraded", "ok", "ok"
			if diff := cmp.Diff(tc.want, got.statuses()); diff != "" {
				t.Errorf("health (-want +got):\n%s", diff)
			}
		})
	}
}

func TestHealthWithoutGateway(t *testing.T) {
	w := newWorld(t)
	var got healthAnswer
	w.guest().want(t, http.StatusOK, "GET", "/api/health", "").decode(t, &got)
	want := map[string]string{
		"": "degraded", "sessionsVolume": "ok", "database": "ok", "gateway": "failed", "sandbox": "degraded", "model": "degraded",
	}
	if diff := cmp.Diff(want, got.statuses()); diff != "" {
		t.Errorf("health (-want +got):\n%s", diff)
	}
}

func TestHealthWithoutVolume(t *testing.T) {
	w := newWorld(t)
	if err := os.RemoveAll(w.root); err != nil {
		t.Fatal(err)
	}
	var got healthAnswer
	w.guest().want(t, http.StatusServiceUnavailable, "GET", "/api/health", "").decode(t, &got)
	if got.Status != "unhealthy" || got.Checks["sessionsVolume"].Status != "failed" {
		t.Errorf("health: %+v", got)
	}
	w.guest().want(t, http.StatusServiceUnavailable, "GET", "/api/readyz", "")
	w.guest().want(t, http.StatusOK, "GET", "/api/livez", "")
}

func TestProbes(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{"/api/livez", "/api/readyz"} {
		w.guest().want(t, http.StatusOK, "GET", path, "")
	}
}
