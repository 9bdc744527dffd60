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

// Defaults of Options, and bounds that never need a change.
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
	DefaultLastChance        = time.Second
	DefaultIdleTimeout       = 60 * time.Second
	DefaultShutdownGrace     = 10 * time.Second
	DefaultLinger            = 250 * time.Millisecond
	DefaultLoginGrace        = 30 * time.Second

	// MaxHeaderBytes bounds request line and headers together; a larger head is
	// answered with 431.
	MaxHeaderBytes = 16 << 10
	// MaxHeaderFields bounds the header lines of a request; more lines are
	// answered with 431.
	MaxHeaderFields = 100
	// MaxTokenBytes bounds a token; no token of this server is longer.
	MaxTokenBytes = 8 << 10
	// MaxRequestIDBytes bounds the client's id of a request.
	MaxRequestIDBytes = 256
)

// Options configures the server. The zero value works.
type Options struct {
	// Budget is the memory budget for everything that a request or an answer
	// holds; nil means no bound.
	Budget *budget.Budget
	// MaxRequestSize bounds an HTTP body, as sent and as decompressed, and a
	// WebSocket message, in bytes.
	MaxRequestSize int64
	// MaxDepth bounds the nesting of JSON.
	MaxDepth int
	// MaxNodes bounds the number of values in one JSON text, nested values
	// included.
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

	// Mounts are files that are served beside the API.
	Mounts []Mount

	// Origins lists the web pages that may call; nil allows all.
	Origins *Origins
	// AllowMethods and AllowHeaders are the answers of OPTIONS to browsers.
	AllowMethods, AllowHeaders []string
	// CookieAuthentication lets browsers send the token as a cookie.
	CookieAuthentication bool

	// TrustedProxies are the addresses whose X-Forwarded-For and X-Forwarded-Proto
	// headers are trusted.
	TrustedProxies []netip.Prefix
	// Node is this server's name, such as knode-brave-otter-12345; "" leaves the
	// header X-Kuzzle-Node out.
	Node string

	WebSocket WebSocketOptions

	// MaxConnections bounds the open connections. When no slot is free for a new
	// connection, the server closes idle connections that have shown no token. If
	// there are none, the new one is answered 503, unless it asks for a probe.
	MaxConnections int
	// MaxPerAddress bounds the connections of one address, IPv6 by /64;
	// TrustedProxies are exempt. 0 is a tenth of MaxConnections and at least 64.
	MaxPerAddress int
	// TLS, if not nil, encrypts the connections.
	TLS *tls.Config
	// HeaderTimeout is the maximum time for a request's headers, ReadTimeout for
	// its body, WriteTimeout for one write of an answer, IdleTimeout between two
	// requests of an HTTP connection.
	HeaderTimeout, ReadTimeout, WriteTimeout, IdleTimeout time.Duration
	// LastChance is how long a client that reads too slowly has to read its current frame, so that the
	// close frame with the reason can follow; default one second.
	LastChance time.Duration
	// RequestTimeout is the dispatcher's own timeout; answers within it are not
	// cut off. Zero is the dispatcher's default.
	RequestTimeout time.Duration
	// ShutdownGrace is how long Serve waits for running requests when it stops.
	ShutdownGrace time.Duration
	// Linger is how long HTTP connections on which nothing is asked stay open when
	// Serve is told to stop, so that the next request of a client that uses its
	// connection is answered, for the last time. It is a part of ShutdownGrace.
	Linger time.Duration

	// KeepHeaders returns the headers that a WebSocket keeps, while it is open, of
	// the request that opened it; nil keeps none.
	KeepHeaders func(sent http.Header) http.Header
	// Ready returns the reason why the server cannot take requests, for /_ready,
	// or nil. Every caller sees the reason. Ready is not called while the
	// dispatcher is overloaded, because the server is not ready then. A nil Ready
	// adds no reason.
	Ready func() error
	// OnClose is called once for each WebSocket that has closed, after the last
	// of its requests.
	OnClose func(*api.Peer)
	Log     *slog.Logger
}

// WebSocketOptions configures WebSockets.
type WebSocketOptions struct {
	// Disabled answers upgrade requests as plain requests.
	Disabled bool
	// IdleTimeout closes a socket after that time without a message; less than a
	// second is DefaultIdleTimeout.
	IdleTimeout time.Duration
	// LoginGrace is how long a socket may stay without a token while the server is
	// full.
	LoginGrace time.Duration
	// RateLimit is the maximum number of messages of a socket in a second, 0 for
	// no limit.
	RateLimit int
	// Compression negotiates permessage-deflate.
	Compression bool
}

// DefaultAllowMethods and DefaultAllowHeaders are the methods and headers that
// browsers may send.
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
	setDefault(&o.LastChance, DefaultLastChance)
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
