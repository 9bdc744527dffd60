package rights_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/rights"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/profiles"
)

// pair is two servers that share a store; the first deletes the role "r" or the profile "p".
type pair struct {
	one, two *rights.Store
	holds    bool
	// meanwhile runs when the deletion is marked and other servers do not know of it yet.
	meanwhile func()
}

func newPair(t *testing.T, later time.Duration) *pair {
	one, store := counted(t)
	two := rights.New(store.Store, everything{}, rights.Builtin(), nil, func() time.Time { return time.Now().Add(later) })
	p := &pair{one: one, two: two}
	for _, k := range []*rights.Store{one, two} {
		k.SetFreshness(&lease{current: true, keepable: true})
		k.Beside(func() bool { return true })
		k.SetBound(func(ctx context.Context) error { p.meanwhile(); return ctx.Err() })
	}
	_, err := one.CreateRole(t.Context(), "r", allowing("door"), force)
	if err == nil {
		_, err = one.CreateProfile(t.Context(), "p", granting("default"), force)
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// deletes lets the first server delete the profile, which is free unless it is held.
func (p *pair) deletes(ctx context.Context) error {
	return p.one.DeleteProfile(ctx, "p", false, func() error { return nil }, func() error {
		if p.holds {
			return profiles.ErrProfileInUse.New()
		}
		return nil
	})
}

// give lets the second server give a user the profile; late runs in between.
func (p *pair) give(t *testing.T, late func()) error {
	return p.two.Hold(t.Context(), []string{"p"}, func() error {
		late()
		p.holds = true
		return nil
	})
}

// TestNothingIsHeldThatLeaves: one server deletes a profile or role while another gives it to a
// user. Whatever the second server has cached, one of the two is refused.
func TestNothingIsHeldThatLeaves(t *testing.T) {
	given := func(t *testing.T, p *pair, want error) {
		t.Helper()
		if err := p.give(t, func() {}); !errors.Is(err, want) {
			t.Errorf("given: %v, want %v", err, want)
		}
	}
	refused := func(t *testing.T, p *pair, err, want error) {
		t.Helper()
		if !errors.Is(err, want) {
			t.Errorf("deleted: %v, want %v", err, want)
		}
		p.two.Forget(storage.Everything)
		given(t, p, nil) // the profile can be given, as before
	}
	t.Run("a gift under way", func(t *testing.T) {
		p := newPair(t, 0)
		announced, written := make(chan struct{}), make(chan struct{})
		p.meanwhile = func() { close(announced); <-written }
		var deleted error
		var deleting sync.WaitGroup
		err := p.give(t, func() {
			deleting.Go(func() { deleted = p.deletes(t.Context()) })
			<-announced
		})
		close(written)
		if deleting.Wait(); err != nil {
			t.Error(err)
		}
		refused(t, p, deleted, profiles.ErrProfileInUse)
	})
	t.Run("a server that has not heard", func(t *testing.T) {
		p := newPair(t, 0)
		if err := p.two.Exist(t.Context(), []string{"p"}); err != nil {
			t.Fatal(err)
		}
		p.meanwhile = func() { given(t, p, nil) }
		refused(t, p, p.deletes(t.Context()), profiles.ErrProfileInUse)
	})
	t.Run("a server that has heard", func(t *testing.T) {
		p := newPair(t, 0)
		p.meanwhile = func() { given(t, p, profiles.ErrProfileNotFound) }
		if err := p.deletes(t.Context()); err != nil {
			t.Error(err)
		}
		given(t, p, profiles.ErrProfileNotFound)
	})
	t.Run("a role", func(t *testing.T) {
		p := newPair(t, 0)
		p.meanwhile = func() {
			if _, err := p.two.UpdateProfile(t.Context(), "p", granting("r"), force); !errors.Is(err, profiles.ErrRoleNotFound) {
				t.Errorf("a profile got the role: %v", err)
			}
		}
		if err := p.one.DeleteRole(t.Context(), "r", force); err != nil {
			t.Error(err)
		}
	})
	t.Run("two deletions", func(t *testing.T) {
		p := newPair(t, 0)
		p.meanwhile = func() {
			p.meanwhile = func() {}
			if err := p.deletes(t.Context()); err != nil {
				t.Error(err)
			}
		}
		if err := p.deletes(t.Context()); !errors.Is(err, profiles.ErrProfileNotFound) {
			t.Errorf("the second deletion: %v", err)
		}
	})
	t.Run("a client that leaves", func(t *testing.T) {
		p := newPair(t, 0)
		ctx, leave := context.WithCancel(t.Context())
		p.meanwhile = leave
		refused(t, p, p.deletes(ctx), context.Canceled)
	})
	t.Run("a profile that is written anew", func(t *testing.T) {
		p := newPair(t, 0)
		p.meanwhile = func() {
			if _, err := p.two.UpdateProfile(t.Context(), "p", granting("admin"), force); err != nil {
				t.Error(err)
			}
		}
		refused(t, p, p.deletes(t.Context()), storage.ErrConflict)
	})
	t.Run("a deletion that was killed", func(t *testing.T) {
		p := newPair(t, time.Minute) // the second server reads a minute later
		p.meanwhile = func() { given(t, p, nil) }
		_ = p.deletes(t.Context())
	})
}
