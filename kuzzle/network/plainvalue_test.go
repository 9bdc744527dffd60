package network

import (
	"encoding/json"
	"reflect"
	"testing"
	"unicode/utf8"
)

// FuzzPlainValue reads the same as the standard library, and refuses at least as
// much.
func FuzzPlainValue(f *testing.F) {
	for _, text := range []string{
		`{"controller":"auth","action":"getCurrentUser","jwt":"e.y.J","n":[1,-2,0,[],{}],"t":true,"f":false,"z":null}`, ` [ { "a" : 1 , "a" : 2 } ] `,
		`{"a":}`, `{"a":1,}`, `[1,]`, `{,}`, `[01]`, `[-0]`, `[1.5]`, `[1e3]`, `-`, `123456789012345`, `1234567890123456`, `"a\n"`, "\"\x01\"", `"é"`,
		`nul`, `truefalse`, `{} {}`, `{"a"}`, `{a:1}`, `"`, ``, `[`, `{"a":1`, "\ufeff{}", `1-`, `--1`, `[1 2]`, `{"a":1 "b":2}`, "\v1", `-01`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := measure([]byte(text), DefaultMaxDepth, DefaultMaxNodes); err != nil || !utf8.ValidString(text) {
			return
		}
		got, ok := plainValue([]byte(text))
		if !ok {
			return
		}
		var want any
		if err := json.Unmarshal([]byte(text), &want); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %#v, want %#v, %v", text, got, want, err)
		}
	})
}

// TestPlainValue: ordinary messages are read without encoding/json.
func TestPlainValue(t *testing.T) {
	for text, want := range map[string]bool{
		`{"controller":"auth","action":"getCurrentUser","requestId":"é","body":{"n":[1,-20,0]},"x":null,"y":true,"z":false}`: true,
		" {\n}\t": true, `[]`: true, `""`: true, `123456789012345`: true,
		`1234567890123456`: false, `1.5`: false, `-0`: false, `"a\u0041"`: false, `{"a":1}}`: false, `{"a":tru}`: false,
	} {
		if _, ok := plainValue([]byte(text)); ok != want {
			t.Errorf("%s: got %v, want %v", text, ok, want)
		}
	}
}
