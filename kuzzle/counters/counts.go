package counters

import (
	"slices"
	"sync/atomic"
	"time"
)

// bounds are those of durations, in milliseconds. Beyond the last is another bucket.
var bounds = [...]float64{0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000}

// Counts are those of one span of time.
type Counts struct {
	Requests uint64 `json:"r,omitempty"`
	Errors   uint64 `json:"e,omitempty"`
	SignUps  uint64 `json:"s,omitempty"`
	Logins   uint64 `json:"l,omitempty"`
	Refusals uint64 `json:"f,omitempty"`
	// Queue is the most password checks that waited at once.
	Queue uint64 `json:"q,omitempty"`
	// Took counts requests by how long they took.
	Took [len(bounds) + 1]uint64 `json:"t"`
}

func (c *Counts) add(more *Counts) {
	c.Requests += more.Requests
	c.Errors += more.Errors
	c.SignUps += more.SignUps
	c.Logins += more.Logins
	c.Refusals += more.Refusals
	c.Queue = max(c.Queue, more.Queue)
	for i := range c.Took {
		c.Took[i] += more.Took[i]
	}
}

// within is a duration in milliseconds that a part of the requests did not exceed, as
// exactly as the bounds tell, 0 for no requests.
func (c *Counts) within(part float64) float64 {
	all := uint64(0)
	for _, n := range c.Took {
		all += n
	}
	if all == 0 {
		return 0
	}
	met := uint64(0)
	for i, n := range c.Took {
		if met += n; float64(met) >= part*float64(all) {
			return bounds[min(i, len(bounds)-1)]
		}
	}
	return bounds[len(bounds)-1]
}

// live are counts that requests add to.
type live struct {
	requests, errors, signUps, logins, refusals, queue atomic.Uint64
	took                                               [len(bounds) + 1]atomic.Uint64
}

func (l *live) request(failed bool, took time.Duration) {
	l.requests.Add(1)
	if failed {
		l.errors.Add(1)
	}
	at, _ := slices.BinarySearch(bounds[:], float64(took)/float64(time.Millisecond))
	l.took[at].Add(1)
}

// take returns the counts and begins anew. What is counted meanwhile is in one of both.
func (l *live) take() Counts {
	c := Counts{
		Requests: l.requests.Swap(0), Errors: l.errors.Swap(0), SignUps: l.signUps.Swap(0), Logins: l.logins.Swap(0),
		Refusals: l.refusals.Swap(0), Queue: l.queue.Swap(0),
	}
	for i := range c.Took {
		c.Took[i] = l.took[i].Swap(0)
	}
	return c
}
