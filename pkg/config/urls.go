package config

import (
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// wsPath is where the gateway takes WebSocket connections; an address of the gateway may end with it.
const wsPath = "/ws/agent"

// parse reads an absolute URL of one of the schemes, without a user, query or fragment. The sentences show nothing of
// it, because a password may be in it. It returns nil after a mistake.
func (r *reader) parse(name, value string, schemes ...string) *url.URL {
	u, err := url.Parse(value)
	switch {
	case err != nil || u.Host == "" || u.Hostname() == "" || !slices.Contains(schemes, u.Scheme):
		r.problem(name, "it must be an address that begins with %s", orList(prefixes(schemes)))
	case u.User != nil:
		r.problem(name, "it must not hold a user or a password")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		r.problem(name, "it must not have a query or a fragment")
	case !validPort(u.Port()) || strings.HasSuffix(u.Host, ":"):
		r.problem(name, "its port is not a number from 0 to 65535")
	default:
		u.Host = canonicalHost(u)
		return u
	}
	return nil
}

func prefixes(schemes []string) []string {
	all := make([]string, len(schemes))
	for i, s := range schemes {
		all[i] = s + "://"
	}
	return all
}

func validPort(port string) bool {
	_, err := strconv.ParseUint(port, 10, 16)
	return port == "" || err == nil
}

// canonicalHost is how browsers write host and port in an Origin: lower case, without the scheme's own port.
func canonicalHost(u *url.URL) string {
	host, port := strings.ToLower(u.Hostname()), u.Port()
	own := map[string]string{"http": "80", "https": "443", "ws": "80", "wss": "443"}
	if port != "" && port != own[u.Scheme] {
		return net.JoinHostPort(host, port)
	}
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}

// origin reads an http or https address without a path.
func (r *reader) origin(name, value string) string {
	u := r.parse(name, value, "http", "https")
	if u == nil {
		return ""
	}
	if u.Path != "" && u.Path != "/" {
		r.problem(name, "an origin has no path; write it as https://chat.example.com")
		return ""
	}
	return u.Scheme + "://" + u.Host
}

func (r *reader) publicURL(port int) string {
	if r.values.GetString(keyPublicURL) == "" {
		return "http://localhost:" + strconv.Itoa(port)
	}
	return r.origin(keyPublicURL, r.text(keyPublicURL))
}

func (r *reader) origins(name string) []string {
	var all []string
	for _, v := range r.list(name) {
		if strings.Contains(v, "*") {
			r.problem(name, "wildcards are not allowed; list each origin in full")
			continue
		}
		if o := r.origin(name, v); o != "" && !slices.Contains(all, o) {
			all = append(all, o)
		}
	}
	return all
}

// webSocket reads a ws or wss address with its path.
func (r *reader) webSocket(name string) string {
	v := r.text(name)
	if v == "" {
		return ""
	}
	if u := r.parse(name, v, "ws", "wss"); u != nil {
		return u.String()
	}
	return ""
}

// base reads an http or https address that paths are added to.
func (r *reader) base(name string) string {
	v := r.text(name)
	if v == "" {
		return ""
	}
	if u := r.parse(name, v, "http", "https"); u != nil {
		return strings.TrimRight(u.String(), "/")
	}
	return ""
}

// gateway reads the address of the gateway, in its WebSocket or its http form, and gives the http form.
func (r *reader) gateway(port int) string {
	if r.values.GetString(keyWSGatewayURL) == "" {
		return "http://127.0.0.1:" + strconv.Itoa(port)
	}
	u := r.parse(keyWSGatewayURL, r.text(keyWSGatewayURL), "http", "https", "ws", "wss")
	if u == nil {
		return ""
	}
	path := strings.TrimRight(u.Path, "/")
	if path != "" && path != wsPath {
		r.problem(keyWSGatewayURL, "its path must be empty or %s", wsPath)
		return ""
	}
	scheme := map[string]string{"ws": "http", "wss": "https"}[u.Scheme]
	if scheme == "" {
		scheme = u.Scheme
	}
	return scheme + "://" + u.Host
}
