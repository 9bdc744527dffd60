package query

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestSourceOptions(t *testing.T) {
	source := func(s Source) Search { return Search{Source: s} }
	runSearches(t, people, []searchTest{
		{in: `{"_source":true}`},
		{in: `{"_source":false}`, want: source(Source{Hidden: true})},
		{in: `{"_source":"a.*"}`, want: source(Source{Includes: []string{"a.*"}})},
		{in: `{"_source":["a","b"]}`, want: source(Source{Includes: []string{"a", "b"}})},
		{in: `{"_source":{"includes":["a"],"excludes":"b"}}`, want: source(Source{Includes: []string{"a"}, Excludes: []string{"b"}})},
		{in: `{"_source":{"include":"a","exclude":["b"]}}`, want: source(Source{Includes: []string{"a"}, Excludes: []string{"b"}})},
		{in: `{"_source_includes":["a"],"_source_excludes":"b"}`, want: source(Source{Includes: []string{"a"}, Excludes: []string{"b"}})},
		{in: `{"_source":false,"_source_includes":["a"]}`, want: source(Source{Includes: []string{"a"}})},
		{in: `{"_source":1}`, fault: ErrBadRequest, props: []any{"_source has to hold paths, which are strings"}},
		{in: `{"_source":{"x":1}}`, fault: ErrBadRequest, props: []any{`_source has the unknown key "x"`}},
		{in: `{"_source":[""]}`, fault: ErrBadRequest, props: []any{"_source[0] names a field without a name"}},
		{in: `{"_source":["***********"]}`, fault: ErrTooComplex, props: []any{"* in _source[0]", 10}},
	})
}

func TestSourceApply(t *testing.T) {
	const document = `{"b":1,"a":{"x":[1,2],"y":{"z":null}},"list":[{"k":1,"v":2},{"k":3},4],"name":"é \u00e9","n":1.50}`
	tests := []struct {
		includes, excludes []string
		want               string
	}{
		{want: document},
		{includes: []string{"*"}, want: document},
		{includes: []string{"a"}, want: `{"a":{"x":[1,2],"y":{"z":null}}}`},
		{includes: []string{"a.x"}, want: `{"a":{"x":[1,2]}}`},
		{includes: []string{"a.*"}, want: `{"a":{"x":[1,2],"y":{"z":null}}}`},
		{includes: []string{"a.y.z"}, want: `{"a":{"y":{"z":null}}}`},
		{includes: []string{"n*"}, want: `{"name":"é \u00e9","n":1.50}`},
		{includes: []string{"*.z", "b"}, want: `{"b":1,"a":{"y":{"z":null}}}`},
		{includes: []string{"list.k"}, want: `{"list":[{"k":1},{"k":3}]}`},
		{includes: []string{"list.v"}, want: `{"list":[{"v":2}]}`},
		{includes: []string{"absent"}, want: `{}`},
		{includes: []string{"a.x.deep"}, want: `{}`},
		{excludes: []string{"a", "list", "name"}, want: `{"b":1,"n":1.50}`},
		{excludes: []string{"a.*", "list", "name", "b"}, want: `{"a":{},"n":1.50}`},
		{excludes: []string{"*"}, want: `{}`},
		{excludes: []string{"list.*", "a", "b", "n*"}, want: `{"list":[{},{},4]}`},
		{includes: []string{"a"}, excludes: []string{"*.y"}, want: `{"a":{"x":[1,2]}}`},
		{includes: []string{"a.x"}, excludes: []string{"a"}, want: `{}`},
	}
	for _, test := range tests {
		got, err := Source{Includes: test.includes, Excludes: test.excludes}.Apply(json.RawMessage(document))
		if err != nil || string(got) != test.want {
			t.Errorf("+%v -%v: %s, %v; want %s", test.includes, test.excludes, got, err, test.want)
		}
	}
	if got, err := (Source{Hidden: true}).Apply(json.RawMessage(document)); got != nil || err != nil {
		t.Errorf("hidden: %s, %v", got, err)
	}
	if got, err := (Source{Includes: []string{"a"}}).Apply(json.RawMessage(`{"a":`)); err == nil {
		t.Errorf("half a document: %s without an error", got)
	}
}

func TestSourceWithin(t *testing.T) {
	tests := []struct {
		in   Source
		want bool
	}{
		{Source{}, true},
		{Source{Includes: []string{"a.*"}, Excludes: []string{"b"}}, true},
		{Source{Includes: []string{strings.Repeat("a", 513)}}, false},
		{Source{Excludes: []string{strings.Repeat("*", 11)}}, false},
		{Source{Includes: make([]string, 51)}, false},
	}
	for _, test := range tests {
		if got := test.in.Within(DefaultLimits()); got != test.want {
			t.Errorf("%.60v: %v, want %v", test.in, got, test.want)
		}
	}
}
