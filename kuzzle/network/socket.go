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

// maxInFlight is the maximum number of unanswered messages of one socket. At the
// maximum the socket is not read.
const maxInFlight = 50

// socket is one WebSocket. Its reader goroutine ends when the connection does.
// The reader waits for the goroutines of its requests, and the Server waits for
// the reader.
type socket struct {
	server *Server
	conn   *websocket.Conn
	peer   api.Peer
	ctx    context.Context
	cancel context.CancelFunc
	// from is the underlying connection.
	from *connection

	inFlight chan struct{}
	requests sync.WaitGroup
	// leaving makes the reader stop without harm to running requests and holds
	// the reason; nil while the socket may stay.
	leaving atomic.Pointer[leaving]

	// These belong to the reader alone: when the read deadline was set, and the
	// messages counted in the second that began at window.
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

// open starts a WebSocket. From then on the socket owns the connection.
func (s *Server) open(conn *websocket.Conn, peer api.Peer, from *connection) {
	c := &socket{server: s, conn: conn, peer: peer, from: from, inFlight: make(chan struct{}, maxInFlight)}
	c.peer.Protocol, c.peer.Link = api.WebSocket, c
	c.ctx, c.cancel = context.WithCancel(context.Background())
	c.out.conn, c.out.cut, c.out.budget = conn, c.cut, s.opts.Budget
	c.out.timeout, c.out.lastChance = s.opts.WriteTimeout, s.opts.LastChance
	conn.SetReadLimit(s.opts.MaxRequestSize)
	conn.SetPingHandler(c.pong)
	from.becomes(c)
	if !s.sockets.add(c) {
		farewell(conn, errShuttingDown.code, errShuttingDown.reason, s.opts.LastChance)
		c.close()
		return
	}
	go c.serve()
}

// serve reads messages until the end, then waits for their answers.
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
	if code != 0 && farewell(c.conn, code, reason, c.out.lastChance) {
		c.linger(code)
	}
}

// leave records the reason and makes the reader stop; the first reason counts.
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

// linger reads, for a moment, the data that the client still sends: closing a
// connection with unread data resets it, and the close frame would be lost.
// linger does nothing while the server is full, because others wait for the
// descriptor.
func (c *socket) linger(code int) {
	moment := c.out.lastChance
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

// close gives back the resources of the socket.
func (c *socket) close() {
	c.cancel()
	_ = c.conn.Close() // at most the second call
	c.from.release()
	if c.server.opts.OnClose != nil {
		c.server.opts.OnClose(&c.peer)
	}
}

// Push sends a frame of the server's own. It never waits: a client with too many
// waiting frames is cut off.
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

// sockets are the open WebSockets.
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

// drain asks every socket to finish its requests and close, and refuses new
// ones.
func (s *sockets) drain() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for c := range s.open {
		c.leave(&errShuttingDown)
	}
}

// past is a deadline that makes a read return at once.
var past = time.Unix(1, 0)

// wait returns when every socket has closed; it cuts the rest off when ctx is
// done.
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
