package storagetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Run tests the engine that open opens. Every call of open returns its own
// empty store, closed by t.Cleanup.
func Run(t *testing.T, open func(t *testing.T) storage.Store) {
	for _, test := range []struct {
		name string
		run  func(*fixture)
	}{
		{"Documents", testDocuments},
		{"Revisions", testRevisions},
		{"Incarnations", testIncarnations},
		{"IDs", testIDs},
		{"Sizes", testSizes},
		{"Claims", testClaims},
		{"Latches", testLatches},
		{"ClaimsAreExclusive", testClaimsAreExclusive},
		{"Model", testModel},
		{"ConcurrentChanges", testConcurrentChanges},
		{"ManyChanges", testManyChanges},
		{"ManyMeetOthers", testManyMeetOthers},
		{"ManyDeletions", testManyDeletions},
		{"LastMeetsOther", testLastMeetsOther},
		{"Cancellation", testCancellation},
		{"Outbox", testOutbox},
		{"Visibility", testVisibility},
		{"Purge", testPurge},
		{"Info", testInfo},
		{"Nodes", testNodes},
		{"Unmapped", testUnmapped},
		{"Account", testAccount},
		{"Secrets", testSecrets},
		{"Malformed", testMalformed},
		{"WrongQueryValues", testWrongQueryValues},
		{"Dynamic", testDynamic},
		{"IgnoreAbove", testIgnoreAbove},
		{"Updates", testUpdates},
		{"Contains", testContains},
		{"ContainsChanges", testContainsChanges},
		{"InitialMappings", testInitialMappings},
		{"UpdateMapping", testUpdateMapping},
		{"RefusedMappings", testRefusedMappings},
		{"OlderDocuments", testOlderDocuments},
		{"CommonMappings", testCommonMappings},
		{"LaterCopies", testLaterCopies},
		{"Order", testOrder},
		{"LargeGroups", testLargeGroups},
		{"Listed", testListed},
		{"Enough", testEnough},
		{"OrderFaults", testOrderFaults},
		{"Pages", testPages},
		{"Scroll", testScroll},
		{"PartialPages", testPartialPages},
		{"PartialReads", testPartialReads},
		{"LargestDocuments", testLargestDocuments},
		{"ScrollUnderWrites", testScrollUnderWrites},
		{"Aggregations", testAggregations},
		{"Copies", func(f *fixture) { testCopies(f, open) }},
		{"Differential", testDifferential},
		{"Closed", testClosed},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.run(&fixture{T: t, store: open(t), ctx: t.Context()})
		})
	}
}

// fixture is one test with its store.
type fixture struct {
	*testing.T
	store storage.Store
	ctx   context.Context
}

// commit writes a change that must succeed.
func (f *fixture) commit(change storage.Change) storage.Rev {
	f.Helper()
	change.Visible = true
	rev, err := f.store.Commit(f.ctx, change)
	if err != nil {
		f.Fatalf("commit %s %q: %v", change.In, change.ID, err)
	}
	return rev
}

// create writes a new user.
func (f *fixture) create(id, content string, takes ...string) storage.Rev {
	f.Helper()
	return f.commit(creation(id, content, takes...))
}

func creation(id, content string, takes ...string) storage.Change {
	change := storage.Change{In: storage.Users, ID: id, Put: &storage.Document{Version: 1, Content: json.RawMessage(content)}, Visible: true}
	for _, key := range takes {
		change.Take = append(change.Take, storage.Take{Key: key})
	}
	return change
}

// try writes a change and returns its error.
func (f *fixture) try(change storage.Change) error {
	_, err := f.store.Commit(f.ctx, change)
	return err
}

func (f *fixture) get(id string) storage.Document {
	f.Helper()
	d, err := f.store.Get(f.ctx, storage.Users, id)
	if err != nil {
		f.Fatalf("get %q: %v", id, err)
	}
	return d
}

// wantKind checks that err is a fault of the given kind.
func (f *fixture) wantKind(what string, err error, want *fault.Kind) {
	f.Helper()
	if !errors.Is(err, want) {
		f.Errorf("%s: got %v, want %v", what, err, want)
	}
}

// wantTaken checks that err names the holder of a claim.
func (f *fixture) wantTaken(what string, err error, key, owner string) {
	f.Helper()
	var taken *storage.TakenError
	if !errors.As(err, &taken) {
		f.Errorf("%s: got %v, want a TakenError", what, err)
		return
	}
	if taken.Key != key || taken.Held.Owner != owner {
		f.Errorf("%s: got key %q held by %q, want %q by %q", what, taken.Key, taken.Held.Owner, key, owner)
	}
}

// wantOwner checks the holder of a claim; "" means none.
func (f *fixture) wantOwner(key, want string) {
	f.Helper()
	claim, err := f.store.Owner(f.ctx, key)
	if want == "" {
		f.wantKind("owner of "+key, err, storage.ErrNotFound)
		return
	}
	if err != nil || claim.Owner != want {
		f.Errorf("owner of %q: got %q, %v, want %q", key, claim.Owner, err, want)
	}
}

// mapUsers adds properties to the users' mapping and waits until older
// documents are indexed under it.
func (f *fixture) mapUsers(properties string) {
	f.Helper()
	if _, err := f.store.UpdateMapping(f.ctx, storage.Users, storage.Mapping{Properties: object(properties)}); err != nil {
		f.Fatalf("update mapping: %v", err)
	}
	f.awaitIndexing(storage.Users)
}

// awaitIndexing waits until the pass over older documents is complete.
func (f *fixture) awaitIndexing(of storage.Collection) {
	f.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	deadline := time.After(time.Minute)
	for {
		progress, err := f.store.Indexing(f.ctx, of)
		if err != nil {
			f.Fatalf("indexing: %v", err)
		}
		if progress.Complete {
			break
		}
		select {
		case <-tick.C:
		case <-deadline:
			f.Fatalf("indexing: %+v after a minute", progress)
		}
	}
	if err := f.store.Refresh(f.ctx, of); err != nil {
		f.Fatalf("refresh: %v", err)
	}
}

func (f *fixture) search(what query.Search) storage.Page {
	f.Helper()
	page, err := f.store.Search(f.ctx, storage.Users, what)
	if err != nil {
		f.Fatalf("search %+v: %v", what, err)
	}
	return page
}

// found returns the ids of all users that match where, sorted.
func (f *fixture) found(where query.Node) []string {
	f.Helper()
	page := f.search(query.Search{Where: where, Size: 1000})
	found := ids(page)
	if page.Total != int64(len(found)) {
		f.Errorf("search %+v: total %d, want %d", where, page.Total, len(found))
	}
	slices.Sort(found)
	return found
}

// wantFound checks which users match a condition.
func (f *fixture) wantFound(what string, where query.Node, want ...string) {
	f.Helper()
	if got := f.found(where); !slices.Equal(got, want) {
		f.Errorf("%s: got %q, want %q", what, got, want)
	}
}

func ids(page storage.Page) []string {
	found := make([]string, 0, len(page.Hits))
	for _, hit := range page.Hits {
		found = append(found, hit.ID)
	}
	return found
}

func object(text string) map[string]any {
	var o map[string]any
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		panic(fmt.Sprintf("storagetest: %v in %s", err, text))
	}
	return o
}

func content(path string) query.Field { return query.Field{Path: path} }
func account(path string) query.Field { return query.Field{Area: query.Account, Path: path} }

// equal returns an exact condition on a field of content.
func equal(path string, values ...any) query.Node {
	return query.Terms{Field: content(path), Values: values}
}
