package strategies

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// MaxHeaders bounds the values of one Peer's headers, in bytes, all together.
const MaxHeaders = 4 << 10

// Peer is the client that logs in or calls an action. It prints without its headers, so that no log
// shows them by accident.
type Peer struct {
	// Addr is the client's address: the connection's, or the one that trusted proxies report. It is
	// the zero value if there is none, as on the command line.
	Addr netip.Addr
	// Protocol is "http", "websocket", or "embedded" for a call by the program itself.
	Protocol string
	// Link is set if the request came by GET. A user may have followed a link then, or a mail
	// scanner may have: such a request should use nothing up.
	Link bool

	headers http.Header
}

// NewPeer returns a peer with the named headers of a request.
func NewPeer(addr netip.Addr, protocol string, sent http.Header, names []string) Peer {
	return Peer{Addr: addr, Protocol: protocol, headers: KeepHeaders(sent, names)}
}

// Header returns the value of a header that the strategy named by Headers, with several values
// joined by commas. It is "" for a header that was not sent, and for one beyond MaxHeaders. The
// client chooses the value, unless a proxy in front of the backend sets the header.
func (p Peer) Header(name string) string {
	return strings.Join(p.headers[http.CanonicalHeaderKey(name)], ", ")
}

func (p Peer) shown() string { return p.Addr.String() + " by " + p.Protocol }

// Format hides the headers from every verb of fmt.
func (p Peer) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(p.shown())) }

// LogValue hides the headers from slog.
func (p Peer) LogValue() slog.Value { return slog.StringValue(p.shown()) }

// KeepHeaders copies the named headers, in that order, up to MaxHeaders.
func KeepHeaders(sent http.Header, names []string) http.Header {
	var kept http.Header
	left := MaxHeaders
	for _, name := range names {
		name = http.CanonicalHeaderKey(name)
		values, size := sent[name], 0
		for _, value := range values {
			size += len(value)
		}
		if len(values) == 0 || size > left || kept[name] != nil {
			continue
		}
		left -= size
		if kept == nil {
			kept = http.Header{}
		}
		for _, value := range values {
			// Clone the text, since it may be part of a much larger string.
			kept[name] = append(kept[name], strings.Clone(strings.ToValidUTF8(value, "\uFFFD")))
		}
	}
	return kept
}

// notForStrategies lists the headers that no strategy may read: the caller's own proof, and
// forgeable headers about addresses, which Peer.Addr evaluates.
var notForStrategies = []string{
	"Authorization", "Cookie", "Proxy-Authorization", "Forwarded", "X-Forwarded-For", "X-Real-Ip",
}

const headerLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// CheckHeaders refuses names that a strategy may not list in Headers.
func CheckHeaders(names []string) error {
	for _, name := range names {
		switch {
		case name == "" || strings.Trim(http.CanonicalHeaderKey(name), headerLetters) != "":
			return fmt.Errorf("%q is not a valid header name", name)
		case slices.Contains(notForStrategies, http.CanonicalHeaderKey(name)):
			return fmt.Errorf("strategies may not read the header %s", name)
		}
	}
	return nil
}
