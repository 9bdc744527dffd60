package digest

import (
	"context"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/digest/argon2"
)

// keepFor is how long memory waits for another hash once none runs. It is long
// enough for somebody who mistyped, and short for what a password left in it.
const keepFor = 3 * time.Second

// shelf is the memory that no hash uses at the moment. With those that hashes have
// there is at most one piece for each worker, and never so much that the pool's bound
// would not hold. The pool's lock guards it.
type shelf struct {
	argon2.Shelf
	// lent is how many pieces hashes have.
	lent int
	// since is when the last hash ended; tidy runs while anything is kept.
	since time.Time
	timer *time.Timer
}

// lend answers memory for a hash that runs in the pool, or makes it when there
// is no pool. It belongs to the caller until giveBack.
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
		m = p.shelf.Make(size) // of which the system only takes note yet
	}
	p.shelf.lent++
	return m
}

// giveBack keeps lent memory for the next hash. When one waits, that overwrites
// it at once; else it is wiped, since it tells more of the password than the
// digest does.
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

// rest sees to it that what is kept does not outlast keepFor without a hash.
func (p *Pool) rest() {
	p.shelf.since = time.Now()
	if p.shelf.timer == nil && p.shelf.Len() > 0 {
		p.shelf.timer = time.AfterFunc(keepFor, p.tidy)
	}
}

// tidy gives back what was not used for long enough, or looks again later.
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

// Equip is the maker with its hashes in memory that the pool lends, and those
// that [Check] and [Matches] compute on its behalf. They are to be run inside
// the pool, as ever.
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

// poolOf is the pool that a maker was equipped by, nil for none.
func poolOf(own Maker) *Pool { return WrapHasher(own).pool }

// borrower is a digest that can be verified in a pool's memory, and left when
// its context ends.
type borrower interface {
	matchesIn(ctx context.Context, pool *Pool, password string) bool
}

// Matches is Digest.Matches in the memory of the pool that own was equipped by. A
// password that can be written in several Unicode forms is tried in each of them.
// It ends early, with false, once ctx has ended: [Pool.Do] then returns ctx's
// error, and the password counts as neither right nor wrong.
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

// Make is Maker.Hash, and ends early with "" once ctx has ended; see [Matches].
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

// threads is how many lanes of a hash may run at once.
func (p *Pool) threads() int {
	if p == nil {
		return workers()
	}
	return p.limits.Workers
}
