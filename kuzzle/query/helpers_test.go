package query

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// people is the mapping that the tests search.
var people = Documents([]Mapped{
	{Path: "age", Type: "long"},
	{Path: "bio", Type: "text"},
	{Path: "born", Type: "date"},
	{Path: "name", Type: "text"},
	{Path: "name.raw", Type: "keyword"},
	{Path: "policies.restrictedTo.index", Type: "keyword", Nested: "policies.restrictedTo"},
	{Path: "policies.roleId", Type: "keyword"},
	{Path: "tag", Type: "keyword"},
})

func content(path string) Field { return Field{Area: Content, Path: path} }
func account(path string) Field { return Field{Area: Account, Path: path} }

var id = Field{Area: ID}

func terms(path string, values ...any) Terms { return Terms{Field: content(path), Values: values} }

// parseTest is JSON and the tree it means, or the fault.
type parseTest struct {
	in    string
	want  Node
	fault *fault.Kind
	props []any
}

func decode(t testing.TB, text string) map[string]any {
	t.Helper()
	var object map[string]any
	if err := json.Unmarshal([]byte(text), &object); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return object
}

func runFilters(t *testing.T, scope Scope, tests []parseTest) {
	t.Helper()
	runParse(t, tests, func(in map[string]any) (Node, error) { return ParseFilter(in, scope, DefaultLimits()) })
}

func runParse(t *testing.T, tests []parseTest, parse func(map[string]any) (Node, error)) {
	t.Helper()
	for _, test := range tests {
		got, err := parse(decode(t, test.in))
		if test.fault != nil {
			checkFault(t, test.in, err, test.fault, test.props...)
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", test.in, err)
			continue
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", test.in, diff)
		}
	}
}

func checkFault(t testing.TB, in string, err error, want *fault.Kind, props ...any) {
	t.Helper()
	got, is := fault.From(err)
	if !is {
		t.Errorf("%s: error %v, want %s", in, err, want.ID())
		return
	}
	if got.Kind != want {
		t.Errorf("%s: fault %v, want %s", in, got, want.ID())
		return
	}
	if diff := cmp.Diff(props, got.Props); diff != "" {
		t.Errorf("%s: props (-want +got)\n%s", in, diff)
	}
}
