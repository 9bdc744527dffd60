package pool

import (
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/digest/argon2"
)

// keepFor is the time that memory is kept once no hash runs: long enough for a user who
// mistyped, and short for traces of a password.
const keepFor = 3 * time.Second

// shelf is the memory that no hash uses at the moment. There is at most one piece for each
// worker, used ones included, and never more than the pool's bound allows. The pool's lock
// guards it.
type shelf struct {
	argon2.Shelf
	// lent is the number of pieces in use.
	lent int
	// since is the end of the last hash; tidy runs while anything is kept.
	since time.Time
	timer *time.Timer
}

// Lend returns memory for a hash that runs in the pool, or allocates it if there is no pool.
// It belongs to the caller until GiveBack.
func (p *Pool) Lend(size int64) *argon2.Memory {
	if p == nil {
		return argon2.NewMemory(size)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	m := p.shelf.Take(size)
	if m == nil {
		p.shelf.Shrink(p.limits.Memory - p.memory)
		for p.shelf.Len() > 0 && p.shelf.lent+p.shelf.Len() >= p.limits.Workers {
			p.shelf.FreeOldest()
		}
		m = p.shelf.Make(size) // the system only reserves it yet
	}
	p.shelf.lent++
	return m
}

// GiveBack keeps lent memory for the next hash. A waiting hash overwrites it at once;
// otherwise it is wiped, since it reveals more of the password than the digest does.
func (p *Pool) GiveBack(m *argon2.Memory) {
	if p == nil {
		m.Free()
		return
	}
	p.mu.Lock()
	idle := p.queue.Len() == 0
	p.mu.Unlock()
	if idle {
		m.Wipe()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.shelf.lent--
	if p.closed || p.memory+p.shelf.Bytes() > p.limits.Memory || m.Size() > p.limits.Memory {
		p.shelf.Free(m)
		return
	}
	if p.shelf.lent+p.shelf.Len() >= p.limits.Workers {
		p.shelf.FreeOldest()
	}
	p.shelf.Keep(m)
}

// rest starts the timer that frees kept memory keepFor after the last hash.
func (p *Pool) rest() {
	p.shelf.since = time.Now()
	if p.shelf.timer == nil && p.shelf.Len() > 0 {
		p.shelf.timer = time.AfterFunc(keepFor, p.tidy)
	}
}

// tidy frees memory that was unused long enough, or checks again later.
func (p *Pool) tidy() {
	p.mu.Lock()
	defer p.mu.Unlock()
	left := keepFor - time.Since(p.shelf.since)
	switch {
	case p.running > 0 || p.shelf.Len() == 0:
		p.shelf.timer = nil // whoever leaves last begins again
	case left > 0:
		p.shelf.timer.Reset(left)
	default:
		p.shelf.Shrink(0)
		p.shelf.timer = nil
	}
}

// Kept returns the bytes that are kept for the next hash.
func (p *Pool) Kept() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.shelf.Bytes()
}

// Threads returns the number of lanes of a hash that may run at once; a nil Pool has as many
// as the machine.
func (p *Pool) Threads() int {
	if p == nil {
		return workers()
	}
	return p.limits.Workers
}
