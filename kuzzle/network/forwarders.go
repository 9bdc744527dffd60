package network

import (
	"net/netip"
	"slices"
	"sync"
)

// maxForwarders is how many untrusted forwarders are remembered: anybody can
// send their headers.
const maxForwarders = 8

// forwarders are peers that sent a forwarding header and are not trusted. Such a
// peer is a proxy that nobody told the server of, or a client that pretends.
type forwarders struct {
	mu   sync.Mutex
	seen []netip.Addr
}

// note remembers a peer. It reports whether the peer is new and there is room.
func (f *forwarders) note(peer netip.Addr) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.seen) == maxForwarders || slices.Contains(f.seen, peer) {
		return false
	}
	f.seen = append(f.seen, peer)
	return true
}

// Forwarders returns the first peers that sent a forwarding header without being
// among Options.TrustedProxies, at most eight.
func (s *Server) Forwarders() []netip.Addr {
	s.forwarders.mu.Lock()
	defer s.forwarders.mu.Unlock()
	return slices.Clone(s.forwarders.seen)
}

// heedForwarder logs the first header of a forwarder that is not trusted.
func (s *Server) heedForwarder(peer netip.Addr, header string) {
	if !s.forwarders.note(peer) {
		return
	}
	s.opts.Log.Warn("a forwarding header of a peer that is not trusted is ignored: all clients behind it count as one address. If the peer is your proxy, add it to trustedProxies",
		"peer", peer.String(), "header", header, "setting", "trustedProxies")
}
