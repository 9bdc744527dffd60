package api

import (
	"io"
	"net/http"
	"net/netip"
	"time"
)

// Protocols a request can come by.
const (
	HTTP      = "http"
	WebSocket = "websocket"
	Embedded  = "embedded" // Dispatch called by the program itself, or its CLI
)

// Request is one call of an action, whatever it came by. A transport fills it,
// the dispatcher's stages complete it, and it belongs to one goroutine at a time.
type Request struct {
	// ID is the client's request id, or one made by the transport.
	ID string
	// Dialect is the one that the request is made in; nil is Kuzzle's.
	Dialect *Dialect
	// Controller and Action as called; an alias stays an alias here.
	Controller, Action string
	// Args are path, query and frame arguments: what JSON decodes to, and over
	// HTTP strings or, for repeated query keys, []any of strings.
	Args map[string]any
	// Body is nil, map[string]any or []any.
	Body any
	// Headers are the request's, as sent; nil on transports that have none. They
	// are for a dialect's own authenticator and actions, not to be changed.
	Headers http.Header
	// Stream is the body of an action that reads it by itself, nil where there is
	// none. What it fails with is the error to answer. ContentType is the body's.
	Stream      io.Reader
	ContentType string
	// Size is how many bytes the message has that the body is a part of; 0 for
	// bodies that come alone, whose size the transport has bounded.
	Size int64
	// Token is the credential sent along, "" for none. HasToken tells an empty
	// one from none.
	Token    string
	HasToken bool
	// Volatile is the client's own data, echoed; nil for none.
	Volatile map[string]any
	// Peer describes the connection.
	Peer *Peer
	// Caller is who the token stands for; the authentication stage sets it.
	Caller Caller

	verb    string
	handler *handler
	header  map[string]string
	cookie  string
}

// Peer is the other end of a connection. A transport makes one per connection
// (HTTP: per request) and nobody changes it afterwards.
type Peer struct {
	Protocol string
	// ConnID identifies the connection in logs and for rate limits.
	ConnID string
	// Addr is the client's address: the peer's, or what configured proxies
	// said. Remote is the peer itself, Local the address it connected to.
	Addr, Remote, Local netip.Addr
	// Headers that rules depend on, as sent; of the cookies those of [OwnCookies].
	Host, Origin, Cookie, FetchSite string
	// Headers are those of the request that opened a WebSocket, as far as they are
	// kept; nil over HTTP, where each request has its own.
	Headers http.Header
	// OriginTrusted is true when Origin is allowed by its own name or is the
	// server's own, not merely let in by "*": only then may a cookie count for
	// what changes state.
	OriginTrusted bool
	// Forwarded is true when any forwarding header was present.
	Forwarded bool
	TLS       bool
	// Operator is set by the program itself for its own command line: such a
	// request runs with every right. No transport over a network sets it.
	Operator bool
	// Link is the transport's handle for pushes to this connection, or nil.
	Link Link
}

// SameSite tells whether, as far as a browser says, no other site caused the
// request; what is no browser says nothing.
func (p *Peer) SameSite() bool {
	return p.FetchSite == "" || p.FetchSite == "same-origin" || p.FetchSite == "none"
}

// OwnPage tells whether a browser says that a page of this server made the request. It
// says so over https and to this machine alone, where nobody has another name lead here.
// A page that tells nobody where it was, as those of strategies do, has its browser send
// the origin "null".
func (p *Peer) OwnPage() bool { return p.FetchSite == "same-origin" }

// Link lets the backend push to a connection and learn when it is gone.
type Link interface {
	// Push sends a frame of its own, such as TokenExpired, if there is room.
	Push(frame []byte)
	// Known says whether a token that counts stands behind the connection. When
	// there is no room for all, those go first that are not known.
	Known(known bool)
}

// Caller is who makes a request.
type Caller struct {
	// Kuid is AnonymousKuid without a token.
	Kuid string
	// TokenID identifies session or API key, "" when anonymous.
	TokenID string
	// Token tells the caller's token from others of the same session.
	Token string
	// SingleUse is set for a token that this request has used up.
	SingleUse bool
	// Act is who acts in the caller's place, "" for nobody.
	Act string
	// ExpiresAt is when the token does; zero for never.
	ExpiresAt time.Time
	// Factors are what the caller proved at the login and since, and when, in epoch
	// milliseconds.
	Factors map[string]int64
	// Via tells how the caller proved who it is.
	Via Via
	// Principal is who stands behind the request.
	Principal Principal
	// Open is set by Rights on a server that is open to this caller: it may do
	// everything, whatever its profiles say.
	Open bool
	// Rights are what Rights found the caller to have, for the Limiter to read
	// nothing twice; nil where it did not have to look.
	Rights Granted
}

// Granted are rights that somebody was found to have.
type Granted interface {
	// RateLimit is how many requests they allow in a second, 0 for any number.
	RateLimit() int
}

// AnonymousKuid is the kuid of a caller without a token.
const AnonymousKuid = "-1"

// Kind is what the caller stands for.
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

// Name is how the caller is called where it is told of.
func (c *Caller) Name() string {
	if c.Principal != nil {
		return c.Principal.Name()
	}
	return c.Kuid
}

// Anonymous tells whether nobody is logged in.
func (c *Caller) Anonymous() bool { return c.Kind() == KindAnonymous }

// Unbounded reports whether the caller may do everything, whatever its profiles
// say.
func (c *Caller) Unbounded() bool { return c.Open || c.Kind() == KindService }

// Via is a way to have proved who one is.
type Via uint8

// The ways.
const (
	ViaNothing Via = iota
	ViaSession
	ViaCookie
	ViaAPIKey
	ViaOperator
	// ViaService is a key of the instance's own.
	ViaService
	// ViaBootstrap is the one-time token for the first administrator.
	ViaBootstrap
)

// Takes is what the request's action takes for a body; the zero value while the
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

// Route returns the canonical controller and action, under which rights are
// checked and events fired; an unknown action keeps the names it was called by.
func (r *Request) Route() (controller, action string) {
	if r.handler != nil {
		return r.handler.controller, r.handler.name
	}
	return r.Controller, r.Action
}

// FactorWithin is how old the proof of a factor may be that the action asks for, 0
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

// SetCookie asks the transport to set a cookie; it never shows in an envelope.
func (r *Request) SetCookie(cookie string) { r.cookie = cookie }

// HasURL reports whether the request came with a path and query of its own,
// from which arguments were read.
func (r *Request) HasURL() bool { return r.verb != "" }

// ReadOnly tells whether the request came by a verb that browsers send across
// sites as a matter of course: GET or HEAD. Nothing else is known to be harmless.
func (r *Request) ReadOnly() bool { return r.verb == http.MethodGet || r.verb == http.MethodHead }

// OverHTTP tells whether arguments follow HTTP's conventions: everything a
// string, booleans as flags.
func (r *Request) OverHTTP() bool { return r.Peer != nil && r.Peer.Protocol == HTTP }
