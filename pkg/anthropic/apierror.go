package anthropic

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"

	sdk "github.com/anthropics/anthropic-sdk-go"
)

// Types of errors that come from this side of the connection. The API's own (rate_limit_error, overloaded_error, …) are
// passed on as they are.
const (
	TypeConnection  = "connection_error"  // no answer: network, name, certificate
	TypeCut         = "stream_cut"        // the connection ended before the answer did
	TypeIdle        = "stream_idle"       // no content for Options.Idle
	TypeMalformed   = "stream_malformed"  // an event that is not what the API would send
	TypeContentType = "wrong_content"     // an answer that is no event stream
	TypeRedirect    = "redirect_refused"  // a redirect to another origin
	TypeUnknown     = "unexpected_status" // an error status without the API's error body
)

const (
	// statusOverloaded is the API's own status for "overloaded".
	statusOverloaded = 529
	// maxErrorText bounds the message of an error, in bytes.
	maxErrorText = 500
	// maxRetryAfter bounds what a server may ask for.
	maxRetryAfter = 24 * time.Hour
)

// APIError is a request that failed, before or in the middle of its answer. No form of it holds the API key.
type APIError struct {
	// Status is the HTTP status, or the one that goes with an error event; 0 if no answer came at all.
	Status int
	// Type is the API's word for the error, or one of the Type constants.
	Type string
	// Message is the server's, cut to 500 bytes and free of control characters. Show Sentence to people instead.
	Message string
	// RequestID is what the API's support asks for; it may be empty.
	RequestID string
	// RetryAfter is how long the server asks to wait, at most a day; 0 if it did not say.
	RetryAfter time.Duration
	// Retryable says that the same request may succeed later.
	Retryable bool
	// Cause is what the connection said; io.ErrUnexpectedEOF if the answer was cut. It may be nil.
	Cause error
	// Idle is how long the stream had been silent, for TypeIdle.
	Idle time.Duration
}

// Error is for logs.
func (e *APIError) Error() string {
	var b strings.Builder
	b.WriteString("messages api: ")
	if e.Status != 0 {
		b.WriteString(strconv.Itoa(e.Status))
		b.WriteByte(' ')
	}
	b.WriteString(e.Type)
	if e.Message != "" {
		b.WriteString(": " + e.Message)
	}
	if e.Cause != nil {
		fmt.Fprintf(&b, ": %v", e.Cause)
	}
	if e.RequestID != "" {
		b.WriteString(" (request " + e.RequestID + ")")
	}
	return b.String()
}

// Unwrap gives the cause.
func (e *APIError) Unwrap() error { return e.Cause }

// requestError turns what the SDK returned into an *APIError, or into the context's error if ctx has ended.
func (c *Client) requestError(ctx context.Context, err error) error {
	var stalled *APIError
	if cause := context.Cause(ctx); errors.As(cause, &stalled) {
		return stalled
	}
	if ctx.Err() != nil {
		return fmt.Errorf("ask model: %w", ctx.Err())
	}
	var api *sdk.Error
	if errors.As(err, &api) {
		return c.statusError(api.Response, []byte(api.RawJSON()))
	}
	return c.connectionError(err)
}

// statusError is the error of an answer that is not 200.
func (c *Client) statusError(resp *http.Response, body []byte) *APIError {
	e := c.parseError(body)
	e.Status = resp.StatusCode
	if e.RequestID == "" {
		e.RequestID = c.redact(resp.Header.Get("request-id"))
	}
	if resp.StatusCode >= 300 && resp.StatusCode < 400 {
		e.Type = TypeRedirect
	}
	e.RetryAfter = retryAfter(resp.Header, time.Now())
	switch resp.Header.Get("x-should-retry") {
	case "true":
		e.Retryable = true
	case "false":
		e.Retryable = false
	default:
		e.Retryable = retryableStatus(e.Status)
	}
	return e
}

// parseError reads the API's error body, {"type":"error","error":{"type","message"},"request_id"}.
func (c *Client) parseError(body []byte) *APIError {
	var parsed struct {
		Error struct {
			Type    string `json:"type"`
			Message string `json:"message"`
		} `json:"error"`
		RequestID string `json:"request_id"`
	}
	if err := json.Unmarshal(body, &parsed); err != nil || parsed.Error.Type == "" {
		return &APIError{Type: TypeUnknown}
	}
	return &APIError{
		Type:      c.clean(parsed.Error.Type),
		Message:   c.clean(parsed.Error.Message),
		RequestID: c.clean(parsed.RequestID),
	}
}

// eventError is the error that an `event: error` in mid-stream reports.
func (c *Client) eventError(data []byte, requestID string) *APIError {
	e := c.parseError(data)
	if e.RequestID == "" {
		e.RequestID = requestID
	}
	e.Status = statusOf(e.Type)
	e.Retryable = retryableStatus(e.Status)
	return e
}

// statusOf is the HTTP status that goes with an error type.
func statusOf(kind string) int {
	switch kind {
	case "invalid_request_error":
		return http.StatusBadRequest
	case "authentication_error":
		return http.StatusUnauthorized
	case "billing_error":
		return http.StatusPaymentRequired
	case "permission_error":
		return http.StatusForbidden
	case "not_found_error":
		return http.StatusNotFound
	case "request_too_large":
		return http.StatusRequestEntityTooLarge
	case "rate_limit_error":
		return http.StatusTooManyRequests
	case "timeout_error":
		return http.StatusGatewayTimeout
	case "overloaded_error":
		return statusOverloaded
	default:
		return http.StatusInternalServerError
	}
}

func retryableStatus(status int) bool {
	return status == http.StatusRequestTimeout || status == http.StatusConflict || status == http.StatusTooManyRequests || status >= http.StatusInternalServerError
}

// connectionError is the error of a request that got no answer. The address is left out: it may hold a password.
func (c *Client) connectionError(err error) *APIError {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	var certificate *tls.CertificateVerificationError
	return &APIError{Type: TypeConnection, Cause: err, Retryable: !errors.As(err, &certificate)}
}

func (c *Client) cut(cause error, requestID string) *APIError {
	if cause == nil || errors.Is(cause, io.EOF) {
		cause = io.ErrUnexpectedEOF
	}
	if !errors.Is(cause, io.ErrUnexpectedEOF) {
		cause = fmt.Errorf("%w: %w", io.ErrUnexpectedEOF, cause)
	}
	return &APIError{Type: TypeCut, Cause: cause, RequestID: requestID, Retryable: true}
}

// clean makes a server's text safe to keep: no key, no control characters, at most maxErrorText bytes.
func (c *Client) clean(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, c.redact(text))
	if len(text) > maxErrorText {
		text = strings.ToValidUTF8(text[:maxErrorText], "") + "…"
	}
	return text
}

// redactor returns a function that takes the secrets of o out of a text.
func redactor(o Options) func(string) string {
	var pairs []string
	add := func(secret string) {
		if secret != "" {
			pairs = append(pairs, secret, "[redacted]")
		}
	}
	add(o.APIKey)
	for name, value := range o.Headers {
		if strings.EqualFold(name, "Authorization") || strings.EqualFold(name, "X-Api-Key") {
			add(value)
			_, token, _ := strings.Cut(value, " ")
			add(token)
		}
	}
	if len(pairs) == 0 {
		return func(s string) string { return s }
	}
	return strings.NewReplacer(pairs...).Replace
}

// retryAfter reads how long a server asks to wait: retry-after-ms, or retry-after in seconds or as a date.
func retryAfter(h http.Header, now time.Time) time.Duration {
	if d, ok := parseNumber(h.Get("retry-after-ms"), time.Millisecond); ok {
		return d
	}
	value := strings.TrimSpace(h.Get("retry-after"))
	if d, ok := parseNumber(value, time.Second); ok {
		return d
	}
	if at, err := http.ParseTime(value); err == nil {
		return min(max(0, at.Sub(now)), maxRetryAfter)
	}
	return 0
}

func parseNumber(value string, unit time.Duration) (time.Duration, bool) {
	n, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	if err != nil || math.IsNaN(n) {
		return 0, false
	}
	n = min(max(0, n*float64(unit)), float64(maxRetryAfter))
	return time.Duration(n), true
}

// TooLong reports whether the request holds more tokens than the model takes.
func (e *APIError) TooLong() bool {
	if e.Status != http.StatusBadRequest && e.Status != http.StatusRequestEntityTooLarge {
		return false
	}
	text := strings.ToLower(e.Message)
	for _, words := range []string{"prompt is too long", "context limit", "context window", "maximum context", "too many tokens"} {
		if strings.Contains(text, words) {
			return true
		}
	}
	return false
}

// RefusedBlock reports whether one of the request's blocks is what the server could not take, such as a picture that it
// cannot decode, and where it stands if the server says so: the indexes of its message and of the block in it, -1 if not.
func (e *APIError) RefusedBlock() (message, block int, ok bool) {
	if e.Status != http.StatusBadRequest {
		return -1, -1, false
	}
	media := refusedMedia.MatchString(e.Message)
	if at := refusedPlace.FindStringSubmatch(e.Message); at != nil && (media || strings.Contains(e.Message, "signature")) {
		message, errMessage := strconv.Atoi(at[1])
		block, errBlock := strconv.Atoi(at[2])
		if errMessage == nil && errBlock == nil {
			return message, block, true
		}
	}
	return -1, -1, media
}

var (
	refusedPlace = regexp.MustCompile(`messages\.(\d{1,6})\.content\.(\d{1,6})`)
	refusedMedia = regexp.MustCompile(`(?i)\b(image|pdf|document|media)`)
)
