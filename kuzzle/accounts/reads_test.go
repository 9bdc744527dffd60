package accounts_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/credentials"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/logins"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/digest"
	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/strategies"
	"github.com/gokuzzle/kuzzle/strategies/digestimport"
)

// asked is a store that notes what it is asked for: each is a round trip to a
// cluster, which a stranger could time.
type asked struct {
	storage.Store
	mu    sync.Mutex
	trips []string
}

func (s *asked) note(trip string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trips = append(s.trips, trip)
}

func (s *asked) taken() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	trips := s.trips
	s.trips = nil
	return trips
}

func (s *asked) Get(ctx context.Context, from storage.Collection, id string) (storage.Document, error) {
	s.note("get " + string(from))
	return s.Store.Get(ctx, from, id)
}

func (s *asked) GetMany(ctx context.Context, from storage.Collection, ids []string) ([]storage.Document, []string, error) {
	s.note("get many " + string(from))
	return s.Store.GetMany(ctx, from, ids)
}

func (s *asked) Owner(ctx context.Context, key string) (storage.Claim, error) {
	s.note("owner")
	return s.Store.Owner(ctx, key)
}

func (s *asked) Commit(ctx context.Context, change storage.Change) (storage.Rev, error) {
	s.note("commit " + string(change.In))
	return s.Store.Commit(ctx, change)
}

func (s *asked) Search(ctx context.Context, in storage.Collection, what query.Search) (storage.Page, error) {
	s.note("search " + string(in))
	return s.Store.Search(ctx, in, what)
}

// TestRefusedLoginsReadAlike: whatever a refused login is about, the store is
// asked for the same.
func TestRefusedLoginsReadAlike(t *testing.T) {
	store := &asked{}
	b := newBench(t, func(o *accounts.Options) {
		store.Store = o.Store
		accountstest.Through(o, store)
	})
	for _, name := range []string{"known", "rarely@example.org", "moved", "deleted"} {
		if _, err := b.Credentials.Create(t.Context(), admin, person(name, "correct horse")); err != nil {
			t.Fatal(err)
		}
	}
	found, _, err := b.Users.Search(t.Context(), storage.Users, query.Search{Size: 10}, 0)
	if err != nil || len(found.Hits) != 4 {
		t.Fatalf("found: got %d, %v, want 4", len(found.Hits), err)
	}
	for _, hit := range found.Hits {
		switch content := string(hit.Content); {
		case strings.Contains(content, "moved"):
			_, err = b.Credentials.UpdateCredentials(t.Context(), admin, hit.ID, "local", map[string]any{"username": "elsewhere"}, false)
		case strings.Contains(content, "deleted"):
			err = b.Users.Delete(t.Context(), admin, hit.ID, false)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	store.taken()
	var want []string
	for _, name := range []string{"known", "known", "rarely@example.org", "elsewhere", "moved", "deleted", "ghost", "ghost", "ghost@example.org", "+4930123456", strings.Repeat("g", 500)} {
		_, _, err := b.Logins.Login(t.Context(), users.Actor{}, logins.Login{Strategy: "local", Credentials: map[string]any{"username": name, "password": "wrong"}})
		if !errors.Is(err, strategies.ErrRefused) {
			t.Fatalf("%.20s: got %v, want %v", name, err, strategies.ErrRefused)
		}
		got := store.taken()
		if want == nil {
			want = got
		}
		if !slices.Equal(got, want) {
			t.Errorf("%.20s: the store is asked for %q, want %q as for a name that is known", name, got, want)
		}
	}
	if len(want) != 2 {
		t.Errorf("a login reads %q, want two reads", want)
	}
}

// TestCreationReads: a creation that needs no hash asks the store for nothing
// before it writes, and one that does hashes nothing for a name that is taken.
func TestCreationReads(t *testing.T) {
	store := &asked{}
	pool := digest.NewPool(digest.Limits{})
	b := newBench(t, func(o *accounts.Options) {
		store.Store = o.Store
		accountstest.Through(o, store)
		o.Pool = pool
	})
	b.use(t, digestimport.Name, digestimport.New)
	imported := func(name string) credentials.NewUser {
		u := person(name, "")
		u.Credentials = map[string]any{digestimport.Name: map[string]any{
			"username": name, "passwordDigest": "$2b$10$xCGLxr4kCg21yt5ga5bkp.xw9RJ9nudx6kPJKYGeNlzMM.ghNdjFG",
		}}
		return u
	}
	b.create(t, imported("first")) // what is read of profiles is kept
	store.taken()
	b.create(t, imported("jdoe"))
	if got, want := store.taken(), []string{"commit users"}; !slices.Equal(got, want) {
		t.Errorf("with a digest: got %q, want %q", got, want)
	}
	before := pool.Stats().Done
	for _, taken := range []credentials.NewUser{imported("JDoe"), person("jdoe", "correct horse")} {
		if _, err := b.Credentials.Create(t.Context(), admin, taken); !errors.Is(err, strategies.ErrTaken) {
			t.Errorf("a name that is taken: got %v, want %v", err, strategies.ErrTaken)
		}
	}
	if got := pool.Stats().Done - before; got != 0 {
		t.Errorf("hashed %d times for names that are taken", got)
	}
	b.create(t, person("somebody", "correct horse"))
	if got := pool.Stats().Done - before; got == 0 {
		t.Error("no hash of a password was counted")
	}
}
