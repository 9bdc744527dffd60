package lease_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/gokuzzle/kuzzle/kuzzle/lease"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/estest"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/sqlitetest"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/storagetest/engines"
)

var prefixes = estest.NewPrefixes("lease")

// severed is a store that a process can be cut off from.
type severed struct {
	storage.Store
	cut atomic.Bool
}

var errCut = errors.New("the store cannot be reached")

func (s *severed) Get(ctx context.Context, in storage.Collection, id string) (storage.Document, error) {
	if s.cut.Load() {
		return storage.Document{}, errCut
	}
	return s.Store.Get(ctx, in, id)
}

func (s *severed) Commit(ctx context.Context, change storage.Change) (storage.Rev, error) {
	if s.cut.Load() {
		return storage.Rev{}, errCut
	}
	return s.Store.Commit(ctx, change)
}

// history has the beginnings and ends of the job, in order.
type history struct {
	mu     sync.Mutex
	events []string
	told   chan string
}

func (h *history) add(event string) {
	h.mu.Lock()
	h.events = append(h.events, event)
	h.mu.Unlock()
	h.told <- event
}

// hold has a holder want the lease; stop ends that and waits.
func (h *history) hold(store storage.Store, holder string, good time.Duration) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		lease.NewShort(store, "job", holder, good).Hold(ctx, func(ctx context.Context) {
			h.add(holder + " begins")
			<-ctx.Done()
			h.add(holder + " ends")
		})
	}()
	return func() { cancel(); <-ended }
}

func (h *history) next(t *testing.T, want string) {
	t.Helper()
	select {
	case got := <-h.told:
		if got != want {
			t.Fatalf("%s, want %s; so far %v", got, want, h.events)
		}
	case <-time.After(time.Minute):
		t.Fatalf("not within a minute: %s", want)
	}
}

// TestTakeover: of two holders on one store one works. The other follows once the
// first is cut off, and not before the first has stopped; at once when it leaves.
func TestTakeover(t *testing.T) {
	engines.Each(t, prefixes, func(t *testing.T, store storage.Store) {
		const good = 4 * time.Second // a busy cluster answers late
		h := &history{told: make(chan string, 100)}
		first := &severed{Store: store}
		stopFirst := h.hold(first, "first", good)
		h.next(t, "first begins")
		stopSecond := h.hold(store, "second", good)
		// Four renewals take longer than a lease is good for.
		for version := uint64(0); version < 5; time.Sleep(good / 20) {
			doc, err := store.Get(t.Context(), storage.Flows, "lease:job")
			if err != nil {
				t.Fatal(err)
			}
			version = uint64(doc.Version)
		}
		if len(h.told) != 0 {
			t.Fatalf("%s, want the first to keep it", <-h.told)
		}
		first.cut.Store(true)
		h.next(t, "first ends")
		h.next(t, "second begins")
		stopFirst()

		// A regular stop lets the next one follow without the wait.
		third := h.hold(store, "third", 10*time.Minute)
		time.Sleep(good / 3)
		stopSecond()
		h.next(t, "second ends")
		if _, err := store.Get(t.Context(), storage.Flows, "lease:job"); !errors.Is(err, storage.ErrNotFound) {
			t.Errorf("the lease of a holder that left: %v, want none", err)
		}
		third()
	})
}

// slow is a store whose renewals are written at once and answered late.
type slow struct {
	storage.Store
	renewing chan struct{}
	answered chan struct{}
}

func (s *slow) Commit(ctx context.Context, change storage.Change) (storage.Rev, error) {
	rev, err := s.Store.Commit(ctx, change)
	if change.Put == nil || change.Put.Version != 2 {
		return rev, err
	}
	close(s.renewing)
	select {
	case <-ctx.Done():
		return storage.Rev{}, ctx.Err()
	case <-s.answered:
		return rev, err
	}
}

// TestLeavesAmidRenewal: a holder that stops during a renewal gives the lease back
// all the same.
func TestLeavesAmidRenewal(t *testing.T) {
	engines.Each(t, prefixes, func(t *testing.T, store storage.Store) {
		h := &history{told: make(chan string, 100)}
		held := &slow{Store: store, renewing: make(chan struct{}), answered: make(chan struct{})}
		stop := h.hold(held, "first", 3*time.Second)
		h.next(t, "first begins")
		<-held.renewing
		left := make(chan struct{})
		go func() { defer close(left); stop() }()
		h.next(t, "first ends") // its context has ended
		close(held.answered)
		<-left
		if _, err := store.Get(t.Context(), storage.Flows, "lease:job"); !errors.Is(err, storage.ErrNotFound) {
			t.Errorf("the lease of a holder that left: %v, want none", err)
		}
	})
}

// TestKilledHolder: a holder that was killed leaves its lease behind; the next one
// follows after the time for which it was good, and not earlier.
func TestKilledHolder(t *testing.T) {
	engines.Each(t, prefixes, func(t *testing.T, store storage.Store) {
		const good = 300 * time.Millisecond
		doc := storage.Document{ID: "lease:job", Version: 1, Content: []byte(`{"holder":"dead"}`), ExpiresAt: time.Now().Add(time.Hour)}
		if _, err := store.Commit(t.Context(), storage.Change{In: storage.Flows, ID: doc.ID, Put: &doc}); err != nil {
			t.Fatal(err)
		}
		h := &history{told: make(chan string, 100)}
		began := time.Now()
		stop := h.hold(store, "next", good)
		h.next(t, "next begins")
		if took := time.Since(began); took < good {
			t.Errorf("taken over after %v, want at least %v", took, good)
		}
		stop()
	})
}

// TestTwoTake: of many that find the lease free at once, one gets it.
func TestTwoTake(t *testing.T) {
	engines.Each(t, prefixes, func(t *testing.T, store storage.Store) {
		h := &history{told: make(chan string, 100)}
		var stops []func()
		for _, holder := range []string{"a", "b", "c", "d"} {
			stops = append(stops, h.hold(store, holder, 10*time.Minute))
		}
		<-h.told
		time.Sleep(100 * time.Millisecond)
		h.mu.Lock()
		if len(h.events) != 1 {
			t.Errorf("%v, want one holder", h.events)
		}
		h.mu.Unlock()
		for _, stop := range stops {
			stop()
		}
	})
}

// TestAlone: where no other process writes the store the job begins without a
// lease, and Hold ends with its context.
func TestAlone(t *testing.T) {
	store := sqlitetest.Open(t)
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	ctx, cancel := context.WithCancel(t.Context())
	lease.New(store, "job", "one").Hold(ctx, func(ctx context.Context) {
		cancel()
		<-ctx.Done()
	})
	if _, err := store.Get(t.Context(), storage.Flows, "lease:job"); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("a lease was written: %v", err)
	}
}
