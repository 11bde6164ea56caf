package api

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"claude-agent-chat/pkg/fault"
)

// waiting is a cause that knows how long to wait.
type waiting struct{}

func (waiting) Error() string             { return "wait" }
func (waiting) RetryAfter() time.Duration { return 1500 * time.Millisecond }

// serveOnce runs one handler behind the middleware and returns the answer and the log.
func serveOnce(t *testing.T, h echo.HandlerFunc) (*httptest.ResponseRecorder, string) {
	t.Helper()
	var log bytes.Buffer
	s := &server{log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	e := echo.New()
	e.HTTPErrorHandler = handleError
	e.Use(s.logged, recovered)
	e.GET("/api/x", h)
	rec := httptest.NewRecorder()
	e.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/api/x?q=private", nil))
	return rec, log.String()
}

func TestErrorsBecomeAnswers(t *testing.T) {
	const unknown = "Something went wrong on the server. The log there has the details."
	for _, tc := range []struct {
		name    string
		err     error
		status  int
		code    fault.Code
		message string
		retry   string
		logged  string
	}{
		{"invalid", fault.New(fault.Invalid, "No."), 400, fault.Invalid, "No.", "", ""},
		{"unauthenticated", fault.New(fault.Unauthenticated, "Who?"), 401, fault.Unauthenticated, "Who?", "", ""},
		{"forbidden", fault.New(fault.Forbidden, "No."), 403, fault.Forbidden, "No.", "", ""},
		{"not found", fault.New(fault.NotFound, "No."), 404, fault.NotFound, "No.", "", ""},
		{"conflict", fault.New(fault.Conflict, "No."), 409, fault.Conflict, "No.", "", ""},
		{"busy", fault.New(fault.Busy, "No."), 409, fault.Busy, "No.", "", ""},
		{"too large", fault.New(fault.TooLarge, "No."), 413, fault.TooLarge, "No.", "", ""},
		{"too many", fault.New(fault.TooMany, "No."), 429, fault.TooMany, "No.", "30", ""},
		{"too many, for so long", fault.Wrap(waiting{}, fault.TooMany, "No."), 429, fault.TooMany, "No.", "2", ""},
		{"unavailable", fault.Wrap(errors.New("dial tcp"), fault.Unavailable, "No."), 503, fault.Unavailable, "No.", "2", "dial tcp"},
		{"anything else", errors.New("secret detail"), 500, fault.Internal, unknown, "", "secret detail"},
		{"unknown code", fault.New("odd", "Odd."), 500, "odd", "Odd.", "", "Odd."},
	} {
		t.Run(tc.name, func(t *testing.T) {
			rec, log := serveOnce(t, func(echo.Context) error { return tc.err })
			want := `{"error":{"code":"` + string(tc.code) + `","message":"` + tc.message + `"}}` + "\n"
			if rec.Code != tc.status || rec.Body.String() != want {
				t.Errorf("%d %s, want %d %s", rec.Code, rec.Body, tc.status, want)
			}
			if got := rec.Header().Get("Retry-After"); got != tc.retry {
				t.Errorf("Retry-After %q, want %q", got, tc.retry)
			}
			if !strings.Contains(log, tc.logged) || strings.Contains(log, "error=") != (tc.logged != "") || strings.Contains(log, "private") {
				t.Errorf("log: %s", log)
			}
		})
	}
}

func TestPanicBecomesAnAnswer(t *testing.T) {
	rec, log := serveOnce(t, func(echo.Context) error { panic("secret detail") })
	if rec.Code != http.StatusInternalServerError || strings.Contains(rec.Body.String(), "secret") {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
	if !strings.Contains(log, "panic: secret detail") || !strings.Contains(log, "middleware_test.go") || strings.Count(log, "\n") != 1 {
		t.Errorf("log: %s", log)
	}
}

func TestPanicAfterTheAnswerBegan(t *testing.T) {
	rec, log := serveOnce(t, func(c echo.Context) error {
		_ = c.String(http.StatusOK, "begun")
		panic("late")
	})
	if rec.Body.String() != "begun" || !strings.Contains(log, "panic: late") {
		t.Errorf("%s; log: %s", rec.Body, log)
	}
}

func TestAbortGoesOn(t *testing.T) {
	defer func() {
		if err, _ := recover().(error); !errors.Is(err, http.ErrAbortHandler) {
			t.Errorf("recovered %v", err)
		}
	}()
	serveOnce(t, func(echo.Context) error { panic(http.ErrAbortHandler) })
}
