package elasticsearch_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch"
)

// halve makes an index anew with two shards, of which one is nowhere until back
// is called.
func halve(t *testing.T, index string) (back func()) {
	t.Helper()
	was := node.Ask(t, http.MethodGet, "/"+index, "")[index].(map[string]any)
	body, err := json.Marshal(map[string]any{
		"mappings": was["mappings"], "aliases": was["aliases"],
		"settings": map[string]any{"number_of_shards": 2, "number_of_replicas": 0, "routing.allocation.total_shards_per_node": 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	node.Ask(t, http.MethodDelete, "/"+index, "")
	node.Ask(t, http.MethodPut, "/"+index+"?wait_for_active_shards=0", string(body))
	node.Ask(t, http.MethodGet, "/_cluster/health/"+index+"?wait_for_no_initializing_shards=true", "")
	return func() {
		node.Ask(t, http.MethodPut, "/"+index+"/_settings", `{"index.routing.allocation.total_shards_per_node":-1}`)
		// One that was never anywhere is not red while it starts.
		node.Ask(t, http.MethodGet, "/_cluster/health/"+index+"?wait_for_status=green&wait_for_no_initializing_shards=true", "")
	}
}

// recoverWithin is how long writes may stop when a node fails.
const recoverWithin = 15 * time.Second

// TestRed: one of a collection's two shards is missing. Nothing treats the half
// that is left as the whole, readiness and the doctor report the problem, and
// with the shard back everything works as before.
func TestRed(t *testing.T) {
	t.Parallel() // it waits more than it does
	o := options()
	s := open(t, o)
	index := o.Prefix + string(storage.Users)
	back := halve(t, index)

	const users = 40
	var writing sync.WaitGroup
	refusals := make([]error, users)
	took := make([]time.Duration, users)
	id := func(i int) string { return fmt.Sprint("user ", i) }
	for i := range users {
		// One after the other, so that some come while others are tried again.
		until := time.After(20 * time.Millisecond)
		writing.Go(func() {
			begin := time.Now()
			wantSoon(t, "commit", func() { _, refusals[i] = s.Commit(t.Context(), named(id(i), "name of "+id(i))) })
			took[i] = time.Since(begin)
		})
		<-until
	}
	writing.Wait()
	var created, refused []string
	for i, err := range refusals {
		_, reading := s.Get(t.Context(), storage.Users, id(i))
		if reading == nil && err == nil {
			created = append(created, id(i))
			if took[i] > notHeldUp {
				t.Errorf("%s, whose shard is there, was created in %v, want at most %v", id(i), took[i], notHeldUp)
			}
			continue
		}
		refused = append(refused, id(i))
		wantComeBack(t, "commit", err)
		wantComeBack(t, "get", reading)
	}
	if len(created) == 0 || len(refused) == 0 {
		t.Fatalf("%d users were created and %d refused, want some of each", len(created), len(refused))
	}

	all := query.Search{Size: users}
	var asking sync.WaitGroup
	for what, try := range map[string]func(ctx context.Context) error{
		"health": s.Health,
		"search": func(ctx context.Context) error { _, err := s.Search(ctx, storage.Users, all); return err },
		"scroll": func(ctx context.Context) error {
			_, _, err := s.OpenScroll(ctx, storage.Users, all, time.Minute)
			return err
		},
		"walk": func(ctx context.Context) error { _, err := s.Walk(ctx, storage.Users, "", users); return err },
		"get many": func(ctx context.Context) error {
			_, _, err := s.GetMany(ctx, storage.Users, append(created, refused...))
			return err
		},
		"refresh":  func(ctx context.Context) error { return refreshSoon(ctx, t, s) },
		"purge":    func(ctx context.Context) error { _, err := s.Purge(ctx, time.Now(), users); return err },
		"progress": func(ctx context.Context) error { _, err := s.Indexing(ctx, storage.Users); return err },
		"repair":   func(ctx context.Context) error { _, err := s.Repair(ctx, time.Time{}); return err },
	} {
		asking.Go(func() { wantSoon(t, what, func() { wantComeBack(t, what, try(t.Context())) }) })
	}
	asking.Wait()
	if n, counted := s.Info(t.Context()).Counts[storage.Users]; counted {
		t.Errorf("info counts %d users, want that it counts none", n)
	}
	findings := fmt.Sprint(s.Examine(t.Context()))
	if want := fmt.Sprintf("%q is red", index); !strings.Contains(findings, want) {
		t.Errorf("the doctor finds %s, want %s", findings, want)
	}

	back()
	await(t, "the shard is there", func() bool { return s.Health(t.Context()) == nil })
	for _, id := range refused {
		if _, err := s.Commit(t.Context(), named(id, "name of "+id)); err != nil {
			t.Errorf("create %s: %v", id, err)
		}
	}
	if page, err := s.Search(t.Context(), storage.Users, all); err != nil || page.Total != users {
		t.Errorf("found %d users, %v, want %d", page.Total, err, users)
	}
}

// notHeldUp is the maximum duration of an answer for a caller that does not share
// the wait of others.
const notHeldUp = 3 * time.Second

// refreshSoon refreshes, which the cluster itself takes a minute to refuse.
func refreshSoon(ctx context.Context, t *testing.T, s *elasticsearch.Store) error {
	t.Helper()
	begin := time.Now()
	err := s.Refresh(ctx, storage.Users)
	if took := time.Since(begin); took > notHeldUp {
		t.Errorf("refresh took %v, want at most %v", took, notHeldUp)
	}
	return err
}

// wantComeBack fails unless an error says when to come back.
func wantComeBack(t *testing.T, what string, err error) {
	t.Helper()
	if f, is := fault.From(err); !is || !errors.Is(err, storage.ErrUnavailable) || f.RetryAfter <= 0 {
		t.Errorf("%s: got %v, want %v with a time", what, err, storage.ErrUnavailable)
	}
}

// wantSoon fails when something takes longer than a fault may.
func wantSoon(t *testing.T, what string, do func()) {
	t.Helper()
	begin := time.Now()
	do()
	took := time.Since(begin)
	if took > recoverWithin {
		t.Errorf("%s took %v, want at most %v", what, took, recoverWithin)
	}
}
