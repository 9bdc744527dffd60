package outbound

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"syscall"
	"time"
)

// Limits of a client.
const (
	timeout  = 5 * time.Second
	maxBytes = 64 << 10
)

var errInternalAddress = errors.New("the address is not a public one")

// Client returns a client that connects to public addresses only, and with private
// also to those of this machine and network. The check applies to the connected
// address, not to the name.
func Client(private bool) *http.Client {
	if private {
		return clientTo(nil)
	}
	return clientTo(publicOnly)
}

// clientTo returns a client whose connections a function may refuse.
func clientTo(allowed func(network, address string, c syscall.RawConn) error) *http.Client {
	dialer := &net.Dialer{Timeout: timeout, Control: allowed}
	return &http.Client{
		Timeout: timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		},
		Transport: bounded{&http.Transport{
			DialContext: dialer.DialContext, TLSHandshakeTimeout: timeout,
			ResponseHeaderTimeout: timeout, MaxIdleConns: 16, IdleConnTimeout: time.Minute,
			MaxResponseHeaderBytes: maxBytes, ForceAttemptHTTP2: true,
		}},
	}
}

func publicOnly(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	// A prefix contains no address with a zone.
	addr := at.Addr().Unmap().WithZone("")
	special := func(prefix netip.Prefix) bool { return prefix.Contains(addr) }
	if !addr.IsGlobalUnicast() || addr.IsPrivate() || slices.ContainsFunc(notPublic, special) {
		return fmt.Errorf("%s: %w", addr, errInternalAddress)
	}
	return nil
}

// notPublic are the further special addresses of RFC 6890: those of private networks,
// and those that wrap an IPv4 address, which a gateway would unwrap.
var notPublic = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("::/64"), netip.MustParsePrefix("64:ff9b::/32"),
	netip.MustParsePrefix("2001::/32"), netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("fec0::/10"),
}

// bounded cuts answers off at maxBytes.
type bounded struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (b bounded) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := b.next.RoundTrip(req)
	if err == nil {
		res.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(res.Body, maxBytes), res.Body}
	}
	return res, err
}

// CloseIdleConnections lets http.Client reach the transport.
func (b bounded) CloseIdleConnections() {
	if closer, ok := b.next.(interface{ CloseIdleConnections() }); ok {
		closer.CloseIdleConnections()
	}
}
