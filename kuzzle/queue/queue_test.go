package queue_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/gokuzzle/kuzzle/kuzzle/queue"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/estest"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/storagetest/engines"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
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
	sealer, err := token.NewSealer(make([]byte, token.MasterKeyBytes))
	if err != nil {
		t.Fatal(err)
	}
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

// drain returns what was handed over in one round; what fails answers an error.
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
		// A restart finds what is left.
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

// TestRun: what is put is done soon, and Run ends with its context.
func TestRun(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	store, err := sqlite.Open(t.Context(), t.TempDir(), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
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
