package network

import (
	"context"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

// maxInFlight bounds the messages of one socket that are not answered yet; a
// socket with so many is not read until one is.
const maxInFlight = 50

// socket is one WebSocket. Its reader goroutine ends when the connection does;
// it waits for the goroutines of its requests, and the Server for it.
type socket struct {
	server *Server
	conn   *websocket.Conn
	peer   api.Peer
	ctx    context.Context
	cancel context.CancelFunc
	// from is the connection that it was made of.
	from *connection

	inFlight chan struct{}
	requests sync.WaitGroup
	// leaving asks the reader to stop without harm to requests under way, and
	// says why; nil while the socket may stay.
	leaving atomic.Pointer[leaving]

	// Of the reader alone: when the read deadline was set, and the messages
	// counted in the second that began at window.
	touched time.Time
	window  time.Time
	counted int

	out outbox
}

var _ api.Link = (*socket)(nil)

// leaving is the close frame of a socket that the server ends.
type leaving struct {
	code   int
	reason string
}

var errShuttingDown = leaving{websocket.CloseGoingAway, "shutting down"}

// open starts a WebSocket. From here on the connection is the socket's.
func (s *Server) open(conn *websocket.Conn, peer api.Peer, from *connection) {
	c := &socket{server: s, conn: conn, peer: peer, from: from, inFlight: make(chan struct{}, maxInFlight)}
	c.peer.Protocol, c.peer.Link = api.WebSocket, c
	c.ctx, c.cancel = context.WithCancel(context.Background())
	c.out.conn, c.out.timeout, c.out.cut, c.out.budget = conn, s.opts.WriteTimeout, c.cut, s.opts.Budget
	conn.SetReadLimit(s.opts.MaxRequestSize)
	conn.SetPingHandler(c.pong)
	from.becomes(c)
	if !s.sockets.add(c) {
		farewell(conn, errShuttingDown.code, errShuttingDown.reason)
		c.close()
		return
	}
	go c.serve()
}

// serve reads messages until there are none, then waits for their answers.
func (c *socket) serve() {
	defer c.server.sockets.remove(c)
	defer c.close()
	code, reason := c.read()
	if c.leaving.Load() == nil {
		c.cancel()
	}
	c.requests.Wait()
	if c.out.finish() {
		code, reason = websocket.CloseInternalServerErr, "too slow"
	}
	if code != 0 && farewell(c.conn, code, reason) {
		c.linger(code)
	}
}

// leave ends the reader once it has told why; the first reason counts.
func (c *socket) leave(why *leaving) {
	c.leaving.CompareAndSwap(nil, why)
	_ = c.conn.SetReadDeadline(past)
}

// Known implements api.Link.
func (c *socket) Known(known bool) { c.from.known.Store(known) }

// cut ends the reader and cancels the requests.
func (c *socket) cut() {
	c.cancel()
	_ = c.conn.SetReadDeadline(past)
}

// linger takes what the client still sends, for a moment: closing a connection
// with unread data resets it, and the close frame would be lost. In a full house
// somebody waits for its descriptor.
func (c *socket) linger(code int) {
	moment := lastChance
	if code == errFullHouse.code {
		moment /= 10
	}
	conn := c.conn.NetConn()
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.CloseWrite()
	}
	_ = conn.SetReadDeadline(deadlineIn(moment))
	_, _ = io.Copy(io.Discard, conn)
}

// close gives back what the socket holds.
func (c *socket) close() {
	c.cancel()
	_ = c.conn.Close() // twice at worst
	c.from.release()
	if c.server.opts.OnClose != nil {
		c.server.opts.OnClose(&c.peer)
	}
}

// Push sends a frame of the server's own. It never waits: a client for which
// too much waits already is cut off.
func (c *socket) Push(frame []byte) {
	payload := takeBuffer()
	*payload = append(*payload, frame...)
	push := outgoing{payload: payload, share: c.server.opts.Budget.Share()}
	if !push.share.TryGrow(int64(max(len(frame), baseWeight))) {
		push.finish()
		c.out.giveUp()
		return
	}
	c.out.push(push)
}

// sockets are the WebSockets that are open.
type sockets struct {
	mu     sync.Mutex
	open   map[*socket]struct{}
	closed bool
	all    sync.WaitGroup
}

func (s *sockets) add(c *socket) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.open[c] = struct{}{}
	s.all.Add(1)
	return true
}

func (s *sockets) remove(c *socket) {
	s.mu.Lock()
	delete(s.open, c)
	s.mu.Unlock()
	s.all.Done()
}

func (s *sockets) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.open)
}

// drain asks every socket to finish its requests and go, and lets no new one in.
func (s *sockets) drain() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for c := range s.open {
		c.leave(&errShuttingDown)
	}
}

// past makes a read return at once.
var past = time.Unix(1, 0)

// wait returns when every socket has closed; those that have not when ctx is
// done are cut off.
func (s *sockets) wait(ctx context.Context) {
	stop := context.AfterFunc(ctx, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		for c := range s.open {
			c.cut()
			_ = c.conn.Close()
		}
	})
	defer stop()
	s.all.Wait()
}
