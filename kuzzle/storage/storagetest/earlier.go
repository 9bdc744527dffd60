package storagetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// earlierUsers is how many users WriteEarlier writes.
const earlierUsers = 12

// earlierExpiry is when the expiring documents of WriteEarlier expire.
var earlierExpiry = time.Date(2100, 1, 2, 3, 4, 5, 6_000_000, time.UTC)

// EarlierSchemas returns the schemas earlier than this program's for which file
// names an existing file; least must be one of them.
func EarlierSchemas(t testing.TB, file func(schema int) string, least int) (schemas []int) {
	t.Helper()
	for schema := range storage.LatestSchema() {
		if _, err := os.Stat(file(schema)); err == nil {
			schemas = append(schemas, schema)
		}
	}
	if !slices.Contains(schemas, least) {
		t.Fatalf("there is data of the schemas %v only", schemas)
	}
	return schemas
}

// WriteEarlier fills an empty store with the data that engines keep in testdata,
// one copy for each schema. Those copies were written by versions that cannot be
// built any more, so this function never changes.
func WriteEarlier(t testing.TB, s storage.Store) {
	t.Helper()
	properties := map[string]any{"age": map[string]any{"type": "integer"}, "note": map[string]any{"type": "text"}}
	if _, err := s.UpdateMapping(t.Context(), storage.Users, storage.Mapping{Properties: properties}); err != nil {
		t.Fatal(err)
	}
	write := func(change storage.Change) storage.Rev {
		t.Helper()
		rev, err := s.Commit(t.Context(), change)
		if err != nil {
			t.Fatal(err)
		}
		return rev
	}
	for i := range earlierUsers {
		change := earlierUser(i)
		if i == 0 {
			change.Take = append(change.Take, storage.Take{Key: "first-admin", Once: true})
		}
		rev := write(change)
		if i == 1 { // it is renamed and written twice
			change.If, change.Free, change.Take = rev, []string{"mail:1"}, []storage.Take{{Key: "mail:one"}}
			change.Put.Version = 2
			write(change)
		}
	}
	gone := earlierUser(earlierUsers)
	write(storage.Change{In: storage.Users, ID: gone.ID, If: write(gone)})
	for _, of := range []storage.Collection{storage.Profiles, storage.Roles, storage.Settings} {
		write(storage.Change{In: of, ID: "one", Put: &storage.Document{Version: 1, Content: json.RawMessage(`{"tags":["t"]}`), Auth: json.RawMessage(`{"sealed":"é"}`)}})
	}
	for _, of := range []storage.Collection{storage.Sessions, storage.APIKeys, storage.Flows} {
		write(storage.Change{In: of, ID: "one", Put: &storage.Document{Version: 1, Content: json.RawMessage(`{"kuid":"u0","userId":"u0"}`), ExpiresAt: earlierExpiry}})
	}
}

func earlierUser(i int) storage.Change {
	return storage.Change{
		In: storage.Users, ID: fmt.Sprint("u", i),
		Put: &storage.Document{
			Version: 1, Epoch: int64(i % 3),
			Content: json.RawMessage(fmt.Sprintf(`{"profileIds":["p%d"],"age":%d,"note":"Grüße an %d"}`, i%2, i, i)),
			Account: json.RawMessage(fmt.Sprintf(`{"n":%d}`, i)),
			Auth:    json.RawMessage(fmt.Sprintf(`{"secret":%d}`, i)),
		},
		Take: []storage.Take{{Key: fmt.Sprint("name:", i)}, {Key: fmt.Sprint("mail:", i)}},
	}
}

// CheckEarlier fails unless a store has everything that WriteEarlier wrote, and
// accepts changes of it.
func CheckEarlier(t testing.TB, s storage.Store) {
	t.Helper()
	for i := range earlierUsers {
		want := earlierUser(i)
		d, err := s.Get(t.Context(), storage.Users, want.ID)
		if err != nil {
			t.Errorf("%s: %v", want.ID, err)
			continue
		}
		if string(d.Content) != string(want.Put.Content) || string(d.Account) != string(want.Put.Account) || string(d.Auth) != string(want.Put.Auth) || d.Epoch != want.Put.Epoch {
			t.Errorf("%s: got %+v, want %+v", want.ID, d, want.Put)
		}
		wantEarlierOwner(t, s, fmt.Sprint("name:", i), want.ID)
	}
	for key, owner := range map[string]string{"mail:0": "u0", "mail:1": "", "mail:one": "u1", "first-admin": "u0", "name:12": "", "mail:12": ""} {
		wantEarlierOwner(t, s, key, owner)
	}
	for of, expires := range map[storage.Collection]time.Time{
		storage.Profiles: {}, storage.Roles: {}, storage.Settings: {},
		storage.Sessions: earlierExpiry, storage.APIKeys: earlierExpiry, storage.Flows: earlierExpiry,
	} {
		if d, err := s.Get(t.Context(), of, "one"); err != nil || !d.ExpiresAt.Equal(expires) {
			t.Errorf("%s: got %+v, %v, want it to expire at %v", of, d, err, expires)
		}
	}
	if err := s.Refresh(t.Context(), storage.Users); err != nil {
		t.Fatal(err)
	}
	for name, where := range map[string]query.Node{
		"a number":           equal("age", 7.0),
		"a field of account": query.Terms{Field: account("n"), Values: []any{7.0}},
	} {
		page, err := s.Search(t.Context(), storage.Users, query.Search{Where: where, Size: 10})
		if err != nil || len(page.Hits) != 1 || page.Hits[0].ID != "u7" {
			t.Errorf("found by %s: %+v, %v, want u7", name, page.Hits, err)
		}
	}
	again := earlierUser(3)
	again.ID = "another"
	var taken *storage.TakenError
	if _, err := s.Commit(t.Context(), again); !errors.As(err, &taken) {
		t.Errorf("a name that u3 has: got %v, want a TakenError", err)
	}
	d, err := s.Get(t.Context(), storage.Users, "u3")
	if err != nil {
		t.Fatal(err)
	}
	d.Version++
	rev, err := s.Commit(t.Context(), storage.Change{In: storage.Users, ID: "u3", If: d.Rev, Put: &d})
	if err != nil {
		t.Errorf("u3 is written: %v", err)
	}
	if again, err := s.Get(t.Context(), storage.Users, "u3"); err != nil || again.Rev != rev || again.Version != d.Version {
		t.Errorf("u3 is written: got %+v, %v", again, err)
	}
}

func wantEarlierOwner(t testing.TB, s storage.Store, key, owner string) {
	t.Helper()
	claim, err := s.Owner(t.Context(), key)
	if claim.Owner != owner || (owner == "") != errors.Is(err, storage.ErrNotFound) {
		t.Errorf("owner of %q: got %q, %v, want %q", key, claim.Owner, err, owner)
	}
}

// AddUpgrade adds an upgrade with a collection to this program, as a later version
// would, and returns a function that removes it. An engine that keeps values for
// each collection must rebuild them after both.
func AddUpgrade(name string) (of storage.Collection, undo func()) {
	of = storage.Collection(name)
	upgrades, collections := storage.Upgrades, storage.Collections
	storage.Upgrades = append(upgrades[:len(upgrades):len(upgrades)], storage.Upgrade{Name: name, Adds: []storage.Collection{of}})
	storage.Collections = append(collections[:len(collections):len(collections)], of)
	return of, func() { storage.Upgrades, storage.Collections = upgrades, collections }
}

// CheckAdded fails unless a store with an earlier schema accepts documents of
// every later collection, and has the history of its upgrades.
func CheckAdded(t testing.TB, s interface {
	storage.Store
	storage.Caretaker
}, had int) {
	t.Helper()
	added := 0
	for _, of := range storage.Collections {
		if storage.Since(of) <= had {
			continue
		}
		added++
		change := storage.Change{In: of, ID: "first", Put: &storage.Document{Version: 1, Content: json.RawMessage(`{"is":"new"}`)}, Take: []storage.Take{{Key: "new:" + string(of)}}}
		if d, err := s.Get(t.Context(), of, change.ID); err == nil {
			change.If = d.Rev
		}
		if _, err := s.Commit(t.Context(), change); err != nil {
			t.Errorf("%s: %v", of, err)
			continue
		}
		if kept, err := s.Walk(t.Context(), of, "", 10); err != nil || len(kept) != 1 || string(kept[0].Content) != `{"is":"new"}` {
			t.Errorf("%s: got %v, %v, want what was written", of, kept, err)
		}
		wantEarlierOwner(t, s, "new:"+string(of), "first")
	}
	if added == 0 {
		t.Error("no collection was added")
	}
	has, err := s.Schema(t.Context())
	if err != nil || has.Number != storage.LatestSchema() {
		t.Errorf("got %+v, %v, want schema %d", has, err, storage.LatestSchema())
	}
	var came []int
	for _, line := range has.History {
		if line.Schema > had {
			came = append(came, line.Schema)
		}
	}
	var want []int
	for number := range storage.UpgradesFrom(had) {
		want = append(want, number)
	}
	if !slices.Equal(came, want) {
		t.Errorf("the history tells of upgrades to %v, want %v: %v", came, want, has.History)
	}
}
