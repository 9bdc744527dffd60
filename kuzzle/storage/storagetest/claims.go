package storagetest

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// testClaims: a key belongs to one document until it is released.
func testClaims(f *fixture) {
	rev := f.create("ann", `{}`, "name:ann", "mail:ann")
	claim, err := f.store.Owner(f.ctx, "name:ann")
	want := storage.Claim{Key: "name:ann", Of: storage.Users, Owner: "ann", Incarnation: f.get("ann").Incarnation}
	if err != nil || claim != want {
		f.Errorf("claim: got %+v, %v, want %+v", claim, err, want)
	}

	f.wantTaken("second taker", f.try(creation("bob", `{}`, "name:bob", "mail:ann")), "mail:ann", "ann")
	f.wantOwner("name:bob", "")
	_, err = f.store.Get(f.ctx, storage.Users, "bob")
	f.wantKind("document of a refused change", err, storage.ErrNotFound)
	f.wantTaken("same id elsewhere", f.try(storage.Change{
		In: storage.Profiles, ID: "ann", Put: &storage.Document{}, Take: []storage.Take{{Key: "name:ann"}}}), "name:ann", "ann")

	rev = f.commit(storage.Change{In: storage.Users, ID: "ann", If: rev, Put: &storage.Document{Version: 2},
		Take: []storage.Take{{Key: "name:ann"}, {Key: "name:anna"}}, Free: []string{"mail:ann", "never held"}})
	f.wantOwner("name:ann", "ann")
	f.wantOwner("name:anna", "ann")
	f.wantOwner("mail:ann", "")

	f.create("bob", `{}`, "mail:ann")
	f.wantTaken("taking a key let go and taken", f.try(storage.Change{In: storage.Users, ID: "ann", If: rev,
		Put: &storage.Document{Version: 3}, Take: []storage.Take{{Key: "mail:ann"}}}), "mail:ann", "bob")
	if got := f.get("ann").Version; got != 2 {
		f.Errorf("version after a refused change: got %d, want 2", got)
	}
	rev = f.commit(storage.Change{In: storage.Users, ID: "ann", If: rev, Put: &storage.Document{Version: 3}, Free: []string{"mail:ann"}})
	f.wantOwner("mail:ann", "bob")
	rev = f.commit(storage.Change{In: storage.Users, ID: "ann", If: rev, Put: &storage.Document{Version: 4},
		Take: []storage.Take{{Key: "name:ann"}}, Free: []string{"name:ann"}})
	f.wantOwner("name:ann", "ann")

	f.commit(storage.Change{In: storage.Users, ID: "ann", If: rev})
	f.wantOwner("name:ann", "")
	f.wantOwner("name:anna", "")
	f.wantOwner("mail:ann", "bob")
	f.create("cat", `{}`, "name:ann")
	f.wantOwner("name:ann", "cat")
	f.wantKind("which fault comes first", f.try(creation("cat", `{}`, "mail:ann")), storage.ErrExists)
}

// testLatches: a latch is taken once and outlives its document.
func testLatches(f *fixture) {
	latch := func(id string, take storage.Take) storage.Change {
		change := creation(id, `{}`)
		change.Take = []storage.Take{take}
		return change
	}
	ann := f.commit(latch("ann", storage.Take{Key: "seen", Latch: true}))
	f.commit(latch("bob", storage.Take{Key: "seen", Latch: true}))
	f.wantOwner("seen", "ann")
	f.wantTaken("claim of a latch", f.try(creation("cat", `{}`, "seen")), "seen", "ann")

	once := f.commit(latch("one", storage.Take{Key: "first", Once: true}))
	f.wantTaken("second of once", f.try(latch("two", storage.Take{Key: "first", Once: true})), "first", "one")
	again := storage.Change{In: storage.Users, ID: "one", If: once, Put: &storage.Document{Version: 2}, Take: []storage.Take{{Key: "first", Once: true}}}
	f.wantTaken("once by its own document", f.try(again), "first", "one")
	_, err := f.store.Get(f.ctx, storage.Users, "two")
	f.wantKind("document refused by once", err, storage.ErrNotFound)

	f.commit(storage.Change{In: storage.Users, ID: "ann", If: ann})
	f.commit(storage.Change{In: storage.Users, ID: "one", If: once})
	f.wantOwner("seen", "ann")
	f.wantOwner("first", "one")
	f.wantTaken("once after its document", f.try(latch("three", storage.Take{Key: "first", Once: true})), "first", "one")

	f.commit(storage.Change{In: storage.Settings, ID: "nothing", Free: []string{"first", "seen"}})
	f.wantOwner("first", "")
	f.commit(latch("three", storage.Take{Key: "first", Once: true}))
	f.wantOwner("first", "three")
}

// testClaimsAreExclusive: if many changes want a key at once, one gets it.
func testClaimsAreExclusive(f *fixture) {
	const keys, rivals = 10, 8
	var won [keys]atomic.Int32
	var wg sync.WaitGroup
	for rival := range rivals {
		for key := range keys {
			wg.Go(func() {
				name := fmt.Sprintf("key %d", key)
				id := fmt.Sprintf("user %d %d", key, rival)
				err := f.try(creation(id, `{}`, "own "+id, name))
				var taken *storage.TakenError
				switch {
				case err == nil:
					won[key].Add(1)
				case !errors.As(err, &taken) || taken.Key != name:
					f.Errorf("%s: %v", id, err)
				}
			})
		}
	}
	wg.Wait()
	for key := range keys {
		if got := won[key].Load(); got != 1 {
			f.Errorf("key %d: won by %d, want 1", key, got)
		}
		claim, err := f.store.Owner(f.ctx, fmt.Sprintf("key %d", key))
		if err != nil {
			f.Fatal(err)
		}
		f.get(claim.Owner)
	}
	page := f.found(nil)
	if len(page) != keys {
		f.Errorf("documents: got %d, want %d", len(page), keys)
	}
}
