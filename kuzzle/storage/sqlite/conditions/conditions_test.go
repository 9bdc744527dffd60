package conditions

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/mapping"
)

// TestConditions compiles conditions and tests them on one document.
func TestConditions(t *testing.T) {
	schema := mapping.Compile(storage.Users, storage.Mapping{Properties: map[string]any{
		"name": map[string]any{"type": "keyword"},
		"bio":  map[string]any{"type": "text"},
		"pets": map[string]any{"type": "nested", "properties": map[string]any{
			"kind": map[string]any{"type": "keyword"}, "age": map[string]any{"type": "long"},
		}},
	}})
	found, err := schema.Extract([]byte(`{"name":"ada","bio":"first of the programmers","pets":[{"kind":"cat","age":2},{"kind":"dog","age":7}]}`), nil)
	if err != nil {
		t.Fatal(err)
	}
	field := func(path string) query.Field { return query.Field{Area: query.Content, Path: path} }
	term := func(path string, v any) query.Node { return query.Terms{Field: field(path), Values: []any{v}} }
	pet := func(kind string, age float64) query.Node {
		return query.Nested{Path: field("pets"), Where: query.Bool{Must: []query.Node{term("pets.kind", kind), term("pets.age", age)}}}
	}
	tests := []struct {
		name  string
		where query.Node
		want  bool
	}{
		{"a value", term("name", "ada"), true},
		{"another value", term("name", "eve"), false},
		{"a field without a mapping", term("town", "ada"), false},
		{"the id", query.Terms{Field: query.Field{Area: query.ID}, Values: []any{"1"}}, true},
		{"words in a row", query.Phrase{Field: field("bio"), Text: "the programmers"}, true},
		{"words in another order", query.Phrase{Field: field("bio"), Text: "programmers the"}, false},
		{"a beginning", query.Prefix{Field: field("name"), Value: "AD", CaseInsensitive: true}, true},
		{"one element with both", pet("dog", 7), true},
		{"two elements with one each", pet("dog", 2), false},
		{"two of three", query.Bool{Should: []query.Node{term("name", "ada"), term("name", "eve"), query.Exists{Field: field("bio")}}, MinShould: 2}, true},
		{"none of", query.Bool{MustNot: []query.Node{term("name", "ada")}}, false},
	}
	for _, test := range tests {
		compiled, err := query.Translate(test.where, &Compiler{Schema: schema, Now: time.Now()})
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if got := (&Candidate{ID: "1", Found: found}).Holds(compiled); got != test.want {
			t.Errorf("%s: %t, want %t", test.name, got, test.want)
		}
	}
}

// TestGroupsAreSimplified holds that a condition in groups that decide nothing is as
// plain as a bare one, so that it is read from the index as quickly.
func TestGroupsAreSimplified(t *testing.T) {
	id := query.Terms{Field: query.Field{Area: query.ID}, Values: []any{"1"}}
	bare := Named{Spans: []mapping.Span{{Low: "1", High: "1"}}}
	for name, test := range map[string]struct {
		where query.Bool
		want  Condition
	}{
		"one of one":        {query.Bool{Should: []query.Node{id}, MinShould: 1}, bare},
		"it and everything": {query.Bool{Must: []query.Node{query.All{}, id}}, bare},
		"it or everything":  {query.Bool{Should: []query.Node{query.All{}, id}, MinShould: 1}, Everything{}},
		"it and nothing":    {query.Bool{Must: []query.Node{query.None{}, id}}, Nothing{}},
		"not everything":    {query.Bool{MustNot: []query.Node{query.All{}}}, Nothing{}},
	} {
		got, err := query.Translate(test.where, &Compiler{Now: time.Now()})
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
