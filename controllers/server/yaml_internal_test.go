package server

import (
	"encoding/json"
	"strconv"
	"testing"

	"sigs.k8s.io/yaml"
)

func TestYAML(t *testing.T) {
	got, err := yamlOf([]byte(`{"paths":{"/{index}/_list":{"get":{"tags":["a b","no"],"none":[],"empty":{}}},"/_me":[[1],{"x":null}]},"info":{"text":"a: \"b\"\nc","n":9007199254740993,"yes":true}}`))
	want := `info:
  "n": 9007199254740993
  text: "a: \"b\"\nc"
  "yes": true
paths:
  /_me:
    -
      - 1
    -
      x: null
  /{index}/_list:
    get:
      empty: {}
      none: []
      tags:
        - a b
        - "no"
`
	if err != nil || string(got) != want {
		t.Errorf("got\n%s\n%v, want\n%s", got, err, want)
	}
}

// FuzzYAML: a library reads the names and texts that the JSON has.
func FuzzYAML(f *testing.F) {
	for _, text := range []string{"", " ", "y", "NO", "-", "~", "1e3", "0x1", "=", "<<", "/", "a #b", "a: b", "a:", "a ", "a\n", "é", "---", "\u007f\u0085\ufeff\u2028\U0001f600\x00"} {
		f.Add("name", text)
		f.Add(text, "text")
	}
	f.Fuzz(func(t *testing.T, name, text string) {
		if len(strconv.Quote(name)) > 1000 {
			t.Skip("YAML has no longer names in this form")
		}
		want, err := json.Marshal(map[string]any{name: []any{text, map[string]any{name: text}, []string{text, name}}})
		if err != nil {
			t.Fatal(err)
		}
		written, err := yamlOf(want)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := yaml.YAMLToJSON(written); err != nil || string(back) != string(want) {
			t.Errorf("%s: got %s, %v, want %s", written, back, err, want)
		}
	})
}
