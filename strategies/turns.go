package strategies

import (
	"context"
	"errors"
	"sync/atomic"
)

// waitingEach is how many callers may wait for each turn.
const waitingEach = 16

// The reasons for no turn. The strategy's own error tells the client when to come again.
var (
	// ErrTooManyWait means that the queue is full.
	ErrTooManyWait = errors.New("too many requests wait for an outside system")
	// ErrNoTurn means that ctx ended before the caller's turn.
	ErrNoTurn = errors.New("the wait for an outside system took too long")
)

// Turns bounds the concurrent requests to an outside system, and the queue for them: sixteen
// callers for each allowed request.
type Turns struct {
	taken   chan struct{}
	waiting atomic.Int64
}

// NewTurns returns Turns that allow atOnce concurrent requests, at least one.
func NewTurns(atOnce int) *Turns { return &Turns{taken: make(chan struct{}, max(atOnce, 1))} }

// Take waits for a turn until ctx ends. Errors: ErrTooManyWait, ErrNoTurn. Without an error, the
// caller calls done after the outside system's answer.
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
