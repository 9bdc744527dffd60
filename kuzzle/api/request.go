package api

import (
	"io"
	"net/http"
	"net/netip"
	"time"
)

// Protocols of requests.
const (
	HTTP      = "http"
	WebSocket = "websocket"
	Embedded  = "embedded" // Dispatch called by the program itself or its CLI
)

// Request is one call of an action, over any protocol. A transport fills it and the
// dispatcher's stages complete it. It belongs to one goroutine at a time.
type Request struct {
	// ID is the client's request id, or one that the transport made.
	ID string
	// Dialect is the dialect of the request; nil is Kuzzle's.
	Dialect *Dialect
	// Controller and Action are the called names; an alias is not resolved here.
	Controller, Action string
	// Args are path, query and frame arguments, in the forms that JSON decodes to. Over
	// HTTP they are strings or, for repeated query keys, []any of strings.
	Args map[string]any
	// Body is nil, map[string]any or []any.
	Body any
	// Headers are the request's headers as sent; nil on transports that have none. They
	// are for a dialect's own authenticator and actions, and must not be changed.
	Headers http.Header
	// Stream is the body of an action that reads its body itself, else nil. An error of
	// its reads is the error to answer. ContentType is the body's.
	Stream      io.Reader
	ContentType string
	// Size is the size in bytes of the message that contains the body. It is 0 for
	// bodies that come alone: the transport has bounded their size.
	Size int64
	// Token is the credential sent along, or "". HasToken distinguishes an empty token
	// from none.
	Token    string
	HasToken bool
	// Volatile is the client's own data, which the answer repeats; nil for none.
	Volatile map[string]any
	// Peer describes the connection.
	Peer *Peer
	// Caller is the caller that the token stands for; the authentication stage sets it.
	Caller Caller

	verb    string
	handler *handler
	header  map[string]string
	cookies []string
}

// Peer is the other end of a connection. A transport makes one per connection (HTTP: per
// request) and never changes it afterwards.
type Peer struct {
	Protocol string
	// ConnID identifies the connection in logs and for rate limits.
	ConnID string
	// Addr is the client's address: the peer's, or the one that configured proxies sent.
	// Remote is the peer's own address, Local the address it connected to.
	Addr, Remote, Local netip.Addr
	// These are headers that rules depend on, as sent. Cookie has only those of
	// [OwnCookies].
	Host, Origin, Cookie, FetchSite string
	// Headers are the kept headers of the request that opened a WebSocket; nil over
	// HTTP, where each request has its own.
	Headers http.Header
	// OriginTrusted is true when Origin is allowed by its own name or is the server's
	// own origin, and not only by "*". Only then may a cookie authenticate a request
	// that changes state.
	OriginTrusted bool
	// Forwarded is true if the request has any forwarding header.
	Forwarded bool
	TLS       bool
	// Operator is set by the program itself for its own command line. Such a request has
	// every right. No network transport sets it.
	Operator bool
	// Link pushes frames to this connection; nil if the transport cannot.
	Link Link
}

// SameSite reports whether no other site caused the request, as far as a browser tells.
// Clients that are not browsers send nothing about it.
func (p *Peer) SameSite() bool {
	return p.FetchSite == "" || p.FetchSite == "same-origin" || p.FetchSite == "none"
}

// OwnPage reports whether a browser tells that a page of this server made the request.
// Browsers tell it over https and for loopback addresses, where nobody can point another
// name at the server. The browser sends the origin "null" for a page that hides its
// address, as the pages of strategies do.
func (p *Peer) OwnPage() bool { return p.FetchSite == "same-origin" }

// Link lets the backend push frames to a connection.
type Link interface {
	// Push sends a frame of the server's own, such as TokenExpired, if there is room.
	Push(frame []byte)
	// Known tells the transport whether a valid token stands behind the connection. When
	// connections run out, those without one are closed first.
	Known(known bool)
}

// Caller identifies the party that makes a request.
type Caller struct {
	// Kuid is AnonymousKuid for a caller without a token.
	Kuid string
	// TokenID identifies the session or API key; "" for anonymous callers.
	TokenID string
	// Token distinguishes the caller's token from others of the same session.
	Token string
	// SingleUse is set for a token that this request has used up.
	SingleUse bool
	// Act is the user who acts in the caller's name, or "".
	Act string
	// ExpiresAt is the time when the token expires; zero means never.
	ExpiresAt time.Time
	// Factors maps the factors that the caller proved, at the login or later, to the
	// time of the proof in epoch milliseconds.
	Factors map[string]int64
	// Via is the way in which the caller proved its identity.
	Via Via
	// Principal is the principal of the request.
	Principal Principal
	// Open is set by Rights when the server is open to this caller: it may do
	// everything, regardless of its profiles.
	Open bool
	// Rights are the rights that the rights stage found. The Limiter uses them and reads
	// nothing twice. Nil if the stage did not have to look.
	Rights Granted
}

// Granted are the rights of a caller.
type Granted interface {
	// RateLimit is the number of requests that the rights allow in a second, 0 for no
	// limit.
	RateLimit() int
}

// AnonymousKuid is the kuid of a caller without a token.
const AnonymousKuid = "-1"

// Kind returns the kind of the caller.
func (c *Caller) Kind() Kind {
	switch {
	case c.Principal != nil:
		return c.Principal.Kind()
	case c.Via == ViaOperator:
		return KindService
	case c.Kuid == AnonymousKuid || c.Kuid == "":
		return KindAnonymous
	}
	return KindUser
}

// Name returns the caller's name for logs and messages.
func (c *Caller) Name() string {
	if c.Principal != nil {
		return c.Principal.Name()
	}
	return c.Kuid
}

// Anonymous reports whether nobody is logged in.
func (c *Caller) Anonymous() bool { return c.Kind() == KindAnonymous }

// Unbounded reports whether the caller may do everything, regardless of its profiles.
func (c *Caller) Unbounded() bool { return c.Open || c.Kind() == KindService }

// Via is a way to prove an identity.
type Via uint8

// Values of Via.
const (
	ViaNothing Via = iota
	ViaSession
	ViaCookie
	ViaAPIKey
	ViaOperator
	// ViaService is a key of the instance.
	ViaService
	// ViaBootstrap is the one-time token for the first administrator.
	ViaBootstrap
)

// Takes returns the body that the request's action accepts; the zero value while the
// action is not known.
func (r *Request) Takes() Body {
	if r.handler == nil {
		return Body{}
	}
	return r.handler.body
}

// Arg returns an argument, nil when absent.
func (r *Request) Arg(name string) any { return r.Args[name] }

// SetArg sets an argument.
func (r *Request) SetArg(name string, value any) {
	if r.Args == nil {
		r.Args = make(map[string]any, 4)
	}
	r.Args[name] = value
}

// BodyObject returns the body when it is an object, else nil.
func (r *Request) BodyObject() map[string]any {
	object, _ := r.Body.(map[string]any)
	return object
}

// Route returns the canonical controller and action. Rights are checked and events are
// fired under these names. An unknown action keeps the called names.
func (r *Request) Route() (controller, action string) {
	if r.handler != nil {
		return r.handler.controller, r.handler.name
	}
	return r.Controller, r.Action
}

// FactorWithin returns the maximum age of a factor's proof that the action requires, 0
// for none.
func (r *Request) FactorWithin() time.Duration {
	if r.handler == nil {
		return 0
	}
	return r.handler.factorWithin
}

// AnswersSecret reports whether the answer holds a secret; see [Action.Secret].
func (r *Request) AnswersSecret() bool { return r.handler != nil && r.handler.secret }

// SetHeader adds a header to the answer, in the envelope in lower case and on
// transports that have headers as one.
func (r *Request) SetHeader(name, value string) {
	if r.header == nil {
		r.header = map[string]string{}
	}
	r.header[name] = value
}

// SetCookie asks the transport to set a cookie, beside those of earlier calls and in their
// order. It never appears in an envelope.
func (r *Request) SetCookie(cookie string) { r.cookies = append(r.cookies, cookie) }

// HasURL reports whether the request has its own path and query, from which arguments
// were read.
func (r *Request) HasURL() bool { return r.verb != "" }

// ReadOnly reports whether the verb is GET or HEAD, which browsers send across sites
// without restrictions. No other verb is known to be harmless.
func (r *Request) ReadOnly() bool { return r.verb == http.MethodGet || r.verb == http.MethodHead }

// OverHTTP reports whether arguments follow HTTP's conventions: every value is a string,
// and booleans are flags.
func (r *Request) OverHTTP() bool { return r.Peer != nil && r.Peer.Protocol == HTTP }
