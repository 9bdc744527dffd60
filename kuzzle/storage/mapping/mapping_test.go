package mapping_test

import (
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/mapping"
)

// compile makes a schema of the users' mapping with these properties added.
func compile(t testing.TB, properties string) *mapping.Schema {
	t.Helper()
	var change storage.Mapping
	if err := json.Unmarshal([]byte(`{"properties":`+properties+`}`), &change); err != nil {
		t.Fatal(err)
	}
	merged, err := mapping.Merge(storage.Users, mapping.Initial(storage.Users), change)
	if err != nil {
		t.Fatal(err)
	}
	return mapping.Compile(storage.Users, merged)
}

func TestWords(t *testing.T) {
	for text, want := range map[string]string{
		"":                        "",
		"The QUICK  brown-fox!":   "the|quick|brown|fox",
		"It's O’Neil's, isn't it": "it's|o’neil's|isn't|it",
		"'quoted' end.":           "quoted|end",
		"3.14 1,000 a.b a,b 1:2":  "3.14|1,000|a.b|a|b|1|2",
		"snake_case mail@x.org":   "snake_case|mail|x.org",
		"École e\u0301cole":       "école|e\u0301cole",
		"日本語 ひら カタカナ":             "日|本|語|ひ|ら|カタカナ",
		"ΑΒΓ Straße İ":            "αβγ|straße|i",
		"\xff\xfe":                "",
		"👍 ok":                    "ok",
	} {
		if got := strings.Join(mapping.Words(text), "|"); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	long := mapping.Words(strings.Repeat("x", 600))
	if len(long) != 3 || len(long[0]) != 255 {
		t.Errorf("600 letters: got %d words, first of %d, want 3 of at most 255", len(long), len(long[0]))
	}
}

// TestDates compares the date type with Go's own parser.
func TestDates(t *testing.T) {
	day := func(y, m, d int) int64 { return time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC).UnixMilli() }
	now := time.Date(2024, 5, 15, 13, 14, 15, 16e6, time.UTC) // a Wednesday
	at := compile(t, `{"at":{"type":"date"}}`).Field("at")
	for text, want := range map[string][2]int64{
		"2024":                          {day(2024, 1, 1), day(2025, 1, 1) - 1},
		"2024-02":                       {day(2024, 2, 1), day(2024, 3, 1) - 1},
		"2024-02-29":                    {day(2024, 2, 29), day(2024, 3, 1) - 1},
		"2024-02-29T10":                 {day(2024, 2, 29) + 36_000_000, day(2024, 2, 29) + 39_599_999},
		"2024-02-29T10:00":              {day(2024, 2, 29) + 36_000_000, day(2024, 2, 29) + 36_059_999},
		"2024-02-29T10:00:00":           {day(2024, 2, 29) + 36_000_000, day(2024, 2, 29) + 36_000_999},
		"2024-02-29T10:00:00.123Z":      {day(2024, 2, 29) + 36_000_123, day(2024, 2, 29) + 36_000_123},
		"2024-02-29T10:00:00.123456789": {day(2024, 2, 29) + 36_000_123, day(2024, 2, 29) + 36_000_123},
		"2024-02-29T10:00:00+02:00":     {day(2024, 2, 29) + 28_800_000, day(2024, 2, 29) + 28_800_999},
		"2024-02-29T10:00:00-0130":      {day(2024, 2, 29) + 41_400_000, day(2024, 2, 29) + 41_400_999},
		"1709164800000":                 {1709164800000, 1709164800000},
		"-5":                            {-5, -5},
		"now":                           {now.UnixMilli(), now.UnixMilli()},
		"now/d":                         {day(2024, 5, 15), day(2024, 5, 16) - 1},
		"now/w":                         {day(2024, 5, 13), day(2024, 5, 20) - 1},
		"now-1M/y":                      {day(2024, 1, 1), day(2025, 1, 1) - 1},
		"2024-01-31||+1d":               {day(2024, 2, 1), day(2024, 2, 1)},
		"2024-01-31||+d-1h":             {day(2024, 2, 1) - 3_600_000, day(2024, 2, 1) - 3_600_000},
	} {
		span, err := at.Range(nil, text, nil, text, now)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := [2]any{span.Low, span.High}; got != [2]any{want[0], want[1]} {
			t.Errorf("%s: got %v, want %v", text, got, want)
		}
	}
	for _, text := range []string{"", "x", "24-01-01", "2024-1-1", "2024-13-01", "2023-02-29", "2024-01-01T25", "2024-01-01T10:00:00.",
		"2024-01-01T10:00:00+99:00", "2024-01-01T10:00.5", "now+", "now+1", "now+1x", "now*1d", "now/2d", "nowish", "99999999999999999999"} {
		if span, err := at.Range(nil, text, nil, nil, now); !errors.Is(err, storage.ErrBadRequest) {
			t.Errorf("%q: got %v, %v, want %v", text, span, err, storage.ErrBadRequest)
		}
	}
	seconds := compile(t, `{"at":{"type":"date","format":"epoch_second"}}`)
	found, err := seconds.Extract([]byte(`{"at":[1709164800,"1709164801"]}`), nil)
	if err != nil || len(found.Values) != 2 || found.Values[0].V != int64(1709164800000) || found.Values[1].V != int64(1709164801000) {
		t.Errorf("epoch_second: got %+v, %v", found, err)
	}
}

// TestExtract: the typed values of a document under their paths.
func TestExtract(t *testing.T) {
	schema := compile(t, `{"i":{"type":"integer"},"f":{"type":"half_float"},"lax":{"type":"long","ignore_malformed":true},
		"n":{"type":"nested","properties":{"k":{"type":"keyword"}}},"o.p":{"type":"keyword"},"name":{"type":"text","fields":{"raw":{"type":"keyword"}}}}`)
	content := ` {"i" : [1, "2", 3.9, null, [4]], "f":-0, "lax":["x",5,{"a":1}], "n":[{"k":"a"},{"k":["b","c"]}], "o.p":"dot", "o":{"p":"q\"\u00e9\ud83d\ude00"},
		"skip":{"deep":[{"}":"]"},"\\\""]}, "name":"Ann Lee", "\u0069":7} `
	found, err := schema.Extract([]byte(content), []byte(`{"a":{"b":["x",1.5,true,null]}}`))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][]any{}
	for _, v := range found.Values {
		value := v.V
		if v.Key.Kind == mapping.Text {
			value = strings.Join(v.Words, " ")
		}
		path := v.Key.Path
		if v.Element > 0 {
			path += string(rune('0' + v.Element))
		}
		got[path] = append(got[path], value)
	}
	want := map[string][]any{
		"i": {int64(1), int64(2), int64(3), int64(4), int64(7)}, "f": {0.0}, "lax": {int64(5)}, "n.k1": {"a"}, "n.k2": {"b", "c"},
		"o.p": {"dot", "q\"é😀"}, "name": {"ann lee"}, "name.raw": {"Ann Lee"}, "a.b": {"x", 1.5, int64(1)},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want, got:\n%s", diff)
	}
	for _, text := range []string{"", " ", "null", "[]", `"x"`, "{", `{"a":}`, "{}{}", "{}x", strings.Repeat(`{"a":`, 20_000)} {
		if _, err := schema.Extract([]byte(text), nil); !errors.Is(err, storage.ErrBadRequest) {
			t.Errorf("%.20q: got %v, want %v", text, err, storage.ErrBadRequest)
		}
	}
}

// TestPoint: which values equal one that a query gives.
func TestPoint(t *testing.T) {
	schema := compile(t, `{"l":{"type":"long"},"i":{"type":"byte"},"d":{"type":"double"},"b":{"type":"boolean"},"k":{"type":"keyword"}}`)
	for _, test := range []struct {
		field string
		given any
		want  any // nil: nothing can be equal; error: a fault
	}{
		{"l", 5.0, int64(5)}, {"l", 5.5, nil}, {"l", "9223372036854775807", int64(math.MaxInt64 - 1)}, {"l", json.Number("7"), int64(7)}, {"l", "x", storage.ErrBadRequest},
		{"l", math.Inf(1), storage.ErrBadRequest}, {"i", 300.0, int64(300)}, {"d", "1e3", 1000.0}, {"d", true, storage.ErrBadRequest},
		{"b", true, int64(1)}, {"b", "", int64(0)}, {"b", 1.0, storage.ErrBadRequest}, {"k", 1.0, "1"}, {"k", false, "false"}, {"k", 0.1, "0.1"},
	} {
		span, ok, err := schema.Field(test.field).Point(test.given, time.Time{})
		switch want, fault := test.want.(error); {
		case fault:
			if !errors.Is(err, want) {
				t.Errorf("%s %v: got %v, %v, want %v", test.field, test.given, span, err, want)
			}
		case err != nil || ok != (test.want != nil) || ok && (span.Low != test.want || span.High != test.want):
			t.Errorf("%s %v: got %v, %t, %v, want %v", test.field, test.given, span, ok, err, test.want)
		}
	}
}

// TestMergeKeepsItsArguments: a merge changes neither the existing mapping nor the
// change.
func TestMergeKeepsItsArguments(t *testing.T) {
	has := mapping.Initial(storage.Users)
	change := storage.Mapping{Properties: map[string]any{
		"_kuzzle_info": map[string]any{"properties": map[string]any{"more": map[string]any{"type": "keyword"}}}, "a.b": map[string]any{"type": "long"}}}
	before, _ := json.Marshal([]any{has, change})
	if _, err := mapping.Merge(storage.Users, has, change); err != nil {
		t.Fatal(err)
	}
	if after, _ := json.Marshal([]any{has, change}); string(after) != string(before) {
		t.Errorf("arguments: got %s, want %s", after, before)
	}
}

// TestMayChange: which parameters of a field may change, and which not.
func TestMayChange(t *testing.T) {
	base := storage.Mapping{Properties: map[string]any{"k": map[string]any{"type": "keyword", "ignore_above": 10.0}}}
	has, err := mapping.Merge(storage.Users, mapping.Initial(storage.Users), base)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]bool{
		`{"type":"keyword"}`: true, `{"type":"keyword","ignore_above":10}`: true, `{"type":"keyword","ignore_above":20}`: true, `{"type":"keyword","ignore_above":5}`: false,
		`{"type":"keyword","index":false}`: false, `{"type":"keyword","null_value":"x"}`: false, `{"type":"keyword","meta":{"a":"b"}}`: true,
		`{"type":"keyword","fields":{"t":{"type":"text"}}}`: true, `{"type":"text"}`: false,
	} {
		var definition map[string]any
		if err := json.Unmarshal([]byte(text), &definition); err != nil {
			t.Fatal(err)
		}
		_, err := mapping.Merge(storage.Users, has, storage.Mapping{Properties: map[string]any{"k": definition}})
		if want != (err == nil) || !want && !errors.Is(err, storage.ErrCannotChangeMapping) {
			t.Errorf("%s: got %v, want it to be possible: %t", text, err, want)
		}
	}
}

func TestUnder(t *testing.T) {
	schema := compile(t, `{"o":{"properties":{"b":{"type":"long"},"a":{"type":"keyword","fields":{"t":{"type":"text"}}},"hidden":{"type":"long","index":false}}},"ox":{"type":"long"}}`)
	for path, want := range map[string][]string{"o": {"o.a", "o.a.t", "o.b"}, "o.a": {"o.a"}, "o.hidden": nil, "zz": nil, "": nil} {
		var got []string
		for _, f := range schema.Under(path) {
			got = append(got, f.Path)
		}
		if !slices.Equal(got, want) {
			t.Errorf("under %q: got %q, want %q", path, got, want)
		}
	}
}

// TestOnly: a field that is read alone has the values that it has among all.
func TestOnly(t *testing.T) {
	schema := compile(t, `{"o":{"properties":{"b":{"type":"long"},"a":{"type":"keyword","fields":{"t":{"type":"text"}}}}},"x":{"type":"long"},"l":{"type":"keyword"}}`)
	content := []byte(`{"x":1,"o.b":2,"unknown":{"x":5},"l":["b","a"],"o":{"a":"one two","b":[3,4]}}`)
	all := schema.Stored(content, nil).Values
	for _, path := range []string{"o.b", "o.a", "o.a.t", "x", "l"} {
		key := schema.Field(path).Key
		other := func(v mapping.Value) bool { return v.Key != key }
		got := slices.DeleteFunc(schema.Only(key).Stored(content, nil).Values, other)
		if want := slices.DeleteFunc(slices.Clone(all), other); len(want) == 0 || !cmp.Equal(got, want) {
			t.Errorf("%q: got %v, want %v", path, got, want)
		}
	}
	account := []byte(`{"name":"Ada","e":["a","b",{"x":3}],"e.x":true,"l":"of the account","credentials":{"local":{"at":5,"none":null},"at":6}}`)
	all = schema.Stored(content, account).Values
	for _, path := range []string{"name", "e", "e.x", "l", "credentials.local.at"} {
		other := func(v mapping.Value) bool { return v.Key.Area != mapping.Account || v.Key.Path != path }
		got := slices.DeleteFunc(schema.Only(mapping.Key{Area: mapping.Account, Path: path}).Stored(content, account).Values, other)
		if want := slices.DeleteFunc(slices.Clone(all), other); len(want) == 0 || !cmp.Equal(got, want) {
			t.Errorf("%q of the account: got %v, want %v", path, got, want)
		}
	}
	if got := schema.Only(schema.Field("l").Key).Stored(content, account).Values; len(got) != 2 {
		t.Errorf("a field of the content beside an account: got %v", got)
	}
	if got := schema.Only(mapping.Key{Path: "o.none.at.all"}).Stored(content, nil).Values; len(got) > 0 {
		t.Errorf("a path without a field: got %v", got)
	}
}

// TestText: the text that is indexed by its parts has every part of every name, and none
// that is part of another for a second time.
func TestText(t *testing.T) {
	schema := compile(t, `{}`)
	for account, want := range map[string]string{
		`{}`:                                  "",
		`{"credentials":{"local":{"a":"b"}}}`: "",
		`{"firstName":"Ada","lastName":"Lovelace","name":"Ada Lovelace"}`:          "ada lovelace\nuser_x",
		`{"name":"Ada Lovelace","firstName":"Ada","lastName":"Lovelace"}`:          "ada lovelace\nuser_x",
		`{"email":["ada@x.org","ada@x.or","b@x.org"],"username":"ADA","phone":""}`: "ada@x.org\nb@x.org\nuser_x",
		`{"username":"ada","email":["ada@x.org","ada@x.org"]}`:                     "ada@x.org\nuser_x",
	} {
		if got := schema.Stored([]byte(`{}`), []byte(account)).Text("User_X"); got != want {
			t.Errorf("%s: got %q, want %q", account, got, want)
		}
	}
}
