package users

import (
	"net/http"
	"net/netip"
)

// Actor is the caller of the domain.
type Actor struct {
	Kuid      string
	SessionID string
	RequestID string
	Protocol  string
	Addr      netip.Addr
	// Headers are the request's, or those of the request that opened the WebSocket. Strategies read
	// those that they name; sessions and webhooks read User-Agent. Nobody else keeps them; they are
	// never logged or changed.
	Headers http.Header
	// Link is set if the request came by GET.
	Link bool
	// Device is the device that the client proved to have used before, or "".
	Device string
	// APIKey is set if the caller came with an API key; SessionID is then its id.
	APIKey bool
	// Act is the actor in the user's place, from the claim sub of an actor token; "" for none.
	Act string
	// Token is the id of the caller's token, or the API key's fingerprint. SingleUse is set if that
	// token is used up.
	Token     string
	SingleUse bool
	// Factors maps the factors that the session proved to the times, in epoch milliseconds.
	Factors map[string]int64
	// Self is set if the caller acts on their own account (auth:*My*), and not as an administrator.
	Self bool
	// Operator is set for the program's own command line.
	Operator bool
	// Service is the name of the caller's key if the key stands for the instance; there is no Kuid
	// then.
	Service string
	// Limited is set if that key may not do everything. ServiceKey names the key for what it makes,
	// which ends with it; "" if it cannot be revoked.
	Limited    bool
	ServiceKey string
	// Open is set if the server is open to the caller.
	Open bool
	// LetLeaked is set if the caller may set leaked passwords.
	LetLeaked bool
	// Creates is set if the caller may create users of any kind.
	Creates bool
}

// Credential names the actor's session, API key or service key, for sessions that end with it; ""
// for none.
func (by Actor) Credential() string {
	switch {
	case by.ServiceKey != "":
		return by.ServiceKey
	case by.SessionID == "":
		return ""
	case by.APIKey:
		return KeyCredential + by.Token
	}
	return SessionCredential + by.SessionID
}

// The prefixes of credentials' names; others are those of service keys.
const (
	SessionCredential = "session:"
	KeyCredential     = "key:"
)

// Network returns the client's network, by which clients are distinguished: IPv6 addresses are cut
// to /64. It is "" for an actor without an address.
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
