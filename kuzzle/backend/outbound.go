package backend

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

// What strategies may do to the world outside.
const (
	outboundTimeout  = 5 * time.Second
	outboundMaxBytes = 64 << 10
)

var errInternalAddress = errors.New("the address is not a public one")

// outboundClient is the HTTP client that strategies get: no redirects, bounded
// in time and size, and only to addresses that are not this machine's or this
// network's own. What counts is the address connected to, not the name.
func outboundClient() *http.Client { return clientTo(publicOnly) }

// webhookClient is the one for webhooks, which may go to addresses of this network
// if the configuration says so.
func webhookClient(private bool) *http.Client {
	if private {
		return clientTo(nil)
	}
	return clientTo(publicOnly)
}

// clientTo is a client whose connections a function may refuse.
func clientTo(allowed func(network, address string, c syscall.RawConn) error) *http.Client {
	dialer := &net.Dialer{Timeout: outboundTimeout, Control: allowed}
	return &http.Client{
		Timeout: outboundTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		},
		Transport: bounded{&http.Transport{
			DialContext: dialer.DialContext, TLSHandshakeTimeout: outboundTimeout,
			ResponseHeaderTimeout: outboundTimeout, MaxIdleConns: 16, IdleConnTimeout: time.Minute,
			MaxResponseHeaderBytes: outboundMaxBytes, ForceAttemptHTTP2: true,
		}},
	}
}

func publicOnly(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	// A prefix contains no address that names a zone.
	addr := at.Addr().Unmap().WithZone("")
	special := func(prefix netip.Prefix) bool { return prefix.Contains(addr) }
	if !addr.IsGlobalUnicast() || addr.IsPrivate() || slices.ContainsFunc(notPublic, special) {
		return fmt.Errorf("%s: %w", addr, errInternalAddress)
	}
	return nil
}

// notPublic are the further special addresses of RFC 6890: those of networks of
// their own, and those that wrap an IPv4 address, which a gateway would unwrap.
var notPublic = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("::/64"), netip.MustParsePrefix("64:ff9b::/32"),
	netip.MustParsePrefix("2001::/32"), netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("fec0::/10"),
}

// bounded cuts answers off at outboundMaxBytes.
type bounded struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (b bounded) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := b.next.RoundTrip(req)
	if err == nil {
		res.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(res.Body, outboundMaxBytes), res.Body}
	}
	return res, err
}

// CloseIdleConnections lets http.Client reach the transport.
func (b bounded) CloseIdleConnections() {
	if closer, ok := b.next.(interface{ CloseIdleConnections() }); ok {
		closer.CloseIdleConnections()
	}
}
