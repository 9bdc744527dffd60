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

// Options of writing.
type Options struct {
	// Visibility is how a change becomes visible to searches that has to be when
	// it is answered.
	Visibility Visibility
	// RefreshFloor is the least time between two refreshes of an index that
	// writes ask for; 0 is none.
	RefreshFloor time.Duration
	// Queue is how many changes may be under way at once.
	Queue int
}

// Queues write to the indexes of a store.
type Queues struct {
	cluster *cluster.Cluster
	names   *layout.Names
	records *records.Records
	options Options
	// all are the queues, from Start on.
	all map[string]*Queue
	// refusing has Health look at what did not take its last writes.
	refusing refusing
}

// New makes the queues of a store, which begin with Start. Bulk needs none.
func New(c *cluster.Cluster, names *layout.Names, r *records.Records, options Options) *Queues {
	return &Queues{cluster: c, names: names, records: r, options: options, all: map[string]*Queue{}}
}

// Start begins the queue of every index. It is called once, before To.
func (ls *Queues) Start() {
	for _, name := range ls.names.All() {
		ls.all[name] = startQueue(ls, name)
	}
}

// To is the queue to an index, or nil where there is none.
func (ls *Queues) To(index string) *Queue { return ls.all[index] }

// Close does what was accepted and ends the queues.
func (ls *Queues) Close() {
	for _, l := range ls.all {
		l.close()
	}
}

// Waiting tells how many callers' writes wait for the next _bulk.
func (l *Queue) Waiting() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.queue)
}

// Bounds of one _bulk, and of how long it is tried.
const (
	maxBulkWrites = 2000
	MaxBulkBytes  = 16 << 20
	bulkPatience  = 10 * time.Second
	bulkAttempts  = 6
)

// waitsAtOnce is how many _bulks of one index may wait for Elasticsearch's own
// refresh together.
const waitsAtOnce = 16

// Queue carries the writes to one index: as many _bulks at a time as it has
// slots, one where it asks for refreshes itself, and what arrives meanwhile
// gathers for the next. Its goroutine runs from Open to close.
type Queue struct {
	queues *Queues
	index  string
	// refresh is how writes become visible that have to.
	refresh string
	slots   chan struct{}
	// patient carries the writes that wait for Elasticsearch's own refresh, so
	// that others need not; nil where none do.
	patient *Queue

	mu     sync.Mutex
	queue  []*ticket
	writes int
	// visible are the tickets in the queue that want a refresh, for which pace
	// has the time, and coming those that will be there in a moment.
	visible int
	coming  int
	pace    pace
	// aside are the tickets to be tried again beside the queue, which is so while
	// trying is set.
	aside   []*ticket
	trying  bool
	closed  bool
	wake    chan struct{}
	done    chan struct{}
	carried sync.WaitGroup
}

// startQueue makes the queue of an index and starts it.
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

// Expect tells the queue that somebody will submit what wants a refresh, once its
// claims are written. What it answers is called when that is so, or is not to be.
func (l *Queue) Expect() (came func()) {
	l.count(+1)
	return sync.OnceFunc(func() { l.count(-1) })
}

func (l *Queue) count(more int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.coming += more
}

// Submit has writes done and answers what became of each. An error means that
// it is not known whether they were done.
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

// RefusalOf answers why one of several writes was not taken. That it met another
// state is no reason.
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

// stir has the queue look at its queue.
func (l *Queue) stir() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// NotDone is an error that says that nothing was written.
type NotDone struct{ Cause error }

// Error is why nothing was written.
func (e *NotDone) Error() string { return e.Cause.Error() }

// Unwrap makes it storage.ErrUnavailable, too.
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

// rest waits until there is something new in the queue, or, for those that were
// held back, as long as they have to wait.
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

// next takes what is waiting, as much as fits into one _bulk. Where it is too
// early for a refresh it leaves those that want one, and tells for how long.
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

// close does what was accepted and ends the goroutine.
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

// refreshed notes that so many are answered, who may be back in a moment.
func (l *Queue) refreshed(answered int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pace.end(time.Now(), answered, l.visible+l.coming)
}
