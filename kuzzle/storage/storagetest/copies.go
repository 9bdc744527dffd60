package storagetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// testCopies: the results of Walk and Latches, written to another store, make
// it the same.
func testCopies(f *fixture, open func(t *testing.T) storage.Store) {
	fillToCopy(f)
	other := &fixture{T: f.T, store: open(f.T), ctx: f.ctx}
	for _, of := range storage.Collections {
		m, err := f.store.Mapping(f.ctx, of)
		if err != nil {
			f.Fatal(err)
		}
		if len(m.Properties) > 0 {
			if _, err := other.store.UpdateMapping(f.ctx, of, m); err != nil {
				f.Fatal(err)
			}
		}
		restore(other, of, walk(f, of, 3))
	}
	latches := f.latches()
	for _, latch := range latches {
		other.restoreLatch(latch)
	}

	for _, of := range storage.Collections {
		got, want := walk(other, of, 1000), walk(f, of, 1000)
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(storage.Document{}, "Rev")); diff != "" {
			f.Errorf("%s (-want +got):\n%s", of, diff)
		}
		had, _ := f.store.Mapping(f.ctx, of)
		has, err := other.store.Mapping(f.ctx, of)
		if diff := cmp.Diff(had, has); diff != "" || err != nil {
			f.Errorf("mapping of %s (-want +got):\n%s%v", of, diff, err)
		}
	}
	if diff := cmp.Diff(latches, other.latches(), cmpopts.IgnoreFields(storage.Claim{}, "Incarnation")); diff != "" {
		f.Errorf("latches (-want +got):\n%s", diff)
	}
	if err := other.store.Refresh(f.ctx, storage.Users); err != nil {
		f.Fatal(err)
	}
	other.wantFound("by a field that was mapped late", equal("age", 7.0), "user 7")
	other.wantOwner("name:3", "user 3")
	other.wantTaken("a key of a copy", other.try(creation("thief", `{}`, "name:3")), "name:3", "user 3")
	other.wantTaken("a latch of a copy", other.try(storage.Change{In: storage.Users, ID: "late", Put: &storage.Document{Version: 1},
		Take: []storage.Take{{Key: "first", Once: true}}}), "first", "user 1")
	d := other.get("user 3")
	other.commit(storage.Change{In: storage.Users, ID: "user 3", If: d.Rev})
	other.wantOwner("name:3", "")
}

// fillToCopy writes documents of every shape, including some that the present
// mapping would refuse.
func fillToCopy(f *fixture) {
	var writes []storage.Change
	for i := range 20 {
		d := storage.Document{Version: int64(i + 1), Epoch: int64(i % 3), Content: json.RawMessage(fmt.Sprintf(`{"age":%d, "b":"é\u00e9"}`, i)),
			Auth: json.RawMessage(fmt.Sprintf(`[{"secret":%d}]`, i))}
		if i%2 == 0 {
			d.Account = json.RawMessage(fmt.Sprintf(`{"n":%d}`, i))
		}
		writes = append(writes, storage.Change{In: storage.Users, ID: fmt.Sprintf("user %d", i), Put: &d,
			Take: []storage.Take{{Key: fmt.Sprintf("name:%d", i)}, {Key: fmt.Sprintf("a mail:%d", i)}}})
	}
	writes[1].Take = append(writes[1].Take, storage.Take{Key: "first", Once: true})
	expires := time.UnixMilli(1_900_000_000_123).UTC()
	writes = append(writes,
		storage.Change{In: storage.Users, ID: "été", Put: &storage.Document{Version: 1, Content: json.RawMessage(`{"age":"not a number"}`)}},
		storage.Change{In: storage.Users, ID: strings.Repeat("é", 256), Put: &storage.Document{Version: 1}},
		storage.Change{In: storage.Sessions, ID: "s", Put: &storage.Document{Version: 1, ExpiresAt: expires}},
		storage.Change{In: storage.Settings, ID: "gone", Put: &storage.Document{Version: 1}, Take: []storage.Take{{Key: "seen", Latch: true}}},
	)
	for i, result := range f.store.CommitMany(f.ctx, writes) {
		if result.Err != nil {
			f.Fatalf("change %d: %v", i, result.Err)
		}
	}
	gone, err := f.store.Get(f.ctx, storage.Settings, "gone")
	if err != nil {
		f.Fatal(err)
	}
	f.commit(storage.Change{In: storage.Settings, ID: "gone", If: gone.Rev})
	f.mapUsers(`{"age":{"type":"long"}}`)
	if _, err := f.store.UpdateMapping(f.ctx, storage.Users, storage.Mapping{Dynamic: "strict"}); err != nil {
		f.Fatal(err)
	}
}

// walk reads a collection in pages.
func walk(f *fixture, of storage.Collection, size int) []storage.Kept {
	f.Helper()
	var all []storage.Kept
	for after := ""; ; after = all[len(all)-1].ID {
		page, err := f.store.Walk(f.ctx, of, after, size)
		if err != nil {
			f.Fatal(err)
		}
		if len(page) > size {
			f.Fatalf("a page has %d documents, want %d at most", len(page), size)
		}
		if len(page) == 0 {
			break
		}
		all = append(all, page...)
	}
	if !slices.IsSortedFunc(all, func(a, b storage.Kept) int { return strings.Compare(a.ID, b.ID) }) {
		f.Errorf("%s is not in the order of its ids", of)
	}
	return all
}

func restore(f *fixture, of storage.Collection, all []storage.Kept) {
	f.Helper()
	var writes []storage.Change
	for _, kept := range all {
		change := storage.Change{In: of, ID: kept.ID, Put: &kept.Document, Restore: true}
		for _, key := range kept.Claims {
			change.Take = append(change.Take, storage.Take{Key: key})
		}
		writes = append(writes, change)
	}
	for i, result := range f.store.CommitMany(f.ctx, writes) {
		if result.Err != nil {
			f.Fatalf("restore %s %q: %v", of, all[i].ID, result.Err)
		}
	}
}

// restoreLatch gives a latch to the document that held it, if it exists.
func (f *fixture) restoreLatch(latch storage.Claim) {
	f.Helper()
	change := storage.Change{In: latch.Of, ID: latch.Owner, Take: []storage.Take{{Key: latch.Key, Latch: true}}, Restore: true}
	d, err := f.store.Get(f.ctx, latch.Of, latch.Owner)
	switch {
	case err == nil:
		change.If, change.Put = d.Rev, &d
	case !errors.Is(err, storage.ErrNotFound):
		f.Fatal(err)
	}
	f.commit(change)
}

func (f *fixture) latches() []storage.Claim {
	f.Helper()
	var all []storage.Claim
	err := f.store.Latches(f.ctx, func(latch storage.Claim) error {
		all = append(all, latch)
		return nil
	})
	if err != nil {
		f.Fatal(err)
	}
	slices.SortFunc(all, func(a, b storage.Claim) int { return strings.Compare(a.Key, b.Key) })
	stop := errors.New("enough")
	if err := f.store.Latches(f.ctx, func(storage.Claim) error { return stop }); len(all) > 0 && !errors.Is(err, stop) {
		f.Errorf("latches that are told to stop: got %v", err)
	}
	return all
}
