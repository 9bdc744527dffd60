package counters

import (
	"slices"
	"sync/atomic"
	"time"
)

// bounds are the upper bounds of the buckets of durations, in milliseconds. The last bucket has no
// bound.
var bounds = [...]float64{0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000}

// Counts are the counts of one span of time.
type Counts struct {
	Requests uint64 `json:"r,omitempty"`
	Errors   uint64 `json:"e,omitempty"`
	SignUps  uint64 `json:"s,omitempty"`
	Logins   uint64 `json:"l,omitempty"`
	Refusals uint64 `json:"f,omitempty"`
	// Queue is the largest number of password checks that waited at the same time.
	Queue uint64 `json:"q,omitempty"`
	// Took counts requests by duration.
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

// within returns a duration in milliseconds that a part of the requests did not exceed, as exactly
// as the bounds allow; 0 without requests.
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

// live are the counts to which requests add.
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

// take returns the counts and resets them. A concurrent count is in one of the two.
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
