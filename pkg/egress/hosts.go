// Package egress is the only way from inside the boundary to the network: a proxy that connects to the hosts of a list and to
// nothing else.
//
// It speaks what HTTP clients speak to a proxy (RFC 9110, sections 7.2 and 9.3.6): requests with an absolute address for
// http, CONNECT for https. It looks names up itself, so that no question of a command's leaves by DNS, and connects to the
// address that it has looked at, so that a name cannot mean one thing when it is judged and another when it is used.
package egress

import (
	"fmt"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// The ports that an entry without a port stands for.
const (
	portHTTP  = 80
	portHTTPS = 443
)

// presets are the hosts that the package managers of these names need. "registries" stands for all of them.
var presets = map[string][]string{
	"crates": {"crates.io", "index.crates.io", "static.crates.io"},
	"debian": {"deb.debian.org", "security.debian.org"},
	"go":     {"proxy.golang.org", "sum.golang.org"},
	"maven":  {"repo.maven.apache.org", "repo1.maven.org"},
	"npm":    {"registry.npmjs.org"},
	"pypi":   {"pypi.org", "files.pythonhosted.org"},
	"ruby":   {"index.rubygems.org", "rubygems.org"},
}

const presetAll = "registries"

// Hosts are the names that may be reached, exactly as they stand there, and their ports.
type Hosts map[string][]int

// ParseHosts reads a list of names: "example.com", which stands for http and https, "example.com:8443", or a preset,
// "@registries" or one of its parts. An address in place of a name, a pattern and an unknown preset are errors, which say so.
func ParseHosts(entries []string) (Hosts, error) {
	h := Hosts{}
	for _, entry := range entries {
		if name, isPreset := strings.CutPrefix(entry, "@"); isPreset {
			if err := h.preset(name); err != nil {
				return nil, err
			}
			continue
		}
		if err := h.add(entry); err != nil {
			return nil, err
		}
	}
	return h, nil
}

// Presets are the names of the presets, without their mark.
func Presets() []string {
	return append([]string{presetAll}, slices.Sorted(maps.Keys(presets))...)
}

func (h Hosts) preset(name string) error {
	hosts, known := presets[name]
	if name == presetAll {
		known = true
		for _, more := range presets {
			hosts = append(hosts, more...)
		}
	}
	if !known {
		return fmt.Errorf("@%s is no preset; there are @%s", name, strings.Join(Presets(), ", @"))
	}
	for _, host := range hosts {
		h.web(host)
	}
	return nil
}

// web allows a name on the two ports of the web, beside others that it may have.
func (h Hosts) web(name string) {
	h[name] = append(h[name], portHTTP, portHTTPS)
}

func (h Hosts) add(entry string) error {
	host, port, numbered := entry, "", strings.Contains(entry, ":")
	if numbered {
		var err error
		if host, port, err = net.SplitHostPort(entry); err != nil {
			return fmt.Errorf("%s is not a host, or a host and a port", entry)
		}
	}
	name, ok := normalName(host)
	switch {
	case strings.Contains(host, "*"):
		return fmt.Errorf("%s is a pattern; name each host", entry)
	case looksLikeAddress(name):
		return fmt.Errorf("%s is an address; only names can be allowed", entry)
	case !ok:
		return fmt.Errorf("%s is not the name of a host", entry)
	}
	if !numbered {
		h.web(name)
		return nil
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil || number == 0 {
		return fmt.Errorf("%s has no port from 1 to 65535", entry)
	}
	h[name] = append(h[name], int(number))
	return nil
}

// Names are the names that may be reached, sorted.
func (h Hosts) Names() []string { return slices.Sorted(maps.Keys(h)) }

// allow says why a host may not be reached on a port, or nothing.
func (h Hosts) allow(host string, port int) (name, refusal string) {
	name, ok := normalName(host)
	switch {
	case looksLikeAddress(host) || looksLikeAddress(name):
		return name, "it is an address, and only names can be allowed"
	case !ok:
		return name, "it is not the name of a host"
	case h[name] == nil:
		return name, "it is not on the list of allowed hosts"
	case !slices.Contains(h[name], port):
		return name, "this port is not on the list of allowed hosts"
	}
	return name, ""
}

// maxName is the length of a name in DNS.
const maxName = 253

// normalName is a name as it stands in the list: lower case, without the dot at the end. It is false for what is no name in
// ASCII of at least two labels; names in other scripts are written in their ASCII form, as clients send them.
func normalName(host string) (string, bool) {
	name := strings.ToLower(strings.TrimSuffix(host, "."))
	if len(name) > maxName || !strings.Contains(name, ".") {
		return name, false
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" ||
			strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") {
			return name, false
		}
	}
	return name, true
}

// looksLikeAddress reports whether any program could take a host for an IP address: in the usual forms, or with parts that
// are left out, hexadecimal or octal, which the C library takes. The last label of a name has a letter that is no digit.
func looksLikeAddress(host string) bool {
	if strings.ContainsAny(host, ":[]%") {
		return true
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	last := host[strings.LastIndexByte(host, '.')+1:]
	if strings.HasPrefix(last, "0x") {
		return true
	}
	return last != "" && strings.Trim(last, "0123456789") == ""
}
