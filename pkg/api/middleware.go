package api

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"claude-agent-chat/pkg/fault"
)

// panicked is what a handler's panic becomes.
type panicked struct {
	value any
	stack []byte
}

// Error shows the panic's value and where it came from; it is for the log.
func (p *panicked) Error() string { return fmt.Sprintf("panic: %v\n%s", p.value, p.stack) }

// recovered turns a panic into an error, which the client sees as any other internal one. http.ErrAbortHandler goes on:
// it means that the connection is to be cut.
func recovered(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			switch v := recover(); v {
			case nil:
			case http.ErrAbortHandler:
				panic(v)
			default:
				err = &panicked{value: v, stack: debug.Stack()}
			}
		}()
		return next(c)
	}
}

// logged writes one line for each answer: method, route, status, time, and for the server's own faults the cause.
// Query strings, headers and bodies are never in it, and neither is the path, which holds ids: the route is.
func (s *server) logged(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		start := time.Now()
		err := next(c)
		if err != nil {
			c.Error(err)
		}
		status := c.Response().Status
		attrs := []slog.Attr{
			slog.String("method", methodLabel(c.Request().Method)),
			slog.String("route", routeLabel(c)),
			slog.Int("status", status),
			slog.Int64("ms", time.Since(start).Milliseconds()),
		}
		if err != nil && (status >= http.StatusInternalServerError || fault.CodeOf(err) == fault.Internal) {
			attrs = append(attrs, slog.String("error", causeOf(err)))
		}
		s.log.LogAttrs(c.Request().Context(), levelOf(c, status), "request served", attrs...)
		return nil
	}
}

// causeOf words an error for the log; it differs from the error's own words for a panic, whose stack is needed.
func causeOf(err error) string {
	var p *panicked
	if errors.As(err, &p) {
		return p.Error()
	}
	return err.Error()
}

// levelOf keeps probes and static files out of the usual log, and puts the server's own faults on top of it.
func levelOf(c echo.Context, status int) slog.Level {
	switch {
	case c.Request().Context().Err() != nil:
		return slog.LevelDebug // The client has gone; nobody waits for this answer.
	case status == http.StatusServiceUnavailable:
		return slog.LevelWarn
	case status >= http.StatusInternalServerError:
		return slog.LevelError
	case !forAPI(c.Request().URL.Path), isProbe(c.Path()):
		return slog.LevelDebug
	}
	return slog.LevelInfo
}

func isProbe(route string) bool {
	return route == "/api/health" || route == "/api/livez" || route == "/api/readyz"
}

// routeLabel names the route by its pattern, so that the number of different labels is bounded.
func routeLabel(c echo.Context) string {
	switch {
	case !forAPI(c.Request().URL.Path):
		return "page"
	case c.Path() == "":
		return "none"
	}
	return c.Path()
}

// methodLabel keeps invented methods out of the log.
func methodLabel(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}

// forAPI reports whether a path belongs to the API or the gateway; every other one is the page's.
func forAPI(path string) bool {
	return path == "/api" || path == "/ws" || strings.HasPrefix(path, "/api/") || strings.HasPrefix(path, "/ws/")
}

// headAsGet lets every GET route answer HEAD. The HTTP server knows what was asked and leaves the body out.
func headAsGet(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if r := c.Request(); r.Method == http.MethodHead {
			get := *r
			get.Method = http.MethodGet
			c.SetRequest(&get)
		}
		return next(c)
	}
}
