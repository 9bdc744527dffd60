package api

import (
	"context"
	"sync"
	"time"
)

// timeout is [context.WithTimeout] for work that is mostly done before it waits for
// anything: its timer starts when somebody asks for Done.
type timeout struct {
	context.Context // the parent
	deadline        time.Time

	mu      sync.Mutex
	started context.Context // nil before Done
	cancel  context.CancelFunc
	ended   bool
}

func withTimeout(parent context.Context, lasts time.Duration) *timeout {
	deadline := time.Now().Add(lasts)
	if earlier, is := parent.Deadline(); is && earlier.Before(deadline) {
		deadline = earlier
	}
	return &timeout{Context: parent, deadline: deadline}
}

// end cancels the context.
func (t *timeout) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended = true; t.cancel != nil {
		t.cancel()
	}
}

// start starts the timer.
func (t *timeout) start() context.Context {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.started == nil {
		t.started, t.cancel = context.WithDeadline(t.Context, t.deadline)
		if t.ended {
			t.cancel()
		}
	}
	return t.started
}

// Deadline implements context.Context.
func (t *timeout) Deadline() (time.Time, bool) { return t.deadline, true }

// Done implements context.Context.
func (t *timeout) Done() <-chan struct{} { return t.start().Done() }

// Err implements context.Context.
func (t *timeout) Err() error {
	t.mu.Lock()
	started, ended := t.started, t.ended
	t.mu.Unlock()
	if started == nil && !ended && t.Context.Err() == nil && time.Now().Before(t.deadline) {
		return nil
	}
	return t.start().Err()
}

// Value implements context.Context. A context made of this one finds the started one in it.
func (t *timeout) Value(key any) any {
	t.mu.Lock()
	started := t.started
	t.mu.Unlock()
	if started != nil {
		return started.Value(key)
	}
	return t.Context.Value(key)
}
