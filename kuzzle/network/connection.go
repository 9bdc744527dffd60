package network

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"sync/atomic"
	"time"
)

// connection is a TCP connection. It holds facts that are the same for all of its
// requests, and the state by which slots decide whether it may stay.
type connection struct {
	id            string
	remote, local netip.Addr
	tls           bool

	// conn is the system's connection. conn and slots are nil for connections that
	// another server accepted; those are not counted.
	conn  net.Conn
	slots *slots

	// work is the number of running requests, or gone after the connection lost its
	// place. While the server waits for the client, the connection does not work.
	work atomic.Int32
	// active is the time of its last useful activity, in nanoseconds since 1970.
	active atomic.Int64
	// known is true when a valid token stands behind the connection, idle between
	// two HTTP requests, spare while it is in the reserve.
	known, idle, spare atomic.Bool
	// socket is the WebSocket that the connection became, or nil.
	socket atomic.Pointer[socket]

	// These belong to slots, under its mutex; since is when the connection became a
	// socket.
	place   place
	counts  netip.Addr
	since   time.Time
	silence *time.Timer
}

// gone is the value of work after a connection lost its place.
const gone = -1

// enter begins work. It returns false for a connection that has lost its place.
func (c *connection) enter() bool {
	for {
		work := c.work.Load()
		if work == gone {
			return false
		}
		if c.work.CompareAndSwap(work, work+1) {
			return true
		}
	}
}

// exit ends work that enter has begun.
func (c *connection) exit() {
	c.active.Store(time.Now().UnixNano())
	c.work.Add(-1)
}

// give takes the connection's place away unless it works, and reports whether it
// did.
func (c *connection) give() bool { return c.work.CompareAndSwap(0, gone) }

// working reports whether the server owes the client an answer.
func (c *connection) working() bool {
	if socket := c.socket.Load(); socket != nil && len(socket.inFlight) > 0 {
		return true
	}
	return c.work.Load() != 0
}

// becomes records that the connection is a WebSocket from now on, and ends the work
// of its handshake. Both happen together, so that the connection cannot lose its
// place without a close frame.
func (c *connection) becomes(socket *socket) {
	if c.slots == nil {
		c.exit()
		return
	}
	c.slots.mu.Lock()
	defer c.slots.mu.Unlock()
	c.since = time.Now()
	c.socket.Store(socket)
	c.exit()
}

// release gives the connection's place back. Further calls do nothing.
func (c *connection) release() {
	if c.slots != nil {
		c.slots.release(c)
	}
}

type connectionKey struct{}

func withConnection(ctx context.Context, c net.Conn) context.Context {
	if client, ok := c.(*clientConn); ok {
		return context.WithValue(ctx, connectionKey{}, client.of)
	}
	return ctx
}

func connectionOf(r *http.Request) *connection {
	if c, ok := r.Context().Value(connectionKey{}).(*connection); ok {
		return c
	}
	c := &connection{id: newID()}
	if remote, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		c.remote = plain(remote.Addr())
	}
	if local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok {
		c.local = addressOf(local)
	}
	return c
}
