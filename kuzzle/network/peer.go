package network

import (
	"encoding/binary"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/google/uuid"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

func addressOf(address net.Addr) netip.Addr {
	if tcp, ok := address.(*net.TCPAddr); ok {
		return plain(tcp.AddrPort().Addr())
	}
	return netip.Addr{}
}

// plain returns the one canonical spelling of an address.
func plain(address netip.Addr) netip.Addr { return address.Unmap().WithZone("") }

// describe fills in the peer of a request.
func (s *Server) describe(peer *api.Peer, c *connection, r *http.Request) {
	peer.ConnID, peer.Remote, peer.Local, peer.Addr = c.id, c.remote, c.local, c.remote
	peer.Host, peer.TLS = r.Host, c.tls || r.TLS != nil
	peer.Origin = first(r.Header, "Origin")
	peer.FetchSite = first(r.Header, "Sec-Fetch-Site")
	if cookies := r.Header["Cookie"]; len(cookies) > 0 {
		peer.Cookie = api.OwnCookies(cookies)
	}
	// Some proxies add no header, but speak HTTP/1.0 to servers.
	peer.Forwarded = !r.ProtoAtLeast(1, 1)
	header := ""
	for name := range r.Header {
		if forwards(name) {
			peer.Forwarded, header = true, name
			break
		}
	}
	trusted := peer.Forwarded && s.trusts(c.remote)
	if header != "" && !trusted {
		s.heedForwarder(c.remote, header)
	}
	if trusted {
		peer.Addr = s.client(c.remote, r.Header["X-Forwarded-For"])
		if protocol := first(r.Header, "X-Forwarded-Proto"); protocol != "" {
			peer.TLS = strings.EqualFold(protocol, "https")
		}
	}
	if peer.Origin != "" {
		peer.OriginTrusted = s.opts.Origins.Listed(peer.Origin) || sameOrigin(peer.Origin, peer.Host, peer.TLS)
	}
}

// forwards reports whether proxies add a header of this canonical name.
func forwards(name string) bool {
	switch name[0] {
	case 'X':
		return strings.HasPrefix(name, "X-Forwarded") || name == "X-Real-Ip" || name == "X-Client-Ip" ||
			name == "X-Cluster-Client-Ip" || name == "X-Original-Forwarded-For" || name == "X-Envoy-External-Address"
	case 'F':
		return name == "Forwarded" || name == "Forwarded-For" || name == "Fly-Client-Ip" || name == "Fastly-Client-Ip"
	case 'V':
		return name == "Via"
	case 'C':
		return name == "Cf-Connecting-Ip" || name == "Client-Ip"
	case 'T':
		return name == "True-Client-Ip"
	}
	return false
}

func (s *Server) trusts(address netip.Addr) bool {
	for _, prefix := range s.opts.TrustedProxies {
		if prefix.Contains(address) {
			return true
		}
	}
	return false
}

// client returns the rightmost hop that is not a trusted proxy. A hop that is
// not an address comes from an untrusted writer; then the peer's own address
// counts.
func (s *Server) client(remote netip.Addr, headers []string) netip.Addr {
	hops := strings.Join(headers, ",")
	client := remote
	for hops != "" {
		cut := strings.LastIndexByte(hops, ',')
		hop, ok := api.ForwardedAddr(hops[cut+1:])
		if !ok {
			return remote
		}
		client = hop
		if !s.trusts(hop) {
			return client
		}
		hops = hops[:max(cut, 0)]
	}
	return client
}

func first(header http.Header, name string) string {
	if values := header[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// newID returns a version 4 UUID. Ids of requests and connections are not
// secrets, so a generator without system calls suffices.
func newID() string {
	var id uuid.UUID
	binary.LittleEndian.PutUint64(id[:8], rand.Uint64())
	binary.LittleEndian.PutUint64(id[8:], rand.Uint64())
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	return id.String()
}
