package storagetest

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// asJSON returns a value as a client sees it.
func asJSON(v any) any {
	raw, _ := json.Marshal(v)
	var plain any
	_ = json.Unmarshal(raw, &plain)
	return plain
}

const kuzzleInfo = `"_kuzzle_info":{"properties":{"author":{"type":"keyword"},"createdAt":{"type":"date"},"updatedAt":{"type":"date"},"updater":{"type":"keyword"}}}`

// testInitialMappings: each collection begins with the mapping it has in Kuzzle.
func testInitialMappings(f *fixture) {
	for of, want := range map[storage.Collection]string{
		storage.Users: `{"profileIds":{"type":"keyword"},` + kuzzleInfo + `}`,
		storage.Profiles: `{"tags":{"type":"keyword"},"policies":{"properties":{"roleId":{"type":"keyword"},
			"restrictedTo":{"type":"nested","properties":{"index":{"type":"keyword"},"collections":{"type":"keyword"}}}}},` + kuzzleInfo + `}`,
		storage.Roles: `{"tags":{"type":"keyword"},"controllers":{"type":"object","dynamic":"false"},` + kuzzleInfo + `}`,
		storage.APIKeys: `{"userId":{"type":"keyword"},"description":{"type":"text"},"expiresAt":{"type":"long"},"ttl":{"type":"keyword"},
			"fingerprint":{"type":"keyword"},` + kuzzleInfo + `}`,
		storage.Sessions: `{"kuid":{"type":"keyword"}}`,
	} {
		got, err := f.store.Mapping(f.ctx, of)
		if err != nil {
			f.Fatal(err)
		}
		if diff := cmp.Diff(asJSON(object(want)), asJSON(got.Properties)); diff != "" || got.Dynamic != "false" {
			f.Errorf("%s: dynamic %q; want, got:\n%s", of, got.Dynamic, diff)
		}
	}
	f.commit(storage.Change{In: storage.Profiles, ID: "p", Put: &storage.Document{Content: json.RawMessage(
		`{"policies":[{"roleId":"r","restrictedTo":[{"index":"i","collections":["c","d"]},{"index":"j"}]}],"tags":["t"]}`)}})
	page, err := f.store.Search(f.ctx, storage.Profiles, query.Search{Size: 1, Where: query.Nested{Path: content("policies.restrictedTo"),
		Where: query.Bool{Must: []query.Node{equal("policies.restrictedTo.index", "i"), equal("policies.restrictedTo.collections", "d")}}}})
	if err != nil || page.Total != 1 {
		f.Errorf("policies: got %d, %v, want 1", page.Total, err)
	}
}

// testUpdateMapping: properties are merged, and the result is the whole mapping.
func testUpdateMapping(f *fixture) {
	update := func(change storage.Mapping) storage.Mapping {
		f.Helper()
		got, err := f.store.UpdateMapping(f.ctx, storage.Users, change)
		if err != nil {
			f.Fatal(err)
		}
		return got
	}
	update(storage.Mapping{Properties: object(`{"a":{"type":"keyword"},"o":{"properties":{"x":{"type":"long"}}}}`), Meta: map[string]any{"v": 1.0}})
	update(storage.Mapping{Properties: object(`{"a":{"type":"keyword"},"o":{"properties":{"y":{"type":"date"}}}}`), Dynamic: "strict"})
	got := update(storage.Mapping{Properties: object(`{"a":{"type":"keyword","fields":{"t":{"type":"text"}}},"p.q":{"type":"boolean"}}`)})
	want := object(`{"dynamic":"strict","_meta":{"v":1},"properties":{"profileIds":{"type":"keyword"},` + kuzzleInfo + `,
		"a":{"type":"keyword","fields":{"t":{"type":"text"}}},"o":{"properties":{"x":{"type":"long"},"y":{"type":"date"}}},"p":{"properties":{"q":{"type":"boolean"}}}}}`)
	if diff := cmp.Diff(asJSON(want), asJSON(got)); diff != "" {
		f.Errorf("answer: want, got:\n%s", diff)
	}
	stored, err := f.store.Mapping(f.ctx, storage.Users)
	if err != nil {
		f.Fatal(err)
	}
	if diff := cmp.Diff(asJSON(want), asJSON(stored)); diff != "" {
		f.Errorf("stored: want, got:\n%s", diff)
	}
	stored.Properties["mine"] = "changed by the caller"
	stored.Properties["o"].(map[string]any)["properties"].(map[string]any)["x"] = "changed by the caller"
	stored.Meta["v"] = "changed by the caller"
	if again, _ := f.store.Mapping(f.ctx, storage.Users); !cmp.Equal(asJSON(want), asJSON(again)) {
		f.Error("a caller's change of an answer changes the mapping")
	}
}

// testRefusedMappings: each possible fault has its id, and nothing is changed.
func testRefusedMappings(f *fixture) {
	f.mapUsers(`{"k":{"type":"keyword"},"o":{"properties":{"x":{"type":"long"}}},"n":{"type":"nested","properties":{}}}`)
	before, err := f.store.Mapping(f.ctx, storage.Users)
	if err != nil {
		f.Fatal(err)
	}
	deep := strings.Repeat(`{"a":{"properties":`, 30) + `{"a":{"type":"keyword"}}` + strings.Repeat("}}", 30)
	for _, c := range []struct {
		text  string
		want  *fault.Kind
		field string
	}{
		{`{"k":{"type":"long"}}`, storage.ErrCannotChangeMapping, "k"},
		{`{"k":{"properties":{"x":{"type":"long"}}}}`, storage.ErrCannotChangeMapping, "k"},
		{`{"o":{"type":"keyword"}}`, storage.ErrCannotChangeMapping, "o"},
		{`{"o":{"type":"nested"}}`, storage.ErrCannotChangeMapping, "o"},
		{`{"n":{"properties":{"x":{"type":"long"}}}}`, storage.ErrCannotChangeMapping, "n"},
		{`{"o":{"properties":{"x":{"type":"keyword"}}},"new":{"type":"keyword"}}`, storage.ErrCannotChangeMapping, "o.x"},
		{`{"new":{"type":"no-such"}}`, storage.ErrMappingType, "new"},
		{`{"new":{"type":"keyword","colour":"red"}}`, storage.ErrUnexpectedProperties, "colour"},
		{`{"new":{"type":"keyword","properties":{}}}`, storage.ErrUnexpectedProperties, "properties"},
		{`{"new":"keyword"}`, storage.ErrMappingProperty, "new"},
		{`{"new":{"properties":[]}}`, storage.ErrMappingProperty, "new.properties"},
		{`{"new":{"type":"keyword","fields":"x"}}`, storage.ErrMappingProperty, "new.fields"},
		{`{"new":{"type":"keyword","ignore_above":"x"}}`, storage.ErrMappingProperty, "new.ignore_above"},
		{`{"new":{"type":7}}`, storage.ErrMappingProperty, "new.type"},
		{`{"new":{}}`, storage.ErrInvalidMapping, "new"},
		{`{"":{"type":"keyword"}}`, storage.ErrInvalidMapping, ""},
		{`{"a.":{"type":"keyword"}}`, storage.ErrInvalidMapping, "a."},
		{`{"new":{"type":"date","format":"whatever"}}`, storage.ErrInvalidMapping, "new.format"},
		{`{"a":{"properties":{"b":{"type":"long"}}},"a.b":{"type":"keyword"}}`, storage.ErrDuplicateField, "a.b"},
		{deep, storage.ErrInvalidMapping, "a.a"},
	} {
		_, err := f.store.UpdateMapping(f.ctx, storage.Users, storage.Mapping{Properties: object(c.text)})
		f.wantKind(c.text, err, c.want)
		if err != nil && !strings.Contains(err.Error(), c.field) {
			f.Errorf("%s: %q does not name %q", c.text, err, c.field)
		}
	}
	many := map[string]any{}
	for i := range 1001 {
		many[fmt.Sprint("f", i)] = map[string]any{"type": "keyword"}
	}
	_, err = f.store.UpdateMapping(f.ctx, storage.Users, storage.Mapping{Properties: many})
	f.wantKind("1,001 fields", err, storage.ErrBadRequest)
	_, err = f.store.UpdateMapping(f.ctx, storage.Users, storage.Mapping{Dynamic: "perhaps"})
	f.wantKind("dynamic", err, storage.ErrMappingProperty)
	after, err := f.store.Mapping(f.ctx, storage.Users)
	if err != nil {
		f.Fatal(err)
	}
	if diff := cmp.Diff(before, after); diff != "" {
		f.Errorf("mapping after refusals:\n%s", diff)
	}
}

// testOlderDocuments: documents written before their mapping become searchable,
// except for values that do not fit it.
func testOlderDocuments(f *fixture) {
	var changes []storage.Change
	for i := range 350 {
		changes = append(changes, creation(fmt.Sprintf("u%03d", i), fmt.Sprintf(`{"n":%d,"word":"w%d"}`, i, i%7)))
	}
	changes = append(changes, creation("odd", `{"n":"not a number","word":{"not":"a word"}}`))
	for i, result := range f.store.CommitMany(f.ctx, changes) {
		if result.Err != nil {
			f.Fatalf("%d: %v", i, result.Err)
		}
	}
	f.wantFound("unmapped", equal("n", 17.0))
	f.mapUsers(`{"n":{"type":"integer"},"word":{"type":"keyword"}}`)
	f.wantFound("older document", equal("n", 17.0), "u017")
	if got := f.search(query.Search{Where: equal("word", "w3")}).Total; got != 50 {
		f.Errorf("w3: got %d, want 50", got)
	}
	f.wantFound("value that does not fit", query.Bool{MustNot: []query.Node{query.Exists{Field: content("n")}}}, "odd")
	f.wantKind("and is refused from now on", f.try(creation("odder", `{"n":"not a number"}`)), storage.ErrBadRequest)
	d := f.get("u017")
	rev := f.commit(storage.Change{In: storage.Users, ID: "u017", If: d.Rev, Put: &storage.Document{Version: 2, Content: json.RawMessage(`{"n":1000}`)}})
	f.wantFound("changed", equal("n", 17.0))
	f.commit(storage.Change{In: storage.Users, ID: "u017", If: rev})
	f.wantFound("deleted", equal("n", 1000.0))
	progress, err := f.store.Indexing(f.ctx, storage.Users)
	if want := (storage.Progress{Done: 350, Total: 350, Complete: true}); err != nil || progress != want {
		f.Errorf("indexing: got %+v, %v, want %+v", progress, err, want)
	}
}
