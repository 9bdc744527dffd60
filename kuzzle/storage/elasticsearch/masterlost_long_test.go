//go:build long

package elasticsearch_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
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

// writers create users, each with a name, until they are stopped.
type writers struct {
	mu sync.Mutex
	// acknowledged are the users that are there for good, with their revisions.
	acknowledged map[string]storage.Rev
	// last is when the latest was, and longest the time without any.
	last    time.Time
	longest time.Duration
	// slowest is the longest that any write took to be answered.
	slowest time.Duration
	strange []error
}

func (w *writers) write(ctx context.Context, s *elasticsearch.Store, id string) {
	began := time.Now()
	rev, err := s.Commit(ctx, named(id, "name of "+id))
	w.mu.Lock()
	defer w.mu.Unlock()
	w.slowest = max(w.slowest, time.Since(began))
	if err != nil {
		if f, is := fault.From(err); !is || !errors.Is(err, storage.ErrUnavailable) || f.RetryAfter <= 0 {
			w.strange = append(w.strange, err)
		}
		return
	}
	w.acknowledged[id] = rev
	w.longest = max(w.longest, time.Since(w.last))
	w.last = time.Now()
}

func (w *writers) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.acknowledged)
}

// TestMasterLost: of three nodes the master freezes during writes, with its
// connections open, and later one is killed. Nothing that was acknowledged is lost
// or there twice, and writes go on within seconds.
func TestMasterLost(t *testing.T) {
	nodes, err := estest.StartCluster(t.Context(), 3,
		// By default a cluster takes half a minute to find out that a node froze.
		"cluster.fault_detection.leader_check.timeout=1s", "cluster.fault_detection.leader_check.retry_count=1",
		"cluster.fault_detection.follower_check.timeout=1s", "cluster.fault_detection.follower_check.retry_count=1",
		"cluster.publish.timeout=2s", "cluster.follower_lag.timeout=2s")
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range nodes {
		t.Cleanup(n.Stop)
	}
	t.Run("frozen", func(t *testing.T) {
		masterLost(t, nodes, func(master *estest.Node) {
			master.Freeze()
			t.Cleanup(master.Thaw)
		}, frozenWithin)
	})
	ask(t, nodes[0].Addresses[0], "/_cluster/health?wait_for_nodes=3&timeout=60s")
	t.Run("killed", func(t *testing.T) {
		masterLost(t, nodes, func(master *estest.Node) { master.Kill() }, recoverWithin)
	})
}

// frozenWithin is how long a frozen master may hold creations up.
const frozenWithin = 10 * time.Second

// masterLost writes to three nodes before and after their master is lost.
func masterLost(t *testing.T, nodes []*estest.Node, lose func(master *estest.Node), within time.Duration) {
	t.Helper()
	o := options()
	o.Addresses = nil
	for _, n := range nodes {
		o.Addresses = append(o.Addresses, n.Addresses...)
	}
	o.Replicas, o.RefreshFloor = 1, 10*time.Millisecond
	stores := make([]*elasticsearch.Store, 2)
	var err error
	for i := range stores {
		if stores[i], err = elasticsearch.Open(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		defer stores[i].Close()
	}
	// With every copy there, a lost node takes no data away.
	ask(t, o.Addresses[0], "/_cluster/health?wait_for_status=green&timeout=30s")
	master := masterOf(t, nodes)

	w := &writers{acknowledged: map[string]storage.Rev{}, last: time.Now()}
	ctx, stop := context.WithCancel(t.Context())
	var writing sync.WaitGroup
	var next atomic.Int64
	for i := range 8 {
		writing.Go(func() {
			for ctx.Err() == nil {
				w.write(t.Context(), stores[i%len(stores)], fmt.Sprint("user", next.Add(1)))
			}
		})
	}
	await(t, "writes before", func() bool { return w.count() >= 100 })
	lose(master)
	lost := w.count()
	await(t, "writes after", func() bool { return w.count() >= lost+200 })
	stop()
	writing.Wait()
	t.Logf("%d users, %d of them after the loss; no write was acknowledged for %v, none took longer than %v",
		w.count(), w.count()-lost, w.longest.Round(time.Millisecond), w.slowest.Round(time.Millisecond))

	if w.longest > within {
		t.Errorf("writes stopped for %v, want at most %v", w.longest, within)
	}
	for _, err := range w.strange {
		t.Errorf("a write answered %v, want %v with a time", err, storage.ErrUnavailable)
	}
	wantAll(t, stores[0], w.acknowledged)
	if err := stores[1].Health(t.Context()); err != nil {
		t.Errorf("health: %v", err)
	}
}

// wantAll fails unless each user is there, once and with its name.
func wantAll(t *testing.T, s *elasticsearch.Store, acknowledged map[string]storage.Rev) {
	t.Helper()
	ids := slices.Collect(maps.Keys(acknowledged))
	found, err := storage.All(t.Context(), s, storage.Users, ids)
	if err != nil || len(found) != len(ids) {
		t.Fatalf("found %d users, %v, want %d", len(found), err, len(ids))
	}
	for _, d := range found {
		if d.Rev != acknowledged[d.ID] {
			t.Errorf("%s: got revision %v, want %v", d.ID, d.Rev, acknowledged[d.ID])
		}
		claim, err := s.Owner(t.Context(), "name of "+d.ID)
		if err != nil || claim.Owner != d.ID || claim.Incarnation != d.Incarnation {
			t.Errorf("the name of %s: got %+v, %v", d.ID, claim, err)
		}
	}
	if err := s.Refresh(t.Context(), storage.Users); err != nil {
		t.Fatal(err)
	}
	// Those that were not acknowledged may be there as well, but none twice.
	page, err := s.Search(t.Context(), storage.Users, query.Search{Size: 10_000})
	if err != nil || len(page.Hits) < len(ids) {
		t.Fatalf("searched %d users, %v, want at least %d", len(page.Hits), err, len(ids))
	}
	seen := map[string]bool{}
	for _, hit := range page.Hits {
		if seen[hit.ID] {
			t.Errorf("%s is there twice", hit.ID)
		}
		seen[hit.ID] = true
	}
	for _, id := range ids {
		if !seen[id] {
			t.Errorf("a search does not find %s", id)
		}
	}
}

func ask(t *testing.T, address, path string) map[string]any {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Close = true
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var answer map[string]any
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: status %d, %v, %v", path, response.StatusCode, answer, err)
	}
	return answer
}

func masterOf(t *testing.T, nodes []*estest.Node) *estest.Node {
	t.Helper()
	answer := ask(t, nodes[0].Addresses[0], "/_nodes/_master")
	for _, found := range answer["nodes"].(map[string]any) {
		name := found.(map[string]any)["name"]
		if i := slices.IndexFunc(nodes, func(n *estest.Node) bool { return n.Name == name }); i >= 0 {
			return nodes[i]
		}
	}
	t.Fatalf("no master in %v", answer)
	return nil
}
