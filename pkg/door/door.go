// Package door is what both edges ask of a request before anything else: whether it was meant for this server, and whose
// address it comes from. It also holds the headers that every answer carries.
package door

import (
	"maps"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"claude-agent-chat/pkg/fault"
)

// Hosts are the names under which a server lets itself be called. A page that its owner rebinds to this server's address
// calls it by a name of its own, and is refused.
type Hosts struct {
	names map[string]bool
}

// NewHosts allows the hosts of the given addresses (http, https, ws or wss; others are passed over) and bare names.
// Loopback names and IP addresses are always allowed: no foreign page can be opened under one.
func NewHosts(addresses ...string) Hosts {
	h := Hosts{names: map[string]bool{}}
	for _, address := range addresses {
		if u, err := url.Parse(address); err == nil && u.Hostname() != "" {
			address = u.Hostname()
		}
		if name := plainName(address); name != "" {
			h.names[name] = true
		}
	}
	return h
}

// plainName is a host as it is compared: lower case, without a dot at its end.
func plainName(host string) string { return strings.TrimSuffix(strings.ToLower(host), ".") }

// Check says whether a request was meant for this server; an error is Forbidden.
func (h Hosts) Check(r *http.Request) error {
	if h.allowed(r.Host) {
		return nil
	}
	return fault.New(fault.Forbidden, "This server is not known by that host name. PUBLIC_URL and ALLOWED_ORIGINS name those that it has.")
}

func (h Hosts) allowed(hostport string) bool {
	u, err := url.Parse("//" + hostport)
	if err != nil || u.Hostname() == "" || u.User != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "" {
		return false
	}
	name := plainName(u.Hostname())
	if h.names[name] || name == "localhost" || strings.HasSuffix(name, ".localhost") {
		return true
	}
	_, err = netip.ParseAddr(name)
	return err == nil
}

// Proxies are the addresses whose word about a client's address is believed.
type Proxies []netip.Prefix

// Client is the address, without a port, of whoever made a request: the peer of the connection, or, where that is one of
// the proxies, the last address of X-Forwarded-For that is none of them.
func (p Proxies) Client(r *http.Request) string {
	peer := r.RemoteAddr
	if host, _, err := net.SplitHostPort(peer); err == nil {
		peer = host
	}
	addr, ok := p.trusted(peer)
	if !ok {
		return peer
	}
	forwarded := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, text := range slices.Backward(forwarded) {
		next, known := p.trusted(strings.TrimSpace(text))
		if !next.IsValid() {
			break // whoever wrote that, what stands before it is no better.
		}
		addr = next
		if !known {
			break
		}
	}
	return addr.String()
}

// trusted reads an address and says whether it is one of the proxies.
func (p Proxies) trusted(text string) (netip.Addr, bool) {
	addr, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Addr{}, false
	}
	addr = addr.Unmap().WithZone("")
	return addr, slices.ContainsFunc(p, func(net netip.Prefix) bool { return net.Contains(addr) })
}

// headers are on every answer of both ports, the errors included.
var headers = map[string]string{
	"X-Content-Type-Options":     "nosniff",
	"X-Frame-Options":            "DENY",
	"Referrer-Policy":            "no-referrer",
	"Cross-Origin-Opener-Policy": "same-origin",
	// Other sites' pages may not read an answer as an image or a script either.
	"Cross-Origin-Resource-Policy": "same-origin",
	"Permissions-Policy": "accelerometer=(), browsing-topics=(), camera=(), display-capture=(), geolocation=(), " +
		"gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=()",
}

// inert is the policy of an answer that is no page: nothing in it may run, load or be framed.
const inert = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox"

// Inert is the content security policy of what people wrote and this server only hands out: if a browser shows it at
// all, then without scripts, in an origin of its own.
const Inert = inert + "; style-src 'unsafe-inline'; img-src data:"

// hsts asks browsers to come back over https for a year; subdomains are other people's.
const hsts = "max-age=31536000"

// Harden sets the headers of an answer. The policy is empty for an answer that is no page; https says whether people
// reach the server over https.
func Harden(h http.Header, policy string, https bool) {
	for name, value := range headers {
		h.Set(name, value)
	}
	if policy == "" {
		policy = inert
	}
	h.Set("Content-Security-Policy", policy)
	if https {
		h.Set("Strict-Transport-Security", hsts)
	}
}

// HeaderNames lists the headers that Harden sets.
func HeaderNames() []string {
	return append(slices.Collect(maps.Keys(headers)), "Content-Security-Policy", "Strict-Transport-Security")
}
