package feed

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/bulkqueue"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/cluster"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/layout"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/records"
)

// Times of following. A lease is measured from before the round that gives it
// began, so that all earlier announcements were read.
const (
	followEvery  = 250 * time.Millisecond
	roundTimeout = 5 * time.Second
	// leaveTime is the maximum time for notifying the others of the end.
	leaveTime = time.Second
	// nodeLease is how long a server is listed after its last beat.
	nodeLease = 4 * time.Second
)

// Feed announces the changes of this node and follows those of the others;
// changes.go explains the protocol. Its goroutine begins with the first
// announcement, or with Watch, and ends with Close.
type Feed struct {
	records  *records.Records
	queues   *bulkqueue.Queues
	follower *follower
	// until is when the lease ends, as time since base; 0 is no lease.
	base  time.Time
	until atomic.Int64
	wake  chan struct{}

	mu       sync.Mutex
	begun    bool
	closed   bool
	watching bool
	journal  journal
	dirty    bool
	// waiting get the result of the round that wrote their note.
	waiting []chan error
	nodes   []storage.Node
	stop    context.CancelFunc
	ended   chan struct{}

	// These belong to the goroutine: the own journal's id and place, the ids of the
	// others, and when they were last read.
	id     string
	at     records.Place
	others []string
	looked time.Time
	term   int64
}

// New returns a node's part in the feed. An open change without an end holds for
// the window, which is longer than any write is tried.
func New(r *records.Records, l *bulkqueue.Queues, window time.Duration) *Feed {
	return &Feed{
		records: r, queues: l, follower: newFollower(window), base: time.Now(),
		wake: make(chan struct{}, 1), ended: make(chan struct{}),
	}
}

// SetWindow shortens the time for which a change without an end holds, and for
// which a quiet node is waited for. It must be called before all other methods.
func (f *Feed) SetWindow(window time.Duration) { f.follower.window = window }

// Watch implements storage.Shared.
func (f *Feed) Watch(name string, tell func(storage.Subject)) {
	f.follower.listen.Store(&tell)
	f.mu.Lock()
	f.watching, f.journal.Name, f.dirty = true, name, true
	f.nodes = []storage.Node{{Name: name, Self: true}}
	f.mu.Unlock()
	f.begin()
}

// Current implements storage.Freshness.
func (f *Feed) Current() bool { return int64(time.Since(f.base)) < f.until.Load() }

// Keepable implements storage.Freshness.
func (f *Feed) Keepable(of storage.Subject) bool { return f.follower.keepable(of) }

// Nodes implements storage.Shared.
func (f *Feed) Nodes() []storage.Node {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.nodes
}

// begin starts the goroutine unless it runs or the feed is closed.
func (f *Feed) begin() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.begun && !f.closed {
		f.begun = true
		var ctx context.Context
		ctx, f.stop = context.WithCancel(context.Background())
		go f.run(ctx)
	}
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// Close ends the goroutine, and waits until it has notified the others.
func (f *Feed) Close() {
	f.mu.Lock()
	f.closed = true
	begun := f.begun
	f.mu.Unlock()
	if begun {
		f.stop()
		<-f.ended
	}
	f.until.Store(0)
}

// Announce notifies the others that a document is about to change, and returns a
// function that reports the end; settled tells whether no write of the change can
// still arrive. An error means that the document must not be changed.
func (f *Feed) Announce(ctx context.Context, of storage.Subject) (end func(settled bool), err error) {
	told := make(chan error, 1)
	now := time.Now()
	f.mu.Lock()
	n, room := int64(0), false
	if !f.closed {
		n, room = f.journal.open(of, now)
	}
	if room {
		f.waiting = append(f.waiting, told)
	}
	f.mu.Unlock()
	if !room {
		return nil, &bulkqueue.NotDone{Cause: errors.New("elasticsearch: no change can be announced now")}
	}
	mine := change{n: n}
	f.follower.block(mine, of, now)
	f.begin()
	end = func(settled bool) { f.end(mine, settled) }
	select {
	case err = <-told:
	case <-ctx.Done():
		err = ctx.Err()
	}
	if err != nil {
		end(true)
		return nil, &bulkqueue.NotDone{Cause: err}
	}
	return end, nil
}

func (f *Feed) end(mine change, settled bool) {
	now := time.Now()
	f.mu.Lock()
	if settled {
		f.journal.end(mine.n, now)
		f.dirty = true
	} else {
		f.journal.abandon(mine.n, now.Add(f.follower.window))
	}
	f.mu.Unlock()
	if settled {
		f.follower.release(mine)
	}
	f.begin()
}

func (f *Feed) run(ctx context.Context) {
	defer close(f.ended)
	tick := time.NewTicker(followEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			f.leave()
			return
		case <-f.wake:
		case <-tick.C:
		}
		f.round(ctx)
	}
}

// round writes the own journal if it changed, and reads the others' journals when
// it is time. The write comes first: a copy of the index that shows this write has
// everything before it.
func (f *Feed) round(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, roundTimeout)
	defer cancel()
	began := time.Now()
	f.mu.Lock()
	due := f.watching && began.Sub(f.looked) >= followEvery-followEvery/10
	if !due && !f.dirty && len(f.waiting) == 0 {
		f.mu.Unlock()
		return
	}
	ended := f.journal.prune(began)
	mine := f.journal.next()
	waiting := f.waiting
	f.waiting, f.dirty = nil, false
	f.mu.Unlock()

	for _, n := range ended {
		f.follower.release(change{n: n})
	}
	err := f.write(ctx, mine)
	for _, told := range waiting {
		told <- err
	}
	if err == nil && due {
		f.looked = began
		err = f.look(ctx, began, mine.Beat)
	}
	if err != nil {
		f.mu.Lock()
		f.dirty = true
		f.mu.Unlock()
	}
}

// journalRecord is the stored form of a journal.
type journalRecord struct {
	Journal journal  `json:"journal"`
	Op      []string `json:"op"`
}

var errOutrun = errors.New("elasticsearch: others kept changing the list of nodes")

// write writes the own journal over its last version. If it is gone, the others
// took this node for dead: it joins again, and its earlier announcements count as
// made now.
func (f *Feed) write(ctx context.Context, mine journal) error {
	for range 3 {
		if f.id == "" {
			if err := f.join(ctx, mine); err != nil {
				return err
			}
			return nil
		}
		at, conflict, err := f.put(ctx, f.id, f.at, mine)
		switch {
		case err != nil:
			return err
		case !conflict:
			f.at = at
			return nil
		}
		// Either it is gone, or an earlier write arrived after all.
		answers, err := f.records.Read(ctx, []records.Get{{Index: layout.ChangesIndex, ID: f.id}})
		if err != nil {
			return err
		}
		if f.at = answers[0].Place(); f.at == records.Absent {
			f.id = ""
		}
	}
	return cluster.Unavailable(errOutrun)
}

func (f *Feed) put(ctx context.Context, id string, over records.Place, mine journal) (at records.Place, conflict bool, err error) {
	op := records.NewID()
	source, err := cluster.Encode(journalRecord{Journal: mine, Op: []string{op}})
	if err != nil {
		return records.Absent, false, err
	}
	return f.putSource(ctx, bulkqueue.Write{ID: id, Over: over, Source: source, Op: op})
}

func (f *Feed) putSource(ctx context.Context, w bulkqueue.Write) (at records.Place, conflict bool, err error) {
	result := f.queues.Bulk(ctx, layout.ChangesIndex, "", []bulkqueue.Write{w})[0]
	return result.Place, result.Conflict, cmp.Or(result.Lost, result.Err)
}

// look reads the list and the journals, and renews the lease.
func (f *Feed) look(ctx context.Context, began time.Time, beat int64) error {
	list, journals, places, err := f.lookAt(ctx, beat)
	if err != nil {
		return err
	}
	if f.at.Term != f.term {
		// Another copy leads: it has every acknowledged write, but the earlier
		// answers to readers may not have come from it.
		f.follower.tell(storage.Everything)
		f.term = f.at.Term
	}
	f.follower.read(began, list.Left, journals)
	f.publish(began)
	f.until.Store(int64(began.Add(storage.Lease).Sub(f.base)))
	f.bury(ctx, began, list, journals, places)
	return nil
}

// publish updates the list of live servers.
func (f *Feed) publish(now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	own := storage.Node{Name: f.journal.Name, Self: true}
	var nodes []storage.Node
	self := f.id
	for _, id := range f.follower.alive(now, nodeLease) {
		if self != "" && self < id {
			nodes, self = append(nodes, own), ""
		}
		nodes = append(nodes, storage.Node{Name: f.follower.beats[id].name})
	}
	if self != "" {
		nodes = append(nodes, own)
	}
	f.nodes = nodes
}

func readJournal(g records.Got) (journal, error) {
	var r journalRecord
	err := json.Unmarshal(g.Source, &r)
	return r.Journal, err
}
