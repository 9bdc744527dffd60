package config

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

func TestStripComments(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{`{"a": 1} // end`, `{"a": 1}       `},
		{"{ // one\n\"a\": 1}", "{       \n\"a\": 1}"},
		{`{/* x */"a": 1}`, `{       "a": 1}`},
		{"/* two\nlines */{}", "      \n        {}"},
		{`{"url": "http://x//y"}`, `{"url": "http://x//y"}`},
		{`{"a": "/* no */"}`, `{"a": "/* no */"}`},
		{`{"a": "\"// still text"}`, `{"a": "\"// still text"}`},
		{`{"a": "\\"} // out`, `{"a": "\\"}       `},
		{`{"a": 1} /* never ends`, `{"a": 1} /* never ends`},
		{`{"a": 1 / 2}`, `{"a": 1 / 2}`},
		{`/*/ {} */{}`, `         {}`},
		{`"open // string`, `"open // string`},
	} {
		if got := string(stripComments([]byte(c.in))); got != c.want {
			t.Errorf("%q: got %q, want %q", c.in, got, c.want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{`[]`, "one JSON object"},
		{`{"a": 1`, "ends too early"},
		{`{"a": [1`, "ends too early"},
		{`{"a": `, "ends too early"},
		{"{\n\n\"a\": 1,\n\"a\": 2}", `line 4: "a" is given twice`},
		{`{"a": {"b": 1, "b": 1}}`, `"b" is given twice`},
		{"{\n\"a\": nope}", "line 2"},
		{`{} {}`, "nothing may follow"},
		{`{"a": 1,}`, "line 1"},
		{`{"a": ` + strings.Repeat("[", 50) + strings.Repeat("]", 50) + `}`, "nested objects"},
		{`{"a": 1} /* never ends`, "nothing may follow"},
	} {
		_, err := parse([]byte(c.in))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.40q: got %v, want %q", c.in, err, c.want)
		}
	}
}

// FuzzParse holds that the parser agrees with encoding/json on what has no
// comments, answers every input, and that nothing in a file upsets Load.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`{}`, ``, "// nothing\n", `{"listen": ":0" /* any */}`, `{"security":{"jwt":{"expiresIn":"1h"}}}`, `{"limits":{"loginsPerSecond":1}}`,
		`{"strategies":{"local":{"passwordPolicies":[{"appliesTo":"*"}]}}}`, `{"http":{"accessControlAllowOrigin":["https://a.example"]}}`,
		`{"a":"\ud800","a":1}`, `{"server":{"maxRequestSize":1e99,"port":-0.0}}`, "\xef\xbb\xbf{}", `{"plugins":{"kuzzle-plugin-auth-passport-local":{"algorithm":"sha1"}}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		tree, err := parse(src)
		if err != nil {
			return
		}
		c := collector{}
		c.walk("", tree, Origin{Source: FromFile})
		cfg, origins := c.apply()
		if len(c.problems) == 0 && len(cfg.check(origins)) == 0 {
			for _, entry := range cfg.Report(origins) {
				if !json.Valid(entry.Value) {
					t.Errorf("%s prints as %s", entry.Key, entry.Value)
				}
			}
		}
		if bytes.Contains(src, []byte("/")) || bytes.HasPrefix(src, []byte("\xef\xbb\xbf")) || len(bytes.TrimSpace(src)) == 0 {
			return
		}
		var want map[string]any
		if err := json.Unmarshal(src, &want); err != nil {
			t.Fatalf("%q is accepted, encoding/json says %v", src, err)
		}
		if len(tree) != len(want) {
			t.Fatalf("%q: %d names, want %d", src, len(tree), len(want))
		}
	})
}
