package digest

import (
	"container/list"
	"context"
	"runtime"
	"sync"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/digest/argon2"
)

// What a Pool allows unless told otherwise.
const (
	// DefaultMemory is what all running hashes may take together, in bytes.
	DefaultMemory = 256 << 20
	// DefaultWaiting is how many may queue. It bounds the memory of a flood
	// (a waiter is a parked goroutine) on machines that are quick.
	DefaultWaiting = 4096
	// DefaultWait is how long the last in the queue may expect to wait. It is
	// what binds on slow machines: clients give up after about 30 s, and hashing
	// for someone who has left helps nobody.
	DefaultWait = 20 * time.Second
)

// Limits shape a Pool; a zero field takes its default.
type Limits struct {
	// Workers is how many lanes run at once: the machine's cores by default.
	Workers int
	// Memory is the sum of the running costs in bytes.
	Memory int64
	// Waiting is the longest queue.
	Waiting int
	// Wait is the longest expected time in the queue.
	Wait time.Duration
	// Claim, if there is one, is told how many bytes more the pool has from the
	// system for hashes to work in, or, negative, how many fewer. It returns soon.
	Claim func(bytes int64)
}

// Cost is what one hash takes, so that the pool can bound the sum.
type Cost struct {
	// Memory in bytes while the hash runs.
	Memory int64
	// Lanes is how many threads it keeps busy; 0 is 1.
	Lanes int
	// Effort is about how long it keeps a core busy, on the scale of
	// Digest.Effort. It bounds nothing; Stats adds it up.
	Effort time.Duration
}

// Stats is a Pool at one moment. Done and Refused count since it was made; Work
// is the sum of the efforts of those done.
type Stats struct {
	Queued, Running int
	Memory          int64
	Done, Refused   uint64
	Work            time.Duration
}

// Pool admits hashes as long as there are lanes and memory for them. Those who
// wait go by turns: each [Source] has one hash in each round, in the order in which
// they came. So a source that asks for many delays the others by one. It has no
// goroutines of its own: a hash runs in its caller's. Makers that it equipped work
// in memory that it keeps from one hash to the next.
type Pool struct {
	limits Limits

	mu      sync.Mutex
	closed  bool
	idle    chan struct{} // closed when the last one leaves a closed pool
	lanes   int
	memory  int64
	running int
	queue   list.List // of *waiter, by turn
	kept    int       // places of those on their way to the queue
	keepers int       // addresses that those are of; each that is of none counts
	turn    int64     // that of the waiter admitted last
	parties map[uint64]party
	mean    time.Duration
	done    uint64
	work    time.Duration
	refused uint64
	shelf   shelf
}

type waiter struct {
	cost  Cost
	from  Source
	turn  int64
	ready chan error // buffered: whoever admits never blocks
}

// NewPool makes a pool.
func NewPool(limits Limits) *Pool {
	if limits.Workers <= 0 {
		limits.Workers = workers()
	}
	if limits.Memory <= 0 {
		limits.Memory = DefaultMemory
	}
	if limits.Waiting <= 0 {
		limits.Waiting = DefaultWaiting
	}
	if limits.Wait <= 0 {
		limits.Wait = DefaultWait
	}
	return &Pool{limits: limits, idle: make(chan struct{}), parties: map[uint64]party{}, shelf: shelf{Shelf: argon2.Shelf{Claim: limits.Claim}}}
}

func workers() int { return min(runtime.NumCPU(), runtime.GOMAXPROCS(0)) }

// Workers is how many lanes run at once.
func (p *Pool) Workers() int { return p.limits.Workers }

// Do runs fn once there is room for its cost; a cost above the pool's memory
// runs alone. It answers ErrPoolFull or ErrPoolClosed without running fn, and
// ctx's error when ctx ends first. Whoever hashes in fn gives ctx to the hash, by
// [Make], [Matches] or [Check], so that it ends when ctx does; what fn found is
// then not to be used.
func (p *Pool) Do(ctx context.Context, cost Cost, fn func()) error {
	return p.do(ctx, nil, Source{}, cost, fn)
}

// DoFor is Do on behalf of a source.
func (p *Pool) DoFor(ctx context.Context, from Source, cost Cost, fn func()) error {
	return p.do(ctx, nil, from, cost, fn)
}

func (p *Pool) do(ctx context.Context, at *Place, from Source, cost Cost, fn func()) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	cost.Lanes = min(max(cost.Lanes, 1), p.limits.Workers)
	cost.Memory = min(max(cost.Memory, 0), p.limits.Memory)
	if err := p.enter(ctx, at, from, cost); err != nil {
		return err
	}
	start := time.Now()
	defer func() { p.leave(from, cost, time.Since(start)) }()
	fn()
	return ctx.Err()
}

func (p *Pool) enter(ctx context.Context, at *Place, from Source, cost Cost) error {
	p.mu.Lock()
	placed := at.leave()
	if !p.closed && p.queue.Len() == 0 && p.fits(cost) && (from.borrows(cost) || !p.holdsShare(from, cost)) {
		p.take(from, cost)
		p.mu.Unlock()
		return nil
	}
	turn, behind := p.turnOf(from)
	if err := p.room(from, turn, behind, placed); err != nil {
		p.mu.Unlock()
		return err
	}
	self := &waiter{cost: cost, from: from, turn: turn, ready: make(chan error, 1)}
	place := p.join(self, behind)
	p.admit() // those before may all hold their share
	p.mu.Unlock()

	select {
	case err := <-self.ready:
		return err
	case <-ctx.Done():
		return p.giveUp(ctx, self, place)
	}
}

// room answers why the queue takes nobody of a source now, who would have this
// turn behind that waiter, unless who asks has a place. A full queue has room for
// an early turn in place of the latest.
func (p *Pool) room(from Source, turn int64, behind *list.Element, placed bool) error {
	switch {
	case p.closed:
		return ErrPoolClosed.New().RetryIn(time.Second)
	case placed:
		return nil
	}
	if p.fillsShare(from) {
		return p.full(p.limits.Wait / quarter)
	}
	turn += p.keptBy(from) // these come before
	wait, last := p.expected(turn, behind), p.queue.Back()
	switch {
	case wait > p.limits.Wait:
		return p.full(wait)
	case p.queue.Len()+p.kept < p.limits.Waiting:
		return nil
	case last == nil || last.Value.(*waiter).turn <= turn:
		return p.full(wait)
	}
	p.remove(last)
	last.Value.(*waiter).ready <- p.full(wait)
	return nil
}

func (p *Pool) full(wait time.Duration) error {
	p.refused++
	return ErrPoolFull.New().RetryIn(max(time.Second, wait.Round(time.Second)))
}

// giveUp leaves the queue, or hands back the room that was given meanwhile.
func (p *Pool) giveUp(ctx context.Context, self *waiter, place *list.Element) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case err := <-self.ready:
		if err == nil {
			p.release(self.from, self.cost)
		}
	default:
		p.remove(place)
		p.admit() // the one behind may fit where this one did not
	}
	return ctx.Err()
}

func (p *Pool) leave(from Source, cost Cost, took time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done++
	p.work += cost.Effort
	// A moving mean over about the last 16 follows a change of cost quickly
	// enough to be worth telling a client.
	if took *= time.Duration(cost.Lanes); p.mean == 0 {
		p.mean = took
	} else {
		p.mean += (took - p.mean) / 16
	}
	p.release(from, cost)
}

func (p *Pool) fits(cost Cost) bool {
	return p.lanes+cost.Lanes <= p.limits.Workers && p.memory+cost.Memory <= p.limits.Memory
}

func (p *Pool) take(from Source, cost Cost) {
	p.change(from, cost.Lanes, 0, 0, 0)
	p.lanes += cost.Lanes
	p.memory += cost.Memory
	p.running++
	// What is kept makes room, but for what this one or one like it will borrow.
	p.shelf.Shrink(p.limits.Memory - p.memory + p.shelf.Of(cost.Memory))
}

func (p *Pool) release(from Source, cost Cost) {
	p.change(from, -cost.Lanes, 0, 0, 0)
	p.lanes -= cost.Lanes
	p.memory -= cost.Memory
	p.running--
	p.admit()
	if p.running == 0 {
		p.rest()
	}
	if p.closed && p.running == 0 {
		close(p.idle)
	}
}

// admit lets in from the front, never past one that does not fit yet: a large
// cost would otherwise wait forever behind small ones. Those whose source holds its
// share let others go first.
func (p *Pool) admit() {
	for next := p.next(); next != nil; next = p.next() {
		w := next.Value.(*waiter)
		if !p.fits(w.cost) {
			return
		}
		p.remove(next)
		p.turn = max(p.turn, w.turn)
		p.take(w.from, w.cost)
		w.ready <- nil
	}
}

// next is whose turn it is: the first whose source holds less than its share, or
// else, since the lanes would be idle, the first that may borrow them.
func (p *Pool) next() (first *list.Element) {
	for at := p.queue.Front(); at != nil; at = at.Next() {
		w := at.Value.(*waiter)
		if !p.holdsShare(w.from, w.cost) {
			return at
		}
		if first == nil && w.from.borrows(w.cost) {
			first = at
		}
	}
	return first
}

// expected is how long one waits who joins the queue with this turn, behind that
// waiter. Of the kept places of one address no more come before that than turns.
func (p *Pool) expected(turn int64, behind *list.Element) time.Duration {
	lanes := p.lanes + int(min(int64(p.kept), int64(p.keepers)*(turn-p.turn)))
	for ; behind != nil; behind = behind.Prev() {
		lanes += behind.Value.(*waiter).cost.Lanes
	}
	return time.Duration(lanes) * p.mean / time.Duration(p.limits.Workers)
}

// Stats tells what the pool is doing.
func (p *Pool) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	return Stats{Queued: p.queue.Len(), Running: p.running, Memory: p.memory, Done: p.done, Refused: p.refused, Work: p.work}
}

// Close turns away those who wait or come later with ErrPoolClosed and returns
// when the running hashes have finished, or with ctx's error. It may be called
// again.
func (p *Pool) Close(ctx context.Context) error {
	p.mu.Lock()
	if !p.closed {
		p.closed = true
		for front := p.queue.Front(); front != nil; front = p.queue.Front() {
			p.remove(front)
			front.Value.(*waiter).ready <- ErrPoolClosed.New().RetryIn(time.Second)
		}
		if p.running == 0 {
			close(p.idle)
		}
		p.shelf.Shrink(0)
		if p.shelf.timer != nil {
			p.shelf.timer.Stop()
		}
	}
	p.mu.Unlock()
	select {
	case <-p.idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
