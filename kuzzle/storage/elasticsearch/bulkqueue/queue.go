package bulkqueue

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/cluster"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/layout"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/records"
)

// Options configure writing.
type Options struct {
	// Visibility is how a change becomes visible to searches before it is
	// answered.
	Visibility Visibility
	// RefreshFloor is the shortest time between two refreshes of an index that
	// writes request; 0 is no limit.
	RefreshFloor time.Duration
	// Queue is the maximum number of changes under way.
	Queue int
}

// Queues write to the indexes of a store.
type Queues struct {
	cluster *cluster.Cluster
	names   *layout.Names
	records *records.Records
	options Options
	// all are the queues; Start sets them.
	all map[string]*Queue
	// refusing lets Health check indexes that refused their last writes.
	refusing refusing
}

// New returns the queues of a store; Start starts them. Bulk works without Start.
func New(c *cluster.Cluster, names *layout.Names, r *records.Records, options Options) *Queues {
	return &Queues{cluster: c, names: names, records: r, options: options, all: map[string]*Queue{}}
}

// Start starts the queue of every index. It is called once, before To.
func (ls *Queues) Start() {
	for _, name := range ls.names.All() {
		ls.all[name] = startQueue(ls, name)
	}
}

// To returns the queue of an index, or nil.
func (ls *Queues) To(index string) *Queue { return ls.all[index] }

// Close completes accepted writes and ends the queues.
func (ls *Queues) Close() {
	for _, l := range ls.all {
		l.close()
	}
}

// Waiting returns how many callers' writes wait for the next _bulk.
func (l *Queue) Waiting() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.queue)
}

// Bounds of one _bulk, and of its attempts.
const (
	maxBulkWrites = 2000
	MaxBulkBytes  = 16 << 20
	bulkPatience  = 10 * time.Second
	bulkAttempts  = 6
)

// waitsAtOnce is the maximum number of _bulks of one index that wait for
// Elasticsearch's own refresh.
const waitsAtOnce = 16

// Queue sends the writes to one index. It sends as many _bulks at a time as it
// has slots, one if it requests refreshes itself, and meanwhile gathers writes
// for the next. Its goroutine runs from Open to Close.
type Queue struct {
	queues *Queues
	index  string
	// refresh is how writes become visible.
	refresh string
	slots   chan struct{}
	// patient sends the writes that wait for Elasticsearch's own refresh, so that
	// others need not wait; nil if none do.
	patient *Queue

	mu     sync.Mutex
	queue  []*ticket
	writes int
	// visible is the number of tickets in the queue that want a refresh, for
	// which pace decides the time; coming is the number of those that will arrive
	// in a moment.
	visible int
	coming  int
	pace    pace
	// aside are the tickets that are tried again beside the queue; trying is set
	// while that happens.
	aside   []*ticket
	trying  bool
	closed  bool
	wake    chan struct{}
	done    chan struct{}
	carried sync.WaitGroup
}

// startQueue creates the queue of an index and starts it.
func startQueue(ls *Queues, index string) *Queue {
	l := newQueue(ls, index, refreshNow, 1)
	if ls.options.Visibility == WaitFor {
		l.patient = newQueue(ls, index, refreshLater, waitsAtOnce)
		go l.patient.run()
	}
	go l.run()
	return l
}

func newQueue(ls *Queues, index, refresh string, slots int) *Queue {
	return &Queue{
		queues: ls, index: index, refresh: refresh, slots: make(chan struct{}, slots),
		pace: pace{floor: ls.options.RefreshFloor},
		wake: make(chan struct{}, 1), done: make(chan struct{}),
	}
}

// Expect announces a write that wants a refresh and is submitted once its claims
// are written. The returned function is called when it is submitted or will not
// be.
func (l *Queue) Expect() (came func()) {
	l.count(+1)
	return sync.OnceFunc(func() { l.count(-1) })
}

func (l *Queue) count(more int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.coming += more
}

// Submit does writes and returns the result of each. An error means that it is
// unknown whether they were done.
func (l *Queue) Submit(ctx context.Context, visible bool, writes ...Write) ([]Written, error) {
	if len(writes) == 0 {
		return nil, nil
	}
	if visible && l.patient != nil {
		l = l.patient
	}
	t := newTicket(ctx, visible, writes)
	if err := l.enqueue(t); err != nil {
		return nil, err
	}
	select {
	case <-t.ready:
		return t.results, t.err
	case <-ctx.Done():
		return nil, cluster.Unavailable(ctx.Err())
	}
}

// RefusalOf returns the reason why one of several writes was refused. A conflict
// is not a refusal.
func RefusalOf(results []Written, err error) error {
	for _, result := range results {
		err = cmp.Or(err, result.Err)
	}
	return err
}

func (l *Queue) enqueue(t *ticket) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return &NotDone{Cause: cluster.ErrClosing}
	}
	if l.writes+len(t.writes) > l.queues.options.Queue*2 {
		return &NotDone{Cause: errors.New("elasticsearch: too many writes are waiting")}
	}
	l.queue = append(l.queue, t)
	l.writes += len(t.writes)
	if t.visible {
		l.visible++
	}
	l.stir()
	return nil
}

// stir makes the goroutine check the queue.
func (l *Queue) stir() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// NotDone is an error that means that nothing was written.
type NotDone struct{ Cause error }

// Error returns the reason why nothing was written.
func (e *NotDone) Error() string { return e.Cause.Error() }

// Unwrap makes it a storage.ErrUnavailable too.
func (e *NotDone) Unwrap() []error {
	return []error{storage.ErrUnavailable.New().RetryIn(cluster.RetryIn), e.Cause}
}

func (l *Queue) run() {
	defer close(l.done)
	defer l.carried.Wait()
	for {
		l.slots <- struct{}{}
		batch, hold := l.next()
		if len(batch) > 0 {
			l.carried.Go(func() {
				defer func() { <-l.slots }()
				l.carry(batch)
			})
			continue
		}
		<-l.slots
		if l.idle() {
			return
		}
		l.rest(hold)
	}
}

// rest waits until the queue changes, or until the delayed tickets are due.
func (l *Queue) rest(hold time.Duration) {
	if hold <= 0 {
		<-l.wake
		return
	}
	timer := time.NewTimer(hold)
	defer timer.Stop()
	select {
	case <-l.wake:
	case <-timer.C:
	}
}

// next takes waiting tickets, as many as fit into one _bulk. If it is too early
// for a refresh, it leaves the tickets that want one and returns how long to
// wait.
func (l *Queue) next() (batch []*ticket, hold time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if l.visible > 0 && l.refresh == refreshNow && !l.closed {
		hold = l.pace.hold(now, l.visible, l.coming)
	}
	if hold > 0 && l.visible == len(l.queue) {
		return nil, hold
	}
	writes, bytes := 0, 0
	var left []*ticket
	for n, t := range l.queue {
		if len(batch) > 0 && (writes+len(t.writes) > maxBulkWrites || bytes+t.bytes > MaxBulkBytes) {
			left = append(left, l.queue[n:]...)
			break
		}
		if hold > 0 && t.visible {
			left = append(left, t)
			continue
		}
		writes, bytes, batch = writes+len(t.writes), bytes+t.bytes, append(batch, t)
	}
	l.queue, l.writes = left, l.writes-writes
	if hold == 0 && l.visible > 0 {
		l.visible = wantVisible(left)
		l.pace.begin(now)
	}
	return batch, hold
}

func wantVisible(tickets []*ticket) (n int) {
	for _, t := range tickets {
		if t.visible {
			n++
		}
	}
	return n
}

func (l *Queue) idle() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.closed && len(l.queue) == 0
}

// close completes accepted writes and ends the goroutine.
func (l *Queue) close() {
	if l.patient != nil {
		l.patient.close()
	}
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	l.stir()
	<-l.done
}

// refreshed records how many callers were answered; they may come back in a
// moment.
func (l *Queue) refreshed(answered int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pace.end(time.Now(), answered, l.visible+l.coming)
}
