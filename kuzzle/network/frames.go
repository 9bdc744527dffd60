package network

import (
	"bytes"
	"errors"
	"io"
	"net"
	"time"
	"unicode/utf8"

	"github.com/gorilla/websocket"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
)

var (
	ping = []byte(`{"p":1}`)
	pong = []byte(`{"p":2}`)
)

// read takes messages until the connection ends or has to; it returns the close
// code to send, 0 for none.
func (c *socket) read() int {
	for {
		c.touch()
		if c.draining.Load() {
			return websocket.CloseGoingAway
		}
		_, reader, err := c.conn.NextReader()
		if err != nil {
			return c.whyClosed(err)
		}
		frame := takeBuffer()
		err = fillBuffer(frame, &bounded{from: reader, left: c.server.opts.MaxRequestSize})
		if err == nil {
			c.receive(*frame)
		}
		giveBuffer(frame)
		if err != nil {
			return c.whyClosed(err)
		}
	}
}

func (c *socket) whyClosed(err error) int {
	var timeout net.Error
	switch {
	case errors.Is(err, ErrTooLarge):
		return websocket.CloseMessageTooBig
	case c.draining.Load():
		return websocket.CloseGoingAway
	case errors.As(err, &timeout) && timeout.Timeout():
		return websocket.CloseNormalClosure
	}
	return 0
}

// touch gives the client its idle time again. The deadline is a timer of the
// system's, so it is moved only when an eighth of it is gone.
func (c *socket) touch() {
	idle := c.server.opts.WebSocket.IdleTimeout
	now := time.Now()
	if now.Sub(c.touched) < idle/8 {
		return
	}
	c.touched = now
	_ = c.conn.SetReadDeadline(now.Add(idle))
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
		c.reply(pong)
		return
	}
	limited := c.tooFast()
	value, err := decodeJSON(bytes.TrimPrefix(frame, byteOrderMark), c.server.opts.MaxDepth)
	switch payload, ok := value.(map[string]any); {
	case err != nil:
		c.refuse(nil, ErrBadFrame.New(err.Error()))
	case !ok:
		c.refuse(nil, assert.InvalidType.New("message", "object"))
	case limited:
		c.refuse(payload["requestId"], ErrTooFast.New())
	case len(payload) == 1 && payload["p"] == 1.0:
		c.reply(pong)
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

// start makes the message a request and runs it beside those under way.
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
	select {
	case c.inFlight <- struct{}{}:
	case <-c.ctx.Done():
		return
	}
	c.requests.Go(func() { c.run(req) })
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
	*payload = res.Append(*payload, req, true)
	c.out.send(outgoing{payload: payload, done: c.inFlight})
}

func (c *socket) reply(frame []byte) {
	payload := takeBuffer()
	*payload = append(*payload, frame...)
	c.out.send(outgoing{payload: payload})
}

// refuse answers a message that is no request. id is what the client gave as
// its id: a string or number is given back, so that the client knows which
// message it is about.
func (c *socket) refuse(id any, failure *fault.Error) {
	payload := takeBuffer()
	*payload = appendRefusal(*payload, id, failure)
	c.out.send(outgoing{payload: payload})
}

var _ io.Reader = (*bounded)(nil)
