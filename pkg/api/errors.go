package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"claude-agent-chat/pkg/fault"
)

// The waits that an answer asks for when the error itself names none.
const (
	retryUnavailable = 2 * time.Second
	retryTooMany     = 30 * time.Second
)

// methodNotAllowed is the one code that only HTTP has.
const methodNotAllowed fault.Code = "method_not_allowed"

// errorBody is the JSON of every answer that is not a success.
type errorBody struct {
	Error struct {
		Code    fault.Code `json:"code"`
		Message string     `json:"message"`
	} `json:"error"`
}

// statusOf is the status of a code, also of the one that only HTTP has.
func statusOf(code fault.Code) int {
	if code == methodNotAllowed {
		return http.StatusMethodNotAllowed
	}
	return code.HTTPStatus()
}

// codeOf is the inverse of statusOf for an answer that carries a status and nothing else.
func codeOf(status int) fault.Code {
	switch status {
	case http.StatusBadRequest:
		return fault.Invalid
	case http.StatusUnauthorized:
		return fault.Unauthenticated
	case http.StatusForbidden:
		return fault.Forbidden
	case http.StatusNotFound:
		return fault.NotFound
	case http.StatusMethodNotAllowed:
		return methodNotAllowed
	case http.StatusConflict:
		return fault.Conflict
	case http.StatusRequestEntityTooLarge:
		return fault.TooLarge
	case http.StatusTooManyRequests:
		return fault.TooMany
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return fault.Unavailable
	}
	return fault.Internal
}

// asFault gives any error that reaches the edge a code and a sentence.
func asFault(err error) *fault.Error {
	var known *fault.Error
	if errors.As(err, &known) {
		return &fault.Error{Code: known.Code, Message: known.Message, Cause: err}
	}
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return fault.Wrap(err, fault.TooLarge, "The request is larger than the %d bytes that this route takes.", tooLarge.Limit)
	}
	if errors.Is(err, context.Canceled) {
		return fault.Wrap(err, fault.Unavailable, "The request ended before it was done.")
	}
	var routing *echo.HTTPError
	if errors.As(err, &routing) {
		return ofRouting(routing)
	}
	return fault.Wrap(err, fault.Internal, "%s", fault.Message(err))
}

// ofRouting words what Echo itself answers: no such route, or not by this method.
func ofRouting(err *echo.HTTPError) *fault.Error {
	switch code := codeOf(err.Code); code {
	case fault.NotFound:
		return fault.New(code, "There is nothing at this address.")
	case methodNotAllowed:
		return fault.New(code, "This address does not take that method.")
	default:
		return fault.Wrap(err, code, "The request could not be served.")
	}
}

// handleError is Echo's error handler: the one place where an error becomes an answer. The access log, which runs
// around it, is the one place where it is logged.
func handleError(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	f := asFault(err)
	h := c.Response().Header()
	switch f.Code {
	case fault.Unavailable:
		setRetryAfter(h, err, retryUnavailable)
	case fault.TooMany:
		setRetryAfter(h, err, retryTooMany)
	case fault.Unauthenticated:
		h.Set("WWW-Authenticate", "Bearer")
	default:
	}
	h.Set("Cache-Control", "no-store")
	_ = writeJSON(c, statusOf(f.Code), errorJSON(f))
}

func errorJSON(f *fault.Error) errorBody {
	var body errorBody
	body.Error.Code, body.Error.Message = f.Code, f.Message
	return body
}

// setRetryAfter writes the wait in whole seconds, rounded up: that of the error if it names one, else the given one.
// A Retry-After that is there already, from the gateway, stays.
func setRetryAfter(h http.Header, err error, wait time.Duration) {
	if h.Get("Retry-After") != "" {
		return
	}
	var named interface{ RetryAfter() time.Duration }
	if errors.As(err, &named) && named.RetryAfter() > 0 {
		wait = named.RetryAfter()
	}
	h.Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
}

// writeJSON answers with v. Every JSON answer goes through it, so that each has the same media type and is cached
// nowhere unless the handler said otherwise.
func writeJSON(c echo.Context, status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	h := c.Response().Header()
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "no-store")
	}
	return c.Blob(status, "application/json; charset=utf-8", append(body, '\n'))
}
