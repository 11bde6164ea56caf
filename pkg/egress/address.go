package egress

import "net/netip"

// closed are the networks that are not the internet but somebody's own, beside those that netip knows: the registry of
// special-purpose addresses (RFC 6890), and the ranges in which an address of IPv4 is wrapped into one of IPv6. The ranges for
// documentation are not among them: they are nobody's network, and where they lead anywhere it is to a mirror or a transparent
// proxy that somebody has put in the place of the internet.
var closed = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"), // shared by carriers, and by some clouds for their metadata
	netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.88.99.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("::/96"),
	netip.MustParsePrefix("::ffff:0:0:0/96"),
	netip.MustParsePrefix("64:ff9b::/96"),
	netip.MustParsePrefix("64:ff9b:1::/48"),
	netip.MustParsePrefix("100::/64"),
	netip.MustParsePrefix("2001::/23"),
	netip.MustParsePrefix("2002::/16"),
	netip.MustParsePrefix("5f00::/16"),
	netip.MustParsePrefix("fec0::/10"),
}

// Public reports whether an address is one of the internet: not this machine, its network, or one that is set apart.
func Public(addr netip.Addr) bool {
	addr = addr.Unmap().WithZone("")
	if !addr.IsGlobalUnicast() || addr.IsPrivate() {
		return false
	}
	for _, network := range closed {
		if network.Contains(addr) {
			return false
		}
	}
	return true
}
