package network

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
)

const (
	// maxQueuedFrames and maxQueuedBytes bound what waits for a slow reader of
	// one socket, maxQueuedAll the bytes that wait for all of them together.
	maxQueuedFrames = 50
	maxQueuedBytes  = 16 << 20
	maxQueuedAll    = 256 << 20

	// lastChance is how long a reader that was too slow has to take the frame it
	// is stuck in, so that it can be told why it is cut off.
	lastChance = time.Second
)

// outbox writes a socket's frames one after the other without a goroutine of
// its own: whoever finds nobody writing writes, its own frame and then those
// that were queued meanwhile.
type outbox struct {
	conn    *websocket.Conn
	timeout time.Duration
	// cut ends the reading side of a socket that is given up.
	cut func()
	// all counts the bytes that wait in the outboxes of every socket.
	all *atomic.Int64

	mu sync.Mutex
	// busy is true while somebody writes.
	busy bool
	// closed is true when nothing may be added; abandoned when what was there
	// is dropped too.
	closed, abandoned bool
	queue             []outgoing
	bytes             int
	pushing           sync.WaitGroup
}

// outgoing is a frame. slot, if not nil, gives back a value once the frame is
// written or dropped.
type outgoing struct {
	payload *[]byte
	slot    chan struct{}
}

func (o outgoing) finish() {
	giveBuffer(o.payload)
	if o.slot != nil {
		<-o.slot
	}
}

// send writes a frame, now or after those before it.
func (o *outbox) send(frame outgoing) {
	o.mu.Lock()
	mine := o.add(frame)
	o.mu.Unlock()
	if mine {
		o.drain()
	}
}

// push is send for callers that must never wait for a slow reader.
func (o *outbox) push(frame outgoing) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.add(frame) {
		o.pushing.Go(o.drain)
	}
}

// add queues a frame and tells whether the caller has to drain the queue. It is
// called with mu held.
func (o *outbox) add(frame outgoing) bool {
	if o.closed {
		frame.finish()
		return false
	}
	o.queue = append(o.queue, frame)
	o.count(len(*frame.payload))
	if !o.busy {
		o.busy = true
		return true
	}
	if len(o.queue) > maxQueuedFrames || o.bytes > maxQueuedBytes || o.all.Load() > maxQueuedAll {
		o.abandon()
		// What is being written right now gets a last chance.
		_ = o.conn.NetConn().SetWriteDeadline(deadlineIn(lastChance))
	}
	return false
}

func (o *outbox) count(bytes int) {
	o.bytes += bytes
	o.all.Add(int64(bytes))
}

// abandon drops what waits for a reader that does not read. It is called with mu
// held.
func (o *outbox) abandon() {
	o.closed, o.abandoned = true, true
	for _, frame := range o.queue {
		frame.finish()
	}
	o.queue = nil
	o.count(-o.bytes)
	o.cut()
}

// drain writes until nothing waits.
func (o *outbox) drain() {
	for frame, ok := o.next(); ok; frame, ok = o.next() {
		_ = o.conn.SetWriteDeadline(deadlineIn(o.timeout))
		err := o.conn.WriteMessage(websocket.TextMessage, *frame.payload)
		frame.finish()
		if err != nil {
			o.mu.Lock()
			o.abandon()
			o.mu.Unlock()
		}
	}
}

func (o *outbox) next() (frame outgoing, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.queue) == 0 {
		o.busy = false
		return outgoing{}, false
	}
	frame = o.queue[0]
	o.count(-len(*frame.payload))
	if o.queue = o.queue[1:]; len(o.queue) == 0 {
		o.queue = nil
	}
	return frame, true
}

// finish lets nothing more in and waits for what is there. It tells whether the
// socket was given up.
func (o *outbox) finish() (abandoned bool) {
	o.mu.Lock()
	o.closed = true
	o.mu.Unlock()
	o.pushing.Wait()
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.abandoned
}

// farewell sends a close frame and tells whether that was possible.
func farewell(conn *websocket.Conn, code int, reason string) bool {
	frame := websocket.FormatCloseMessage(code, reason)
	return conn.WriteControl(websocket.CloseMessage, frame, deadlineIn(lastChance)) == nil
}
