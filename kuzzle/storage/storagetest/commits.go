package storagetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// testConcurrentChanges: every caller gets the result of its own change, whichever
// changes shared the write, and concurrent counting loses nothing.
func testConcurrentChanges(f *fixture) {
	f.create("counter", `{"n":0}`)
	f.create("there", `{}`)
	const callers, rounds = 8, 10
	var wg sync.WaitGroup
	for caller := range callers {
		wg.Go(func() {
			for round := range rounds {
				f.countUp("counter")
				if err := f.try(creation("there", `{}`)); !errors.Is(err, storage.ErrExists) {
					f.Errorf("create over a live document: got %v", err)
				}
				id := fmt.Sprintf("own %d %d", caller, round)
				if _, err := f.store.Commit(f.ctx, creation(id, `{"profileIds":["own"]}`)); err != nil {
					f.Errorf("create %s: %v", id, err)
				}
				if _, err := f.store.Get(f.ctx, storage.Users, id); err != nil {
					f.Errorf("read one's own write %s: %v", id, err)
				}
			}
		})
	}
	wg.Wait()
	want := fmt.Sprintf(`{"n":%d}`, callers*rounds)
	if got := string(f.get("counter").Content); got != want {
		f.Errorf("counter: got %s, want %s", got, want)
	}
	if got := f.found(equal("profileIds", "own")); len(got) != callers*rounds {
		f.Errorf("documents: got %d, want %d", len(got), callers*rounds)
	}
}

// countUp adds one to a document's number, and repeats that after every conflict.
func (f *fixture) countUp(id string) {
	for {
		d, err := f.store.Get(f.ctx, storage.Users, id)
		if err != nil {
			f.Error(err)
			return
		}
		var c struct{ N int }
		if err := json.Unmarshal(d.Content, &c); err != nil {
			f.Error(err)
			return
		}
		_, err = f.store.Commit(f.ctx, storage.Change{In: storage.Users, ID: id, If: d.Rev, Visible: true,
			Put: &storage.Document{Version: d.Version + 1, Content: json.RawMessage(fmt.Sprintf(`{"n":%d}`, c.N+1))}})
		if err == nil {
			return
		}
		if !errors.Is(err, storage.ErrConflict) {
			f.Error(err)
			return
		}
	}
}

// testManyChanges: each of many changes succeeds or fails by itself.
func testManyChanges(f *fixture) {
	var changes []storage.Change
	const many = 1200
	for i := range many {
		changes = append(changes, creation(fmt.Sprintf("u%04d", i), `{"profileIds":["many"]}`, fmt.Sprintf("k%04d", i)))
	}
	changes[5].ID = changes[4].ID      // exists
	changes[600].Take[0].Key = "k0599" // taken
	changes[700].Put.Content = []byte(`{"profileIds":{"not":"a keyword"}}`)
	changes[701].ID = ""
	results := f.store.CommitMany(f.ctx, changes)
	if len(results) != many {
		f.Fatalf("results: got %d, want %d", len(results), many)
	}
	f.wantKind("change 5", results[5].Err, storage.ErrExists)
	f.wantTaken("change 600", results[600].Err, "k0599", "u0599")
	f.wantKind("change 700", results[700].Err, storage.ErrBadRequest)
	f.wantKind("change 701", results[701].Err, storage.ErrBadRequest)
	for i, result := range results {
		if slices.Contains([]int{5, 600, 700, 701}, i) {
			continue
		}
		if result.Err != nil || result.Rev == (storage.Rev{}) {
			f.Fatalf("change %d: %v, %v", i, result.Rev, result.Err)
		}
	}
	if got := f.search(query.Search{Where: equal("profileIds", "many")}).Total; got != many-4 {
		f.Errorf("documents: got %d, want %d", got, many-4)
	}
	rev := results[0].Rev
	f.commit(storage.Change{In: storage.Users, ID: "u0000", If: rev})
	if got := f.store.CommitMany(f.ctx, nil); len(got) != 0 {
		f.Errorf("no changes: got %v", got)
	}
	for i := range changes {
		changes[i].ID = ""
	}
	for i, result := range f.store.CommitMany(f.ctx, changes[:20]) {
		f.wantKind(fmt.Sprintf("of nothing but bad changes, %d", i), result.Err, storage.ErrBadRequest)
	}
}

// testManyMeetOthers: a creation among many that conflicts is refused by itself,
// and leaves nothing behind: no document, no claim, no hit.
func testManyMeetOthers(f *fixture) {
	f.create("old", `{"profileIds":["old"]}`, "held", "kept")
	before := f.get("old")
	var changes []storage.Change
	for i := range 40 {
		changes = append(changes, creation(fmt.Sprintf("u%02d", i), `{"profileIds":["new"]}`, fmt.Sprintf("a%02d", i), fmt.Sprintf("z%02d", i)))
	}
	changes[3].ID = "old"                                                      // exists
	changes[7].Take[1].Key = "held"                                            // taken before
	changes[11].ID, changes[11].Take[0].Key = "old", "held"                    // both: the id counts
	changes[13].Take[0].Key = "a12"                                            // taken by one of these
	changes[14].Take[0].Key = "z13"                                            // which one refused wanted
	changes[16].ID = "u15"                                                     // made by one of these
	changes[18] = storage.Change{In: storage.Users, ID: "old", If: before.Rev} // and gone
	changes[20].ID = "old"
	changes[21].Take[0].Key = "held"
	changes[23].Take[0].Key = changes[23].Take[1].Key // twice by itself
	results := f.store.CommitMany(f.ctx, changes)
	refused := map[int]bool{3: true, 7: true, 11: true, 13: true, 16: true}
	f.wantKind("change 3", results[3].Err, storage.ErrExists)
	f.wantTaken("change 7", results[7].Err, "held", "old")
	f.wantKind("change 11", results[11].Err, storage.ErrExists)
	f.wantTaken("change 13", results[13].Err, "a12", "u12")
	f.wantKind("change 16", results[16].Err, storage.ErrExists)
	want := []string{}
	for i, result := range results {
		if refused[i] {
			continue
		}
		if result.Err != nil || result.Rev == (storage.Rev{}) && changes[i].Put != nil {
			f.Errorf("change %d: %v, %v", i, result.Rev, result.Err)
		}
		if changes[i].Put != nil {
			want = append(want, changes[i].ID)
		}
	}
	slices.Sort(want)
	f.wantFound("those made", equal("profileIds", "new"), want...)
	f.wantFound("the one before", equal("profileIds", "old"))
	for key, owner := range map[string]string{
		"held": "u21", "kept": "", "a03": "", "z03": "", "a07": "", "z11": "", "a12": "u12", "z13": "u14", "a14": "", "a16": "", "z16": "", "a20": "old", "z23": "u23", "a39": "u39",
	} {
		f.wantOwner(key, owner)
	}
	if total := f.search(query.Search{}).Total; total != int64(len(want)) {
		f.Errorf("kept count: got %d, want %d", total, len(want))
	}
}

// testLastMeetsOther: a creation that is refused for its first key leaves its last
// one free.
func testLastMeetsOther(f *fixture) {
	f.create("old", `{}`, "held")
	var changes []storage.Change
	for i := range 20 {
		changes = append(changes, creation(fmt.Sprintf("u%02d", i), `{}`, fmt.Sprintf("a%02d", i), fmt.Sprintf("z%02d", i)))
	}
	changes[19].Take[0].Key = "held"
	f.wantTaken("the last change", f.store.CommitMany(f.ctx, changes)[19].Err, "held", "old")
	f.wantOwner("z19", "")
	f.wantOwner("z18", "u18")
}

// testCancellation: a context that has ended ends the call.
func testCancellation(f *fixture) {
	ended, cancel := context.WithCancel(f.ctx)
	cancel()
	_, err := f.store.Commit(ended, creation("u", `{}`))
	check := func(what string, err error) {
		f.Helper()
		if !errors.Is(err, context.Canceled) {
			f.Errorf("%s: got %v, want %v", what, err, context.Canceled)
		}
	}
	check("commit", err)
	_, err = f.store.Get(ended, storage.Users, "u")
	check("get", err)
	_, err = f.store.Owner(ended, "key")
	check("owner", err)
	_, err = f.store.Search(ended, storage.Users, query.Search{})
	check("search", err)
	_, _, err = f.store.OpenScroll(ended, storage.Users, query.Search{Size: 1}, time.Minute)
	check("scroll", err)
	f.create("u", `{}`)
}

// testVisibility: a change that asked for visibility is found when Commit returns,
// and any other after a refresh.
func testVisibility(f *fixture) {
	for i := range 20 {
		id := fmt.Sprintf("u%d", i)
		f.create(id, `{"profileIds":["`+id+`"]}`)
		f.wantFound("visible", equal("profileIds", id), id)
	}
	quiet := creation("quiet", `{"profileIds":["quiet"]}`)
	quiet.Visible = false
	if err := f.try(quiet); err != nil {
		f.Fatal(err)
	}
	if err := f.store.Refresh(f.ctx, storage.Users); err != nil {
		f.Fatal(err)
	}
	f.wantFound("refreshed", equal("profileIds", "quiet"), "quiet")
}

// testPurge: Purge removes expired documents with their claims, up to the limit.
func testPurge(f *fixture) {
	at := time.UnixMilli(1_700_000_000_000)
	put := func(in storage.Collection, id string, expires time.Time) {
		f.commit(storage.Change{In: in, ID: id, Put: &storage.Document{ExpiresAt: expires, Content: json.RawMessage(`{"kuid":"k"}`)},
			Take: []storage.Take{{Key: string(in) + id}, {Key: "latch", Latch: true}}})
	}
	for i := range 5 {
		put(storage.Sessions, fmt.Sprint("old", i), at.Add(-time.Duration(i+1)*time.Second))
		put(storage.Flows, fmt.Sprint("old", i), at.Add(-time.Duration(i+1)*time.Second))
	}
	put(storage.Sessions, "now", at)
	put(storage.Sessions, "later", at.Add(time.Millisecond))
	put(storage.Sessions, "never", time.Time{})
	for _, step := range []struct{ limit, want int }{{3, 3}, {0, 0}, {100, 7}, {100, 0}} {
		if got, err := f.store.Purge(f.ctx, at, step.limit); err != nil || got != step.want {
			f.Errorf("purge at most %d: got %d, %v, want %d", step.limit, got, err, step.want)
		}
	}
	if err := f.store.Refresh(f.ctx, storage.Sessions); err != nil {
		f.Fatal(err)
	}
	page, err := f.store.Search(f.ctx, storage.Sessions, query.Search{Where: equal("kuid", "k"), Size: 10})
	if err != nil {
		f.Fatal(err)
	}
	if want := []string{"later", "never", "now"}; !slices.Equal(ids(page), want) {
		f.Errorf("left: got %q, want %q", ids(page), want)
	}
	f.wantOwner("sessionsold1", "")
	f.wantOwner("sessionslater", "later")
	f.wantOwner("latch", "old0")
}

// testInfo: an operator sees the engine, its health and its size.
func testInfo(f *fixture) {
	f.create("a", `{}`)
	f.create("b", `{}`)
	if err := f.store.Health(f.ctx); err != nil {
		f.Errorf("health: %v", err)
	}
	info := f.store.Info(f.ctx)
	if info.Engine == "" || info.Version == "" || info.Bytes <= 0 || info.Counts[storage.Users] != 2 {
		f.Errorf("info: got %+v", info)
	}
}

// testClosed: a closed store returns that it is unavailable.
func testClosed(f *fixture) {
	f.create("a", `{}`)
	if err := f.store.Close(); err != nil {
		f.Fatal(err)
	}
	_, err := f.store.Get(f.ctx, storage.Users, "a")
	f.wantKind("get", err, storage.ErrUnavailable)
	f.wantKind("commit", f.try(creation("b", `{}`)), storage.ErrUnavailable)
	_, err = f.store.Search(f.ctx, storage.Users, query.Search{})
	f.wantKind("search", err, storage.ErrUnavailable)
	f.wantKind("health", f.store.Health(f.ctx), storage.ErrUnavailable)
	if err := f.store.Close(); err != nil {
		f.Errorf("close again: %v", err)
	}
}

// testManyDeletions: a change that takes a key finds it held before an earlier
// deletion in the list, and free after it.
func testManyDeletions(f *fixture) {
	for round := range 20 {
		id, key := fmt.Sprintf("holder %d", round), fmt.Sprintf("key %d", round)
		deletion := storage.Change{In: storage.Users, ID: id, If: f.create(id, `{}`, key)}
		latch := storage.Change{In: storage.Users, ID: "ghost", Take: []storage.Take{{Key: key, Once: true}}}
		results := f.store.CommitMany(f.ctx, []storage.Change{latch, deletion, latch})
		f.wantTaken("before the deletion", results[0].Err, key, id)
		if err := errors.Join(results[1].Err, results[2].Err); err != nil {
			f.Errorf("the deletion, and what takes the key after it: %v", err)
		}
	}
}
