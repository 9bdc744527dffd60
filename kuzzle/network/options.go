package network

import (
	"crypto/tls"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/budget"
)

// The defaults of Options, and bounds that nobody needs to change.
const (
	DefaultMaxRequestSize    = 1 << 20
	DefaultMaxDepth          = 100
	DefaultMaxNodes          = 100_000
	DefaultMaxEncodingLayers = 3
	DefaultMaxFormFileSize   = 1 << 20
	DefaultMaxConnections    = 20_000
	DefaultHeaderTimeout     = 10 * time.Second
	DefaultReadTimeout       = 30 * time.Second
	DefaultWriteTimeout      = 30 * time.Second
	DefaultIdleTimeout       = 60 * time.Second
	DefaultShutdownGrace     = 10 * time.Second
	DefaultLinger            = 250 * time.Millisecond
	DefaultLoginGrace        = 30 * time.Second

	// MaxHeaderBytes bounds request line and headers together; more is
	// answered with 431.
	MaxHeaderBytes = 16 << 10
	// MaxHeaderFields bounds the header lines of a request; more is answered with
	// 431.
	MaxHeaderFields = 100
	// MaxTokenBytes bounds a token; more is no token anybody was given.
	MaxTokenBytes = 8 << 10
	// MaxRequestIDBytes bounds the id a client may give its request.
	MaxRequestIDBytes = 256
)

// Options is what the front door can be told. The zero value works.
type Options struct {
	// Budget is what everything draws on that is held for a request or an answer;
	// nil is no bound.
	Budget *budget.Budget
	// MaxRequestSize bounds an HTTP body, as sent and as decompressed, and a
	// WebSocket message, in bytes.
	MaxRequestSize int64
	// MaxDepth bounds the nesting of JSON.
	MaxDepth int
	// MaxNodes bounds the values of one JSON text, those inside others included.
	MaxNodes int
	// MaxEncodingLayers bounds the encodings named by Content-Encoding.
	MaxEncodingLayers int
	// MaxFormFileSize bounds each part of a multipart form, in bytes.
	MaxFormFileSize int64
	// AdditionalContentTypes are accepted beside the usual ones; their bodies
	// are JSON.
	AdditionalContentTypes []string
	// NoCompression refuses compressed bodies and never compresses an answer.
	NoCompression bool

	// Mounts are files that are answered beside the API.
	Mounts []Mount

	// Origins says which web pages may call; nil lets every one.
	Origins *Origins
	// AllowMethods and AllowHeaders are what OPTIONS tells browsers.
	AllowMethods, AllowHeaders []string
	// CookieAuthentication lets browsers send the token as a cookie.
	CookieAuthentication bool

	// TrustedProxies are the addresses whose X-Forwarded-For and
	// X-Forwarded-Proto are believed.
	TrustedProxies []netip.Prefix
	// Node is this server's name, such as knode-brave-otter-12345; with none the
	// header X-Kuzzle-Node is left out.
	Node string

	WebSocket WebSocketOptions

	// MaxConnections bounds the connections open at once. When there is no slot
	// for one more, connections go that are idle and have shown no token; where
	// none is, the new one is answered 503, unless it asks for a probe.
	MaxConnections int
	// MaxPerAddress bounds those of one address, IPv6 by /64, but not those of
	// TrustedProxies; 0 is a tenth of MaxConnections and at least 64.
	MaxPerAddress int
	// TLS, if not nil, is what connections are encrypted by.
	TLS *tls.Config
	// HeaderTimeout is how long a request's headers may take, ReadTimeout its
	// body, WriteTimeout one write of an answer, IdleTimeout the pause between
	// two requests of an HTTP connection.
	HeaderTimeout, ReadTimeout, WriteTimeout, IdleTimeout time.Duration
	// RequestTimeout is the dispatcher's own bound, so that no answer is cut off
	// that it still allows; zero is the dispatcher's default.
	RequestTimeout time.Duration
	// ShutdownGrace is how long Serve waits for requests under way when it is
	// told to stop.
	ShutdownGrace time.Duration
	// Linger is how long HTTP connections on which nothing is asked stay open when
	// Serve is told to stop, so that the next request of a client that uses its
	// connection is answered, for the last time. It is a part of ShutdownGrace.
	Linger time.Duration

	// KeepHeaders returns what a WebSocket keeps of the headers that it was opened
	// with, for as long as it is open; nil keeps nothing.
	KeepHeaders func(sent http.Header) http.Header
	// Ready returns why the server cannot take requests, for /_ready, or nil. It
	// is shown to whoever asks, and not called while the dispatcher is overloaded,
	// when the server is not ready anyway. nil knows no further reason.
	Ready func() error
	// OnClose is called once for each WebSocket that has closed, after the last
	// of its requests.
	OnClose func(*api.Peer)
	Log     *slog.Logger
}

// WebSocketOptions are about WebSockets alone.
type WebSocketOptions struct {
	// Disabled answers upgrades as the plain requests they are without one.
	Disabled bool
	// IdleTimeout closes a socket that sent nothing for so long; less than a
	// second is DefaultIdleTimeout.
	IdleTimeout time.Duration
	// LoginGrace is how long, in a full house, a socket may go without a token.
	LoginGrace time.Duration
	// RateLimit is how many messages a socket may send in a second, 0 for any
	// number.
	RateLimit int
	// Compression negotiates permessage-deflate.
	Compression bool
}

// DefaultAllowMethods and DefaultAllowHeaders are what browsers may send.
var (
	DefaultAllowMethods = []string{"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"}
	DefaultAllowHeaders = []string{"Content-Type", "Access-Control-Allow-Headers", "Authorization",
		"X-Requested-With", "Content-Encoding", "Content-Length", "X-Kuzzle-Volatile"}
)

func (o Options) withDefaults() Options {
	setDefault(&o.MaxRequestSize, DefaultMaxRequestSize)
	setDefault(&o.MaxDepth, DefaultMaxDepth)
	setDefault(&o.MaxNodes, DefaultMaxNodes)
	setDefault(&o.MaxEncodingLayers, DefaultMaxEncodingLayers)
	setDefault(&o.MaxFormFileSize, DefaultMaxFormFileSize)
	setDefault(&o.MaxConnections, DefaultMaxConnections)
	setDefault(&o.HeaderTimeout, DefaultHeaderTimeout)
	setDefault(&o.ReadTimeout, DefaultReadTimeout)
	setDefault(&o.WriteTimeout, DefaultWriteTimeout)
	setDefault(&o.IdleTimeout, DefaultIdleTimeout)
	setDefault(&o.RequestTimeout, api.DefaultTimeout)
	setDefault(&o.WebSocket.LoginGrace, DefaultLoginGrace)
	setDefault(&o.ShutdownGrace, DefaultShutdownGrace)
	setDefault(&o.Linger, DefaultLinger)
	if o.WebSocket.IdleTimeout < time.Second {
		o.WebSocket.IdleTimeout = DefaultIdleTimeout
	}
	if o.AllowMethods == nil {
		o.AllowMethods = DefaultAllowMethods
	}
	if o.AllowHeaders == nil {
		o.AllowHeaders = DefaultAllowHeaders
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

func setDefault[T comparable](value *T, fallback T) {
	var zero T
	if *value == zero {
		*value = fallback
	}
}
