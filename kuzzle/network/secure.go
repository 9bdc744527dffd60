package network

import (
	"log/slog"
	"net/netip"
	"sync/atomic"
)

// hello is the first byte of a client that speaks TLS. No request begins with it.
const hello = 0x16

// secure notes that a client spoke TLS where the server has no certificate. The client is told nothing
// that it understands, so the operator must be.
type secure struct {
	log   *slog.Logger
	first atomic.Pointer[netip.Addr]
}

// heed logs the first client that speaks TLS.
func (s *secure) heed(peer netip.Addr) {
	if s.first.CompareAndSwap(nil, &peer) {
		s.log.Warn("a client asked by https and was refused, because the server has no certificate: it must ask by http, or the server needs http.tls.cert and http.tls.key, or a proxy with a certificate before it",
			"peer", peer.String(), "settings", "http.tls.cert, http.tls.key")
	}
}

// SpokeTLS returns the first client that spoke TLS to the server without a certificate; ok is false for
// none.
func (s *Server) SpokeTLS() (peer netip.Addr, ok bool) {
	if first := s.secure.first.Load(); first != nil {
		return *first, true
	}
	return netip.Addr{}, false
}
