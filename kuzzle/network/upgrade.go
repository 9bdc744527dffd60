package network

import (
	"net/http"
	"strings"
	"sync"

	"github.com/gorilla/websocket"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

// upgrader turns HTTP connections into WebSockets.
type upgrader struct {
	server    *Server
	handshake websocket.Upgrader
}

func (s *Server) newUpgrader() *upgrader {
	return &upgrader{server: s, handshake: websocket.Upgrader{
		HandshakeTimeout:  s.opts.WriteTimeout,
		EnableCompression: s.opts.WebSocket.Compression,
		// Idle sockets keep no write buffer, and share net/http's read buffer.
		WriteBufferSize: 4 << 10,
		WriteBufferPool: &sync.Pool{},
		CheckOrigin:     func(*http.Request) bool { return true },
		Error:           func(http.ResponseWriter, *http.Request, int, error) {},
	}}
}

func (u *upgrader) wants(r *http.Request) bool {
	return !u.server.opts.WebSocket.Disabled && websocket.IsWebSocketUpgrade(r)
}

// upgrade answers the handshake on any path. A page of a foreign origin cannot
// open a socket with the cookie of a user.
func (u *upgrader) upgrade(x *exchange) {
	s := u.server
	x.req.ID = newID()
	origin := x.peer.Origin
	cookie, err := x.peer.CookieToken()
	if err != nil {
		x.refuse(err)
		return
	}
	if origin != "" && !s.opts.Origins.Allowed(origin) && !x.peer.OwnPage() || cookie != "" && !x.peer.OriginTrusted {
		x.refuse(api.ErrUnauthorizedOrigin.New(origin))
		return
	}
	header := http.Header{}
	if protocol := firstProtocol(x.r); protocol != "" {
		header["Sec-Websocket-Protocol"] = []string{protocol}
	}
	if c := x.from; c.slots != nil && x.peer.Addr != c.remote && !c.slots.attribute(c, x.peer.Addr) {
		x.refuse(ErrTooManyConnections.New(c.slots.perAddress).RetryIn(fullRetry))
		return
	}
	// After the answer a close frame may be sent, which needs a socket.
	if !x.from.enter() {
		return
	}
	conn, err := u.handshake.Upgrade(bareHijacker{x.w}, x.r, header)
	if err != nil {
		x.from.exit()
		if _, refused := err.(websocket.HandshakeError); refused {
			x.w.Header().Set("Sec-Websocket-Version", "13")
			x.refuseBody(ErrBadFrame.New(strings.TrimPrefix(err.Error(), "websocket: ")))
			return
		}
		x.from.release()
		return
	}
	if s.opts.KeepHeaders != nil {
		x.peer.Headers = s.opts.KeepHeaders(x.r.Header)
	}
	s.open(conn, x.peer, x.from)
}

// firstProtocol returns the client's first sub-protocol, which is accepted as it
// is.
func firstProtocol(r *http.Request) string {
	protocols := websocket.Subprotocols(r)
	if len(protocols) == 0 {
		return ""
	}
	return protocols[0]
}
