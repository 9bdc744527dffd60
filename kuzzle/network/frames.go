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

// The application's own ping. Browsers cannot send the protocol's.
var (
	ping = []byte(`{"p":1}`)
	pong = []byte(`{"p":2}`)
)

// maxEchoed is the size of the largest message above the rate limit whose id is
// still read: a refusal must cost less than an answer.
const maxEchoed = 4 << 10

// read receives messages until the connection ends or must end. It returns the
// close frame to send; code 0 means none.
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

// take reads one message. It answers the message, or starts its request, which
// then owns the share.
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
	// The connection bounds the sent bytes, this bounds the decompressed bytes.
	from := &bounded{from: reader, left: c.server.opts.MaxRequestSize, excess: ErrTooLarge}
	err := fillBuffer(c.ctx, frame, from, 0, share)
	share.Shrink(share.Held() - unfolding)
	if errors.Is(err, ErrNoMemory) {
		// The rest of the message is skipped before the next one.
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

// pieces reads a message that may be compressed, piece by piece. Other work runs
// between the pieces: a small message may decompress to a large one without
// further data from the client.
type pieces struct{ from io.Reader }

// onePiece is the number of bytes that are decompressed in one turn.
const onePiece = 16 << 10

func (p pieces) Read(into []byte) (int, error) {
	n, err := p.from.Read(into[:min(len(into), onePiece)])
	runtime.Gosched()
	return n, err
}

// How long a socket waits before it checks again whether it may continue; each
// wait is twice as long.
const (
	firstLook = 2 * time.Millisecond
	lastLook  = 100 * time.Millisecond
)

// yield waits while the memory budget is half used and the socket has a message
// under way or an unread answer. Other sockets need the memory more.
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

// touch renews the client's idle time. Moving a deadline is expensive, so touch
// does it only after an eighth of the time has passed.
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

// receive answers one message, or starts its request.
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
	// The text is dropped, the decoded value stays.
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

// unwelcome returns the refusal of a message that is not decoded at all.
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

// start makes a request of the message and runs it concurrently with others, so
// that it does not wait for a slow one.
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

// admit waits until the client has read enough of its answers.
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

// run answers a request that has a share of the memory budget.
func (c *socket) run(req *api.Request, share *budget.Share) {
	res := c.server.dispatcher.Dispatch(budget.With(c.ctx, share), req)
	payload := takeBuffer()
	answer := outgoing{payload: payload, slot: c.inFlight, share: share}
	if err := c.server.write(c.ctx, payload, req, res, true, share); err != nil {
		// The client must not mistake it for refused, because it may have been
		// carried out.
		answer.finish()
		c.out.giveUp()
		return
	}
	c.out.send(answer)
}

// refuse answers a message that is not a request. id is the id in the message: a
// string or number is repeated in the answer, so that the client recognizes its
// message.
func (c *socket) refuse(id any, failure *fault.Error, share *budget.Share) {
	c.reply(func(dst []byte) []byte { return appendRefusal(dst, id, failure) }, share)
}

// reply writes an answer of the transport itself. It counts as a message in
// flight, so that a client that only sends is no longer read.
func (c *socket) reply(write func(dst []byte) []byte, share *budget.Share) {
	if !c.admit() {
		return
	}
	share.Shrink(baseWeight)
	payload := takeBuffer()
	*payload = write(*payload)
	c.out.send(outgoing{payload: payload, slot: c.inFlight, share: share.Move()})
}
