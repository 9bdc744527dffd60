package strategies

import (
	"context"
	"errors"
	"sync/atomic"
)

// waitingEach is how many may wait for each turn that is taken.
const waitingEach = 16

// Why there was no turn; how to come again is for the strategy to say.
var (
	// ErrTooManyWait: so many wait already that waiting is no use.
	ErrTooManyWait = errors.New("too many wait for an outside system")
	// ErrNoTurn: ctx ended before those ahead had theirs.
	ErrNoTurn = errors.New("those ahead take too long with an outside system")
)

// Turns bounds how many questions an outside system is asked at once, and how
// many wait to ask one: sixteen for each that may be out.
type Turns struct {
	taken   chan struct{}
	waiting atomic.Int64
}

// NewTurns allows so many at once, at least one.
func NewTurns(atOnce int) *Turns { return &Turns{taken: make(chan struct{}, max(atOnce, 1))} }

// Take waits for a turn, no longer than ctx lasts. Its errors are ErrTooManyWait
// and ErrNoTurn; without one, done is to be called once the answer is here.
func (t *Turns) Take(ctx context.Context) (done func(), err error) {
	done = func() { <-t.taken }
	select {
	case t.taken <- struct{}{}:
		return done, nil
	default:
	}
	defer t.waiting.Add(-1)
	if t.waiting.Add(1) > int64(cap(t.taken))*waitingEach {
		return nil, ErrTooManyWait
	}
	select {
	case t.taken <- struct{}{}:
		return done, nil
	case <-ctx.Done():
		return nil, ErrNoTurn
	}
}
