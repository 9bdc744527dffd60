package accountstest

import (
	"context"
	"sync"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/profiles"
)

// Asked is a store that records its calls. Each is a round trip to a cluster, which a stranger
// could time.
type Asked struct {
	storage.Store
	mu    sync.Mutex
	trips []string
}

// NewAsked returns a bench like [New], with a store that records its calls.
func NewAsked(t testing.TB, change func(*accounts.Options)) (*Bench, *Asked) {
	t.Helper()
	store := &Asked{}
	return newThrough(t, store, &store.Store, change), store
}

// newThrough returns a bench over a test's store, and sets inner to the real store.
func newThrough(t testing.TB, store storage.Store, inner *storage.Store, change func(*accounts.Options)) *Bench {
	t.Helper()
	return New(t, func(o *accounts.Options) {
		*inner = o.Store
		Through(o, store)
		if change != nil {
			change(o)
		}
	})
}

func (s *Asked) note(trip string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trips = append(s.trips, trip)
}

// Taken returns the round trips since its last call.
func (s *Asked) Taken() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	trips := s.trips
	s.trips = nil
	return trips
}

func (s *Asked) Get(ctx context.Context, from storage.Collection, id string) (storage.Document, error) {
	s.note("get " + string(from))
	return s.Store.Get(ctx, from, id)
}

func (s *Asked) GetMany(ctx context.Context, from storage.Collection, ids []string) ([]storage.Document, []string, error) {
	s.note("get many " + string(from))
	return s.Store.GetMany(ctx, from, ids)
}

func (s *Asked) Owner(ctx context.Context, key string) (storage.Claim, error) {
	s.note("owner")
	return s.Store.Owner(ctx, key)
}

func (s *Asked) Commit(ctx context.Context, change storage.Change) (storage.Rev, error) {
	s.note("commit " + string(change.In))
	return s.Store.Commit(ctx, change)
}

func (s *Asked) Search(ctx context.Context, in storage.Collection, what query.Search) (storage.Page, error) {
	s.note("search " + string(in))
	return s.Store.Search(ctx, in, what)
}

// Between is a store that runs a test's function before its reads and writes. Each function may be
// nil; Reading and Searching may refuse.
type Between struct {
	storage.Store
	Reading   func(of storage.Collection, id string) error
	Writing   func(storage.Change)
	Searching func(of storage.Collection) error
}

// NewBetween returns a bench like [New], with a Between as its store.
func NewBetween(t testing.TB, change func(*accounts.Options)) (*Bench, *Between) {
	t.Helper()
	store := &Between{}
	return newThrough(t, store, &store.Store, change), store
}

func (s *Between) Search(ctx context.Context, in storage.Collection, what query.Search) (storage.Page, error) {
	if s.Searching != nil {
		if err := s.Searching(in); err != nil {
			return storage.Page{}, err
		}
	}
	return s.Store.Search(ctx, in, what)
}

func (s *Between) Get(ctx context.Context, from storage.Collection, id string) (storage.Document, error) {
	if s.Reading != nil {
		if err := s.Reading(from, id); err != nil {
			return storage.Document{}, err
		}
	}
	return s.Store.Get(ctx, from, id)
}

func (s *Between) Commit(ctx context.Context, change storage.Change) (storage.Rev, error) {
	if s.Writing != nil {
		s.Writing(change)
	}
	return s.Store.Commit(ctx, change)
}

// CaseSensitive makes a domain distinguish "Jane" from "jane".
func CaseSensitive(o *accounts.Options) { o.CaseSensitive = true }

// Unboot restores the state of the data before the first start.
func (b *Bench) Unboot(t testing.TB) {
	t.Helper()
	doc, err := b.Store.Get(t.Context(), storage.Profiles, profiles.Anonymous)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Store.Commit(t.Context(), storage.Change{In: storage.Profiles, ID: doc.ID, If: doc.Rev}); err != nil {
		t.Fatal(err)
	}
}
