package bulkqueue

import (
	"time"
)

// Bounds of the wait for callers that were just answered: a part of the time
// that answering took, all of it for callers that are known to come, and a
// maximum.
const (
	gatherPart = 4
	maxGather  = 20 * time.Millisecond
)

// pace decides when a queue may request its next refresh. A refresh costs the
// same for one write as for many, and callers that were answered together come
// back together. Without a wait for them they would form two groups, each
// waiting for the other's refresh.
type pace struct {
	// floor is the shortest time from one refresh to the next.
	floor time.Duration
	// began is when the last refresh was requested, ended when it was answered.
	began, ended time.Time
	// expected is the expected number of writes for the next refresh.
	expected int
}

// hold returns how long to delay a refresh for which waiting writes wait, while
// others are coming.
func (p *pace) hold(now time.Time, waiting, coming int) time.Duration {
	wait, took := p.floor-now.Sub(p.began), p.ended.Sub(p.began)
	switch {
	case waiting >= p.expected:
	case coming > 0:
		wait = max(wait, p.ended.Add(min(took, maxGather)).Sub(now))
	default:
		wait = max(wait, p.ended.Add(min(took/gatherPart, maxGather)).Sub(now))
	}
	return max(wait, 0)
}

// begin records that a refresh is requested.
func (p *pace) begin(now time.Time) { p.began, p.expected = now, 0 }

// end records that a refresh answered some writes, while others waited or were
// coming.
func (p *pace) end(now time.Time, answered, others int) { p.ended, p.expected = now, answered+others }
