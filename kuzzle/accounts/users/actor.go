package users

import (
	"net/http"
	"net/netip"
)

// Actor is who asks for something, and from where.
type Actor struct {
	Kuid      string
	SessionID string
	RequestID string
	Protocol  string
	Addr      netip.Addr
	// Headers are those of the request, or of the one that opened its WebSocket, for
	// strategies that name some, and for sessions and webhooks that tell what the client
	// calls itself. Else they are not to be kept; they are never logged or changed.
	Headers http.Header
	// Link is set when the request came by GET.
	Link bool
	// Device is what the client proved to have used before, or "".
	Device string
	// APIKey is set when the caller came with an API key, whose id SessionID is.
	APIKey bool
	// Act is who acts in the user's place, by the claim sub of an actor token, "" for
	// nobody.
	Act string
	// Token is the id of the token that the caller came with, or the API key's
	// fingerprint; SingleUse is set when that token is used up.
	Token     string
	SingleUse bool
	// Factors are what the caller's session proved, and when, in epoch milliseconds.
	Factors map[string]int64
	// Self is set when the caller acts on the own account as such (auth:*My*),
	// and not as somebody who may manage it.
	Self bool
	// Operator is the program's own command line.
	Operator bool
	// Service is the name of the key that the caller came with if that stands for
	// the instance itself; Kuid is then nobody's.
	Service string
	// Limited is set when that key may not do everything that keys do.
	Limited bool
	// Open is set when the server is open to the caller.
	Open bool
	// LetLeaked is set when the passwords that the caller gives may have leaked.
	LetLeaked bool
	// Creates is set when the caller may create users of any kind.
	Creates bool
}

// Credential names the session or API key that the actor came with, for what ends with
// it; "" for neither.
func (by Actor) Credential() string {
	switch {
	case by.SessionID == "":
		return ""
	case by.APIKey:
		return KeyCredential + by.Token
	}
	return SessionCredential + by.SessionID
}

// What the names of credentials begin with.
const (
	SessionCredential = "session:"
	KeyCredential     = "key:"
)

// Network is the actor's address as clients are told apart by it: IPv6 counts by
// /64. It is "" for an actor without an address.
func (by Actor) Network() string {
	if !by.Addr.IsValid() {
		return ""
	}
	addr := by.Addr.Unmap().WithZone("")
	if addr.Is4() {
		return addr.String()
	}
	prefix, err := addr.Prefix(64)
	if err != nil {
		return ""
	}
	return prefix.String()
}
