package strategies_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/strategies"
)

func none(json.RawMessage, strategies.Host) (strategies.Strategy, error) { return nil, nil }

func TestRegister(t *testing.T) {
	strategies.Register("zeta", none)
	strategies.Register("alpha", none)
	if got, want := strategies.Registered(), []string{"alpha", "zeta"}; !slices.Equal(got, want) {
		t.Errorf("registered %v, want %v", got, want)
	}
	if _, ok := strategies.Lookup("alpha"); !ok {
		t.Error("alpha is not found")
	}
	if _, ok := strategies.Lookup("beta"); ok {
		t.Error("beta is found")
	}
	for _, name := range []string{"", "alpha", "Alpha", "a_b", "-a", "1a", "a/b", "é", strings.Repeat("a", 65)} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%q was registered", name)
				}
			}()
			strategies.Register(name, none)
		}()
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("a strategy without New was registered")
			}
		}()
		strategies.Register("without", nil)
	}()
}

// TestEffectiveConfig checks that a shown configuration includes the defaults.
func TestEffectiveConfig(t *testing.T) {
	type options struct {
		Length int      `json:"length"`
		Words  []string `json:"words"`
	}
	strategies.RegisterOptions("told", func() any { return &options{Length: 8, Words: []string{}} })
	for _, test := range []struct{ name, given, want string }{
		{"told", "", `{"length":8,"words":[]}`},
		{"told", `{"words":["a"]}`, `{"length":8,"words":["a"]}`},
		{"told", `{"lenght":1}`, ""},
		{"untold", `{"x":1}`, `{"x":1}`},
		{"untold", "", ""},
	} {
		got, err := strategies.EffectiveConfig(test.name, json.RawMessage(test.given))
		if string(got) != test.want || (err != nil) != (test.name == "told" && test.want == "") {
			t.Errorf("%s with %q is %s, %v, want %s", test.name, test.given, got, err, test.want)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("options were registered twice")
		}
	}()
	strategies.RegisterOptions("told", func() any { return nil })
}

func TestSecretIsNotPrinted(t *testing.T) {
	const canary = "canary-8d1c"
	rec := strategies.Record{Secret: strategies.Secret(canary)}
	var logged bytes.Buffer
	for _, handler := range []slog.Handler{slog.NewJSONHandler(&logged, nil), slog.NewTextHandler(&logged, nil)} {
		slog.New(handler).Info("x", "rec", rec, "pointer", &rec, "secret", rec.Secret)
	}
	encoded, err := json.Marshal([]any{rec, &rec, rec.Secret, map[string]any{"s": rec.Secret}})
	if err != nil {
		t.Fatal(err)
	}
	out := logged.String() + string(encoded)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T %v"} {
		out += fmt.Sprintf(verb, rec) + fmt.Sprintf(verb, &rec) + fmt.Sprintf(verb, rec.Secret) + fmt.Sprintf(verb, []strategies.Record{rec})
	}
	for _, form := range []string{canary, fmt.Sprintf("%x", canary), fmt.Sprintf("%X", canary), fmt.Sprint([]byte(canary)),
		strings.Trim(fmt.Sprint([]byte(canary)), "[]"), "Y2FuYXJ5"} {
		if strings.Contains(out, form) {
			t.Errorf("printed as %s", form)
		}
	}
	if !strings.Contains(out, "[redacted]") {
		t.Error("nothing was printed in its place")
	}
}

func TestDecodeConfig(t *testing.T) {
	for cfg, want := range map[string]bool{"": true, " ": true, "null": true, "{}": true, `{"a":1}`: true,
		`{"b":1}`: false, `{"a":"1"}`: false, `{} {}`: false, `[`: false, `"a"`: false} {
		var into struct{ A int }
		if err := strategies.DecodeConfig(json.RawMessage(cfg), &into); (err == nil) != want {
			t.Errorf("%q: %v", cfg, err)
		}
	}
}

func TestDecodeConfigSaysWhatToDo(t *testing.T) {
	type inner struct {
		Memory uint32 `json:"memory"`
	}
	var into struct {
		RequirePassword bool    `json:"requirePassword"`
		Argon2id        inner   `json:"argon2id"`
		Policies        []inner `json:"passwordPolicies"`
	}
	for cfg, want := range map[string]string{
		`{"requirePasword":true}`:       `there is no option "requirePasword": did you mean "requirePassword"?`,
		`{"argon2id":{"memori":1}}`:     `there is no option "memori": did you mean "memory"?`,
		`{"colour":1}`:                  `there is no option "colour"; there are: requirePassword, argon2id, memory, passwordPolicies`,
		`{"requirePassword":"yes"}`:     `requirePassword has the wrong type, string: give true or false`,
		`{"argon2id":{"memory":true}}`:  `argon2id.memory has the wrong type, bool: give a number`,
		`{"passwordPolicies":{"a":[]}}`: `passwordPolicies has the wrong type, object: give an array`,
		`[]`:                            `it has the wrong type, array: give an object`,
	} {
		if err := strategies.DecodeConfig(json.RawMessage(cfg), &into); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", cfg, err, want)
		}
	}
}

func TestCredentials(t *testing.T) {
	in := strategies.Credentials{"text": "abc", "empty": "", "null": nil, "number": 1.0}
	for _, row := range []struct {
		field, want string
		given       bool
		kind        *fault.Kind
	}{
		{"text", "abc", true, nil}, {"empty", "", false, nil}, {"null", "", false, nil}, {"absent", "", false, nil},
		{"number", "", false, assert.InvalidType},
	} {
		got, given, err := in.Text(row.field, 3)
		if e, _ := fault.From(err); got != row.want || given != row.given || (e == nil) != (row.kind == nil) || e != nil && e.Kind != row.kind {
			t.Errorf("%s: %q %v %v", row.field, got, given, err)
		}
	}
	if _, _, err := in.Text("text", 2); err == nil {
		t.Error("three bytes were taken for two")
	}
	if err := in.Only("text", "empty", "null", "number"); err != nil {
		t.Error(err)
	}
	if e, _ := fault.From(in.Only("text")); e == nil || e.Kind != assert.Unexpected || e.Props[0] != "empty" {
		t.Errorf("got %v, want a refusal of the first unknown field", e)
	}
}

func TestKeepHeaders(t *testing.T) {
	sent := http.Header{
		"User-Agent": {"browser"}, "X-Several": {"a", "b"}, "X-Long": {strings.Repeat("x", strategies.MaxHeaders)},
		"X-Bytes": {"\xff"}, "Authorization": {"Bearer canary-8d1c"},
	}
	peer := strategies.NewPeer(netip.MustParseAddr("192.0.2.1"), "http", sent, []string{"user-agent", "X-Several", "X-Long", "X-Bytes", "X-None", "user-agent"})
	for name, want := range map[string]string{
		"User-Agent": "browser", "user-agent": "browser", "X-Several": "a, b", "X-Long": "", "X-Bytes": "\uFFFD", "X-None": "", "Authorization": "",
	} {
		if got := peer.Header(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	shown, _ := json.Marshal(peer)
	printed := fmt.Sprintf("%v %+v %#v %s %q %s", peer, &peer, peer, peer, peer, shown)
	if strings.Contains(printed, "browser") || !strings.Contains(printed, "192.0.2.1") {
		t.Errorf("printed as %s", printed)
	}
	for name, right := range map[string]bool{
		"User-Agent": true, "x_ssl_client": true, "": false, "a b": false, "a:b": false, "authorization": false, "Cookie": false, "x-forwarded-for": false,
	} {
		if err := strategies.CheckHeaders([]string{name}); (err == nil) != right {
			t.Errorf("a strategy may read %q: %v", name, err)
		}
	}
}

// TestWrongName checks that names with control characters are refused.
func TestWrongName(t *testing.T) {
	for value, right := range map[string]bool{
		"jane": true, "Jane Doe": true, "\u05d9\u05e2\u05dc\u200f": true, "e\u0301": true,
		"": false, " \t": false, "ja\x00ne": false, "jane\n": false, "ja\x7fne": false, "ja\u0085ne": false, "\u202eenaj": false, "ja\u2066ne": false,
	} {
		reason := strategies.WrongName(strategies.Identifier{Kind: "username", Value: value})
		if (reason == "") != right {
			t.Errorf("%q: %q", value, reason)
		}
	}
}
