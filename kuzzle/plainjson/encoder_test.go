package plainjson_test

import (
	"encoding/json"
	"math"
	"testing"
	"testing/quick"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/plainjson"
)

type whole struct {
	Text    string           `json:"text"`
	Flag    bool             `json:"flag"`
	Number  int              `json:"number"`
	Long    int64            `json:"long"`
	Bytes   []byte           `json:"bytes"`
	Real    float64          `json:"real"`
	Name    *string          `json:"name"`
	At      *int64           `json:"at"`
	Texts   []string         `json:"texts"`
	Whole   part             `json:"whole"`
	Parts   []part           `json:"parts"`
	Perhaps *part            `json:"perhaps"`
	Others  []other          `json:"others"`
	None    struct{}         `json:"none"`
	Table   map[string]int64 `json:"table"`
}

type part struct {
	ID   string `json:"id"`
	Flag **bool `json:"flag"`
}

// other is a struct that is left to encoding/json.
type other struct {
	Text   string `json:"te<xt"`
	Hidden string `json:"-"`
	Maybe  int    `json:"maybe,omitempty"`
	Plain  bool
}

// TestEncoder checks that an encoder writes the same as encoding/json, for types of all
// kinds.
func TestEncoder(t *testing.T) {
	same := func(value whole) bool { return wantEncoded(t, value) }
	if err := quick.Check(same, nil); err != nil {
		t.Error(err)
	}
	wantEncoded(t, whole{})
	type wide struct {
		Time time.Time  `json:"time"`
		At   *time.Time `json:"at"`
		Any  []any      `json:"any"`
		None any        `json:"none"`
	}
	wantEncoded(t, []wide{{}, {Time: time.Unix(1, 0), At: &time.Time{}, Any: []any{"<", nil, 1.5}, None: map[string]any{"a": 1}}})
	wantEncoded(t, "<text>")
	wantEncoded(t, struct{}{})
}

func wantEncoded[T any](t *testing.T, value T) bool {
	t.Helper()
	want, err := plainjson.Append(nil, value)
	if err != nil {
		t.Fatal(err)
	}
	got, err := plainjson.NewEncoder[T]().Append([]byte("before"), &value)
	if string(got) != "before"+string(want) || err != nil {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
	return !t.Failed()
}

// TestEncoderKeepsRaw: raw JSON is copied, and null where there is none.
func TestEncoderKeepsRaw(t *testing.T) {
	type raw struct {
		Some json.RawMessage `json:"some"`
		None json.RawMessage `json:"none"`
	}
	got, err := plainjson.NewEncoder[raw]().Append(nil, &raw{Some: json.RawMessage(`{"a":"<"}`)})
	if want := `{"some":{"a":"<"},"none":null}`; string(got) != want || err != nil {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
}

// TestEncoderRefuses: what JSON has no form for is an error.
func TestEncoderRefuses(t *testing.T) {
	if got, err := plainjson.NewEncoder[[]whole]().Append(nil, &[]whole{{}, {Real: math.NaN()}}); err == nil {
		t.Errorf("got %s, want an error", got)
	}
}
