package mcp

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"claude-agent-chat/pkg/fault"
)

// The bounds of what comes over the network.
const (
	maxBody     = 16 << 20 // bytes of an answer, and of an event of a stream
	maxStream   = 64 << 20 // bytes of a stream
	maxRequests = 256      // requests at once, and in a second
)

// network is the transport of a server on the network.
func (l *link) network() (sdk.Transport, error) {
	conf := l.server.conf
	given, err := l.server.set.opts.HTTP(conf.URL)
	if err != nil {
		return nil, fault.Wrap(err, fault.Forbidden, "%s", full(l.sentence(err)))
	}
	home, err := url.Parse(conf.URL)
	if err != nil {
		return nil, fault.New(fault.Invalid, "Its url is not valid.")
	}
	from := given.Transport
	if from == nil {
		from = http.DefaultTransport
	}
	client := &http.Client{
		Transport:     &tether{link: l, from: from, home: home, open: make(chan struct{}, maxRequests)},
		CheckRedirect: stayAt(home),
		Jar:           given.Jar,
	}
	l.idle = client.CloseIdleConnections
	if conf.Type == TypeSSE {
		return &sdk.SSEClientTransport{Endpoint: conf.URL, HTTPClient: client, MaxEventSize: maxBody}, nil
	}
	return &sdk.StreamableClientTransport{Endpoint: conf.URL, HTTPClient: client, MaxEventSize: maxBody}, nil
}

// sentence is what people may be told about an error of the caller's.
func (l *link) sentence(err error) string {
	var known *fault.Error
	if errors.As(err, &known) {
		return known.Message
	}
	return l.scrub(err.Error())
}

// stayAt refuses redirects to another place.
func stayAt(home *url.URL) func(*http.Request, []*http.Request) error {
	return func(req *http.Request, via []*http.Request) error {
		switch {
		case !samePlace(req.URL, home):
			return errElsewhere
		case len(via) >= 5:
			return fault.New(fault.Unavailable, "It redirects again and again.")
		default:
			return nil
		}
	}
}

var errElsewhere = fault.New(fault.Unavailable, "It leads to another host, which is refused; the configuration must name that host itself.")

func samePlace(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && strings.EqualFold(a.Host, b.Host)
}

// tether carries requests to one place and to no other, with the headers of the configuration, and no longer than the link
// lives. The body of every answer is bounded.
type tether struct {
	link *link
	from http.RoundTripper
	home *url.URL
	open chan struct{} // as many as there are requests under way
	pace pace
}

// RoundTrip carries one request.
func (t *tether) RoundTrip(req *http.Request) (*http.Response, error) {
	if !samePlace(req.URL, t.home) {
		return nil, errElsewhere
	}
	if err := t.admit(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(req.Context())
	stop := context.AfterFunc(t.link.ctx, cancel)
	release := sync.OnceFunc(func() { stop(); cancel(); <-t.open })
	resp, err := t.from.RoundTrip(t.dress(req.Clone(ctx)))
	if err != nil {
		release()
		return nil, err
	}
	resp.Body = &bounded{body: resp.Body, left: mostOf(resp) + 1, release: release}
	return resp, nil
}

// admit ends the connection when the server has its client make more requests than there is a use for: by asking it things, by
// streams that break off at once, or by never answering.
func (t *tether) admit() error {
	if t.pace.tooFast(time.Now(), maxRequests) {
		err := fault.New(fault.Unavailable, "It leads to more than %d requests within a second.", maxRequests)
		t.link.end(err)
		return err
	}
	select {
	case t.open <- struct{}{}:
		return nil
	default:
		err := fault.New(fault.Unavailable, "It keeps more than %d requests waiting.", maxRequests)
		t.link.end(err)
		return err
	}
}

// dress adds the headers of the configuration to those that the protocol needs.
func (t *tether) dress(req *http.Request) *http.Request {
	for name, value := range t.link.server.conf.Headers {
		if req.Header.Get(name) == "" {
			req.Header.Set(name, value)
		}
	}
	return req
}

// CloseIdleConnections passes on that the connections are not needed any more.
func (t *tether) CloseIdleConnections() {
	if from, ok := t.from.(interface{ CloseIdleConnections() }); ok {
		from.CloseIdleConnections()
	}
}

func mostOf(resp *http.Response) int64 {
	if kind, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type")); err == nil && kind == "text/event-stream" {
		return maxStream
	}
	return maxBody
}

// bounded is a body that fails when it is too long.
type bounded struct {
	body    io.ReadCloser
	left    int64
	release func()
}

// Read reads what is left.
func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, fault.New(fault.Unavailable, "Its answer is too long.")
	}
	n, err := b.body.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

// Close ends the request.
func (b *bounded) Close() error {
	defer b.release()
	return b.body.Close()
}
