package users

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// decodedMerge does the same as AppendMerged on decoded values.
func decodedMerge(base, patch map[string]any) map[string]any {
	for key, value := range patch {
		if value == nil {
			delete(base, key)
			continue
		}
		deeper, isObject := value.(map[string]any)
		under, hasObject := base[key].(map[string]any)
		switch {
		case isObject && hasObject:
			base[key] = decodedMerge(under, deeper)
		case isObject:
			base[key] = decodedMerge(map[string]any{}, deeper)
		default:
			base[key] = value
		}
	}
	return base
}

func FuzzMerge(f *testing.F) {
	for _, pair := range [][2]string{
		{`{}`, `{"a":1}`}, {`{"a":1,"b":{"c":2,"d":[1]}}`, `{"b":{"c":null,"e":{"f":null}},"a":{"x":1}}`},
		{`{"b":1,"a":2}`, `{"a":null,"c":"é\""}`}, {`{"a":{"b":1}}`, `{"a":[]}`}, {`{"\u0061":1}`, `{"a":null}`}, {`{"b":1}`, `{"a":null,"c":{}}`},
	} {
		f.Add(pair[0], pair[1])
	}
	f.Fuzz(func(t *testing.T, stored, with string) {
		var base, patch map[string]any
		if json.Unmarshal([]byte(stored), &base) != nil || json.Unmarshal([]byte(with), &patch) != nil || base == nil || patch == nil {
			return
		}
		merged, err := AppendMerged(nil, json.RawMessage(stored), patch)
		if err != nil {
			t.Fatalf("%s with %s: %v", stored, with, err)
		}
		var got map[string]any
		if err := json.Unmarshal(merged, &got); err != nil {
			t.Fatalf("%s with %s: %s: %v", stored, with, merged, err)
		}
		if diff := cmp.Diff(decodedMerge(base, patch), got); diff != "" {
			t.Errorf("%s with %s (-want +got):\n%s", stored, with, diff)
		}
		if _, err := Encode(base); err == nil {
			sorted, _ := Encode(base)
			again, err := AppendMerged(nil, sorted, nil)
			if err != nil || string(again) != string(sorted) {
				t.Errorf("%s became %s, %v", sorted, again, err)
			}
		}
	})
}
