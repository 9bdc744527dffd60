package pool

import (
	"container/list"
	"context"
	"runtime"
	"sync"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/digest/argon2"
)

// Defaults of a Pool.
const (
	// DefaultMemory is the memory of all running hashes together, in bytes.
	DefaultMemory = 256 << 20
	// DefaultWaiting is the longest queue. It bounds the memory of a flood on quick
	// machines, where each waiter is a parked goroutine.
	DefaultWaiting = 4096
	// DefaultWait is the longest expected time in the queue. It is the bound on slow
	// machines: clients give up after about 30 s, and a hash for a client that has left
	// helps nobody.
	DefaultWait = 20 * time.Second
)

// Limits are the bounds of a Pool; a zero field takes its default.
type Limits struct {
	// Workers is the number of lanes that run at once: by default, the machine's cores.
	Workers int
	// Memory is the sum of the running costs in bytes.
	Memory int64
	// Waiting is the longest queue.
	Waiting int
	// Wait is the longest expected time in the queue.
	Wait time.Duration
	// Claim, if not nil, is called with the bytes that the pool allocates for hashes, or
	// with a negative number for freed bytes. It returns soon.
	Claim func(bytes int64)
}

// Cost is the need of one hash, so that the pool can bound the sum.
type Cost struct {
	// Memory in bytes while the hash runs.
	Memory int64
	// Lanes is the number of threads that it keeps busy; 0 is 1.
	Lanes int
	// Effort is the approximate time that it keeps a core busy, on the scale of
	// Digest.Effort. It bounds nothing; Stats adds it up.
	Effort time.Duration
}

// Stats is the state of a Pool. Done and Refused count since it was made; Work is the sum of
// the efforts of finished hashes.
type Stats struct {
	Queued, Running int
	Memory          int64
	Done, Refused   uint64
	Work            time.Duration
}

// Pool admits hashes as long as there are lanes and memory for them. Waiting hashes take
// turns: each [Source] has one hash in each round, in the order of arrival. So a source with
// many hashes delays the others by one. The pool has no goroutines of its own: a hash runs
// in its caller's. Makers that it equipped work in memory that it keeps between hashes.
type Pool struct {
	limits Limits

	mu      sync.Mutex
	closed  bool
	idle    chan struct{} // closed when the last hash leaves a closed pool
	lanes   int
	memory  int64
	running int
	queue   list.List // of *waiter, by turn
	kept    int       // reserved places
	keepers int       // addresses that have places; a place without an address counts too
	turn    int64     // the turn of the waiter admitted last
	parties map[uint64]party
	mean    time.Duration
	done    uint64
	work    time.Duration
	refused uint64
	shelf   shelf
	cores   int
	follow  func(full bool)
}

type waiter struct {
	cost  Cost
	from  Source
	turn  int64
	ready chan error // buffered, so that admitting never blocks
}

// New returns a pool.
func New(limits Limits) *Pool {
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
	return &Pool{limits: limits, idle: make(chan struct{}), parties: map[uint64]party{}, cores: workers(), shelf: shelf{Shelf: argon2.Shelf{Claim: limits.Claim}}}
}

func workers() int { return min(runtime.NumCPU(), runtime.GOMAXPROCS(0)) }

// Workers returns the number of lanes that run at once.
func (p *Pool) Workers() int { return p.limits.Workers }

// Do runs fn once there is room for its cost; a cost above the pool's memory runs alone. It
// returns ErrFull or ErrClosed without running fn, and ctx's error when ctx ends
// first. fn gives ctx to its hash, by [Make], [Matches] or [Check], so that the hash ends
// when ctx does; then fn's result must not be used.
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
	p.admit() // waiters before may all hold their share
	p.mu.Unlock()

	select {
	case err := <-self.ready:
		return err
	case <-ctx.Done():
		return p.giveUp(ctx, self, place)
	}
}

// room returns the reason why the queue refuses a source, whose waiter would have this turn
// behind the given one; a source with a place is not refused. A full queue admits an early
// turn and drops the latest.
func (p *Pool) room(from Source, turn int64, behind *list.Element, placed bool) error {
	switch {
	case p.closed:
		return ErrClosed.New().RetryIn(time.Second)
	case placed:
		return nil
	}
	if p.fillsShare(from) {
		return p.full(p.limits.Wait / quarter)
	}
	turn += p.keptBy(from) // places come before
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
	return ErrFull.New().RetryIn(max(time.Second, wait.Round(time.Second)))
}

// giveUp leaves the queue, or returns the room that was given meanwhile.
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
		p.admit() // the next waiter may fit where this one did not
	}
	return ctx.Err()
}

func (p *Pool) leave(from Source, cost Cost, took time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done++
	p.work += cost.Effort
	// A moving mean over about the last 16 hashes follows a change of cost quickly enough
	// for the time that a client is told.
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
	p.occupy(cost.Lanes)
	p.memory += cost.Memory
	p.running++
	// Kept memory makes room, except for the piece that this hash or a similar one will
	// borrow.
	p.shelf.Shrink(p.limits.Memory - p.memory + p.shelf.Of(cost.Memory))
}

func (p *Pool) release(from Source, cost Cost) {
	p.change(from, -cost.Lanes, 0, 0, 0)
	p.occupy(-cost.Lanes)
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

// occupy takes lanes, or frees them if the number is negative.
func (p *Pool) occupy(lanes int) {
	before := p.lanes >= p.cores
	p.lanes += lanes
	if now := p.lanes >= p.cores; now != before && p.follow != nil {
		p.follow(now)
	}
}

// Follow calls fn with true when hashes occupy all cores from now on, and with
// false when they leave one. fn must return soon and must not call methods of the pool. nil ends it.
func (p *Pool) Follow(fn func(full bool)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.follow = fn
}

// admit admits waiters from the front, never past one that does not fit yet: a large cost
// would otherwise wait forever behind small ones. Waiters whose source holds its share let
// others go first.
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

// next returns the first waiter whose source holds less than its share, or else, since the
// lanes would be idle, the first that may borrow them.
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

// expected returns the waiting time for a new waiter with this turn behind the given one. Of
// one address's places, no more come before it than turns do.
func (p *Pool) expected(turn int64, behind *list.Element) time.Duration {
	lanes := p.lanes + int(min(int64(p.kept), int64(p.keepers)*(turn-p.turn)))
	for ; behind != nil; behind = behind.Prev() {
		lanes += behind.Value.(*waiter).cost.Lanes
	}
	return time.Duration(lanes) * p.mean / time.Duration(p.limits.Workers)
}

// Stats returns the state of the pool.
func (p *Pool) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	return Stats{Queued: p.queue.Len(), Running: p.running, Memory: p.memory, Done: p.done, Refused: p.refused, Work: p.work}
}

// Close refuses waiting and new callers with ErrClosed and returns when the running
// hashes have finished, or with ctx's error. It may be called again.
func (p *Pool) Close(ctx context.Context) error {
	p.mu.Lock()
	if !p.closed {
		p.closed = true
		for front := p.queue.Front(); front != nil; front = p.queue.Front() {
			p.remove(front)
			front.Value.(*waiter).ready <- ErrClosed.New().RetryIn(time.Second)
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
