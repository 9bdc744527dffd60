package elasticsearch_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/estest"
)

// lookups delays the first requests for records and counts the records in the
// later ones.
type lookups struct {
	held    atomic.Int32
	later   atomic.Int32
	records atomic.Int32
	open    func()
}

// holdLookups has as many reads under way as are sent as they come.
func holdLookups(t *testing.T, s *elasticsearch.Store, l *estest.Line) *lookups {
	t.Helper()
	opened := make(chan struct{})
	g := &lookups{open: sync.OnceFunc(func() { close(opened) })}
	t.Cleanup(g.open)
	l.Breaks(func(_ http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		if !strings.HasSuffix(r.URL.Path, "/_mget") {
			return false
		}
		text, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(text))
		var body struct{ Docs []json.RawMessage }
		_ = json.Unmarshal(text, &body)
		switch {
		case strings.Contains(string(text), `"_id":"held`):
			g.held.Add(1)
			<-opened
		case strings.Contains(string(text), "users."):
			g.later.Add(1)
			g.records.Add(int32(len(body.Docs)))
		}
		return false
	})
	var running sync.WaitGroup
	t.Cleanup(running.Wait)
	t.Cleanup(g.open)
	for i := range elasticsearch.LookupsAtOnce {
		running.Go(func() { _, _ = s.Get(context.WithoutCancel(t.Context()), storage.Users, fmt.Sprint("held", i)) })
	}
	await(t, "reads under way", func() bool { return g.held.Load() == elasticsearch.LookupsAtOnce })
	return g
}

// TestReadsShareRequests: concurrent reads share requests, with each record once,
// and every caller gets its own answer.
func TestReadsShareRequests(t *testing.T) {
	s, l := throughLine(t)
	s.SetGatherPatience(time.Minute)
	const users, readers = 10, 4
	for i := range users {
		if _, err := s.Commit(t.Context(), named(fmt.Sprint("u", i))); err != nil {
			t.Fatal(err)
		}
	}
	g := holdLookups(t, s, l)
	var running sync.WaitGroup
	for i := range users * readers {
		running.Go(func() {
			id := fmt.Sprint("u", i%users)
			if doc, err := s.Get(t.Context(), storage.Users, id); err != nil || doc.ID != id {
				t.Errorf("%s: got %q, %v", id, doc.ID, err)
			}
		})
	}
	running.Go(func() {
		if _, err := s.Get(t.Context(), storage.Users, "nobody"); !errors.Is(err, storage.ErrNotFound) {
			t.Errorf("nobody: got %v, want %v", err, storage.ErrNotFound)
		}
	})
	ctx, walkAway := context.WithCancel(t.Context())
	gone := make(chan error, 1)
	go func() {
		_, err := s.Get(ctx, storage.Users, "of one who walks away")
		gone <- err
	}()
	await(t, "reads gathering", func() bool { return s.Gathering() == users*readers+2 })
	walkAway()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Errorf("who walked away: got %v, want %v", err, context.Canceled)
	}
	g.open()
	running.Wait()
	if got := g.later.Load(); got != 1 {
		t.Errorf("got %d requests, want all reads in one", got)
	}
	if got, want := g.records.Load(), int32(users+1); got != want {
		t.Errorf("got %d records in it, want %d", got, want)
	}
}

// TestReadsDoNotWaitForStuckOnes: reads gather only for a moment when the earlier
// ones do not return.
func TestReadsDoNotWaitForStuckOnes(t *testing.T) {
	s, l := throughLine(t)
	if _, err := s.Commit(t.Context(), named("u", "name")); err != nil {
		t.Fatal(err)
	}
	g := holdLookups(t, s, l)
	for range 3 {
		if _, err := s.Get(t.Context(), storage.Users, "u"); err != nil {
			t.Error(err)
		}
		if claim, err := s.Owner(t.Context(), "name"); err != nil || claim.Owner != "u" {
			t.Errorf("owner: got %+v, %v", claim, err)
		}
	}
	if got := g.held.Load(); got != elasticsearch.LookupsAtOnce {
		t.Errorf("%d requests were stuck, want %d", got, elasticsearch.LookupsAtOnce)
	}
}

// TestReadsOfAnIndexThatIsUnwell: of reads that share a request, those fail whose
// index cannot be read, and no others, which do not even wait until it was asked
// for again.
func TestReadsOfAnIndexThatIsUnwell(t *testing.T) {
	l := estest.NewLine(t, node)
	o := options()
	o.Addresses = []string{l.URL}
	s := open(t, o)
	s.SetGatherPatience(time.Minute)
	if _, err := s.Commit(t.Context(), named("u")); err != nil {
		t.Fatal(err)
	}
	roles := "/" + o.Prefix + string(storage.Roles)
	node.Ask(t, http.MethodPost, roles+"/_close", "")
	defer node.Ask(t, http.MethodPost, roles+"/_open", "") // or it is not removed
	g := holdLookups(t, s, l)
	var running sync.WaitGroup
	answered := make(chan struct{})
	running.Go(func() {
		defer close(answered)
		if _, err := s.Get(t.Context(), storage.Users, "u"); err != nil {
			t.Errorf("a user: %v", err)
		}
	})
	running.Go(func() {
		if _, err := s.Get(t.Context(), storage.Roles, "r"); !errors.Is(err, storage.ErrUnavailable) {
			t.Errorf("a role: got %v, want %v", err, storage.ErrUnavailable)
		}
	})
	await(t, "reads gathering", func() bool { return s.Gathering() == 2 })
	var asked atomic.Int32
	l.Breaks(func(_ http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		if strings.HasSuffix(r.URL.Path, "/_mget") && asked.Add(1) == 2 {
			<-answered
		}
		return false
	})
	g.open()
	running.Wait()
	if got := asked.Load(); got < 3 {
		t.Errorf("the role was asked for in %d requests, want that it is asked for again", got)
	}
}
