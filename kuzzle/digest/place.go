package digest

import "context"

// Place is room in a Pool's queue for one who is on the way to it: those whom it
// would refuse are refused before they do what leads there. It is for one
// goroutine. A nil Place is none.
type Place struct {
	pool *Pool
	left bool
}

// Keep keeps a place until Leave, or answers ErrPoolFull or ErrPoolClosed.
func (p *Pool) Keep() (*Place, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.room(false); err != nil {
		return nil, err
	}
	p.kept++
	return &Place{pool: p}, nil
}

// Do is the pool's Do, never refused for a queue that is full. It takes the
// place up: a second one queues like anybody's.
func (at *Place) Do(ctx context.Context, cost Cost, fn func()) error {
	return at.pool.do(ctx, at, cost, fn)
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
	at.pool.kept--
	return true
}
