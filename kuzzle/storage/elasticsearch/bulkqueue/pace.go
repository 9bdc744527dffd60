package bulkqueue

import (
	"time"
)

// Bounds of how long those who were just answered are waited for: a part of what
// answering them took, all of it for those who are known to come, and at most so
// long.
const (
	gatherPart = 4
	maxGather  = 20 * time.Millisecond
)

// pace says when a queue may ask for its next refresh. A refresh costs the same
// for one write as for many, and callers who were answered together come back
// together: without waiting for them they would be two groups, each of which
// waits for the other's refresh.
type pace struct {
	// floor is the least time from one refresh to the next.
	floor time.Duration
	// began is when the last refresh was asked for, ended when it was answered.
	began, ended time.Time
	// expected is for how many the next is to be.
	expected int
}

// hold answers how long a refresh has to be put off that so many wait for, while
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

// begin notes that a refresh is asked for.
func (p *pace) begin(now time.Time) { p.began, p.expected = now, 0 }

// end notes that a refresh was answered to so many, while others waited or were
// coming.
func (p *pace) end(now time.Time, answered, others int) { p.ended, p.expected = now, answered+others }
