package api

import (
	"net/netip"
	"strings"
)

// ForwardedAddr returns the address that a proxy wrote into a header such as X-Forwarded-For, with or
// without a port, and with or without the brackets of IPv6. It is in the one spelling that a [Peer] has.
func ForwardedAddr(text string) (netip.Addr, bool) {
	text = strings.TrimSpace(text)
	if withPort, err := netip.ParseAddrPort(text); err == nil {
		return canonical(withPort.Addr()), true
	}
	address, err := netip.ParseAddr(strings.Trim(text, "[]"))
	return canonical(address), err == nil
}

func canonical(address netip.Addr) netip.Addr { return address.Unmap().WithZone("") }
