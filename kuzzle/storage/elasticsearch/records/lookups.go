package records

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/cluster"
)

// Bounds of reads by id that share requests.
const (
	// LookupsAtOnce is the number of requests under way from which further reads
	// gather for the next.
	LookupsAtOnce = 4
	// maxShared is the maximum number of records that one caller may read in a
	// shared request; larger reads have their own.
	maxShared = 20
	// gatherPatience is how long reads gather when no request returns.
	gatherPatience = 50 * time.Millisecond
)

// lookups lets concurrent reads share requests. A few are sent at once. When
// several are under way, further reads gather for the next request, in which a
// record that many want is read once. Each read is sent after its call, so it
// sees every earlier write.
type lookups struct {
	records *Records
	// patience is gatherPatience, or shorter in tests.
	patience time.Duration

	mu     sync.Mutex
	flying int
	queue  []*lookup
	// impatient sends the queue if no request returns.
	impatient *time.Timer
	closed    bool
	carried   sync.WaitGroup
}

// lookup has the reads of one caller.
type lookup struct {
	gets []Get
	// given is closed when the caller has stopped waiting.
	given   <-chan struct{}
	answers []Got
	err     error
	ready   chan struct{}
}

var errReadsWaiting = errors.New("elasticsearch: too many reads are waiting")

// read returns records in the order of gets, in real time. Several that are too
// large for one answer are cluster.ErrTooLarge.
func (l *lookups) read(ctx context.Context, gets ...Get) ([]Got, error) {
	if len(gets) > maxShared {
		return l.records.Read(ctx, gets)
	}
	own, err := l.join(ctx, gets)
	if err != nil {
		return nil, err
	}
	if own == nil {
		defer l.land()
		return l.records.Read(ctx, gets)
	}
	select {
	case <-own.ready:
		if own.err != nil && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return own.answers, own.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// ReadShared returns records in the order of gets, in real time. Concurrent reads
// share requests. Several records that are too large for one answer are
// cluster.ErrTooLarge.
func (rs *Records) ReadShared(ctx context.Context, gets ...Get) ([]Got, error) {
	return rs.lookups.read(ctx, gets...)
}

// join returns nil if the caller must send the request itself, and then call
// land.
func (l *lookups) join(ctx context.Context, gets []Get) (*lookup, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.closed:
		return nil, cluster.Unavailable(cluster.ErrClosing)
	case l.flying < LookupsAtOnce:
		l.flying++
		return nil, nil
	case len(l.queue) >= l.records.options.Queue:
		return nil, cluster.Unavailable(errReadsWaiting)
	}
	own := &lookup{gets: gets, given: ctx.Done(), ready: make(chan struct{})}
	if l.queue = append(l.queue, own); len(l.queue) == 1 {
		l.impatient = time.AfterFunc(l.patience, func() { l.sendOff(own) })
	}
	return own, nil
}

// land sends the gathered reads in the place of a request that returned.
func (l *lookups) land() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.flying--
	l.fly()
}

// sendOff sends the queue without a returned request, if first still is the first
// in it.
func (l *lookups) sendOff(first *lookup) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.queue) > 0 && l.queue[0] == first {
		l.fly()
	}
}

// fly sends the queue, as much as fits into one request.
func (l *lookups) fly() {
	if len(l.queue) == 0 {
		return
	}
	l.impatient.Stop()
	n, records := 0, 0
	for n < len(l.queue) && records+len(l.queue[n].gets) <= MaxGets {
		records, n = records+len(l.queue[n].gets), n+1
	}
	batch := l.queue[:n:n]
	if l.queue = l.queue[n:]; len(l.queue) > 0 {
		first := l.queue[0]
		l.impatient = time.AfterFunc(l.patience, func() { l.sendOff(first) })
	}
	l.flying++
	l.carried.Go(func() {
		defer l.land()
		l.carry(batch)
	})
}

// carry reads for all callers that still wait. The error of a record goes to the
// callers that want it, and the others do not wait for its repetition.
func (l *lookups) carry(batch []*lookup) {
	batch = l.answer(slices.DeleteFunc(batch, (*lookup).late), once)
	l.answer(batch, patiently)
}

// answer reads for callers and answers those without a repetition. If the result
// is too large for one answer, it reads for some callers after the others.
func (l *lookups) answer(batch []*lookup, again bool) (left []*lookup) {
	ctx := l.records.stopping
	var gets []Get
	at := map[Get]int{}
	for _, one := range batch {
		for _, g := range one.gets {
			if _, is := at[g]; !is {
				at[g], gets = len(gets), append(gets, g)
			}
		}
	}
	found, err := l.records.readEach(ctx, gets, again)
	if half := len(batch) / 2; half > 0 && errors.Is(err, cluster.ErrTooLarge) {
		return append(l.answer(batch[:half], again), l.answer(batch[half:], again)...)
	}
	if ctx.Err() != nil {
		err = cluster.Unavailable(cluster.ErrClosing)
	}
	for _, one := range batch {
		one.answers = one.answers[:0]
		if one.err = err; err == nil {
			for _, g := range one.gets {
				one.answers = append(one.answers, found[at[g]])
			}
			one.err = l.records.cluster.Broken(ctx, failureOf(one.answers))
		}
		if one.err != nil && err == nil && !again {
			left = append(left, one)
			continue
		}
		close(one.ready)
	}
	return left
}

// late answers a caller that has stopped waiting.
func (o *lookup) late() bool {
	select {
	case <-o.given:
		o.err = cluster.Unavailable(context.Canceled)
		close(o.ready)
		return true
	default:
		return false
	}
}

// close waits for the reads under way. Later reads are refused.
func (l *lookups) close() {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	l.carried.Wait()
}
