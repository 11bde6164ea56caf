// Package fault is the one error type of the project: a code for the edge, a sentence for people, a cause for the log.
package fault

import (
	"errors"
	"fmt"
	"net/http"
)

// Code says what kind of trouble an error is. Each edge has its own word for it: HTTP a status, JSON-RPC a number.
type Code string

// The codes. Anything else that reaches an edge is treated as Internal.
const (
	Invalid         Code = "invalid"
	Unauthenticated Code = "unauthenticated"
	SecondFactor    Code = "second_factor" // the password was right, and a code is needed
	Forbidden       Code = "forbidden"
	NotFound        Code = "not_found"
	Conflict        Code = "conflict"
	Busy            Code = "busy"
	TooLarge        Code = "too_large"
	TooMany         Code = "too_many"
	Unavailable     Code = "unavailable"
	Internal        Code = "internal"
)

// HTTPStatus is the code in the words of HTTP, for the two edges that speak it.
func (c Code) HTTPStatus() int {
	switch c {
	case Invalid:
		return http.StatusBadRequest
	case Unauthenticated, SecondFactor:
		return http.StatusUnauthorized
	case Forbidden:
		return http.StatusForbidden
	case NotFound:
		return http.StatusNotFound
	case Conflict, Busy:
		return http.StatusConflict
	case TooLarge:
		return http.StatusRequestEntityTooLarge
	case TooMany:
		return http.StatusTooManyRequests
	case Unavailable:
		return http.StatusServiceUnavailable
	case Internal:
		return http.StatusInternalServerError
	}
	return http.StatusInternalServerError
}

// Error is an error that may be shown to a person. Message is a whole sentence without secrets, paths of other users
// or internals; Cause is for the log only.
type Error struct {
	Code    Code
	Message string
	Cause   error
}

// Error is for logs: it holds the cause too. Edges show Message instead.
func (e *Error) Error() string {
	if e.Cause == nil {
		return e.Message
	}
	return fmt.Sprintf("%s (%v)", e.Message, e.Cause)
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Cause }

// New makes an error from a sentence; the arguments are formatted into it.
func New(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Wrap makes an error whose cause goes to the log and whose sentence goes to the person.
func Wrap(cause error, code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...), Cause: cause}
}

// CodeOf finds the code in err's chain; Internal if there is none.
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Internal
}

// Is reports whether err carries the code.
func Is(err error, code Code) bool {
	var e *Error
	return errors.As(err, &e) && e.Code == code
}

// Message is what a person may be told about err.
func Message(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Message
	}
	return "Something went wrong on the server. The log there has the details."
}
