package strategies

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// MaxHeaders bounds the headers that one Peer has, in bytes of their values
// together.
const MaxHeaders = 4 << 10

// Peer is the client that tries to log in or calls an action. It prints without its
// headers, so that those are logged nowhere by accident.
type Peer struct {
	// Addr is the client's address: that of the connection, or what trusted proxies
	// say. It is the zero value where there is none, as on the command line.
	Addr netip.Addr
	// Protocol is "http", "websocket", or "embedded" for the program itself.
	Protocol string
	// Link is set when the request came by GET. Somebody follows a link then, or a
	// program does that looks at people's mail: nothing should be used up by it.
	Link bool

	headers http.Header
}

// NewPeer makes a peer with those headers of a request that are named.
func NewPeer(addr netip.Addr, protocol string, sent http.Header, names []string) Peer {
	return Peer{Addr: addr, Protocol: protocol, headers: KeepHeaders(sent, names)}
}

// Header returns the value of a header that the strategy named by Headers; several
// values are joined by commas. It is "" for a header that was not sent, and for one
// that has no room in MaxHeaders. Whatever the client sends is the client's own
// claim, unless a proxy in front of the backend sets the header itself.
func (p Peer) Header(name string) string {
	return strings.Join(p.headers[http.CanonicalHeaderKey(name)], ", ")
}

func (p Peer) shown() string { return p.Addr.String() + " by " + p.Protocol }

// Format hides the headers from every fmt verb.
func (p Peer) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(p.shown())) }

// LogValue hides the headers from slog.
func (p Peer) LogValue() slog.Value { return slog.StringValue(p.shown()) }

// KeepHeaders copies the headers that are named, in that order, as far as MaxHeaders
// goes.
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
			// A copy, since a header's text may be a part of a much larger one.
			kept[name] = append(kept[name], strings.Clone(strings.ToValidUTF8(value, "\uFFFD")))
		}
	}
	return kept
}

// notForStrategies are headers that no strategy may name: the caller's own proof, and
// what anybody may send about an address, which Peer.Addr judges.
var notForStrategies = []string{
	"Authorization", "Cookie", "Proxy-Authorization", "Forwarded", "X-Forwarded-For", "X-Real-Ip",
}

const headerLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// CheckHeaders refuses names that a strategy may not have in Headers.
func CheckHeaders(names []string) error {
	for _, name := range names {
		switch {
		case name == "" || strings.Trim(http.CanonicalHeaderKey(name), headerLetters) != "":
			return fmt.Errorf("%q is no name of a header", name)
		case slices.Contains(notForStrategies, http.CanonicalHeaderKey(name)):
			return fmt.Errorf("the header %s is for no strategy to read", name)
		}
	}
	return nil
}
