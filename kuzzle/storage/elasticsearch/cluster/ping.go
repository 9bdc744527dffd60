package cluster

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"
)

const (
	// suspicion is how long a request waits for one of several nodes before the
	// node is pinged.
	suspicion = time.Second
	// pingTime is how long a node may take to answer a ping.
	pingTime = time.Second
)

// errNoPing ends a request that waits for a node that does not answer a ping
// either. Another node may be asked instead: every change is a compare-and-set,
// and safe to repeat.
var errNoPing = errors.New("elasticsearch: the node does not answer")

// pinger checks nodes in the background: those that failed before, so that no
// request has to try them, and those that let a request wait. It has its own
// connections, because a busy node still answers pings. A single node is not
// pinged, because no other node could be asked.
type pinger struct {
	transport *http.Transport
	ctx       context.Context
	stop      context.CancelFunc
	running   sync.WaitGroup
}

type ping struct {
	done     chan struct{}
	answered bool
}

func newPinger(transport *http.Transport) *pinger {
	p := &pinger{transport: transport.Clone()}
	p.ctx, p.stop = context.WithCancel(context.Background())
	return p
}

// close ends the goroutines of nodes, waits for them and closes the connections.
func (n *nodes) close() {
	n.mu.Lock()
	n.pings.stop()
	n.mu.Unlock()
	n.pings.running.Wait()
	n.pings.transport.CloseIdleConnections()
	n.transport.CloseIdleConnections()
}

// watch checks a failed node until it returns. The caller holds the lock.
func (n *nodes) watch(node *nodeAddress) {
	if node.watched || len(n.all) < 2 || n.pings.ctx.Err() != nil {
		return
	}
	node.watched = true
	n.pings.running.Go(func() {
		for n.stillDown(node) {
			if n.answers(node) {
				n.heard(node)
				n.note(node, false)
			} else {
				n.note(node, true)
			}
		}
	})
}

// stillDown waits for the next check of a node. It reports whether the check is
// needed: a request may have reached the node meanwhile.
func (n *nodes) stillDown(node *nodeAddress) bool {
	n.mu.Lock()
	wait := time.Until(node.until)
	n.mu.Unlock()
	err := Pause(n.pings.ctx, wait)
	n.mu.Lock()
	defer n.mu.Unlock()
	node.watched = err == nil && !node.until.IsZero()
	return node.watched
}

// answers reports whether a node answers a ping. Concurrent callers share one
// ping.
func (n *nodes) answers(node *nodeAddress) bool {
	n.mu.Lock()
	under := node.ping
	if under == nil {
		node.ping = &ping{done: make(chan struct{})}
	}
	mine := node.ping
	n.mu.Unlock()
	if under != nil {
		<-under.done
		return under.answered
	}
	mine.answered = n.ping(node)
	n.mu.Lock()
	node.ping = nil
	n.mu.Unlock()
	close(mine.done)
	return mine.answered
}

func (n *nodes) ping(node *nodeAddress) bool {
	ctx, cancel := context.WithTimeout(n.pings.ctx, pingTime)
	defer cancel()
	request, err := node.Request(ctx, http.MethodGet, "/", nil)
	if err != nil {
		return false
	}
	response, err := n.pings.transport.RoundTrip(request)
	if err != nil {
		return false
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 64<<10))
	_ = response.Body.Close()
	return response.StatusCode < http.StatusInternalServerError
}

// waiting is a request that waits for one of several nodes.
type waiting struct {
	nodes  *nodes
	node   *nodeAddress
	began  time.Time
	giveUp context.CancelFunc

	mu             sync.Mutex
	timer          *time.Timer
	ended, givenUp bool
}

// expect returns the request in a form that can be given up if its node does not
// answer a ping, and its waiting, or nil for a single node.
func (n *nodes) expect(node *nodeAddress, r *http.Request, began time.Time) (*http.Request, *waiting) {
	if len(n.all) < 2 {
		return r, nil
	}
	w := &waiting{nodes: n, node: node, began: began}
	ctx, giveUp := context.WithCancel(r.Context())
	w.giveUp = giveUp
	w.mu.Lock()
	defer w.mu.Unlock()
	w.timer = time.AfterFunc(suspicion, w.suspect)
	return r.WithContext(ctx), w
}

// over ends the waiting. It reports whether the request was given up. Without an
// answer nobody reads on.
func (w *waiting) over(answered bool) (givenUp bool) {
	if w == nil {
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ended = true
	w.timer.Stop()
	if !answered {
		w.giveUp()
	}
	return w.givenUp
}

// suspect gives the request up unless its node answered another request a moment
// ago or answers a ping.
func (w *waiting) suspect() {
	there := w.nodes.answeredSince(w.node, time.Now().Add(-suspicion)) || w.nodes.answers(w.node)
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.ended, w.nodes.pings.ctx.Err() != nil:
	case there:
		w.timer.Reset(suspicion)
	default:
		w.nodes.note(w.node, true)
		w.nodes.unheard(w.node, w.began)
		w.givenUp = true
		w.giveUp()
	}
}

func (n *nodes) answeredSince(node *nodeAddress, since time.Time) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return node.heard.After(since)
}
