package backend

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// closing is the store of a server that dev opens until the first administrator
// exists. A request that was let in because the server was open may still be about
// to write when that administrator is created. The write of such a request and the
// write that creates an administrator exclude each other, and after the latter the
// former is refused.
//
// It excludes only the writers of one process. If several servers with dev write to
// one cluster, a write that another server has begun may end after the write of the
// first administrator.
type closing struct {
	storage.Store
	// turn is held for reading by requests that were let in, and exclusively by a
	// write that creates an administrator.
	turn sync.RWMutex

	// alone says that no other process writes to the store. Then absent keeps that there
	// is no administrator yet, which every request to an open server asks. steps counts
	// the beginnings and the ends of writes that make one.
	alone  bool
	absent atomic.Bool
	mu     sync.Mutex
	steps  int
}

// Owner implements storage.Store.
func (s *closing) Owner(ctx context.Context, key string) (storage.Claim, error) {
	if key != users.AdminLatch || !s.alone {
		return s.Store.Owner(ctx, key)
	}
	if s.absent.Load() {
		return storage.Claim{}, storage.ErrNotFound.New()
	}
	s.mu.Lock()
	before := s.steps
	s.mu.Unlock()
	claim, err := s.Store.Owner(ctx, key)
	if errors.Is(err, storage.ErrNotFound) && before%2 == 0 {
		s.mu.Lock()
		s.absent.Store(s.steps == before)
		s.mu.Unlock()
	}
	return claim, err
}

// step forgets that there is no administrator.
func (s *closing) step() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.steps++
	s.absent.Store(false)
}

// Commit implements storage.Store.
func (s *closing) Commit(ctx context.Context, change storage.Change) (storage.Rev, error) {
	done, err := s.begin(ctx, change)
	if err != nil {
		return storage.Rev{}, err
	}
	rev, err := s.Store.Commit(ctx, change)
	done(err == nil)
	return rev, err
}

// CommitMany implements storage.Store.
func (s *closing) CommitMany(ctx context.Context, changes []storage.Change) []storage.Result {
	done, err := s.begin(ctx, changes...)
	if err != nil {
		results := make([]storage.Result, len(changes))
		for i := range results {
			results[i].Err = err
		}
		return results
	}
	results := s.Store.CommitMany(ctx, changes)
	made := false
	for i := range results {
		made = made || results[i].Err == nil && makesAdmin(&changes[i])
	}
	done(made)
	return results
}

// UpdateMapping implements storage.Store.
func (s *closing) UpdateMapping(ctx context.Context, of storage.Collection, change storage.Mapping) (storage.Mapping, error) {
	done, err := s.begin(ctx, storage.Change{In: of})
	if err != nil {
		return storage.Mapping{}, err
	}
	mapping, err := s.Store.UpdateMapping(ctx, of, change)
	done(err == nil)
	return mapping, err
}

// begin waits for the turn of the changes, or refuses them. done ends the turn; its
// argument tells whether an administrator was created, if the changes should create
// one.
func (s *closing) begin(ctx context.Context, changes ...storage.Change) (done func(made bool), err error) {
	by := api.LetInBy(ctx)
	guarded, makes := false, false
	for i := range changes {
		guarded = guarded || by != nil && asksForRights(changes[i].In)
		makes = makes || makesAdmin(&changes[i])
	}
	end := func() {}
	switch {
	case makes:
		s.turn.Lock()
		s.step()
		end = func() {
			s.step()
			s.turn.Unlock()
		}
	case guarded:
		s.turn.RLock()
		end = s.turn.RUnlock
	}
	if guarded && !by.Closed.Load() {
		_, err := s.Owner(ctx, users.AdminLatch)
		if err == nil {
			err = by.Refusal
		}
		if !errors.Is(err, storage.ErrNotFound) {
			end()
			return nil, err
		}
	}
	return func(made bool) {
		if guarded && makes && made {
			by.Closed.Store(true)
		}
		end()
	}, nil
}

// asksForRights reports whether writes to a collection require rights. A login
// writes the others with a password and no rights.
func asksForRights(in storage.Collection) bool { return in != storage.Sessions && in != storage.Flows }

func makesAdmin(change *storage.Change) bool {
	for _, take := range change.Take {
		if take.Key == users.AdminLatch {
			return true
		}
	}
	return false
}
