package digest

import "context"

// Place is room in a Pool's queue for one who is on the way to it: those whom it
// would refuse are refused before they do what leads there. It is for one
// goroutine. A nil Place is none.
type Place struct {
	pool *Pool
	from Source
	left bool
}

// Keep keeps a place for a source until Leave, or answers ErrPoolFull or
// ErrPoolClosed.
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

// Do is the pool's Do for the place's source, not refused because the queue is
// full when it is asked. It takes the place up: a second one queues like anybody's.
func (at *Place) Do(ctx context.Context, cost Cost, fn func()) error {
	return at.pool.do(ctx, at, at.from, cost, fn)
}

// Leave gives the place to others, unless Do took it up.
func (at *Place) Leave() {
	if at == nil {
		return
	}
	at.pool.mu.Lock()
	defer at.pool.mu.Unlock()
	at.leave()
}

// leave tells whether the place was still kept. The pool's lock is held.
func (at *Place) leave() bool {
	if at == nil || at.left {
		return false
	}
	at.left = true
	at.pool.keep(at.from, -1)
	return true
}
