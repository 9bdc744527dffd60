package elasticsearch_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

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

// afterUsers has something go wrong with writes of claims once one of a user is
// done.
func afterUsers(l *estest.Line, wrong estest.Wrong) {
	var done atomic.Bool
	l.Breaks(func(w http.ResponseWriter, r *http.Request, forward http.Handler) bool {
		switch {
		case !strings.HasSuffix(r.URL.Path, "/_bulk"):
		case strings.Contains(r.URL.Path, "users."):
			forward.ServeHTTP(w, r)
			done.Store(true)
			return true
		case done.Load() && strings.Contains(r.URL.Path, "claims."):
			return wrong(w, r, forward)
		}
		return false
	})
}

// TestFreedLater: a name that a user gave up is free, even if the cluster
// failed before its removal: at once for a taker, and soon for a reader of its
// owner.
func TestFreedLater(t *testing.T) {
	for what, wrong := range map[string]estest.Wrong{
		"gone": estest.Gone, "busy": estest.Refuse(429, "es_rejected_execution_exception", "busy", "_bulk"),
	} {
		t.Run(what, func(t *testing.T) {
			l := estest.NewLine(t, node)
			o := lent(t)
			o.Addresses, o.Poll = []string{l.URL}, 20*time.Millisecond
			s := open(t, o)
			rev, err := s.Commit(t.Context(), named("u", "old"))
			if err != nil {
				t.Fatal(err)
			}
			afterUsers(l, wrong)
			rename := named("u", "new")
			rename.If, rename.Free = rev, []string{"old"}
			if _, err := s.Commit(t.Context(), rename); err != nil {
				t.Errorf("rename: %v", err)
			}
			l.Breaks(nil)
			await(t, "the old name is nobody's", func() bool {
				_, err := s.Owner(t.Context(), "old")
				return errors.Is(err, storage.ErrNotFound)
			})
			if claim, err := s.Owner(t.Context(), "new"); err != nil || claim.Owner != "u" {
				t.Errorf("the new name: got %+v, %v", claim, err)
			}
		})
	}
}

// TestLatchNotFreed: the release of a latch succeeds only when the latch is
// gone.
func TestLatchNotFreed(t *testing.T) {
	s, l := throughLine(t)
	latched := named("u")
	latched.Take = []storage.Take{{Key: "latch", Once: true}}
	rev, err := s.Commit(t.Context(), latched)
	if err != nil {
		t.Fatal(err)
	}
	free := func() error {
		change := named("u")
		change.If, change.Free = rev, []string{"latch"}
		next, err := s.Commit(t.Context(), change)
		if err == nil {
			rev = next
		}
		return err
	}
	afterUsers(l, estest.Refuse(429, "es_rejected_execution_exception", "busy", "_bulk"))
	wantComeBack(t, "letting go", free())
	l.Breaks(nil)
	if claim, err := s.Owner(t.Context(), "latch"); err != nil || claim.Owner != "u" {
		t.Errorf("the latch: got %+v, %v", claim, err)
	}
	d, err := s.Get(t.Context(), storage.Users, "u")
	if err != nil {
		t.Fatal(err)
	}
	rev = d.Rev
	if err := free(); err != nil {
		t.Error(err)
	}
	if _, err := s.Owner(t.Context(), "latch"); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("the latch, let go: got %v, want %v", err, storage.ErrNotFound)
	}
}

// await polls until something is so.
func await(t *testing.T, what string, so func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	late := time.After(time.Minute)
	for !so() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("%s: not within a minute", what)
		}
	}
}
