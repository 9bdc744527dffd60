package elasticsearch_test

import (
	"context"
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

// gate holds back writes of users' documents until it is opened.
type gate struct {
	waiting atomic.Int32
	bulks   atomic.Int32
	opened  chan struct{}
	open    func()
}

func hold(t *testing.T, l *estest.Line) *gate {
	t.Helper()
	g := &gate{opened: make(chan struct{})}
	g.open = sync.OnceFunc(func() { close(g.opened) })
	t.Cleanup(g.open) // a test that fails ends
	l.Breaks(func(_ http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		if strings.Contains(r.URL.Path, "users.") && strings.HasSuffix(r.URL.Path, "/_bulk") {
			g.waiting.Add(1)
			<-g.opened
			g.bulks.Add(1)
		}
		return false
	})
	return g
}

// TestBatch: writes that arrive while another is under way share the next
// request. Each caller gets its own result: a conflict of one caller, or one
// that gives up, does not affect the others. One that gives up after its write has
// begun learns that it was made.
func TestBatch(t *testing.T) {
	s, l := throughLine(t)
	if _, err := s.Commit(t.Context(), named("there already")); err != nil {
		t.Fatal(err)
	}
	g := hold(t, l)
	commit := func(ctx context.Context, id string) chan error {
		result := make(chan error, 1)
		go func() {
			_, err := s.Commit(ctx, named(id))
			result <- err
		}()
		return result
	}
	first := commit(t.Context(), "first")
	await(t, "a write under way", func() bool { return g.waiting.Load() == 1 })
	impatient, walkAway := context.WithCancel(t.Context())
	gone := commit(impatient, "of one who walks away")
	var results []chan error
	for i := range 20 {
		results = append(results, commit(t.Context(), fmt.Sprint("u", i)))
	}
	refused := commit(t.Context(), "there already")
	await(t, "all writes waiting", func() bool { return s.Waiting() == 22 })
	walkAway()
	g.open()
	for i, result := range append(results, first, gone) {
		if err := <-result; err != nil {
			t.Errorf("write %d: %v", i, err)
		}
	}
	if err := <-refused; !errors.Is(err, storage.ErrExists) {
		t.Errorf("the conflict: got %v, want %v", err, storage.ErrExists)
	}
	page, err := s.Search(t.Context(), storage.Users, query.Search{Size: 100})
	if want := int64(1 + 1 + 1 + 20); err != nil || page.Total != want {
		t.Errorf("users: got %d, %v, want %d", page.Total, err, want)
	}
	// The first, the batch, and the second look of the conflict.
	if got := g.bulks.Load(); got > 3 {
		t.Errorf("_bulks: got %d, want the batch in one", got)
	}
}

// TestQueueFull: more changes than the queue holds are refused at once, with a
// time to come back, and change nothing.
func TestQueueFull(t *testing.T) {
	l := estest.NewLine(t, node)
	o := options()
	o.Addresses, o.Queue = []string{l.URL}, 3
	s := open(t, o)
	g := hold(t, l)
	var running sync.WaitGroup
	for i := range 3 {
		running.Go(func() {
			if _, err := s.Commit(t.Context(), named(fmt.Sprint("u", i))); err != nil {
				t.Error(err)
			}
		})
		await(t, "a write under way", func() bool { return g.waiting.Load() == 1 })
	}
	await(t, "a full queue", func() bool { return g.waiting.Load() == 1 && s.Waiting() == 2 })
	begin := time.Now()
	_, err := s.Commit(t.Context(), named("one too many", "name"))
	if f, is := fault.From(err); !is || !errors.Is(err, storage.ErrUnavailable) || f.RetryAfter <= 0 {
		t.Errorf("got %v, want %v with a time", err, storage.ErrUnavailable)
	}
	if took := time.Since(begin); took > time.Second {
		t.Errorf("refused after %v", took)
	}
	g.open()
	running.Wait()
	if _, err := s.Get(t.Context(), storage.Users, "one too many"); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("what was refused: got %v, want %v", err, storage.ErrNotFound)
	}
	if _, err := s.Commit(t.Context(), named("one too many", "name")); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// TestRefreshesKeepTheirDistance: a write with a refresh waits until the next
// one is allowed, and a write without one does not wait for it.
func TestRefreshesKeepTheirDistance(t *testing.T) {
	const floor = 2 * time.Second
	o := options()
	o.RefreshFloor = floor
	s := open(t, o)
	begin := time.Now()
	if _, err := s.Commit(t.Context(), named("first")); err != nil {
		t.Fatal(err)
	}
	second := make(chan error, 1)
	go func() {
		_, err := s.Commit(t.Context(), named("second"))
		second <- err
	}()
	await(t, "the second waiting", func() bool { return s.Waiting() == 1 })
	unseen := named("unseen")
	unseen.Visible = false
	if _, err := s.Commit(t.Context(), unseen); err != nil {
		t.Error(err)
	}
	if got := s.Waiting(); got != 1 {
		t.Errorf("when the one was answered that wants no refresh, %d waited for theirs, want 1", got)
	}
	if err := <-second; err != nil || time.Since(begin) < floor {
		t.Errorf("the second: answered %v after the first began, with %v", time.Since(begin), err)
	}
}

// TestVisibility: whichever way changes become visible, one that asks for it is
// found from every node when it is answered, and one that does not is not held
// up.
func TestVisibility(t *testing.T) {
	for _, visibility := range []elasticsearch.Visibility{elasticsearch.Grouped, elasticsearch.WaitFor} {
		t.Run(string(visibility), func(t *testing.T) {
			o := options()
			o.Visibility = visibility
			here := open(t, o)
			there, err := elasticsearch.Open(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			defer there.Close()
			var running sync.WaitGroup
			for i := range 30 {
				running.Go(func() {
					id := fmt.Sprint("u", i)
					if _, err := here.Commit(t.Context(), named(id, "name "+id)); err != nil {
						t.Error(err)
					}
					found, err := there.Search(t.Context(), storage.Users, query.Search{Where: query.Terms{Field: query.Field{Area: query.ID}, Values: []any{id}}, Size: 1})
					if err != nil || found.Total != 1 {
						t.Errorf("%s: found %d, %v, at once on another node", id, found.Total, err)
					}
				})
			}
			running.Wait()
			if visibility == elasticsearch.WaitFor {
				wantNotHeldUp(t, here)
			}
		})
	}
}

// wantNotHeldUp: a change that need not be visible is answered while others wait
// for the cluster's refresh.
func wantNotHeldUp(t *testing.T, s *elasticsearch.Store) {
	t.Helper()
	waits := make(chan error, 1)
	go func() {
		_, err := s.Commit(t.Context(), named("waits"))
		waits <- err
	}()
	for i := range 20 {
		change := named(fmt.Sprint("does not wait ", i))
		change.Visible = false
		if _, err := s.Commit(t.Context(), change); err != nil {
			t.Error(err)
		}
	}
	if err := <-waits; err != nil {
		t.Error(err)
	}
}
