package search

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/query"
)

func TestKeep(t *testing.T) {
	limits := Limits{}.OrDefaults()
	tests := []struct {
		text string
		want time.Duration
		id   string
	}{
		{"", 7 * time.Second, ""},
		{"30s", 30 * time.Second, ""},
		{"1m", time.Minute, ""},
		{"500ms", 500 * time.Millisecond, ""},
		{"5micros", 5 * time.Microsecond, ""},
		{"9nanos", 9, ""},
		{"61s", 0, "services.storage.scroll_duration_too_great"},
		{"1h", 0, "services.storage.scroll_duration_too_great"},
		{"1d", 0, "services.storage.scroll_duration_too_great"},
		{"9223372036854775807d", 0, "services.storage.scroll_duration_too_great"},
		{"99999999999999999999s", 0, "api.assert.invalid_argument"},
		{"0s", 0, "api.assert.invalid_argument"},
		{"-1s", 0, "api.assert.invalid_argument"},
		{"1.5s", 0, "api.assert.invalid_argument"},
		{"s", 0, "api.assert.invalid_argument"},
		{"10", 0, "api.assert.invalid_argument"},
		{"1 m", 0, "api.assert.invalid_argument"},
	}
	for _, test := range tests {
		got, err := limits.Keep(test.text, 7*time.Second)
		id := ""
		if refusal, ok := fault.From(err); ok {
			id = refusal.ID()
		}
		if got != test.want || id != test.id {
			t.Errorf("%q: got %s %s, want %s %s", test.text, got, id, test.want, test.id)
		}
	}
}

func FuzzKeep(f *testing.F) {
	for _, seed := range []string{"", "30s", "1m", "99d", "-1s", "1ms", "007s", "9223372036854775808nanos"} {
		f.Add(seed)
	}
	limits := Limits{}.OrDefaults()
	f.Fuzz(func(t *testing.T, text string) {
		keep, err := limits.Keep(text, time.Second)
		if err == nil && (keep <= 0 || keep > limits.MaxScroll) {
			t.Errorf("%q is kept for %s", text, keep)
		}
	})
}

func TestScrollIDs(t *testing.T) {
	sources := []query.Source{
		{},
		{Hidden: true},
		{Includes: []string{"a.*"}, Excludes: []string{"a.b", "."}},
	}
	for _, want := range sources {
		id, err := scrollID("CURSOR", 7, want)
		if err != nil {
			t.Fatal(err)
		}
		cursor, got, err := cursorOf(id)
		if err != nil || cursor != "CURSOR" {
			t.Errorf("%s: got %s, %v", id, cursor, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", id, diff)
		}
	}
	last, _ := scrollID("", 7, query.Source{Hidden: true})
	for id, want := range map[string]struct {
		total       int64
		counted, ok bool
	}{
		last: {7, true, true}, exhausted: {0, false, true}, exhausted + ".": {0, true, false}, exhausted + ".-1": {-1, true, false},
		exhausted + ".9223372036854775808": {0, true, false}, "CURSOR": {}, "exhausted7": {}, "": {},
	} {
		total, counted, ok := ended(id)
		if ok != want.ok || ok && (total != want.total || counted != want.counted) {
			t.Errorf("%q: %d, %t, %t; want %v", id, total, counted, ok, want)
		}
	}
}

func FuzzCursor(f *testing.F) {
	for _, seed := range []string{"", "CURSOR", "CURSOR.", "CURSOR.e30", "CURSOR.eyJIaWRkZW4iOnRydWV9", "a.b.c", ".....", exhausted} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, id string) {
		cursor, source, err := cursorOf(id)
		if err != nil {
			if refusal, ok := fault.From(err); !ok || refusal.Status() != 404 {
				t.Errorf("%q: %v", id, err)
			}
			return
		}
		if !strings.HasPrefix(id, cursor) {
			t.Errorf("%q gives the cursor %q", id, cursor)
		}
		// A forged filter can only hide fields or show existing ones.
		if _, err := source.Apply([]byte(`{"a":{"b":1}}`)); err != nil {
			t.Errorf("%q: %v", id, err)
		}
	})
}

func TestWindow(t *testing.T) {
	limits, unsaid := query.DefaultLimits(), api.MaybeInt{}
	said := func(n int) api.MaybeInt { return api.MaybeInt{Int: n, Given: true} }
	tests := []struct {
		name       string
		window     Window
		inBody     query.Search
		body       map[string]any
		from, size int
		refused    bool
	}{
		{"nothing said", Window{unsaid, unsaid}, query.Search{Size: 10}, nil, 0, 10_000, false},
		{"from alone", Window{said(3), unsaid}, query.Search{Size: 10}, nil, 3, 9997, false},
		{"from at the end", Window{said(10_000), unsaid}, query.Search{Size: 10}, nil, 10_000, 0, false},
		{"from behind the end", Window{said(10_001), unsaid}, query.Search{Size: 10}, nil, 0, 0, true},
		{"the body's", Window{unsaid, unsaid}, query.Search{From: 2, Size: 5}, map[string]any{"from": 2.0, "size": 5.0}, 2, 5, false},
		{"arguments before the body", Window{said(1), said(7)}, query.Search{From: 2, Size: 5}, map[string]any{"from": 2.0, "size": 5.0}, 1, 7, false},
		{"too deep", Window{said(9_999), said(2)}, query.Search{Size: 10}, nil, 0, 0, true},
		{"minus one", Window{said(0), said(-1)}, query.Search{Size: 10}, nil, 0, 0, true},
		{"negative", Window{said(-2), said(2)}, query.Search{Size: 10}, nil, 0, 0, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := test.window.resolve(test.inBody, test.body, DefaultMaxPage, limits)
			if (err != nil) != test.refused {
				t.Fatalf("got %v", err)
			}
			if err == nil && (got.From != test.from || got.Size != test.size) {
				t.Errorf("got %d, %d, want %d, %d", got.From, got.Size, test.from, test.size)
			}
		})
	}
}
