package lease

import (
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// NewShort makes a lease that is good for less long, and that takes every store
// for one that other processes write too.
func NewShort(store storage.Store, job, holder string, good time.Duration) *Lease {
	l := within(good, New(store, job, holder))
	l.shared = true
	return l
}
