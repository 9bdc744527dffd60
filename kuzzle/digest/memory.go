package digest

import (
	"context"
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

// lend returns memory for a hash that runs in the pool, or allocates it if there is no pool.
// It belongs to the caller until giveBack.
func (p *Pool) lend(size int64) *argon2.Memory {
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

// giveBack keeps lent memory for the next hash. A waiting hash overwrites it at once;
// otherwise it is wiped, since it reveals more of the password than the digest does.
func (p *Pool) giveBack(m *argon2.Memory) {
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

// Equip returns the maker with its hashes in memory that the pool lends, including those
// that [Check] and [Matches] compute for it. They still have to run inside the pool.
func (p *Pool) Equip(m Maker) Maker {
	switch made := m.(type) {
	case Hasher:
		made.pool = p
		return made
	case Bcrypt:
		made.Long.pool = p
		return made
	}
	return m
}

// poolOf returns the pool that equipped a maker, nil for none.
func poolOf(own Maker) *Pool { return WrapHasher(own).pool }

// borrower is a digest that can be verified in a pool's memory and interrupted by its
// context.
type borrower interface {
	matchesIn(ctx context.Context, pool *Pool, password string) bool
}

// Matches is Digest.Matches in the memory of the pool that equipped own. It tries each
// Unicode form of the password. It ends early, with false, once ctx has ended: then
// [Pool.Do] returns ctx's error, and the password counts as neither right nor wrong.
func Matches(ctx context.Context, d Digest, own Maker, password string) bool {
	for _, form := range forms(password) {
		if b, ok := d.(borrower); ok {
			if b.matchesIn(ctx, poolOf(own), form) {
				return true
			}
		} else if d.Matches(form) {
			return true
		}
	}
	return false
}

// Make is Maker.Hash, and returns "" early once ctx has ended; see [Matches].
func Make(ctx context.Context, own Maker, password string) string {
	if leaving, ok := own.(interface {
		make(ctx context.Context, password string) string
	}); ok {
		return leaving.make(ctx, password)
	}
	return own.Hash(password)
}

// derive computes a sum in the pool's memory, if it takes any.
func (p *Pool) derive(ctx context.Context, k kdf, password []byte, size int) []byte {
	if hard, ok := k.(interface {
		deriveIn(ctx context.Context, pool *Pool, password []byte, size int) []byte
	}); ok {
		return hard.deriveIn(ctx, p, password, size)
	}
	return k.derive(ctx, password, size)
}

// threads returns the number of lanes of a hash that may run at once.
func (p *Pool) threads() int {
	if p == nil {
		return workers()
	}
	return p.limits.Workers
}
