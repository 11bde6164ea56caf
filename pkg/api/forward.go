package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"claude-agent-chat/pkg/door"
	"claude-agent-chat/pkg/fault"
)

// The bounds of the way to the gateway.
const (
	gatewayDial   = 3 * time.Second
	gatewayAnswer = 15 * time.Second
	maxGatewayErr = 64 << 10
)

// gateway is the app's way to the gateway process: WebSocket connections are passed through, and the changes that only
// the writer of the transcripts may make are asked of it over HTTP.
type gateway struct {
	base      *url.URL
	transport *http.Transport
	client    *http.Client
}

func newGateway(address string) (*gateway, error) {
	base, err := url.Parse(address)
	if err != nil || base.Host == "" {
		return nil, errors.New("read the gateway's address: it is not a URL with a host")
	}
	if base.Path == "" {
		base.Path = "/" // Without it JoinPath gives a path that does not begin with a slash.
	}
	transport := &http.Transport{
		DialContext:           (&net.Dialer{Timeout: gatewayDial, KeepAlive: 15 * time.Second}).DialContext,
		ResponseHeaderTimeout: gatewayAnswer,
		TLSHandshakeTimeout:   gatewayDial,
		MaxIdleConnsPerHost:   8,
		IdleConnTimeout:       30 * time.Second,
	}
	client := &http.Client{
		Transport:     transport,
		Timeout:       gatewayAnswer,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return &gateway{base: base, transport: transport, client: client}, nil
}

// at is the gateway's address with the path elements added.
func (g *gateway) at(elem ...string) *url.URL {
	u := g.base.JoinPath(elem...)
	u.RawQuery = ""
	return u
}

// unreachable is what people are told while the gateway is away.
func unreachable(cause error) error {
	return fault.Wrap(cause, fault.Unavailable, "The gateway does not answer at the moment; try again shortly.")
}

// forwardWS passes a WebSocket upgrade, and everything after it, to the gateway. The credentials, the Origin and the
// Host stay as they came, for it is the gateway that judges them; a query is dropped, because nothing belongs in it.
func (s *server) forwardWS(c echo.Context) error {
	var failed error
	proto := "http"
	if s.overHTTPS(c.Request()) {
		proto = "https"
	}
	proxy := httputil.ReverseProxy{
		Transport: s.gateway.transport,
		ErrorLog:  slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
		Rewrite: func(p *httputil.ProxyRequest) {
			p.Out.URL = s.gateway.at("ws", "agent")
			p.Out.Host = p.In.Host
			p.SetXForwarded()
			p.Out.Header.Set("X-Forwarded-Proto", proto)
		},
		ModifyResponse: func(res *http.Response) error {
			dropOwnHeaders(res.Header)
			return nil
		},
		ErrorHandler: func(_ http.ResponseWriter, _ *http.Request, err error) { failed = err },
	}
	proxy.ServeHTTP(c.Response(), c.Request())
	if failed != nil {
		return unreachable(failed)
	}
	if !c.Response().Committed {
		c.Response().Status = http.StatusSwitchingProtocols // For the access log; the answer went over the raw connection.
		c.Response().Committed = true
	}
	return nil
}

// dropOwnHeaders removes from a forwarded answer what this server sets itself, so that no header comes twice.
func dropOwnHeaders(h http.Header) {
	for _, name := range door.HeaderNames() {
		h.Del(name)
	}
}

// forwardedHeaders are what the gateway needs to see to know who asks and from where.
var forwardedHeaders = []string{"Authorization", "Cookie", "Origin", "Sec-Fetch-Site"}

// changeSession asks the gateway to rename a session (PATCH with a body), to delete or to fork it.
func (s *server) changeSession(c echo.Context, method, id string, body, answer any, below ...string) error {
	return s.ask(c, method, append([]string{"sessions", id}, below...), body, answer, errNoSession)
}

// ask asks the gateway in the caller's own name for a change that only it can make: it writes the transcripts and knows
// what runs. Each of the elements of the path below /api is one, whatever it holds. The answer is decoded into answer, unless
// that is nil; none is the error for what does not exist.
func (s *server) ask(c echo.Context, method string, path []string, body, answer any, none error) error {
	var payload []byte
	if body != nil {
		var err error
		if payload, err = json.Marshal(body); err != nil {
			return err
		}
	}
	escaped := []string{"api"}
	for _, element := range path {
		escaped = append(escaped, url.PathEscape(element))
	}
	in := c.Request()
	out, err := http.NewRequestWithContext(in.Context(), method, s.gateway.at(escaped...).String(), bytes.NewReader(payload))
	if err != nil {
		return err
	}
	for _, name := range forwardedHeaders {
		out.Header[name] = in.Header[name]
	}
	if body != nil {
		out.Header.Set("Content-Type", "application/json")
	}
	out.Host = in.Host
	res, err := s.gateway.client.Do(out)
	if err != nil {
		return unreachable(err)
	}
	defer func() { _ = res.Body.Close() }()
	if err := s.ofGateway(c, res, none); err != nil || answer == nil {
		return err
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, maxGatewayErr)).Decode(answer); err != nil {
		return unreachable(err)
	}
	return nil
}

// ofGateway turns the gateway's answer into the error that it describes, or none if it says that there is nothing; nil for a
// success.
func (s *server) ofGateway(c echo.Context, res *http.Response, none error) error {
	if res.StatusCode < http.StatusMultipleChoices {
		return nil
	}
	code := codeOf(res.StatusCode)
	if code == fault.NotFound {
		return none
	}
	if wait := res.Header.Get("Retry-After"); wait != "" {
		c.Response().Header().Set("Retry-After", wait)
	}
	var body errorBody
	raw, err := io.ReadAll(io.LimitReader(res.Body, maxGatewayErr))
	if err != nil || json.Unmarshal(raw, &body) != nil || body.Error.Message == "" {
		return fault.Wrap(fmt.Errorf("gateway answered %d", res.StatusCode), code, "The gateway could not make this change.")
	}
	if body.Error.Code == fault.Busy && code == fault.Conflict {
		code = fault.Busy
	}
	return fault.New(code, "%s", body.Error.Message)
}
