package permission

import (
	"net/url"
	"strings"
)

// webCall is a fetch from the web; host is in lower case without a last dot.
type webCall struct {
	host  string
	plain bool // the address is of the usual kind, so that every reader finds the same host in it
}

func newWebCall(c Call) webCall {
	text, _, plain := c.text("url")
	if host, ok := hostOf(text); plain && ok {
		return webCall{host, true}
	}
	return webCall{}
}

// hostOf gives the host of an address, if all readers of it will agree.
func hostOf(address string) (string, bool) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.Opaque != "" {
		return "", false
	}
	host := canonicalHost(u.Hostname())
	return host, host != "" && !strings.ContainsFunc(host, func(r rune) bool {
		return r > 'z' || r <= ' ' || strings.ContainsRune(`\@/?#%*"'<>`, r)
	})
}

func canonicalHost(host string) string { return strings.TrimSuffix(strings.ToLower(host), ".") }

func (w webCall) against(rule placed, _ bool) (certainty, string) {
	domain, ok := rule.domain()
	switch {
	case !ok:
		return no, ""
	case !w.plain:
		return maybe, "an address of an unusual form"
	case matchDomain(domain, w.host):
		return yes, w.host
	}
	return no, ""
}

func (w webCall) allowedBy(rules []placed) (placed, bool) {
	for _, rule := range rules {
		if domain, ok := rule.domain(); ok && w.plain && matchDomain(domain, w.host) {
			return rule, true
		}
	}
	return placed{}, false
}

// domain is what a rule about WebFetch names.
func (r placed) domain() (string, bool) {
	domain, ok := strings.CutPrefix(r.Spec, "domain:")
	return canonicalHost(strings.TrimSpace(domain)), ok && r.Tool == toolWebFetch
}

// matchDomain matches a host. A leading "*." stands for any subdomains, and any other star for text between two dots.
func matchDomain(domain, host string) bool {
	if domain == "*" {
		return true
	}
	if parent, ok := strings.CutPrefix(domain, "*."); ok {
		for rest := host; ; {
			_, after, found := strings.Cut(rest, ".")
			if !found {
				return false
			}
			if matchLabels(parent, after) {
				return true
			}
			rest = after
		}
	}
	return matchLabels(domain, host)
}

// matchLabels matches label by label.
func matchLabels(domain, host string) bool {
	labels, parts := strings.Split(domain, "."), strings.Split(host, ".")
	if len(labels) != len(parts) {
		return false
	}
	for i, label := range labels {
		if !glob(strings.ReplaceAll(label, "*", string(star)), parts[i]) {
			return false
		}
	}
	return true
}
