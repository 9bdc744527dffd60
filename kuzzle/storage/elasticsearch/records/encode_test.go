package records

import (
	"encoding/json"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/cluster"
)

func TestRecordsEncode(t *testing.T) {
	text := func(s string) *string { return &s }
	at := int64(5)
	for _, r := range []Record{
		{},
		{ID: "u\"1", Live: true, Inc: "i", N: 3, Op: []string{"b", "a"}, Moved: "m", Version: 2, Epoch: 1, Expires: &at,
			Claims: []string{"k", "é\\\u2028"}, Latches: map[string]string{"l": "a", "<": "b"},
			Content: text(`{"a":"<b>\n"}`), Account: text("{}"), Auth: text(""), Gen: 7,
			F: json.RawMessage(`{"a:k":["x"]}`), A: json.RawMessage(`{"k":{"a:":["x"]}}`), Died: 9,
			Out: []Message{{ID: "q:1", Version: 1, Content: json.RawMessage(`{"a":1}`), Expires: 4}}, Due: true},
		{Op: []string{}, F: json.RawMessage("{\n \"a\": 1}")},
	} {
		got, err := r.Encode()
		if want, wrong := cluster.Encode(r); err != nil || wrong != nil || string(got) != string(want) {
			t.Errorf("got %s, %v, want %s, %v", got, err, want, wrong)
		}
	}
	for _, c := range []Claim{{}, {Of: "users", Owner: "u\n1", Inc: "i", Latch: true, Settled: true, Op: []string{"a"}, At: 3}} {
		got, err := c.Encode()
		if want, wrong := cluster.Encode(c); err != nil || wrong != nil || string(got) != string(want) {
			t.Errorf("got %s, %v, want %s, %v", got, err, want, wrong)
		}
	}
	if got, err := (&Record{F: json.RawMessage("{\n")}).Encode(); err == nil {
		t.Errorf("got %s, want an error", got)
	}
}
