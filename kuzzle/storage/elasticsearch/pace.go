package elasticsearch

import "time"

// Bounds of how long those who were just answered are waited for: a part of what
// answering them took, and at most so long.
const (
	gatherPart = 4
	maxGather  = 20 * time.Millisecond
)

// pace says when a lane may ask for its next refresh. A refresh costs the same
// for one write as for many, and callers who were answered together come back
// together: without waiting for them they would be two groups, each of which
// waits for the other's refresh.
type pace struct {
	// floor is the least time from one refresh to the next.
	floor time.Duration
	// began is when the last refresh was asked for.
	began time.Time
	// Until then the next is for fewer than expected only if it has to.
	expected int
	until    time.Time
}

// hold answers how long a refresh has to be put off that so many wait for.
func (p *pace) hold(now time.Time, waiting int) time.Duration {
	wait := p.floor - now.Sub(p.began)
	if waiting < p.expected {
		wait = max(wait, p.until.Sub(now))
	}
	return max(wait, 0)
}

// begin notes that a refresh is asked for.
func (p *pace) begin(now time.Time) { p.began, p.expected = now, 0 }

// end notes that a refresh was answered to so many, while others waited.
func (p *pace) end(now time.Time, answered, waiting int) {
	p.expected = answered + waiting
	p.until = now.Add(min(now.Sub(p.began)/gatherPart, maxGather))
}
