package cluster

import (
	"context"
	"errors"
	"net/http"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/endpoint"
)

// How long an address that failed is left alone before it is checked again; the
// time doubles with each further failure.
const (
	firstPassOver   = time.Second
	longestPassOver = 5 * time.Second
)

const (
	// silence is the time without any answer after which a node counts as
	// unreachable.
	silence = 3 * time.Second
	// impatience is how long a request waits if every node is unreachable.
	impatience = time.Second
)

// nodes returns the cluster's addresses in turn and skips those that failed,
// until they answer a ping in the background (ping.go). Only if all have failed,
// a request tries one. close ends the goroutines of nodes.
type nodes struct {
	transport *http.Transport
	pings     *pinger
	// all does not change, its nodes do.
	all []*nodeAddress

	mu   sync.Mutex
	next int
	// listening is set while a request waits its full time for silent nodes.
	listening bool
}

type nodeAddress struct {
	endpoint.Node
	failures int
	// heard is when it answered last. A node is silent if it let a request wait
	// in vain and has answered no other meanwhile.
	heard  time.Time
	silent bool
	// until is zero for a usable address, else the time of the next check of one
	// that failed. watched is set while a goroutine does these checks.
	until   time.Time
	watched bool
	// ping is the current ping, or nil.
	ping *ping
}

// newNodes returns at least one node.
func newNodes(addresses []endpoint.Node, transport *http.Transport) *nodes {
	n := &nodes{transport: transport, pings: newPinger(transport)}
	for _, address := range addresses {
		n.all = append(n.all, &nodeAddress{Node: address})
	}
	return n
}

// take returns the next address in turn that has not failed. If all have failed,
// it returns the one with the earliest check.
func (n *nodes) take() *nodeAddress {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.next++
	best := n.all[n.next%len(n.all)]
	for i := range n.all {
		node := n.all[(n.next+i)%len(n.all)]
		if node.until.IsZero() {
			return node
		}
		if node.until.Before(best.until) {
			best = node
		}
	}
	return best
}

// send sends a request to a node. A caller's cancellation says nothing about the
// node.
func (n *nodes) send(node *nodeAddress, request *http.Request) (*http.Response, error) {
	began := time.Now()
	watched, waiting := n.expect(node, request, began)
	response, err := n.transport.RoundTrip(watched)
	givenUp := waiting.over(err == nil)
	switch {
	case err == nil:
		n.heard(node)
		n.note(node, response.StatusCode == http.StatusServiceUnavailable)
	case givenUp:
		err = errNoPing
	case !errors.Is(request.Context().Err(), context.Canceled):
		n.note(node, true)
		if os.IsTimeout(err) && time.Since(began) >= silence {
			n.unheard(node, began)
		}
	}
	return response, err
}

func (n *nodes) note(node *nodeAddress, failed bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !failed {
		node.failures, node.until = 0, time.Time{}
		return
	}
	// Concurrent requests that fail together count as one failure.
	if now := time.Now(); !node.until.After(now) {
		node.until = now.Add(min(firstPassOver<<min(node.failures, 10), longestPassOver))
		node.failures++
	}
	n.watch(node)
}

// heard records that a node answered, with any answer.
func (n *nodes) heard(node *nodeAddress) {
	n.mu.Lock()
	defer n.mu.Unlock()
	node.heard, node.silent = time.Now(), false
}

// unheard records that a node has let a request wait since a time.
func (n *nodes) unheard(node *nodeAddress, since time.Time) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if node.heard.Before(since) {
		node.silent = true
	}
}

// silent reports whether no node answers because packets to them are lost, so
// that no connection is refused either.
func (n *nodes) silent() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.allSilent()
}

func (n *nodes) allSilent() bool {
	return !slices.ContainsFunc(n.all, func(node *nodeAddress) bool { return !node.silent })
}

// patience returns how long a request may wait, given its full time. If every
// node is silent, that is short, except for one request at a time, which detects
// that slow nodes answer again. ended is called when the request ends.
func (n *nodes) patience(full time.Duration) (patience time.Duration, ended func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	switch {
	case !n.allSilent():
		return full, func() {}
	case n.listening:
		return min(full, impatience), func() {}
	}
	n.listening = true
	return full, func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.listening = false
	}
}
