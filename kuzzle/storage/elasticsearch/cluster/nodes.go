package cluster

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/elastic/elastic-transport-go/v8/elastictransport"
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
	transport http.RoundTripper
	pings     *pinger

	mu   sync.Mutex
	all  []*nodeAddress
	next int
	// listening is set while a request waits its full time for silent nodes.
	listening bool
}

type nodeAddress struct {
	*elastictransport.Connection
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

var (
	_ elastictransport.ConcurrentSafeConnectionPool = (*nodes)(nil)
	_ http.RoundTripper                             = (*nodes)(nil)
)

// pool returns the client's connections to nodes, in the form that the client's
// options require.
func (n *nodes) pool(connections []*elastictransport.Connection, _ elastictransport.Selector) elastictransport.ConnectionPool {
	for _, connection := range connections {
		n.all = append(n.all, &nodeAddress{Connection: connection})
	}
	return n
}

// ConcurrentSafe tells the client that nodes has its own lock.
func (n *nodes) ConcurrentSafe() {}

// Next returns the next address in turn that has not failed. If all have failed,
// it returns the one with the earliest check.
func (n *nodes) Next() (*elastictransport.Connection, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.all) == 0 {
		return nil, errors.New("elasticsearch: no address is configured")
	}
	n.next++
	best := n.all[n.next%len(n.all)]
	for i := range n.all {
		node := n.all[(n.next+i)%len(n.all)]
		if node.until.IsZero() {
			return node.Connection, nil
		}
		if node.until.Before(best.until) {
			best = node
		}
	}
	return best.Connection, nil
}

// OnSuccess and OnFailure do nothing: RoundTrip knows the failures.
func (n *nodes) OnSuccess(*elastictransport.Connection) error { return nil }

// OnFailure implements elastictransport.ConnectionPool.
func (n *nodes) OnFailure(*elastictransport.Connection) error { return nil }

// URLs implements elastictransport.ConnectionPool.
func (n *nodes) URLs() []*url.URL {
	n.mu.Lock()
	defer n.mu.Unlock()
	urls := make([]*url.URL, len(n.all))
	for i, node := range n.all {
		urls[i] = node.URL
	}
	return urls
}

// RoundTrip implements http.RoundTripper. A caller's cancellation says nothing
// about a node.
func (n *nodes) RoundTrip(request *http.Request) (*http.Response, error) {
	began := time.Now()
	watched, waiting := n.expect(request, began)
	response, err := n.transport.RoundTrip(watched)
	givenUp := waiting.over(err == nil)
	switch {
	case err == nil:
		n.heard(request.URL.Host)
		n.note(request.URL.Host, response.StatusCode == http.StatusServiceUnavailable)
	case givenUp:
		err = errNoPing
	case !errors.Is(request.Context().Err(), context.Canceled):
		n.note(request.URL.Host, true)
		if os.IsTimeout(err) && time.Since(began) >= silence {
			n.unheard(request.URL.Host, began)
		}
	}
	return response, err
}

// of returns the node of a host, or nil.
func (n *nodes) of(host string) *nodeAddress {
	i := slices.IndexFunc(n.all, func(node *nodeAddress) bool { return node.URL.Host == host })
	if i < 0 {
		return nil
	}
	return n.all[i]
}

func (n *nodes) note(host string, failed bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	node := n.of(host)
	switch {
	case node == nil:
		return
	case !failed:
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
func (n *nodes) heard(host string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if node := n.of(host); node != nil {
		node.heard, node.silent = time.Now(), false
	}
}

// unheard records that a node has let a request wait since a time.
func (n *nodes) unheard(host string, since time.Time) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if node := n.of(host); node != nil && node.heard.Before(since) {
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
