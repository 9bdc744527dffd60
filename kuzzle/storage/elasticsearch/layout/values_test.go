package layout

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/mapping"
)

// TestValues: each name has a list without repetitions, each nested object its own.
func TestValues(t *testing.T) {
	key := func(path string, kind mapping.Kind) mapping.Key { return mapping.Key{Path: path, Kind: kind} }
	account := func(path string, kind mapping.Kind) mapping.Key {
		return mapping.Key{Area: mapping.Account, Path: path, Kind: kind}
	}
	found := &mapping.Document{
		Elements: []mapping.Element{{Path: "orders"}, {Path: "orders"}, {Path: "orders.items", Parent: 2}},
		Values: []mapping.Value{
			{Key: key("name", mapping.Keyword), V: "x\"y"}, {Key: key("name", mapping.Keyword), V: "x\"y"},
			{Key: key("name", mapping.Text), Words: []string{"x", "y"}}, {Key: key("empty", mapping.Text)},
			{Key: key("orders.total", mapping.Double), V: 1.5, Element: 1}, {Key: key("orders.total", mapping.Double), V: 1.5, Element: 2},
			{Key: key("orders.items.n", mapping.Long), V: int64(-3), Element: 3},
			{Key: account("banned", mapping.Boolean), V: int64(1)}, {Key: account("a.b", mapping.Keyword), V: "z"}, {Key: account("a.b", mapping.Keyword), V: "z"},
		},
	}
	for i := range 3 * fewValues {
		found.Values = append(found.Values, mapping.Value{Key: key("many", mapping.Long), V: int64(i % (2 * fewValues))})
	}
	var many []any
	for i := range 2 * fewValues {
		many = append(many, float64(i))
	}
	want := map[string]any{
		"name:k": []any{`x"y`}, "name:t": []any{"x y"}, "many:l": many,
		"orders@": []any{
			map[string]any{"orders/total:d": []any{1.5}},
			map[string]any{"orders/total:d": []any{1.5}, "orders/items@": []any{map[string]any{"orders/items/n:l": []any{-3.0}}}},
		},
	}
	wantAccount := map[string]any{"b": map[string]any{"banned:": []any{1.0}}, "k": map[string]any{"a/b:": []any{"z"}}}
	x := Extracted(storage.Profiles, "p", found, 4)
	for _, part := range []struct {
		text json.RawMessage
		want map[string]any
	}{{x.Content, want}, {x.Account, wantAccount}} {
		var got map[string]any
		if err := json.Unmarshal(part.text, &got); err != nil || !reflect.DeepEqual(got, part.want) {
			t.Errorf("got %s, %v, want %v", part.text, err, part.want)
		}
	}
	if x := Extracted(storage.Profiles, "p", &mapping.Document{}, 1); x.Content != nil || x.Account != nil {
		t.Errorf("of nothing: got %s and %s", x.Content, x.Account)
	}
}

// TestParts: the words of a text are those that begin at each of its characters.
func TestParts(t *testing.T) {
	account := func(path, value string) mapping.Value {
		return mapping.Value{Key: mapping.Key{Area: mapping.Account, Path: path, Kind: mapping.Keyword}, V: value}
	}
	found := &mapping.Document{Values: []mapping.Value{account("username", "Ada L"), account("email", "ab"), account("email", "ÀB"), account("name", "  "), account("other", "x")}}
	want := `{"_id":["u-i -id"],"username":["ada da` + "\U000F0020 a\U000F0020" + `l"],"email":["ab","àb"]}`
	if got := string(Extracted(storage.Users, "U-id", found, 1).Texts); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
