package plainjson_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/plainjson"
)

// FuzzMembers finds the members that encoding/json finds, and reads no text
// beyond its end.
func FuzzMembers(f *testing.F) {
	for _, text := range []string{
		`{}`, ` { "a" : 1 , "b":[1,{"c":"]}"}], "é\"":"\\\"", "\u00e9":null}`, `{"a":{"b":{}},"a":true}`, `{"a":`, `{"a"`, `{"a":1`, `{"a":"\`, `[]`, ``, `{"a":1 2}`, `{"a":,}`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := map[string]json.RawMessage{}
		var failed error
		for m, err := range plainjson.Members(json.RawMessage(text)) {
			if failed = err; err == nil {
				got[m.Name] = m.Value
			}
		}
		var want map[string]json.RawMessage
		if json.Unmarshal([]byte(text), &want) != nil || want == nil {
			return
		}
		if failed != nil {
			t.Fatalf("%q: %v", text, failed)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
		for name := range want {
			if value, err := plainjson.Get(json.RawMessage(text), name); err != nil || string(value) != string(want[name]) {
				t.Errorf("%q: %q is %q, %v", text, name, value, err)
			}
		}
	})
}

// FuzzValue decodes what encoding/json decodes, and refuses what it refuses.
func FuzzValue(f *testing.F) {
	for _, text := range []string{
		`null`, `true`, `false`, `0`, `-0`, `1`, `12`, `01`, `1a`, `999999999999999`, `9999999999999999`, `1.5`, `1e3`, `""`, `"a"`, `"é"`, `"a`, `"a"b`, "\"\x01\"",
		`"\u00e9"`, `{"a":[1]}`, `[]`, ``, ` 1`, `nul`, `"`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var want any
		failed := json.Unmarshal([]byte(text), &want) != nil
		got, err := plainjson.Value(json.RawMessage(text))
		if failed != (err != nil) {
			t.Fatalf("%q: %v", text, err)
		}
		if diff := cmp.Diff(want, got); !failed && diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	})
}
