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

// How long an address that failed is left alone before it is looked at again:
// twice as long with each further failure.
const (
	firstPassOver   = time.Second
	longestPassOver = 5 * time.Second
)

const (
	// silence is how long a node says nothing that is taken for cut off.
	silence = 3 * time.Second
	// impatience is how long a request waits where every node is.
	impatience = time.Second
)

// nodes takes the cluster's addresses in turns and passes over those that failed,
// until one of them answers a ping beside the requests (ping.go). Only where all
// have failed a request tries one. close ends what nodes has started.
type nodes struct {
	transport http.RoundTripper
	pings     *pinger

	mu   sync.Mutex
	all  []*nodeAddress
	next int
	// listening is set while a request waits in full for nodes that are silent.
	listening bool
}

type nodeAddress struct {
	*elastictransport.Connection
	failures int
	// heard is when it answered last. It is silent when it let a request wait in
	// vain and answered no other meanwhile.
	heard  time.Time
	silent bool
	// until is zero for an address that is used, and otherwise when one that
	// failed is looked at again. watched is set while somebody does that.
	until   time.Time
	watched bool
	// ping is the one under way, or nil.
	ping *ping
}

var (
	_ elastictransport.ConcurrentSafeConnectionPool = (*nodes)(nil)
	_ http.RoundTripper                             = (*nodes)(nil)
)

// pool gives the client's connections to nodes, as the client's options want it.
func (n *nodes) pool(connections []*elastictransport.Connection, _ elastictransport.Selector) elastictransport.ConnectionPool {
	for _, connection := range connections {
		n.all = append(n.all, &nodeAddress{Connection: connection})
	}
	return n
}

// ConcurrentSafe tells the client that nodes locks for itself.
func (n *nodes) ConcurrentSafe() {}

// Next answers the next address in turn that has not failed, or, where all have,
// the one whose time comes first.
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

// OnSuccess and OnFailure do nothing: RoundTrip knows what went wrong.
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

// RoundTrip implements http.RoundTripper. That a caller walked away says nothing
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

// of answers the node of a host, or nil.
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
	// Requests that were under way together count as one failure.
	if now := time.Now(); !node.until.After(now) {
		node.until = now.Add(min(firstPassOver<<min(node.failures, 10), longestPassOver))
		node.failures++
	}
	n.watch(node)
}

// heard notes that a node answered, whatever it said.
func (n *nodes) heard(host string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if node := n.of(host); node != nil {
		node.heard, node.silent = time.Now(), false
	}
}

// unheard notes that a node let a request wait since a time.
func (n *nodes) unheard(host string, since time.Time) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if node := n.of(host); node != nil && node.heard.Before(since) {
		node.silent = true
	}
}

// silent tells whether no node answers: packets to them are lost, so that nobody
// says that they are gone.
func (n *nodes) silent() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.allSilent()
}

func (n *nodes) allSilent() bool {
	return !slices.ContainsFunc(n.all, func(node *nodeAddress) bool { return !node.silent })
}

// patience answers how long a request waits that would wait for so long. Where
// every node is silent that is not long, but for one request at a time, by which
// nodes that are merely slow are heard again. ended is called when it has.
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
