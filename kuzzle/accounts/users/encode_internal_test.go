package users

import (
	"bytes"
	"encoding/json"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/blobs"
	"github.com/gokuzzle/kuzzle/strategies"
)

// FuzzEncode compares the output with encoding/json's, byte by byte.
func FuzzEncode(f *testing.F) {
	for _, text := range []string{
		`null`, `{"a":[1,-0,1.5,1e21,9007199254740993,true,null,"x"],"":{"é":"<&>"}}`,
		`["\u2028","\ud800","\"\\\n\u0000\u007f","😀"]`, `{"b":{},"a":[]}`,
	} {
		f.Add(text, "\xff")
	}
	f.Fuzz(func(t *testing.T, text, raw string) {
		var value any
		if json.Unmarshal([]byte(text), &value) != nil {
			return
		}
		made := Info{Author: raw, CreatedAt: int64(len(raw))}
		for _, v := range []any{value, raw, map[string]any{raw: value, "info": made}} {
			var want bytes.Buffer
			encoder := json.NewEncoder(&want)
			encoder.SetEscapeHTML(false)
			if err := encoder.Encode(v); err != nil {
				t.Fatal(err)
			}
			got, err := Encode(v)
			if err != nil || string(got)+"\n" != want.String() {
				t.Fatalf("%#v: got %s, %v, want %s", v, got, err, want.Bytes())
			}
		}
	})
}

// TestEncodeRefuses checks that a value without a JSON form is an error at any depth.
func TestEncodeRefuses(t *testing.T) {
	for _, value := range []any{math.NaN(), []any{math.Inf(1)}, map[string]any{"a": []any{math.NaN()}}, func() {}} {
		if got, err := Encode(value); err == nil {
			t.Errorf("%v: got %s, want an error", value, got)
		}
	}
	for _, value := range []any{[]any(nil), map[string]any(nil), []string{"a"}, map[string]int{"a": 1}, json.Number("12"), 7} {
		want, _ := json.Marshal(value)
		if got, err := Encode(value); err != nil || string(got) != string(want) {
			t.Errorf("%#v: got %s, %v, want %s", value, got, err, want)
		}
	}
}

// TestEncodeAuth checks that the stored part of a user is encoded like by encoding/json, and
// decodes to the same.
func TestEncodeAuth(t *testing.T) {
	for _, auth := range []authPart{
		{},
		{Records: []storedRecord{{Strategy: "local"}}},
		{Records: []storedRecord{
			{
				Strategy: "odd \"name\"", ID: "1", Secret: []byte{0, 255, 62, 63}, CreatedAt: 1, UpdatedAt: 2, UpdatedBy: "root\n",
				Identifiers: []strategies.Identifier{{Kind: "username", Value: "é\u2028\\"}, {Kind: "", Value: ""}},
				Public:      map[string]any{"b": []any{1.5, nil, "x"}, "a": map[string]any{"c": true}, "": ""},
			},
			{Strategy: "external", CreatedAt: -1},
		}, Provenance: &Provenance{Row: []byte("row"), Source: "csv", Private: json.RawMessage(`{"plan":"gold"}`), Factors: []byte("sealed")}},
		{Provenance: &Provenance{Row: []byte{1}}},
		{Provenance: &Provenance{Row: []byte{1}, Waiting: []string{"totp", "backup-code"}, Left: true}},
		{Standing: &Standing{BannedAt: 1}},
		{Picture: &Picture{Type: "image/png", Blob: blobs.Ref{ID: "b", Hold: "h", Hash: "ff", Size: 1 << 20}}},
		{Contacts: []Contact{{ID: "idn_1", Kind: Email, Value: "é@example.com", CreatedAt: 7}, {ID: "2", Primary: true, Reserved: true, Verification: &Verification{Strategy: ByCode, At: 5}}}},
		{Records: []storedRecord{{Strategy: "local"}}, Standing: &Standing{BannedAt: 1, LockedAt: 2}},
		{Standing: &Standing{LockedAt: 2, LockedUntil: 3}},
		{LastSignInAt: 4},
		{Contacts: []Contact{{ID: "idn_3", Kind: Phone, Value: "+12015550123", SecondFactor: true}}, Failures: 9, PasswordChange: ChangeRequired, SelfNamed: []string{"é@example.com", "b@example.com"}, Incarnation: "another"},
		{Metadata: &Metadata{Private: json.RawMessage(`{"b":[1,null],"a":{}}`)}},
		{Standing: &Standing{BannedAt: 1}, Metadata: &Metadata{Public: json.RawMessage(`{"a":1}`), Private: json.RawMessage(`{"b":2}`), Unsafe: json.RawMessage(`{"c":3}`)}},
	} {
		want, err := json.Marshal(auth)
		if err != nil {
			t.Fatal(err)
		}
		got, err := auth.append(nil)
		if err != nil || string(got) != string(want) {
			t.Errorf("got %s, %v, want %s", got, err, want)
		}
		var back authPart
		if err := json.Unmarshal(got, &back); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(auth, back); diff != "" {
			t.Errorf("read back (-want +got):\n%s", diff)
		}
	}
	if got, err := (authPart{Records: []storedRecord{{Public: map[string]any{"n": math.NaN()}}}}).append(nil); err == nil {
		t.Errorf("got %s, want an error", got)
	}
}
