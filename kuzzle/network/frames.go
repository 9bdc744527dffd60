package network

import (
	"bytes"
	"errors"
	"io"
	"net"
	"runtime"
	"time"
	"unicode/utf8"

	"github.com/gorilla/websocket"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/budget"
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
		if leaving := c.leaving.Load(); leaving != nil {
			return leaving.code, leaving.reason
		}
		if c.ctx.Err() != nil {
			return 0, ""
		}
		kind, reader, err := c.conn.NextReader()
		if err != nil {
			return c.why(err)
		}
		share := c.server.opts.Budget.Share()
		err = c.take(kind, reader, share)
		share.Release()
		if err != nil {
			return c.why(err)
		}
	}
}

// take reads one message and answers it or starts the request that it is, which
// then has the share.
func (c *socket) take(kind int, reader io.Reader, share *budget.Share) error {
	c.yield()
	unfolding := int64(0)
	if c.server.opts.WebSocket.Compression {
		unfolding, reader = layerWeight, pieces{reader}
	}
	if err := share.Grow(c.ctx, baseWeight+unfolding); err != nil {
		return ErrNoMemory.New()
	}
	frame := takeBuffer()
	defer giveBuffer(frame)
	// The connection bounds what was sent, this what it unfolds to.
	from := &bounded{from: reader, left: c.server.opts.MaxRequestSize, excess: ErrTooLarge}
	err := fillBuffer(c.ctx, frame, from, 0, share)
	share.Shrink(share.Held() - unfolding)
	if errors.Is(err, ErrNoMemory) {
		// What is left of the message is passed over before the next one.
		c.refuse(nil, faultOf(err), share)
		return nil
	}
	if err == nil && kind == websocket.TextMessage && !utf8.Valid(*frame) {
		err = errNotUTF8
	}
	if err == nil {
		c.receive(*frame, share)
	}
	return err
}

// pieces reads a message that may have been compressed: in pieces, between which
// others have their turn. A small message unfolds to a large one while the client
// sends nothing.
type pieces struct{ from io.Reader }

// onePiece is how many bytes are unfolded in one turn.
const onePiece = 16 << 10

func (p pieces) Read(into []byte) (int, error) {
	n, err := p.from.Read(into[:min(len(into), onePiece)])
	runtime.Gosched()
	return n, err
}

// How long a socket waits before it looks whether it may go on: each time twice as
// long.
const (
	firstLook = 2 * time.Millisecond
	lastLook  = 100 * time.Millisecond
)

// yield waits while the memory budget is half used and the socket has a message
// under way, or an answer that is not read: others need the memory more.
func (c *socket) yield() {
	all := c.server.opts.Budget
	for look := firstLook; len(c.inFlight) > 0 && all.Scarce(); look = min(2*look, lastLook) {
		select {
		case <-c.ctx.Done():
			return
		case <-time.After(look):
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
	case errors.Is(err, ErrNoMemory):
		return websocket.CloseTryAgainLater, "no memory left"
	case c.leaving.Load() != nil:
		leaving := c.leaving.Load()
		return leaving.code, leaving.reason
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
	c.from.active.Store(now.UnixNano())
	if now.Sub(c.touched) < idle/8 {
		return
	}
	c.touched = now
	_ = c.conn.SetReadDeadline(now.Add(idle + idle/8))
	if c.leaving.Load() != nil || c.ctx.Err() != nil {
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
func (c *socket) receive(frame []byte, share *budget.Share) {
	if bytes.Equal(frame, ping) {
		c.reply(func(dst []byte) []byte { return append(dst, pong...) }, share)
		return
	}
	limited := c.tooFast()
	if limited && len(frame) > maxEchoed {
		c.refuse(nil, ErrTooFast.New(), share)
		return
	}
	text := share.Held() - baseWeight
	if err := c.server.weighed(c.ctx, frame, &api.Request{Peer: &c.peer}, true, share); err != nil {
		done := c.server.heavily(len(frame))
		id := shallowID(frame)
		done()
		c.refuse(id, c.unwelcome(err), share)
		return
	}
	done := c.server.heavily(int(share.Held() - baseWeight))
	value, err := decodeJSON(frame)
	done()
	// What was read is dropped, what was decoded stays.
	share.Shrink(share.Held() - text)
	switch payload, ok := value.(map[string]any); {
	case err != nil:
		c.refuse(payload["requestId"], ErrBadFrame.New(err.Error()), share)
	case !ok:
		c.refuse(nil, assert.InvalidType.New("message", "object"), share)
	case limited:
		c.refuse(payload["requestId"], ErrTooFast.New(), share)
	case len(payload) == 1 && payload["p"] == 1.0:
		c.reply(func(dst []byte) []byte { return append(dst, pong...) }, share)
	default:
		c.start(payload, int64(len(frame)), share)
	}
}

// unwelcome is the answer to a message that is not even decoded.
func (c *socket) unwelcome(err error) *fault.Error {
	if errors.Is(err, errTooMany) {
		return ErrTooManyNodes.New(c.server.opts.MaxNodes)
	}
	if refusal, known := fault.From(err); known {
		return refusal
	}
	return ErrBadFrame.New(err.Error())
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
func (c *socket) start(payload map[string]any, bytes int64, share *budget.Share) {
	req := &api.Request{Peer: &c.peer, Size: bytes}
	id := payload["requestId"]
	err := setRequestID(req, id)
	if err == nil {
		err = fill(req, payload)
	}
	if err != nil {
		c.refuse(id, faultOf(err), share)
		return
	}
	if c.admit() {
		c.server.workers.start(job{c, req, share.Move()})
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

// run answers a request, which has a share of the memory budget.
func (c *socket) run(req *api.Request, share *budget.Share) {
	res := c.server.dispatcher.Dispatch(budget.With(c.ctx, share), req)
	payload := takeBuffer()
	answer := outgoing{payload: payload, slot: c.inFlight, share: share}
	if err := c.server.write(c.ctx, payload, req, res, true, share); err != nil {
		// The client must not take it for refused: it may have been carried out.
		answer.finish()
		c.out.giveUp()
		return
	}
	c.out.send(answer)
}

// refuse answers a message that is no request. id is what the client gave as
// its id: a string or number is given back, so that the client knows which
// message it is about.
func (c *socket) refuse(id any, failure *fault.Error, share *budget.Share) {
	c.reply(func(dst []byte) []byte { return appendRefusal(dst, id, failure) }, share)
}

// reply writes an answer of the transport's own. It takes a place among the
// messages in flight, so that a client that only sends is no longer read.
func (c *socket) reply(write func(dst []byte) []byte, share *budget.Share) {
	if !c.admit() {
		return
	}
	share.Shrink(baseWeight)
	payload := takeBuffer()
	*payload = write(*payload)
	c.out.send(outgoing{payload: payload, slot: c.inFlight, share: share.Move()})
}
