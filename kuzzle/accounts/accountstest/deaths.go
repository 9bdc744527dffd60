package accountstest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Dying is the store of a process that is killed at one of its commits.
type Dying struct {
	storage.Store
	// Left is the number of commits before the death. With After the last commit is also written,
	// and its answer lost.
	Left  int
	After bool
	// Dead is set after the process was killed.
	Dead bool
}

// ErrDead is the error of the store after the process was killed.
var ErrDead = errors.New("killed")

func (d *Dying) dies() bool {
	d.Left--
	return d.Left < 0 || d.Dead
}

// Commit implements storage.Store.
func (d *Dying) Commit(ctx context.Context, change storage.Change) (storage.Rev, error) {
	if !d.dies() {
		return d.Store.Commit(ctx, change)
	}
	if d.After && !d.Dead {
		if _, err := d.Store.Commit(ctx, change); err != nil {
			return storage.Rev{}, err
		}
	}
	d.Dead = true
	return storage.Rev{}, ErrDead
}

// CommitMany implements storage.Store.
func (d *Dying) CommitMany(ctx context.Context, changes []storage.Change) []storage.Result {
	results := make([]storage.Result, len(changes))
	for i := range changes {
		results[i].Rev, results[i].Err = d.Commit(ctx, changes[i])
	}
	return results
}

// Through returns a new domain, like another process, over a store that stands before the bench's.
// change is as in [New].
func (b *Bench) Through(t testing.TB, store storage.Store, change func(*accounts.Options)) *Bench {
	t.Helper()
	return NewOn(t, store, func(o *accounts.Options) {
		o.Now = func() time.Time { return b.Now }
		if change != nil {
			change(o)
		}
	})
}
