package elasticsearch_test

import (
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/estest"
)

func throughLine(t *testing.T) (*elasticsearch.Store, *estest.Line) {
	t.Helper()
	l := estest.NewLine(t, node)
	o := lent(t)
	o.Addresses = []string{l.URL}
	return open(t, o), l
}

func named(id string, keys ...string) storage.Change {
	change := storage.Change{In: storage.Users, ID: id, Visible: true, Put: &storage.Document{Version: 1}}
	for _, key := range keys {
		change.Take = append(change.Take, storage.Take{Key: key})
	}
	return change
}

// TestLostAnswers: every second write is done and its answer lost, or is lost
// itself. Everything is acknowledged all the same, and done once.
func TestLostAnswers(t *testing.T) {
	s, l := throughLine(t)
	l.Breaks(estest.Lose())
	const users = 40
	var running sync.WaitGroup
	for i := range users {
		running.Go(func() {
			id, key := fmt.Sprint("u", i), fmt.Sprint("key ", i)
			rev, err := s.Commit(t.Context(), named(id, key))
			if err != nil {
				t.Errorf("create %s: %v", id, err)
				return
			}
			change := named(id, key+" new")
			change.If, change.Free = rev, []string{key}
			if _, err := s.Commit(t.Context(), change); err != nil {
				t.Errorf("update %s: %v", id, err)
			}
		})
	}
	running.Wait()
	l.Breaks(nil)
	page, err := s.Search(t.Context(), storage.Users, query.Search{Size: 100})
	if err != nil || page.Total != users {
		t.Errorf("users: got %d, %v, want %d", page.Total, err, users)
	}
	for i := range users {
		claim, err := s.Owner(t.Context(), fmt.Sprint("key ", i, " new"))
		if err != nil || claim.Owner != fmt.Sprint("u", i) {
			t.Errorf("owner %d: got %+v, %v", i, claim, err)
		}
		if _, err := s.Owner(t.Context(), fmt.Sprint("key ", i)); !errors.Is(err, storage.ErrNotFound) {
			t.Errorf("old key %d: got %v, want %v", i, err, storage.ErrNotFound)
		}
	}
}

// TestBusy: a cluster that refuses for a moment is asked again.
func TestBusy(t *testing.T) {
	s, l := throughLine(t)
	var refusals atomic.Int32
	l.Breaks(func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		if refusals.Add(1) > 4 {
			return false
		}
		w.Header().Set("X-Elastic-Product", "Elasticsearch")
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = w.Write([]byte(`{"error":{"type":"es_rejected_execution_exception","reason":"busy"},"status":429}`))
		return true
	})
	if _, err := s.Commit(t.Context(), named("u", "name")); err != nil {
		t.Errorf("create: %v", err)
	}
	if refusals.Load() < 4 {
		t.Errorf("refusals: got %d, want 4", refusals.Load())
	}
}

// TestGoneAndBack: without a cluster everything says so and when to come back,
// and with it again all is as before.
func TestGoneAndBack(t *testing.T) {
	s, l := throughLine(t)
	if _, err := s.Commit(t.Context(), named("before", "name")); err != nil {
		t.Fatal(err)
	}
	l.Breaks(estest.Gone)
	_, writing := s.Commit(t.Context(), named("u", "key"))
	_, reading := s.Get(t.Context(), storage.Users, "before")
	_, searching := s.Search(t.Context(), storage.Users, query.Search{})
	for what, err := range map[string]error{"commit": writing, "get": reading, "search": searching, "health": s.Health(t.Context())} {
		f, is := fault.From(err)
		if !is || !errors.Is(err, storage.ErrUnavailable) || f.RetryAfter <= 0 {
			t.Errorf("%s: got %v, want %v with a time", what, err, storage.ErrUnavailable)
		}
	}
	l.Breaks(nil)
	if err := s.Health(t.Context()); err != nil {
		t.Errorf("health: %v", err)
	}
	if d, err := s.Get(t.Context(), storage.Users, "before"); err != nil || d.ID != "before" {
		t.Errorf("get: %+v, %v", d, err)
	}
	if _, err := s.Commit(t.Context(), named("after", "key")); err != nil {
		t.Errorf("create: %v", err)
	}
}
