// Package anthropic is the Messages API as a stream of events.
//
// Transport, credentials and error statuses go through anthropic-sdk-go; content stays raw JSON, so that what the API
// sent can be stored and sent back byte for byte, fields that this program has never heard of included. There are no
// retries in here: the one who knows what was already shown to a person decides about them, by [APIError].
package anthropic

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	sdk "github.com/anthropics/anthropic-sdk-go"
	"github.com/anthropics/anthropic-sdk-go/option"
)

// DefaultIdle is how long a stream may be without content when [Options.Idle] is zero.
const DefaultIdle = 5 * time.Minute

// Options is where and as whom a client asks. Printing it in any form hides the key.
type Options struct {
	// APIKey is sent as X-Api-Key, and only to the host of BaseURL. Empty sends none.
	APIKey string
	// BaseURL is the server without /v1, "https://api.anthropic.com" if empty.
	BaseURL string
	// HTTPClient is copied, with redirects restricted; nil means one made for long streams.
	HTTPClient *http.Client
	// Idle is how long the server may send no content, from the request on; pings do not count. Zero means
	// DefaultIdle, negative no limit.
	Idle time.Duration
	// Headers are added to each request, for example anthropic-beta.
	Headers map[string]string
}

// String names the server, and neither the key nor the headers.
func (o Options) String() string {
	return fmt.Sprintf("anthropic.Options{BaseURL: %q, APIKey: [redacted], Idle: %s}", redactURL(o.BaseURL), o.Idle)
}

// GoString is String, for %#v.
func (o Options) GoString() string { return o.String() }

// LogValue is String, for slog.
func (o Options) LogValue() slog.Value { return slog.StringValue(o.String()) }

// MarshalText is String, for encoders.
func (o Options) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// redactURL drops a password from an address.
func redactURL(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "[not a URL]"
	}
	return u.Redacted()
}

// Client asks one server. It is safe for concurrent use.
type Client struct {
	sdk    sdk.Client
	idle   time.Duration
	redact func(string) string
}

// New makes a client; nothing is sent yet. The environment of the process is not looked at.
func New(o Options) *Client {
	idle := o.Idle
	if idle == 0 {
		idle = DefaultIdle
	}
	opts := []option.RequestOption{
		option.WithoutEnvironmentDefaults(),
		option.WithoutOpenTelemetry(), // spans could carry prompts to whatever collector is configured
		option.WithMaxRetries(0),
		option.WithHTTPClient(restrict(o.HTTPClient)),
		option.WithMiddleware(boundErrorBody),
		option.WithMiddleware(letGo),
		option.WithHeader("Accept", "text/event-stream"),
	}
	if o.BaseURL != "" {
		opts = append(opts, baseURL(o.BaseURL))
	}
	if o.APIKey != "" {
		opts = append(opts, option.WithAPIKey(o.APIKey))
	}
	for name, value := range o.Headers {
		opts = append(opts, option.WithHeader(name, value))
	}
	return &Client{sdk: sdk.NewClient(opts...), idle: idle, redact: redactor(o)}
}

// baseURL sets the server. An address that cannot be parsed fails each request, without showing a password in it.
func baseURL(address string) option.RequestOption {
	if _, err := url.Parse(address); err != nil {
		return option.WithMiddleware(func(*http.Request, option.MiddlewareNext) (*http.Response, error) {
			return nil, errors.New("the base URL is not a URL")
		})
	}
	return option.WithBaseURL(address)
}

// String says nothing but the type: a client knows the key.
func (c *Client) String() string { return "anthropic.Client" }

// GoString is String, for %#v.
func (c *Client) GoString() string { return c.String() }

// Stream sends one request and returns when the server has begun to answer. It fails with an [*APIError], or with the
// context's error once ctx has ended. ctx covers the whole stream. The caller owns the stream and closes it.
func (c *Client) Stream(ctx context.Context, r Request) (*Stream, error) {
	body, err := r.encode()
	if err != nil {
		return nil, fmt.Errorf("encode model request: %w", err)
	}
	s := newStream(ctx, c)
	if err := s.open(body, r.Beta); err != nil {
		s.cancel(nil)
		return nil, err
	}
	return s, nil
}

// post sends body to the Messages endpoint. The response's body belongs to the caller.
func (c *Client) post(ctx context.Context, body []byte, beta string) (*http.Response, error) {
	var resp *http.Response
	err := c.sdk.Execute(ctx, http.MethodPost, "v1/messages", body, &resp, betaHeader(beta)...)
	return resp, err
}

// betaHeader names what a request uses of the API that is not final; nothing if it uses none.
func betaHeader(beta string) []option.RequestOption {
	if beta == "" {
		return nil
	}
	return []option.RequestOption{option.WithHeaderAdd("anthropic-beta", beta)}
}

// Model is one model that the server offers.
type Model struct {
	ID   string `json:"id"`
	Name string `json:"display_name"`
}

// Models lists the first hundred models that the server offers, the newest first. It fails as [Client.Stream] does.
func (c *Client) Models(ctx context.Context) ([]Model, error) {
	var raw []byte
	err := c.sdk.Execute(ctx, http.MethodGet, "v1/models?limit=100", nil, &raw, option.WithHeader("Accept", "application/json"))
	if err != nil {
		return nil, c.requestError(ctx, err)
	}
	var page struct {
		Data []Model `json:"data"`
	}
	if err := json.Unmarshal(raw, &page); err != nil {
		return nil, &APIError{Type: TypeContentType, Message: "the list of models is not JSON", Cause: errors.New("model list is not JSON")}
	}
	return page.Data, nil
}

// CountTokens asks how many tokens a request would take, without having it answered. It fails as [Client.Stream] does.
func (c *Client) CountTokens(ctx context.Context, r Request) (int64, error) {
	r.counting = true
	body, err := r.encode()
	if err != nil {
		return 0, fmt.Errorf("encode model request: %w", err)
	}
	var raw []byte
	err = c.sdk.Execute(ctx, http.MethodPost, "v1/messages/count_tokens", body, &raw, option.WithHeader("Accept", "application/json"))
	if err != nil {
		return 0, c.requestError(ctx, err)
	}
	var answer struct {
		InputTokens *int64 `json:"input_tokens"`
	}
	if err := json.Unmarshal(raw, &answer); err != nil || answer.InputTokens == nil {
		return 0, &APIError{Type: TypeContentType, Message: "the count of tokens is not JSON", Cause: errors.New("token count is not JSON")}
	}
	return *answer.InputTokens, nil
}
