package storagetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// RunShared tests an engine that several processes write. Every call of open
// returns two nodes of its own empty store without watchers, closed by
// t.Cleanup.
func RunShared(t *testing.T, open func(t *testing.T) [2]storage.Shared) {
	for _, test := range []struct {
		name string
		run  func(t *testing.T, nodes [2]storage.Shared)
	}{
		{"Watching", testWatching},
		{"Told", testTold},
		{"Kept", testKept},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
}

// hearsWithin is how soon nodes must find each other.
const hearsWithin = 10 * time.Second

func eventually(t *testing.T, most time.Duration, what string, is func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for began := time.Now(); !is(); <-tick.C {
		if time.Since(began) > most {
			t.Fatalf("%s: not within %s", what, most)
		}
	}
}

// testWatching: a node without contact may use nothing that it cached, and
// watching nodes are listed.
func testWatching(t *testing.T, nodes [2]storage.Shared) {
	for i, node := range nodes {
		if node.Current() || len(node.Nodes()) > 0 {
			t.Errorf("node %d: current %v, nodes %v before it watches", i, node.Current(), node.Nodes())
		}
		node.Watch(fmt.Sprint("node ", i), func(storage.Subject) {})
	}
	for i, node := range nodes {
		eventually(t, hearsWithin, "both are listed", func() bool { return node.Current() && len(node.Nodes()) == 2 })
		for _, listed := range node.Nodes() {
			if own := listed.Name == fmt.Sprint("node ", i); own != listed.Self {
				t.Errorf("node %d lists %+v", i, listed)
			}
		}
	}
	if err := nodes[0].Close(); err != nil {
		t.Fatal(err)
	}
	if nodes[0].Current() {
		t.Error("a closed node is current")
	}
	eventually(t, hearsWithin, "one is left", func() bool { return len(nodes[1].Nodes()) == 1 })
}

// testTold: both nodes are notified of every relevant change, before and after
// it, and its subject may be cached again soon.
func testTold(t *testing.T, nodes [2]storage.Shared) {
	var mu sync.Mutex
	told := [2][]storage.Subject{}
	for i, node := range nodes {
		node.Watch(fmt.Sprint("node ", i), func(of storage.Subject) {
			mu.Lock()
			defer mu.Unlock()
			told[i] = append(told[i], of)
		})
	}
	for _, node := range nodes {
		eventually(t, hearsWithin, "both hear", func() bool { return node.Current() && len(node.Nodes()) == 2 })
	}
	for _, c := range []struct {
		in      storage.Collection
		created bool // whether creations are announced
	}{{storage.Users, false}, {storage.Roles, true}, {storage.Profiles, true}, {storage.Sessions, false}} {
		of := storage.Subject{Of: c.in, ID: "one"}
		heard := func(node int) bool {
			mu.Lock()
			defer mu.Unlock()
			return slices.Contains(told[node], of) || slices.Contains(told[node], storage.Subject{Of: c.in})
		}
		change := storage.Change{In: c.in, ID: of.ID, Put: &storage.Document{Version: 1}}
		for step, announced := range []bool{c.created, true, true} {
			mu.Lock()
			told = [2][]storage.Subject{}
			mu.Unlock()
			if step == 2 {
				change.Put = nil
			}
			rev, err := nodes[0].Commit(t.Context(), change)
			if err != nil {
				t.Fatalf("%s, step %d: %v", c.in, step, err)
			}
			change.If = rev
			if !announced {
				continue
			}
			for i, node := range nodes {
				eventually(t, storage.Lease, "it is told and over", func() bool { return heard(i) && node.Keepable(of) })
			}
		}
	}
}

// keeper is a reader that follows the contract: it caches and uses documents
// only while allowed, and reads otherwise.
type keeper struct {
	node storage.Shared
	mu   sync.Mutex
	told int
	kept *storage.Document
	used int
}

func (k *keeper) forget(storage.Subject) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.told++
	k.kept = nil
}

func (k *keeper) read(ctx context.Context, of storage.Subject) (storage.Document, error) {
	k.mu.Lock()
	kept, told := k.kept, k.told
	if kept != nil && k.node.Current() {
		k.used++
		k.mu.Unlock()
		return *kept, nil
	}
	k.mu.Unlock()
	d, err := k.node.Get(ctx, of.Of, of.ID)
	if err != nil {
		return d, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.told == told && k.node.Keepable(of) {
		k.kept = &d
	}
	return d, nil
}

// keptChanges is how many changes testKept makes.
const keptChanges = 60

// testKept: caching readers on both nodes never use a state that was replaced
// longer ago than Lease.
func testKept(t *testing.T, nodes [2]storage.Shared) {
	of := storage.Subject{Of: storage.Roles, ID: "role"}
	rev, err := nodes[0].Commit(t.Context(), storage.Change{In: of.Of, ID: of.ID, Put: &storage.Document{Version: 1}})
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	answered := map[int64]time.Time{} // when each version was acknowledged
	ctx, stop := context.WithCancel(t.Context())
	var reading sync.WaitGroup
	defer func() {
		stop()
		reading.Wait()
	}()
	keepers := [2]*keeper{}
	for i, node := range nodes {
		k := &keeper{node: node}
		keepers[i] = k
		node.Watch(fmt.Sprint("node ", i), k.forget)
		eventually(t, hearsWithin, "it hears", node.Current)
		reading.Go(func() {
			tick := time.NewTicker(time.Millisecond)
			defer tick.Stop()
			for ; ctx.Err() == nil; <-tick.C {
				asked := time.Now()
				d, err := k.read(ctx, of)
				if err != nil {
					if !errors.Is(err, context.Canceled) {
						t.Error(err)
					}
					return
				}
				mu.Lock()
				replaced, was := answered[d.Version+1]
				mu.Unlock()
				if late := asked.Sub(replaced); was && late > storage.Lease {
					t.Errorf("node %d uses version %d, replaced %s ago", i, d.Version, late)
				}
			}
		})
	}
	for version := int64(2); version <= keptChanges; version++ {
		rev, err = nodes[version%2].Commit(t.Context(), storage.Change{In: of.Of, ID: of.ID, If: rev, Put: &storage.Document{Version: version}})
		if err != nil {
			t.Fatal(errors.Join(err, ctx.Err()))
		}
		mu.Lock()
		answered[version] = time.Now()
		mu.Unlock()
	}
	for _, k := range keepers {
		eventually(t, 2*storage.Lease, "the last version binds", func() bool { d, err := k.read(t.Context(), of); return err == nil && d.Version == keptChanges })
		eventually(t, hearsWithin, "it is kept and used", func() bool {
			k.mu.Lock()
			defer k.mu.Unlock()
			return k.used > 100
		})
	}
}
