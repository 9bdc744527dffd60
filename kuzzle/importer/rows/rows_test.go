package rows_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/importer/rows"
)

// TestAppendAddress: a source's statement about an address replaces an assumption, in any
// order, and a verified address stays verified.
func TestAppendAddress(t *testing.T) {
	verified, unverified := rows.Address{Value: "a", Verified: true}, rows.Address{Value: "a"}
	for name, c := range map[string]struct {
		list []rows.Address
		want []rows.Address
	}{
		"assumed, stated":        {[]rows.Address{rows.Assumed("a"), unverified}, []rows.Address{unverified}},
		"stated, assumed":        {[]rows.Address{unverified, rows.Assumed("a")}, []rows.Address{unverified}},
		"verified, not verified": {[]rows.Address{verified, unverified}, []rows.Address{verified}},
		"empty":                  {[]rows.Address{{Verified: true}}, nil},
	} {
		var got []rows.Address
		for _, a := range c.list {
			got = rows.AppendAddress(got, a)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestAssignAll: a member that refers to others is read after them, and null is no value.
func TestAssignAll(t *testing.T) {
	var r rows.Row
	r.AssignAll(map[string]any{"emailVerified": false, "username": nil, "x": "1", "y": "", "emails": []any{"a@example.com"}}, func(name string) rows.Field {
		if !rows.IsField(name) {
			return ""
		}
		return rows.Field(name)
	})
	want := rows.Row{
		Emails: []rows.Address{{Value: "a@example.com"}}, Nulls: []rows.Field{rows.UsernameField}, Unknown: map[string]any{"x": "1"},
	}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Error(diff)
	}
}

// TestRecorded: a row's fault comes back from a temporary file.
func TestRecorded(t *testing.T) {
	r := rows.Row{Number: 3, Username: "a", Digest: "d"}
	r.Spoil("email", "it has %d signs", 2)
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var back rows.Row
	if err := json.Unmarshal(text, &back); err != nil || !cmp.Equal(r, back) || back.Problem() != "email: it has 2 signs" {
		t.Errorf("got %v, %v", cmp.Diff(r, back), err)
	}
}
