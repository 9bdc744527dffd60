package mapping_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/mapping"
)

// FuzzExtract: any bytes are read or refused, and the account's scalars are
// exactly those that a decoder of JSON finds.
func FuzzExtract(f *testing.F) {
	for _, text := range []string{`{}`, `{"a":1}`, `{"a":{"b":["x",{"c":null}],"d\u00e9\"":-1.5e3}}`, `{"a":"\ud800","":true}`, `{"profileIds":["a",1,true]}`, `[`, `{"a":[[],{}]}`} {
		f.Add([]byte(text))
	}
	schema := compile(f, `{"a":{"type":"keyword"},"n":{"type":"nested","properties":{"a":{"type":"long"}}}}`)
	f.Fuzz(func(t *testing.T, raw []byte) {
		_, _ = schema.Extract(raw, nil)
		found, err := schema.Extract([]byte("{}"), raw)
		decoder := json.NewDecoder(bytes.NewReader(raw))
		decoder.UseNumber()
		if want := isObject(decoder); want != (err == nil) {
			t.Fatalf("%q: got %v, is an object: %t", raw, err, want)
		}
		if err != nil {
			return
		}
		schema.Stored(raw, raw)
		var got []string
		for _, v := range found.Values {
			got = append(got, fmt.Sprint(v.Key.Path, "=", v.Key.Kind, v.V))
		}
		if want := scalars(raw); !slices.Equal(got, want) {
			t.Fatalf("%q: got %q, want %q", raw, got, want)
		}
	})
}

func isObject(decoder *json.Decoder) bool {
	var raw json.RawMessage
	if decoder.Decode(&raw) != nil || raw[0] != '{' {
		return false
	}
	_, err := decoder.Token()
	return err == io.EOF
}

// scalars lists the expected values of the account, by a walk over decoded
// tokens.
func scalars(raw []byte) []string {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var all []string
	var value func(path string)
	value = func(path string) {
		token, _ := decoder.Token()
		switch token {
		case json.Delim('{'):
			for decoder.More() {
				name, _ := decoder.Token()
				at := name.(string)
				if path != "" {
					at = path + "." + at
				}
				value(at)
			}
			_, _ = decoder.Token()
		case json.Delim('['):
			for decoder.More() {
				value(path)
			}
			_, _ = decoder.Token()
		default:
			if key, v, ok := mapping.AccountValue(path, token); ok {
				all = append(all, fmt.Sprint(key.Path, "=", key.Kind, v))
			}
		}
	}
	value("")
	return all
}

// FuzzWords: words are lower-cased pieces of the text, none empty or too long.
func FuzzWords(f *testing.F) {
	for _, text := range []string{"a b", "It's 3.14", "日本", "e\u0301", "a\xffb", "ǅ"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, word := range mapping.Words(text) {
			if word == "" || utf8.RuneCountInString(word) > 2*255+1 {
				t.Errorf("%q: word %q", text, word)
			}
			if !strings.Contains(strings.ToLower(text), word) && utf8.ValidString(text) {
				t.Errorf("%q: word %q is not in it", text, word)
			}
		}
	})
}

// FuzzMapping: any properties are merged or refused, and accepted ones are
// accepted again and change nothing.
func FuzzMapping(f *testing.F) {
	for _, text := range []string{`{"a":{"type":"keyword"}}`, `{"a.b":{"type":"date","format":"epoch_second"},"a":{"properties":{"c":{"type":"text"}}}}`, `{"a":1}`, `{"a":{"type":"nested","properties":null}}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var properties map[string]any
		if json.Unmarshal(raw, &properties) != nil {
			return
		}
		change := storage.Mapping{Properties: properties}
		once, err := mapping.Merge(storage.Users, mapping.Initial(storage.Users), change)
		if err != nil {
			return
		}
		twice, err := mapping.Merge(storage.Users, once, change)
		if err != nil {
			t.Fatalf("%s: a second time: %v", raw, err)
		}
		a, _ := json.Marshal(once)
		if b, _ := json.Marshal(twice); string(a) != string(b) {
			t.Fatalf("%s: got %s, then %s", raw, a, b)
		}
		schema := mapping.Compile(storage.Users, once)
		_, _ = schema.Extract(raw, raw)
	})
}

// FuzzDates: any string is a date or is not; both ends of one are in order.
func FuzzDates(f *testing.F) {
	for _, text := range []string{"2024-02-29T10:00:00.5+02:00", "now-1d/d", "2024||+1M/M", "1700000000000", "2024-02-30"} {
		f.Add(text)
	}
	at := compile(f, `{"at":{"type":"date"}}`).Field("at")
	f.Fuzz(func(t *testing.T, text string) {
		span, err := at.Range(nil, text, nil, text, time.UnixMilli(1_700_000_000_000))
		if err == nil && span.Low.(int64) > span.High.(int64) {
			t.Errorf("%q: from %v to %v", text, span.Low, span.High)
		}
	})
}
