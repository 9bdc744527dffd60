package queue_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/gokuzzle/kuzzle/kuzzle/queue"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/estest"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/sqlitetest"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/storagetest/engines"
	"github.com/gokuzzle/kuzzle/kuzzle/token/tokentest"
)

var prefixes = estest.NewPrefixes("queue")

type bench struct {
	*queue.Queue
	began time.Time
	ahead atomic.Int64 // nanoseconds; read by Run too
	log   strings.Builder
	done  []string
}

func (b *bench) now() time.Time { return b.began.Add(time.Duration(b.ahead.Load())) }

func (b *bench) advance(d time.Duration) { b.ahead.Add(int64(d)) }

func newBench(t *testing.T, store storage.Store) *bench {
	t.Helper()
	sealer := tokentest.Sealer(t)
	b := &bench{began: time.Now()}
	b.Queue = queue.New(queue.Options{
		Store: store, Sealer: sealer, Name: "test", Node: "here", Now: b.now, Log: slog.New(slog.NewTextHandler(&b.log, nil)),
	})
	return b
}

func (b *bench) put(t *testing.T, key, payload string) {
	t.Helper()
	if err := b.Put(t.Context(), queue.Item{Key: key, Payload: []byte(payload), For: time.Hour}); err != nil {
		t.Fatal(err)
	}
	b.advance(time.Millisecond)
}

// drain returns the items of one round; the failing ones return an error.
func (b *bench) drain(t *testing.T, fails map[string]error) string {
	t.Helper()
	b.done = nil
	err := b.Drain(t.Context(), func(_ context.Context, item queue.Item) error {
		b.done = append(b.done, fmt.Sprint(string(item.Payload), item.Tries))
		return fails[string(item.Payload)]
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(b.done, " ")
}

func TestQueue(t *testing.T) {
	engines.Opened(t, prefixes, func(t *testing.T, open func() storage.Store) {
		store := open()
		b := newBench(t, store)
		// A neighbour in the collection is no item.
		doc := storage.Document{ID: "throttle:x", Version: 1, Content: []byte(`{}`)}
		if _, err := store.Commit(t.Context(), storage.Change{In: storage.Flows, ID: doc.ID, Put: &doc}); err != nil {
			t.Fatal(err)
		}
		b.put(t, "a", "zebra-canary")
		b.put(t, "a", "a2")
		b.put(t, "b", "b1")
		found, err := store.Walk(t.Context(), storage.Flows, "~", 10)
		if err != nil || len(found) != 3 {
			t.Fatalf("%d items in the store, %v", len(found), err)
		}
		for _, item := range found {
			if strings.Contains(string(item.Content)+string(item.Auth), "canary") {
				t.Error("the payload can be read in the store")
			}
		}
		broken := map[string]error{"zebra-canary": errors.New("not now")}
		if got, want := b.drain(t, broken), "zebra-canary0 b10"; got != want {
			t.Errorf("got %s, want %s: one of a key waits for those before it, another key does not", got, want)
		}
		if got := b.drain(t, broken); got != "" {
			t.Errorf("at once again: %s, want nothing", got)
		}
		// A restart finds the remaining items.
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
		store = open()
		later := b.now().Add(time.Minute)
		b = newBench(t, store)
		b.advance(later.Sub(b.now()))
		if got, want := b.drain(t, nil), "zebra-canary1 a20"; got != want {
			t.Errorf("after a restart: %s, want %s", got, want)
		}
		if got := b.drain(t, nil); got != "" {
			t.Errorf("done, and again: %s", got)
		}

		b.put(t, "", "old")
		b.put(t, "", "bad")
		if got, want := b.drain(t, map[string]error{"old": errors.New("never"), "bad": fmt.Errorf("no: %w", queue.ErrGiveUp)}), "old0 bad0"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		b.advance(2 * time.Hour)
		if got := b.drain(t, nil); got != "" || strings.Count(b.log.String(), "given up") < 2 {
			t.Errorf("past its time: %q, and the log says %s", got, b.log.String())
		}
		if left, err := store.Walk(t.Context(), storage.Flows, "~", 10); err != nil || len(left) != 0 {
			t.Errorf("%d items left, %v", len(left), err)
		}
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
}

// TestRun: an item is done soon after Put, and Run ends with its context.
func TestRun(t *testing.T) {
	store := sqlitetest.Open(t)
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	b := newBench(t, store)
	ctx, stop := context.WithCancel(t.Context())
	did, ended := make(chan string), make(chan struct{})
	go func() {
		defer close(ended)
		b.Run(ctx, func(_ context.Context, item queue.Item) error { did <- string(item.Payload); return nil })
	}()
	b.put(t, "", "one")
	if got := <-did; got != "one" {
		t.Errorf("did %s", got)
	}
	stop()
	<-ended
}

// opener opens one store again and again.
func opener(t *testing.T) func() storage.Store {
	dir := t.TempDir()
	return func() storage.Store {
		store, err := sqlite.Open(t.Context(), dir, sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { store.Close() })
		return store
	}
}

// TestTooOldBehindOthers: an item that is too old is given up at its own time, even
// behind one of its key or another that cannot be done and may wait longer.
func TestTooOldBehindOthers(t *testing.T) {
	b := newBench(t, opener(t)())
	given := map[string]string{}
	b.GivenUp = func(_ context.Context, item queue.Item, cause string) error {
		given[string(item.Payload)] = item.Last
		return nil
	}
	wait := queue.Saying("answered 503", fmt.Errorf("%w: with a secret", queue.ErrWait))
	round := func(want ...string) {
		t.Helper()
		err := b.Drain(t.Context(), func(_ context.Context, item queue.Item) error {
			if string(item.Payload) != "first" {
				t.Errorf("%s is tried before first is done", item.Payload)
			}
			return wait
		})
		if !errors.Is(err, queue.ErrWait) {
			t.Errorf("the round ends with %v", err)
		}
		if got := slices.Sorted(maps.Keys(given)); !slices.Equal(got, want) {
			t.Errorf("given up: %q, want %q", got, want)
		}
	}
	for _, one := range []struct {
		key, payload string
		within       time.Duration
	}{{"a", "first", 24 * time.Hour}, {"a", "of its key", time.Hour}, {"b", "of another", time.Hour}, {"c", "stays", 3 * time.Hour}} {
		if err := b.Put(t.Context(), queue.Item{Key: one.key, Payload: []byte(one.payload), For: one.within}); err != nil {
			t.Fatal(err)
		}
		b.advance(time.Millisecond)
	}
	round()
	b.advance(time.Hour - time.Second)
	round()
	b.advance(2 * time.Second)
	round() // it was looked for them a moment ago
	b.advance(time.Minute)
	round("of another", "of its key")
	b.advance(2 * time.Hour)
	round("of another", "of its key", "stays")
	b.advance(24 * time.Hour)
	if got := b.drain(t, nil); got != "" || given["first"] != "answered 503" || given["stays"] != "answered 503" {
		t.Errorf("at the end %q is done, and given up are %q", got, given)
	}
}

// TestLastFailure: the text of a failure stays with the item over a restart; a failure
// without a text leaves none.
func TestLastFailure(t *testing.T) {
	open := opener(t)
	store := open()
	b := newBench(t, store)
	b.put(t, "", "told")
	b.put(t, "", "silent")
	b.drain(t, map[string]error{"told": queue.Saying(strings.Repeat("x", 300), errors.New("secret")), "silent": errors.New("secret")})
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	store = open()
	later := b.now().Add(2 * time.Hour)
	b = newBench(t, store)
	b.advance(later.Sub(b.now()))
	last := map[string]string{}
	b.GivenUp = func(_ context.Context, item queue.Item, cause string) error {
		last[string(item.Payload)] = item.Last
		return nil
	}
	b.drain(t, nil)
	if last["told"] != strings.Repeat("x", 200) || last["silent"] != "" || len(last) != 2 {
		t.Errorf("given up: %q", last)
	}
}
