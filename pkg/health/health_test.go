package health_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/health"
)

// fixed is a check with a known result.
func fixed(name string, critical bool, status health.Status) health.Check {
	return health.Check{Name: name, Critical: critical, Run: func(context.Context) health.Result {
		return health.Result{Status: status}
	}}
}

func same(t *testing.T, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("difference (-want +got):\n%s", diff)
	}
}

func get(h http.Handler) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	return w
}

func TestWhole(t *testing.T) {
	for _, c := range []struct {
		critical, other health.Status
		want            string
		code            int
	}{
		{health.OK, health.OK, "healthy", 200},
		{health.OK, health.Disabled, "healthy", 200},
		{health.Disabled, health.OK, "healthy", 200},
		{health.OK, health.Degraded, "degraded", 200},
		{health.OK, health.Failed, "degraded", 200},
		{health.Degraded, health.OK, "degraded", 200},
		{health.Failed, health.OK, "unhealthy", 503},
		{health.Failed, health.Failed, "unhealthy", 503},
	} {
		for _, checks := range [][]health.Check{
			{fixed("a", true, c.critical), fixed("b", false, c.other)},
			{fixed("b", false, c.other), fixed("a", true, c.critical)},
		} {
			checker := health.New(checks...)
			w := get(checker.Health())
			var body health.Report
			if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
				t.Fatal(err)
			}
			same(t, body.Status, c.want)
			same(t, []int{w.Code, get(checker.Ready()).Code, get(checker.Live()).Code}, []int{c.code, c.code, 200})
		}
	}
}

// TestBody compares the answer with the documented one, byte for byte.
func TestBody(t *testing.T) {
	w := get(health.New(fixed("sessionsVolume", true, health.OK)).Health())
	want := regexp.MustCompile(`^{"status":"healthy","timestamp":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z","checks":{"sessionsVolume":{"status":"ok"}}}\n$`)
	if !want.MatchString(w.Body.String()) {
		t.Errorf("body %s", w.Body)
	}
	same(t, []string{w.Header().Get("Content-Type"), w.Header().Get("Cache-Control")}, []string{"application/json", "no-store"})
}

// TestHangingCheck asks again and again while one check hangs: each answer comes in time, and the check runs once.
func TestHangingCheck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var runs atomic.Int32
		release := make(chan struct{})
		checker := health.New(fixed("fine", false, health.OK), health.Check{Name: "stuck", Critical: true, Run: func(context.Context) health.Result {
			runs.Add(1)
			<-release
			return health.Result{Status: health.OK}
		}})
		for range 3 {
			began := time.Now()
			report := checker.Report(t.Context())
			if took := time.Since(began); took >= 2*time.Second {
				t.Errorf("the answer took %s", took)
			}
			same(t, report.Status, "unhealthy")
			same(t, report.Checks["stuck"], health.Result{Status: health.Failed, Detail: "no answer within 1.5s"})
			same(t, report.Checks["fine"], health.Result{Status: health.OK})
		}
		same(t, runs.Load(), int32(1))
		close(release)
		synctest.Wait()
		same(t, checker.Report(t.Context()).Status, "healthy")
	})
}

func TestCallersShareARun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var runs atomic.Int32
		checker := health.New(health.Check{Name: "slow", Run: func(context.Context) health.Result {
			runs.Add(1)
			time.Sleep(time.Second)
			return health.Result{Status: health.OK}
		}})
		var wait sync.WaitGroup
		for range 50 {
			wait.Go(func() { same(t, checker.Report(t.Context()).Status, "healthy") })
		}
		wait.Wait()
		checker.Report(t.Context()) // Still fresh.
		same(t, runs.Load(), int32(1))
		time.Sleep(1100 * time.Millisecond)
		checker.Report(t.Context())
		same(t, runs.Load(), int32(2))
	})
}

// TestImpatientCaller lets the first caller go away; the run must serve the second one.
func TestImpatientCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		checker := health.New(health.Check{Name: "slow", Run: func(ctx context.Context) health.Result {
			select {
			case <-time.After(time.Second):
				return health.Result{Status: health.OK}
			case <-ctx.Done():
				return health.Result{Status: health.Failed}
			}
		}})
		ctx, cancel := context.WithCancel(t.Context())
		go checker.Report(ctx)
		synctest.Wait()
		cancel()
		same(t, checker.Report(t.Context()).Status, "healthy")
	})
}

// run gives the result of one check.
func run(t *testing.T, c health.Check) health.Result {
	t.Helper()
	return c.Run(t.Context())
}

func TestSessionsVolume(t *testing.T) {
	root := t.TempDir()
	same(t, run(t, health.SessionsVolume(root)), health.Result{Status: health.OK})
	left, err := os.ReadDir(root)
	if err != nil || len(left) != 0 {
		t.Errorf("%v left, error %v", left, err)
	}
	file := filepath.Join(root, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, detail := range map[string]string{
		filepath.Join(root, "missing"): "no such file or directory", file: "not a directory", "/proc": "",
	} {
		got := run(t, health.SessionsVolume(path))
		if got.Status != health.Failed || got.Detail == "" || strings.Contains(got.Detail, path) || (detail != "" && got.Detail != detail) {
			t.Errorf("%s: %+v", path, got)
		}
	}
}

type pinger struct{ err error }

func (p pinger) Ping(context.Context) error { return p.err }

func TestDatabase(t *testing.T) {
	const dsn = "postgres://u:secret@h/d"
	same(t, run(t, health.Database(pinger{})), health.Result{Status: health.OK})
	same(t, run(t, health.Database(pinger{fault.Wrap(errors.New(dsn), fault.Unavailable, "It is down.")})),
		health.Result{Status: health.Failed, Detail: "It is down."})
	if got := run(t, health.Database(pinger{errors.New(dsn)})); got.Status != health.Failed || strings.Contains(got.Detail, "secret") {
		t.Errorf("%+v", got)
	}
}

func TestHTTP(t *testing.T) {
	code := http.StatusOK
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/elsewhere", code)
	}))
	same(t, run(t, health.HTTP(server.URL)), health.Result{Status: health.OK})
	code = http.StatusServiceUnavailable
	same(t, run(t, health.HTTP(server.URL)), health.Result{Status: health.Failed, Detail: "answered with status 503"})
	code = http.StatusFound // A redirect is not followed: it may lead anywhere.
	same(t, run(t, health.HTTP(server.URL)), health.Result{Status: health.Failed, Detail: "answered with status 302"})
	server.Close()
	same(t, run(t, health.HTTP(server.URL)), health.Result{Status: health.Failed, Detail: "not reachable"})
	same(t, run(t, health.HTTP("http://a b")), health.Result{Status: health.Failed, Detail: "its address is not valid"})
}

// TestReadyNamesTrouble has a check that is not critical fail: requests are served, and the trouble is named.
func TestReadyNamesTrouble(t *testing.T) {
	status := health.Failed
	check := func(name string, s func() health.Status, detail string) health.Check {
		return health.Check{Name: name, Run: func(context.Context) health.Result { return health.Result{Status: s(), Detail: detail} }}
	}
	well := func() health.Status { return health.OK }
	checker := health.New(check("sandbox", func() health.Status { return status }, "Tools are refused."), check("model", well, "fine"))
	w := get(checker.Ready())
	if w.Code != 200 || strings.TrimSpace(w.Body.String()) != `{"status":"degraded","detail":"sandbox: Tools are refused."}` {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	critical := check("database", func() health.Status { return health.Failed }, "It is away.")
	critical.Critical = true
	w = get(health.New(critical, check("model", well, "fine")).Ready())
	if w.Code != 503 || strings.TrimSpace(w.Body.String()) != `{"status":"failed","detail":"database: It is away."}` {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
