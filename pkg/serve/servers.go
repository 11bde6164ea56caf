package serve

import (
	"errors"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"claude-agent-chat/pkg/fault"
)

// The bounds of a connection to an MCP server on the network.
const (
	serverDial   = 10 * time.Second
	serverAnswer = 2 * time.Minute // for the header of an answer
)

// serverClient gives the clients with which MCP servers on the network are reached: those that MCP_HOSTS names and no others,
// whatever the server or a name's address says. Without any it is nil.
func serverClient(hosts []string) func(serverURL string) (*http.Client, error) {
	if len(hosts) == 0 {
		return nil
	}
	return func(serverURL string) (*http.Client, error) {
		u, err := url.Parse(serverURL)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return nil, fault.New(fault.Invalid, "The address is not that of an MCP server; it begins with https:// or http://.")
		}
		host := hostAndPort(u)
		if !slices.Contains(hosts, host) {
			return nil, fault.New(fault.Forbidden, "The host %s is not among those that the operator allows for MCP servers (MCP_HOSTS).", host)
		}
		return &http.Client{Transport: &oneHost{host: host, next: &http.Transport{
			DialContext:           (&net.Dialer{Timeout: serverDial}).DialContext,
			ResponseHeaderTimeout: serverAnswer, ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 2, IdleConnTimeout: time.Minute,
		}}}, nil
	}
}

// hostAndPort names the host of an address with its port.
func hostAndPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return strings.ToLower(net.JoinHostPort(u.Hostname(), port))
}

// oneHost lets requests through to one host alone.
type oneHost struct {
	host string
	next *http.Transport
}

// RoundTrip sends a request.
func (o *oneHost) RoundTrip(r *http.Request) (*http.Response, error) {
	if hostAndPort(r.URL) != o.host {
		return nil, errors.New("the MCP server sent a request on to another host, which was not followed")
	}
	return o.next.RoundTrip(r)
}
