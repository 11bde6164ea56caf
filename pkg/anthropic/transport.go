package anthropic

import (
	"io"
	"net"
	"net/http"
	"time"

	"github.com/anthropics/anthropic-sdk-go/option"
)

const (
	maxRedirects = 3
	// maxErrorBody bounds what is read of an error answer, in bytes.
	maxErrorBody = 64 << 10
)

// restrict returns a copy of client, or a new one, that follows a redirect only to the same origin with the same
// method. Any other redirect is the answer itself, which ends as an error: the key does not travel.
func restrict(client *http.Client) *http.Client {
	out := http.Client{}
	if client != nil {
		out = *client
	}
	if out.Transport == nil {
		out.Transport = newTransport()
	}
	out.CheckRedirect = func(next *http.Request, via []*http.Request) error {
		first := via[0]
		if len(via) > maxRedirects || next.Method != first.Method || next.URL.Scheme != first.URL.Scheme || next.URL.Host != first.URL.Host {
			return http.ErrUseLastResponse
		}
		return nil
	}
	return &out
}

// newTransport is a transport for many long streams: no compression, which would hold small events back, and HTTP/2
// pings, so that a dead connection is noticed within 45 s and not only when the stream falls silent.
func newTransport() *http.Transport {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 15 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		ForceAttemptHTTP2:     true,
		HTTP2:                 &http.HTTP2Config{SendPingTimeout: 30 * time.Second, PingTimeout: 15 * time.Second},
		TLSHandshakeTimeout:   15 * time.Second,
		ExpectContinueTimeout: time.Second,
		MaxIdleConnsPerHost:   16,
		IdleConnTimeout:       90 * time.Second,
		DisableCompression:    true,
	}
}

// boundErrorBody keeps a server from filling the memory with an error, which the SDK reads whole.
func boundErrorBody(req *http.Request, next option.MiddlewareNext) (*http.Response, error) {
	resp, err := next(req)
	if resp != nil && resp.StatusCode >= http.StatusBadRequest && resp.Body != nil {
		resp.Body = boundedBody{io.LimitReader(resp.Body, maxErrorBody), resp.Body}
	}
	return resp, err
}

// boundedBody reads from one and closes the other.
type boundedBody struct {
	io.Reader
	io.Closer
}
