package network

import (
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// outbox writes a socket's frames one after the other without a goroutine of
// its own: whoever finds nobody writing writes, its own frame and then those
// that were queued meanwhile.
type outbox struct {
	conn    *websocket.Conn
	timeout time.Duration

	mu      sync.Mutex
	busy    bool
	closed  bool
	queue   []outgoing
	bytes   int
	pushing sync.WaitGroup
}

// outgoing is a frame and what to do once it is written or dropped.
type outgoing struct {
	payload *[]byte
	done    chan struct{}
}

func (o outgoing) finish() {
	giveBuffer(o.payload)
	if o.done != nil {
		<-o.done
	}
}

// send writes a frame, now or after those before it. done, if not nil, gets one
// value taken out of it when the frame is gone.
func (o *outbox) send(frame outgoing) {
	if !o.enqueue(frame) {
		return
	}
	o.drain()
}

// push is send for callers that must never wait for a slow reader.
func (o *outbox) push(payload *[]byte) {
	if o.enqueue(outgoing{payload: payload}) {
		o.pushing.Go(o.drain)
	}
}

// enqueue tells whether the caller has to drain the queue.
func (o *outbox) enqueue(frame outgoing) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		frame.finish()
		return false
	}
	o.queue = append(o.queue, frame)
	o.bytes += len(*frame.payload)
	if o.busy && (len(o.queue) > maxQueuedFrames || o.bytes > maxQueuedBytes) {
		o.abandon()
		return false
	}
	if o.busy {
		return false
	}
	o.busy = true
	return true
}

func (o *outbox) drain() {
	for {
		o.mu.Lock()
		if len(o.queue) == 0 {
			o.busy = false
			o.mu.Unlock()
			return
		}
		frame := o.queue[0]
		o.queue = o.queue[1:]
		o.bytes -= len(*frame.payload)
		if len(o.queue) == 0 {
			o.queue = nil
		}
		o.mu.Unlock()
		_ = o.conn.SetWriteDeadline(deadlineIn(o.timeout))
		err := o.conn.WriteMessage(websocket.TextMessage, *frame.payload)
		frame.finish()
		if err != nil {
			o.fail()
		}
	}
}

// abandon drops what waits for a reader that does not read. Called with mu held.
func (o *outbox) abandon() {
	o.closed = true
	for _, frame := range o.queue {
		frame.finish()
	}
	o.queue, o.bytes = nil, 0
	_ = o.conn.Close()
}

func (o *outbox) fail() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.closed {
		o.abandon()
	}
}
