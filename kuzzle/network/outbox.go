package network

import (
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"github.com/gokuzzle/kuzzle/kuzzle/budget"
)

const (
	// maxQueuedFrames and maxQueuedBytes bound the frames that wait for a slow reader
	// of one socket. The memory budget bounds those of all sockets together.
	maxQueuedFrames = 50
	maxQueuedBytes  = 16 << 20
)

// outbox writes a socket's frames one after the other without its own goroutine. A
// caller that finds no writer writes its own frame and then the frames that were
// queued meanwhile.
type outbox struct {
	conn    *websocket.Conn
	timeout time.Duration
	// lastChance is the time to read the current frame of an abandoned socket.
	lastChance time.Duration
	// cut ends the reading side of an abandoned socket.
	cut func()
	// budget is the budget that frames take memory from.
	budget *budget.Budget

	mu sync.Mutex
	// busy is true while a goroutine writes.
	busy bool
	// closed is true when no frame may be added; abandoned when the queued frames are
	// dropped too.
	closed, abandoned bool
	queue             []outgoing
	bytes             int
	pushing           sync.WaitGroup
}

// outgoing is a frame. When it is written or dropped, its share is given back, and
// one value of slot if slot is not nil.
type outgoing struct {
	payload *[]byte
	slot    chan struct{}
	share   *budget.Share
}

func (o *outgoing) finish() {
	giveBuffer(o.payload)
	o.share.Release()
	if o.slot != nil {
		<-o.slot
	}
}

// send writes a frame, at once or after the queued ones.
func (o *outbox) send(frame outgoing) {
	o.mu.Lock()
	mine := o.add(frame)
	o.mu.Unlock()
	if mine {
		o.drain()
	}
}

// push is like send, for callers that must never wait for a slow reader.
func (o *outbox) push(frame outgoing) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.add(frame) {
		o.pushing.Go(o.drain)
	}
}

// add queues a frame and reports whether the caller must drain the queue. It is
// called with mu held.
func (o *outbox) add(frame outgoing) bool {
	if o.closed {
		frame.finish()
		return false
	}
	o.queue = append(o.queue, frame)
	o.bytes += len(*frame.payload)
	if !o.busy {
		o.busy = true
		return true
	}
	if len(o.queue) > maxQueuedFrames || o.bytes > maxQueuedBytes {
		o.abandon()
	}
	return false
}

// giveUp cuts the client off for reading too slowly.
func (o *outbox) giveUp() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.abandon()
}

// abandon drops the queued frames of a client that does not read. The frame that is
// being written gets a last chance. It is called with mu held.
func (o *outbox) abandon() {
	o.closed, o.abandoned = true, true
	for i := range o.queue {
		o.queue[i].finish()
	}
	o.queue, o.bytes = nil, 0
	_ = o.conn.NetConn().SetWriteDeadline(deadlineIn(o.lastChance))
	o.cut()
}

// drain writes until the queue is empty.
func (o *outbox) drain() {
	for frame, ok := o.next(); ok; frame, ok = o.next() {
		_ = o.conn.SetWriteDeadline(deadlineIn(o.timeout))
		var reader *budget.Reader
		if o.budget.Watches(len(*frame.payload)) {
			// The budget calls this with its own lock held, and giving up needs that
			// lock.
			reader = o.budget.Writing(func() { go o.giveUp() })
		}
		err := o.conn.WriteMessage(websocket.TextMessage, *frame.payload)
		o.budget.Done(reader)
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
	o.bytes -= len(*frame.payload)
	if o.queue = o.queue[1:]; len(o.queue) == 0 {
		o.queue = nil
	}
	return frame, true
}

// finish refuses further frames and waits for the queued ones. It reports whether the
// socket was abandoned.
func (o *outbox) finish() (abandoned bool) {
	o.mu.Lock()
	o.closed = true
	o.mu.Unlock()
	o.pushing.Wait()
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.abandoned
}

// farewell sends a close frame within a time and reports whether that was possible.
func farewell(conn *websocket.Conn, code int, reason string, within time.Duration) bool {
	frame := websocket.FormatCloseMessage(code, reason)
	return conn.WriteControl(websocket.CloseMessage, frame, deadlineIn(within)) == nil
}
