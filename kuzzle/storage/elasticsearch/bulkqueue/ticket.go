package bulkqueue

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/cluster"
)

// ticket has the writes of one caller, in order and for one _bulk.
type ticket struct {
	writes  []Write
	visible bool
	bytes   int
	// given is closed when the writes must not be begun any more.
	given <-chan struct{}
	// begun is when they were begun; attempts counts how often they were sent.
	begun    time.Time
	attempts int
	// left are the writes without a result; doubtful is set if one of them may
	// have been done nevertheless.
	left     []int
	doubtful bool
	results  []Written
	err      error
	ready    chan struct{}
}

func newTicket(ctx context.Context, visible bool, writes []Write) *ticket {
	t := &ticket{
		writes: writes, visible: visible, given: ctx.Done(), ready: make(chan struct{}),
		left: make([]int, len(writes)), results: make([]Written, len(writes)),
	}
	for i, w := range writes {
		t.left[i] = i
		t.bytes += len(w.Source) + len(w.ID) + linesBytes
	}
	return t
}

// late answers a ticket whose time is over before its writes were begun: its
// callers have stopped waiting.
func (t *ticket) late() bool {
	select {
	case <-t.given:
		t.err = &NotDone{Cause: context.DeadlineExceeded}
		close(t.ready)
		return true
	default:
		return false
	}
}

// take reads the results of the writes that were left. It answers the caller
// unless some writes must be tried again.
func (t *ticket) take(results []Written, from *sending) (ended bool) {
	t.attempts++
	var left []int
	for n, i := range t.left {
		if t.results[i] = results[n]; results[n].Again != nil {
			left = append(left, i)
		}
	}
	t.left, t.doubtful = left, from.doubtful
	if len(left) > 0 && from.unanswered == nil && t.attempts < bulkAttempts {
		return false
	}
	t.end(from.unanswered)
	return true
}

// overdue answers a ticket whose next attempt could end later than any write may.
func (t *ticket) overdue() bool {
	if time.Since(t.begun) < cluster.BulkTimeout {
		return false
	}
	t.end(nil)
	return true
}

func (t *ticket) end(unanswered error) {
	for i := range t.results {
		t.results[i] = t.results[i].final(unanswered)
		t.err = cmp.Or(t.err, t.results[i].Lost)
	}
	close(t.ready)
}

// load makes one sending of the writes that are left of tickets.
func (l *Queue) load(batch []*ticket) *sending {
	o := &sending{queues: l.queues, index: l.index}
	for _, t := range batch {
		if t.visible {
			o.refresh = l.refresh
		}
		o.doubtful = o.doubtful || t.doubtful
		for _, i := range t.left {
			o.writes = append(o.writes, t.writes[i])
		}
	}
	return o
}

// unload passes the results to every caller, and returns the tickets to try
// again.
func (l *Queue) unload(o *sending, batch []*ticket) (again []*ticket) {
	results := o.results
	refused := false
	for _, t := range batch {
		n := len(t.left)
		ended := t.take(results[:n], o)
		if results = results[n:]; !ended {
			again = append(again, t)
		}
		refused = refused || ended && len(t.left) > 0
	}
	if refused || len(again) == 0 {
		l.queues.refusing.note(l.index, refused)
	}
	return again
}

// carry writes a batch and passes the results to the callers. Once it has begun,
// no cancellation ends it, and no caller waits for the refused writes of another.
func (l *Queue) carry(batch []*ticket) {
	ctx, cancel := context.WithTimeout(context.Background(), cluster.BulkTimeout)
	defer cancel()
	if batch = slices.DeleteFunc(batch, (*ticket).late); len(batch) == 0 {
		return
	}
	for _, t := range batch {
		t.begun = time.Now()
	}
	o := l.load(batch)
	o.send(ctx, sharedTimeout)
	if o.refresh == refreshNow {
		l.refreshed(wantVisible(batch))
	}
	l.setAside(l.unload(o, batch))
}

// setAside tries tickets again beside the queue, together, in a goroutine that
// ends with the last of them.
func (l *Queue) setAside(tickets []*ticket) {
	if len(tickets) == 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.aside = append(l.aside, tickets...); !l.trying {
		l.trying = true
		l.carried.Go(l.tryAgain)
	}
	for _, t := range tickets {
		l.writes += len(t.left)
	}
}

// tryAgain writes the tickets that were set aside until none is left.
// Elasticsearch waits longer here for a shard, because all these callers wait for
// one.
func (l *Queue) tryAgain() {
	for {
		batch := l.takeAside()
		if len(batch) == 0 {
			return
		}
		if batch = slices.DeleteFunc(batch, (*ticket).overdue); len(batch) == 0 {
			continue
		}
		ctx, cancel := context.WithTimeout(context.Background(), cluster.BulkTimeout)
		_ = cluster.Pause(ctx, cluster.Backoff(slices.MinFunc(batch, fewerAttempts).attempts))
		o := l.load(batch)
		o.send(ctx, primaryTimeout)
		cancel()
		l.setAside(l.unload(o, batch))
	}
}

func fewerAttempts(a, b *ticket) int { return cmp.Compare(a.attempts, b.attempts) }

// takeAside takes as many of the tickets that were set aside as fit into one
// _bulk.
func (l *Queue) takeAside() []*ticket {
	l.mu.Lock()
	defer l.mu.Unlock()
	writes, bytes, n := 0, 0, 0
	for n < len(l.aside) {
		t := l.aside[n]
		if n > 0 && (writes+len(t.left) > maxBulkWrites || bytes+t.bytes > MaxBulkBytes) {
			break
		}
		writes, bytes, n = writes+len(t.left), bytes+t.bytes, n+1
	}
	batch := l.aside[:n:n]
	l.aside, l.writes = l.aside[n:], l.writes-writes
	l.trying = n > 0
	return batch
}
