package network

import (
	"net/netip"
	"slices"
	"sync"
)

// maxForwarders is the number of untrusted forwarders that are remembered; the
// number is bounded because anybody can send their headers.
const maxForwarders = 8

// forwarders are peers that sent a forwarding header but are not trusted. Such a
// peer is a proxy missing from the configuration, or a client that pretends to
// be one.
type forwarders struct {
	mu   sync.Mutex
	seen []netip.Addr
}

// note records a peer. It reports whether the peer is new and there was room.
func (f *forwarders) note(peer netip.Addr) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.seen) == maxForwarders || slices.Contains(f.seen, peer) {
		return false
	}
	f.seen = append(f.seen, peer)
	return true
}

// Forwarders returns the first peers, at most eight, that sent a forwarding
// header and are not in Options.TrustedProxies.
func (s *Server) Forwarders() []netip.Addr {
	s.forwarders.mu.Lock()
	defer s.forwarders.mu.Unlock()
	return slices.Clone(s.forwarders.seen)
}

// heedForwarder logs the first forwarding header of each untrusted peer.
func (s *Server) heedForwarder(peer netip.Addr, header string) {
	if !s.forwarders.note(peer) {
		return
	}
	s.opts.Log.Warn("the server ignores a forwarding header because the peer is not trusted: all clients behind it count as one address. If the peer is your proxy, add it to trustedProxies",
		"peer", peer.String(), "header", header, "setting", "trustedProxies")
}
