package profiles_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/profiles"
)

func knownRole(id string) (bool, error) {
	return id == "r" || id == profiles.Default || id == profiles.Anonymous, nil
}

func TestCheckProfileRefuses(t *testing.T) {
	tests := []struct {
		name, id, doc string
		strict        bool
		kind          *fault.Kind
		props         []any
	}{
		{"policies is an object", "p", `{"policies":{}}`, false, assert.InvalidType, []any{"p.policies", "object[]"}},
		{"policies is text", "p", `{"policies":"r"}`, false, assert.InvalidType, []any{"p.policies", "object[]"}},
		{"null policy", "p", `{"policies":[{"roleId":"r"},null]}`, false, assert.Missing, []any{"p.policies[1]"}},
		{"policy is text", "p", `{"policies":["r"]}`, false, assert.InvalidType, []any{"p.policies[0]", "object"}},
		{"no roleId", "p", `{"policies":[{"role":"r"}]}`, false, assert.Missing, []any{"p.policies[0].roleId"}},
		{"null roleId", "p", `{"policies":[{"roleId":null}]}`, false, assert.Missing, []any{"p.policies[0].roleId"}},
		{"empty roleId", "p", `{"policies":[{"roleId":""}]}`, false, assert.Missing, []any{"p.policies[0].roleId"}},
		{"roleId is a number", "p", `{"policies":[{"roleId":1}]}`, false, assert.InvalidType, []any{"p.policies[0].roleId", "string"}},

		{"unknown role", "p", `{"policies":[{"roleId":"r"},{"roleId":"nope"}]}`, false, profiles.ErrRoleNotFound, []any{"nope"}},
		{"role before rateLimit", "p", `{"rateLimit":"x","policies":[{"roleId":"nope"}]}`, false, profiles.ErrRoleNotFound, []any{"nope"}},

		{"rateLimit is text", "p", `{"rateLimit":"10"}`, false, assert.InvalidType, []any{"rateLimit", "integer"}},
		{"rateLimit is a fraction", "p", `{"rateLimit":1.5}`, false, assert.InvalidType, []any{"rateLimit", "integer"}},
		{"rateLimit is beyond integers", "p", `{"rateLimit":1e300}`, false, assert.InvalidType, []any{"rateLimit", "integer"}},
		{"rateLimit is negative", "p", `{"rateLimit":-1}`, false, assert.InvalidArgument, []any{"rateLimit", "positive integer, or zero"}},
		{"rateLimit before policies", "p", `{"rateLimit":-1,"policies":[{"roleId":"r","x":1}]}`, false, assert.InvalidArgument, []any{"rateLimit", "positive integer, or zero"}},

		{"unknown member", "p", `{"policies":[{"roleId":"r","x":1}]}`, false, assert.Unexpected, []any{"p.policies[0].x", `"roleId", "restrictedTo"`}},
		{"restrictedTo is an object", "p", `{"policies":[{"roleId":"r","restrictedTo":{}}]}`, false, assert.InvalidType, []any{"p.policies[0].restrictedTo", "object[]"}},
		{"restriction is null", "p", `{"policies":[{"roleId":"r","restrictedTo":[null]}]}`, false, assert.InvalidType, []any{"p.policies[0].restrictedTo[0]", "object"}},
		{"restriction without index", "p", `{"policies":[{"roleId":"r","restrictedTo":[{"index":"i"},{}]}]}`, false, assert.Missing, []any{"p.policies[0].restrictedTo[1].index"}},
		{"restriction with an empty index", "p", `{"policies":[{"roleId":"r","restrictedTo":[{"index":""}]}]}`, false, assert.Missing, []any{"p.policies[0].restrictedTo[0].index"}},
		{"index is a number", "p", `{"policies":[{"roleId":"r","restrictedTo":[{"index":3}]}]}`, false, assert.InvalidType, []any{"p.policies[0].restrictedTo[0].index", "string"}},
		{"strict", "p", `{"policies":[{"roleId":"r","restrictedTo":[{"index":"i","collections":3}]}]}`, true, profiles.ErrUnknownIndex, []any{"i"}},
		{"collections is text", "p", `{"policies":[{"roleId":"r","restrictedTo":[{"index":"i","collections":"c"}]}]}`, false, assert.InvalidType, []any{"p.policies[0].restrictedTo[0].collections", "string[]"}},
		{"collection is a number", "p", `{"policies":[{"roleId":"r","restrictedTo":[{"index":"i","collections":["c",1]}]}]}`, false, assert.InvalidType, []any{"p.policies[0].restrictedTo[0].collections", "string[]"}},
		{"unknown member of a restriction", "p", `{"policies":[{"roleId":"r","restrictedTo":[{"index":"i","x":1}]}]}`, false, assert.Unexpected, []any{"p.policies[0].restrictedTo[0].x", `"index", "collections"`}},

		{"anonymous without its role", "anonymous", `{"policies":[{"roleId":"r"}]}`, false, profiles.ErrMissingAnonymousRole, nil},
		{"anonymous with the default policy", "anonymous", `{"policies":[]}`, false, profiles.ErrMissingAnonymousRole, nil},
		{"policies before the anonymous rule", "anonymous", `{"policies":[{"roleId":"r","x":1}]}`, false, assert.Unexpected, []any{"anonymous.policies[0].x", `"roleId", "restrictedTo"`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := profiles.CheckProfile(test.id, object(t, test.doc), knownRole, test.strict)
			wantFault(t, err, test.kind, test.props...)
		})
	}
}

func TestCheckProfileAccepts(t *testing.T) {
	byDefault := []profiles.Policy{{RoleID: "default"}}
	unlimited := []profiles.Policy{{RoleID: "r"}}
	tests := []struct {
		name, id, doc string
		strict        bool
		want          profiles.Profile
	}{
		{"no policies", "p", `{}`, false, profiles.Profile{ID: "p", Policies: byDefault}},
		{"null policies", "p", `{"policies":null,"rateLimit":null}`, false, profiles.Profile{ID: "p", Policies: byDefault}},
		{"empty policies", "p", `{"policies":[],"rateLimit":7}`, true, profiles.Profile{ID: "p", Policies: byDefault, RateLimit: 7}},
		{"null restrictedTo", "p", `{"policies":[{"roleId":"r","restrictedTo":null}]}`, true, profiles.Profile{ID: "p", Policies: unlimited}},
		{"false restrictedTo", "p", `{"policies":[{"roleId":"r","restrictedTo":false}]}`, true, profiles.Profile{ID: "p", Policies: unlimited}},
		{"zero restrictedTo", "p", `{"policies":[{"roleId":"r","restrictedTo":0}]}`, true, profiles.Profile{ID: "p", Policies: unlimited}},
		{"whole rateLimit with a point", "p", `{"rateLimit":10.0}`, false, profiles.Profile{ID: "p", Policies: byDefault, RateLimit: 10}},
		{
			"restrictions", "p",
			`{"tags":[],"policies":[{"roleId":"r","restrictedTo":[{"index":"i"},{"index":"j","collections":["c"]},{"index":"k","collections":null}]}]}`, false,
			profiles.Profile{ID: "p", Policies: []profiles.Policy{{RoleID: "r", RestrictedTo: []profiles.Restriction{
				{Index: "i"}, {Index: "j", Collections: []string{"c"}}, {Index: "k"},
			}}}},
		},
		{
			"anonymous", "anonymous", `{"policies":[{"roleId":"r"},{"roleId":"anonymous"}]}`, false,
			profiles.Profile{ID: "anonymous", Policies: []profiles.Policy{{RoleID: "r"}, {RoleID: "anonymous"}}},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := profiles.CheckProfile(test.id, object(t, test.doc), knownRole, test.strict)
			wantFault(t, err, nil)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("profile (-want +got):\n%s", diff)
			}
		})
	}
}

// TestCheckProfileAsksOnce checks that each role is looked up once, and that the error of a failed
// look-up is returned.
func TestCheckProfileAsksOnce(t *testing.T) {
	var asked []string
	broken := errors.New("store is gone")
	lookUp := func(id string) (bool, error) {
		asked = append(asked, id)
		if id == "broken" {
			return false, broken
		}
		return true, nil
	}
	doc := object(t, `{"policies":[{"roleId":"a"},{"roleId":"b"},{"roleId":"a"},{"roleId":"broken"}]}`)
	if _, err := profiles.CheckProfile("p", doc, lookUp, false); !errors.Is(err, broken) {
		t.Errorf("got error %v, want %v", err, broken)
	}
	if diff := cmp.Diff([]string{"a", "b", "broken"}, asked); diff != "" {
		t.Errorf("roles asked for (-want +got):\n%s", diff)
	}
}

func TestProfileDocument(t *testing.T) {
	doc := object(t, `{"_id":"x","_kuzzle_info":{},"optimizedPolicies":[],"tags":["t"],
		"policies":[{"roleId":"r","restrictedTo":[{"index":"i","collections":["c"]},{"index":"j"}]}]}`)
	profile, err := profiles.CheckProfile("p", doc, knownRole, false)
	wantFault(t, err, nil)

	stored := profile.Document(doc)
	want := map[string]any{
		"tags":      []any{"t"},
		"rateLimit": 0,
		"policies":  doc["policies"],
	}
	if diff := cmp.Diff(want, stored); diff != "" {
		t.Errorf("document (-want +got):\n%s", diff)
	}
	read, err := profiles.ParseProfile("p", stored)
	wantFault(t, err, nil)
	if diff := cmp.Diff(profile, read); diff != "" {
		t.Errorf("parsed again (-want +got):\n%s", diff)
	}
}

// TestParseProfile checks that a damaged stored profile is not reported as a client's mistake.
func TestParseProfile(t *testing.T) {
	for _, doc := range []string{`{"policies":3}`, `{"policies":[null]}`, `{"rateLimit":"x"}`} {
		_, err := profiles.ParseProfile("p", object(t, doc))
		if _, isFault := fault.From(err); err == nil || isFault {
			t.Errorf("ParseProfile(%s): error %v, want one that is not a fault", doc, err)
		}
	}
}

// FuzzCheckProfile checks that every definition is either refused with a 4xx, or gives a profile
// that is equal after a trip through JSON.
func FuzzCheckProfile(f *testing.F) {
	f.Add("anonymous", `{"policies":[{"roleId":"anonymous"}],"rateLimit":200}`, false)
	f.Add("p", `{"policies":[{"roleId":"r","restrictedTo":[{"index":"i","collections":["c"]}]}]}`, false)
	f.Add("p", `{"policies":[{"roleId":"r","restrictedTo":[{"index":"i","collections":[]}]}],"rateLimit":1e99}`, true)
	f.Fuzz(func(t *testing.T, id, text string, strict bool) {
		var doc map[string]any
		if json.Unmarshal([]byte(text), &doc) != nil {
			return
		}
		profile, err := profiles.CheckProfile(id, doc, knownRole, strict)
		if err != nil {
			wantClientFault(t, err)
			return
		}
		encoded, err := json.Marshal(profile.Document(doc))
		if err != nil {
			t.Fatal(err)
		}
		read, err := profiles.ParseProfile(id, object(t, string(encoded)))
		if diff := cmp.Diff(profile, read); err != nil || diff != "" {
			t.Errorf("stored and read again: %v\n%s", err, diff)
		}
	})
}
