package pool

import "context"

// Place reserves room in a Pool's queue for a later hash, so that a caller is refused before
// the work that leads to the hash. It is for one goroutine. A nil Place reserves nothing.
type Place struct {
	pool *Pool
	from Source
	left bool
}

// Keep reserves a place for a source until Leave, or returns ErrFull or ErrClosed.
func (p *Pool) Keep(from Source) (*Place, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	turn, behind := p.turnOf(from)
	if err := p.room(from, turn, behind, false); err != nil {
		return nil, err
	}
	p.keep(from, 1)
	return &Place{pool: p, from: from}, nil
}

// Do is the pool's Do for the place's source, without ErrFull. It uses the place up: a
// second call queues like any other.
func (at *Place) Do(ctx context.Context, cost Cost, fn func()) error {
	return at.pool.do(ctx, at, at.from, cost, fn)
}

// Leave releases the place, unless Do used it.
func (at *Place) Leave() {
	if at == nil {
		return
	}
	at.pool.mu.Lock()
	defer at.pool.mu.Unlock()
	at.leave()
}

// leave reports whether the place was still reserved. The pool's lock is held.
func (at *Place) leave() bool {
	if at == nil || at.left {
		return false
	}
	at.left = true
	at.pool.keep(at.from, -1)
	return true
}
