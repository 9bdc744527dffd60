package network

import (
	"bytes"
	"errors"
	"net"
	"time"
	"unicode/utf8"

	"github.com/gorilla/websocket"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
)

// The application's own ping, for browsers, which cannot send the protocol's.
var (
	ping = []byte(`{"p":1}`)
	pong = []byte(`{"p":2}`)
)

// maxEchoed is the size of a message up to which one above the rate limit is
// still read for its id: refusing has to be cheaper than answering.
const maxEchoed = 4 << 10

// read takes messages until the connection ends or has to; it returns the close
// frame to send, with code 0 for none.
func (c *socket) read() (code int, reason string) {
	for {
		c.touch()
		if c.draining.Load() {
			return websocket.CloseGoingAway, "shutting down"
		}
		if c.ctx.Err() != nil {
			return 0, ""
		}
		kind, reader, err := c.conn.NextReader()
		if err != nil {
			return c.why(err)
		}
		frame := takeBuffer()
		// The connection bounds what was sent, this what it unfolds to.
		err = fillBuffer(frame, &bounded{from: reader, left: c.server.opts.MaxRequestSize})
		if err == nil && kind == websocket.TextMessage && !utf8.Valid(*frame) {
			err = errNotUTF8
		}
		if err == nil {
			c.receive(*frame)
		}
		giveBuffer(frame)
		if err != nil {
			return c.why(err)
		}
	}
}

func (c *socket) why(err error) (code int, reason string) {
	var timeout net.Error
	switch {
	case errors.Is(err, ErrTooLarge), errors.Is(err, websocket.ErrReadLimit):
		return websocket.CloseMessageTooBig, "message too big"
	case errors.Is(err, errNotUTF8):
		return websocket.CloseInvalidFramePayloadData, "a text message has to be UTF-8"
	case c.draining.Load():
		return websocket.CloseGoingAway, "shutting down"
	case errors.As(err, &timeout) && timeout.Timeout():
		return websocket.CloseGoingAway, "idle"
	}
	return 0, ""
}

// touch gives the client its idle time again. Moving a deadline has its price,
// so it is done only when an eighth of the time is gone.
func (c *socket) touch() {
	idle := c.server.opts.WebSocket.IdleTimeout
	now := time.Now()
	if now.Sub(c.touched) < idle/8 {
		return
	}
	c.touched = now
	_ = c.conn.SetReadDeadline(now.Add(idle + idle/8))
	if c.draining.Load() || c.ctx.Err() != nil {
		_ = c.conn.SetReadDeadline(past)
	}
}

func (c *socket) pong(data string) error {
	c.touch()
	err := c.conn.WriteControl(websocket.PongMessage, []byte(data), deadlineIn(c.server.opts.WriteTimeout))
	if errors.Is(err, websocket.ErrCloseSent) {
		return nil
	}
	return err
}

// receive answers one message, or starts the request that it is.
func (c *socket) receive(frame []byte) {
	if bytes.Equal(frame, ping) {
		c.reply(func(dst []byte) []byte { return append(dst, pong...) })
		return
	}
	limited := c.tooFast()
	if limited && len(frame) > maxEchoed {
		c.refuse(nil, ErrTooFast.New())
		return
	}
	value, err := decodeJSON(frame, c.server.opts.MaxDepth)
	switch payload, ok := value.(map[string]any); {
	case errors.Is(err, errTooDeep):
		c.refuse(shallowID(frame), ErrBadFrame.New(err.Error()))
	case err != nil:
		c.refuse(payload["requestId"], ErrBadFrame.New(err.Error()))
	case !ok:
		c.refuse(nil, assert.InvalidType.New("message", "object"))
	case limited:
		c.refuse(payload["requestId"], ErrTooFast.New())
	case len(payload) == 1 && payload["p"] == 1.0:
		c.reply(func(dst []byte) []byte { return append(dst, pong...) })
	default:
		c.start(payload)
	}
}

// tooFast counts a message towards the socket's rate limit.
func (c *socket) tooFast() bool {
	limit := c.server.opts.WebSocket.RateLimit
	if limit <= 0 {
		return false
	}
	if now := time.Now(); now.Sub(c.window) >= time.Second {
		c.window, c.counted = now, 0
	}
	c.counted++
	return c.counted > limit
}

// start makes the message a request and runs it beside those under way, so that
// none waits for a slow one before it.
func (c *socket) start(payload map[string]any) {
	req := &api.Request{Peer: &c.peer}
	id := payload["requestId"]
	err := setRequestID(req, id)
	if err == nil {
		err = fill(req, payload)
	}
	if err != nil {
		c.refuse(id, faultOf(err))
		return
	}
	if c.admit() {
		c.server.workers.start(job{c, req})
	}
}

// admit waits until the client has taken enough of its answers.
func (c *socket) admit() bool {
	select {
	case c.inFlight <- struct{}{}:
		return true
	case <-c.ctx.Done():
		return false
	}
}

func setRequestID(req *api.Request, value any) error {
	switch id := value.(type) {
	case nil:
		req.ID = newID()
	case string:
		if len(id) > MaxRequestIDBytes || !utf8.ValidString(id) {
			return badRequestID()
		}
		if req.ID = id; id == "" {
			req.ID = newID()
		}
	default:
		return assert.InvalidType.New("requestId", "string")
	}
	return nil
}

func (c *socket) run(req *api.Request) {
	res := c.server.dispatcher.Dispatch(c.ctx, req)
	payload := takeBuffer()
	*payload = c.server.render(*payload, req, res, true)
	c.out.send(outgoing{payload: payload, slot: c.inFlight})
}

// refuse answers a message that is no request. id is what the client gave as
// its id: a string or number is given back, so that the client knows which
// message it is about.
func (c *socket) refuse(id any, failure *fault.Error) {
	c.reply(func(dst []byte) []byte { return appendRefusal(dst, id, failure) })
}

// reply writes an answer of the transport's own. It takes a place among the
// messages in flight, so that a client that only sends is no longer read.
func (c *socket) reply(write func(dst []byte) []byte) {
	if !c.admit() {
		return
	}
	payload := takeBuffer()
	*payload = write(*payload)
	c.out.send(outgoing{payload: payload, slot: c.inFlight})
}
