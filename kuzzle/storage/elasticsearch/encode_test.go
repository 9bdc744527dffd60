package elasticsearch

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/storage/mapping"
)

func TestRecordsEncode(t *testing.T) {
	text := func(s string) *string { return &s }
	at := int64(5)
	for _, r := range []record{
		{},
		{ID: "u\"1", Live: true, Inc: "i", N: 3, Op: []string{"b", "a"}, Moved: "m", Version: 2, Epoch: 1, Expires: &at,
			Claims: []string{"k", "é\\\u2028"}, Latches: map[string]string{"l": "a", "<": "b"},
			Content: text(`{"a":"<b>\n"}`), Account: text("{}"), Auth: text(""), Gen: 7,
			F: json.RawMessage(`{"a:k":["x"]}`), A: json.RawMessage(`{"k":{"a:":["x"]}}`), Died: 9},
		{Op: []string{}, F: json.RawMessage("{\n \"a\": 1}")},
	} {
		got, err := r.encode()
		if want, wrong := encode(r); err != nil || wrong != nil || string(got) != string(want) {
			t.Errorf("got %s, %v, want %s, %v", got, err, want, wrong)
		}
	}
	for _, c := range []claim{{}, {Of: "users", Owner: "u\n1", Inc: "i", Latch: true, Settled: true, Op: []string{"a"}, At: 3}} {
		got, err := c.encode()
		if want, wrong := encode(c); err != nil || wrong != nil || string(got) != string(want) {
			t.Errorf("got %s, %v, want %s, %v", got, err, want, wrong)
		}
	}
	if got, err := (&record{F: json.RawMessage("{\n")}).encode(); err == nil {
		t.Errorf("got %s, want an error", got)
	}
}

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
	x := extracted(found, 4)
	for _, part := range []struct {
		text json.RawMessage
		want map[string]any
	}{{x.content, want}, {x.account, wantAccount}} {
		var got map[string]any
		if err := json.Unmarshal(part.text, &got); err != nil || !reflect.DeepEqual(got, part.want) {
			t.Errorf("got %s, %v, want %v", part.text, err, part.want)
		}
	}
	if x := extracted(&mapping.Document{}, 1); x.content != nil || x.account != nil {
		t.Errorf("of nothing: got %s and %s", x.content, x.account)
	}
}
