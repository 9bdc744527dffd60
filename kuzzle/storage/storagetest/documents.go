package storagetest

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// testDocuments: a written document can be read by id at once.
func testDocuments(f *fixture) {
	for _, in := range storage.Collections {
		want := storage.Document{
			ID: "one", Incarnation: "first", Version: 3, Epoch: 7,
			Content: json.RawMessage(`{"a":{"b":[1,"2",null,true]},"é":"ü"}`), Account: json.RawMessage(`{"x":"y"}`),
			Auth: json.RawMessage(`{"secret":"s"}`), ExpiresAt: time.UnixMilli(1893456000123).UTC(),
		}
		want.Rev = f.commit(storage.Change{In: in, ID: "one", Put: &want})
		got, err := f.store.Get(f.ctx, in, "one")
		if err != nil {
			f.Fatalf("%s: %v", in, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			f.Errorf("%s: want, got:\n%s", in, diff)
		}
	}
	_, err := f.store.Get(f.ctx, storage.Users, "two")
	f.wantKind("get of what is not there", err, storage.ErrNotFound)
	testGetMany(f)
}

func testGetMany(f *fixture) {
	f.create("b", `{}`)
	f.create("a", `{}`)
	got, _, err := f.store.GetMany(f.ctx, storage.Users, []string{"b", "missing", "a", "one"})
	if err != nil {
		f.Fatal(err)
	}
	var names []string
	for _, d := range got {
		names = append(names, d.ID)
	}
	if want := []string{"b", "a", "one"}; !slices.Equal(names, want) {
		f.Errorf("get many: got %q, want %q", names, want)
	}
	if got, _, err := f.store.GetMany(f.ctx, storage.Users, nil); err != nil || len(got) != 0 {
		f.Errorf("get none: got %v, %v", got, err)
	}
}

// testRevisions: a change is written only over its expected revision.
func testRevisions(f *fixture) {
	first := f.create("u", `{"n":1}`)
	put := func(n string) *storage.Document {
		return &storage.Document{Version: 2, Content: json.RawMessage(`{"n":` + n + `}`)}
	}
	f.wantKind("create over a live document", f.try(creation("u", `{"n":9}`)), storage.ErrExists)
	second := f.commit(storage.Change{In: storage.Users, ID: "u", Put: put("2"), If: first})
	if first == second || second == (storage.Rev{}) {
		f.Errorf("revisions: got %v after %v", second, first)
	}
	f.wantKind("update over an old revision", f.try(storage.Change{In: storage.Users, ID: "u", Put: put("3"), If: first}), storage.ErrConflict)
	f.wantKind("delete of an old revision", f.try(storage.Change{In: storage.Users, ID: "u", If: first}), storage.ErrConflict)
	f.wantKind("delete of what should not be there", f.try(storage.Change{In: storage.Users, ID: "u"}), storage.ErrConflict)
	if got := f.get("u"); got.Rev != second || string(got.Content) != `{"n":2}` {
		f.Errorf("after refusals: got %s at %v, want the second write at %v", got.Content, got.Rev, second)
	}
	f.commit(storage.Change{In: storage.Users, ID: "u", If: second})
	f.wantKind("update of a deleted document", f.try(storage.Change{In: storage.Users, ID: "u", Put: put("4"), If: second}), storage.ErrConflict)
	f.wantKind("delete of a deleted document", f.try(storage.Change{In: storage.Users, ID: "u", If: second}), storage.ErrConflict)
	_, err := f.store.Get(f.ctx, storage.Users, "u")
	f.wantKind("get of a deleted document", err, storage.ErrNotFound)
}

// testIncarnations: a new document with an earlier id is another document.
func testIncarnations(f *fixture) {
	rev := f.create("u", `{}`, "key")
	old := f.get("u")
	if old.Incarnation == "" {
		f.Error("incarnation: got none, want one chosen by the store")
	}
	rev = f.commit(storage.Change{In: storage.Users, ID: "u", If: rev, Put: &storage.Document{Version: 2}})
	if got := f.get("u").Incarnation; got != old.Incarnation {
		f.Errorf("incarnation after an update: got %q, want %q", got, old.Incarnation)
	}
	f.commit(storage.Change{In: storage.Users, ID: "u", If: rev})
	f.wantFound("deleted user", query.All{})
	next := f.create("u", `{"profileIds":["again"]}`)
	if got := f.get("u").Incarnation; got == old.Incarnation || got == "" {
		f.Errorf("incarnation of a new document: got %q, had %q", got, old.Incarnation)
	}
	f.wantOwner("key", "")
	f.wantKind("update over the earlier document", f.try(storage.Change{In: storage.Users, ID: "u", If: old.Rev, Put: &storage.Document{}}), storage.ErrConflict)
	f.wantKind("update as another incarnation", f.try(storage.Change{In: storage.Users, ID: "u", If: next, Put: &storage.Document{Incarnation: "other"}}), storage.ErrConflict)
	f.wantFound("new user", equal("profileIds", "again"), "u")
}

// oddIDs are ids and claim keys that some layer might misread.
var oddIDs = []string{
	"a", "A", "1", "01", "-1", "true", "null", "é", "e\u0301", "ß", "ſ", "日本語", "👩‍👩‍👧", "\u202eabc", "a b", " a", "a ", "a\tb",
	".", "..", "../../etc/passwd", "/", "a/b", `a\b`, "a%2Fb", "a?b=c&d", "#", "_id", "_doc", "*", "a*", "%", "_", "'", "''; DROP TABLE users; --",
	`"`, "`", "\x00", "a\x00b", "\u2028", "{}", "[]", "$ne", "0", "9223372036854775808", "1e3",
	strings.Repeat("x", 512), strings.Repeat("é", 256), strings.Repeat("日", 170) + "xx",
}

// testIDs: an id is any 1 to 512 bytes of UTF-8, compared by its bytes.
func testIDs(f *fixture) {
	for i, id := range oddIDs {
		n, _ := json.Marshal(i)
		f.create(id, `{"n":`+string(n)+`,"profileIds":["odd"]}`, "key "+id[:min(len(id), 500)])
	}
	for i, id := range oddIDs {
		var got struct{ N int }
		if err := json.Unmarshal(f.get(id).Content, &got); err != nil || got.N != i {
			f.Errorf("id %q: got document %d, want %d", id, got.N, i)
		}
		f.wantFound("search by id", query.Terms{Field: query.Field{Area: query.ID}, Values: []any{id}}, id)
	}
	want := slices.Clone(oddIDs)
	slices.Sort(want)
	if got := ids(f.search(query.Search{Size: 1000})); !slices.Equal(got, want) {
		f.Errorf("ids in order: got %q, want %q", got, want)
	}
	f.wantKind("empty id", f.try(creation("", `{}`)), storage.ErrBadRequest)
	f.wantKind("id of 513 bytes", f.try(creation(strings.Repeat("x", 513), `{}`)), storage.ErrBadRequest)
	f.wantKind("key of 513 bytes", f.try(creation("u", `{}`, strings.Repeat("x", 513))), storage.ErrBadRequest)
}

// testSizes: large documents are stored whole, and too large ones are refused.
func testSizes(f *fixture) {
	large, _ := json.Marshal(map[string]string{"s": strings.Repeat("日本語 ", 100_000)})
	f.create("large", string(large))
	if got := f.get("large").Content; !bytes.Equal(got, large) {
		f.Errorf("large document: got %d bytes, want %d", len(got), len(large))
	}
	huge, _ := json.Marshal(map[string]string{"s": strings.Repeat("x", 20<<20)})
	f.wantKind("document of 20 MB", f.try(creation("huge", string(huge))), storage.ErrBadRequest)
	f.mapUsers(`{"t":{"type":"text"}}`)
	many, _ := json.Marshal(map[string]string{"t": strings.Repeat("a b c d ", 10_000)})
	f.wantKind("40,000 words", f.try(creation("many", string(many))), storage.ErrBadRequest)
	deep := strings.Repeat(`{"a":`, 500) + "1" + strings.Repeat("}", 500)
	f.create("deep", deep)
	f.wantFound("all", query.All{}, "deep", "large")
}

// testUpdates: a search finds a document by its present values and not by
// earlier ones.
func testUpdates(f *fixture) {
	rev := f.create("u", `{"profileIds":["a","b"]}`)
	rev = f.commit(storage.Change{In: storage.Users, ID: "u", If: rev, Put: &storage.Document{
		Version: 2, Content: json.RawMessage(`{"profileIds":["b","c"]}`), Account: json.RawMessage(`{"x":"1"}`)}})
	f.wantFound("value gone", equal("profileIds", "a"))
	f.wantFound("value kept", equal("profileIds", "b"), "u")
	f.wantFound("value new", equal("profileIds", "c"), "u")
	rev = f.commit(storage.Change{In: storage.Users, ID: "u", If: rev, Put: &storage.Document{
		Version: 2, Content: json.RawMessage(`{"profileIds":["b","c"]}`), Account: json.RawMessage(`{"x":"2"}`)}})
	f.wantFound("account value gone", query.Terms{Field: account("x"), Values: []any{"1"}})
	f.wantFound("account value new", query.Terms{Field: account("x"), Values: []any{"2"}}, "u")
	if got := f.search(query.Search{Size: 1}).Hits[0].Version; got != 2 {
		f.Errorf("version: got %d, want 2", got)
	}
	f.commit(storage.Change{In: storage.Users, ID: "u", If: rev})
	f.wantFound("deleted", equal("profileIds", "b"))
	f.wantFound("deleted, by account", query.Exists{Field: account("x")})
	if got := f.search(query.Search{}).Total; got != 0 {
		f.Errorf("total: got %d, want 0", got)
	}
}
