package profiles_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/profiles"
)

func TestCheckRoleRefuses(t *testing.T) {
	tests := []struct {
		name, id, doc string
		force         bool
		kind          *fault.Kind
		props         []any
	}{
		{"null controllers", "r", `{"controllers":null}`, false, assert.Missing, []any{"r.controllers"}},
		{"array of controllers", "r", `{"controllers":[]}`, false, assert.InvalidType, []any{"r.controllers", "object"}},
		{"text as controllers", "r", `{"controllers":"*"}`, false, assert.InvalidType, []any{"r.controllers", "object"}},
		{"no controllers", "r", `{}`, false, assert.Empty, []any{"r.controllers"}},
		{"empty controllers", "r", `{"controllers":{}}`, false, assert.Empty, []any{"r.controllers"}},
		{"null controller", "r", `{"controllers":{"auth":null}}`, false, assert.InvalidType, []any{"auth", "object"}},
		{"boolean controller", "r", `{"controllers":{"auth":true}}`, false, assert.InvalidType, []any{"auth", "object"}},
		{"empty controller", "r", `{"controllers":{"auth":{}}}`, false, assert.Empty, []any{"auth"}},
		{"no actions", "r", `{"controllers":{"auth":{"action":{}}}}`, false, assert.Missing, []any{"auth"}},
		{"null actions", "r", `{"controllers":{"auth":{"actions":null}}}`, false, assert.InvalidType, []any{"auth.actions", "object"}},
		{"array of actions", "r", `{"controllers":{"auth":{"actions":["login"]}}}`, false, assert.InvalidType, []any{"auth.actions", "object"}},
		{"empty actions", "r", `{"controllers":{"auth":{"actions":{}}}}`, false, assert.Empty, []any{"auth.actions"}},
		{"text as right", "r", `{"controllers":{"auth":{"actions":{"login":"*"}}}}`, false, assert.InvalidType, []any{"auth.actions.login", "boolean"}},
		{"null as right", "r", `{"controllers":{"auth":{"actions":{"login":null}}}}`, false, assert.InvalidType, []any{"auth.actions.login", "boolean"}},
		{"shape before names", "r", `{"controllers":{"auth":{"actions":{"nope":true}},"server":{}}}`, false, assert.Empty, []any{"server"}},

		{"anonymous without login", "anonymous", `{"controllers":{"auth":{"actions":{"logout":true}}}}`, false, profiles.ErrRoleLoginRequired, nil},
		{"anonymous with login denied", "anonymous", `{"controllers":{"auth":{"actions":{"login":false}}}}`, true, profiles.ErrRoleLoginRequired, nil},
		{"login before names", "anonymous", `{"controllers":{"auth":{"actions":{"nope":true}}}}`, false, profiles.ErrRoleLoginRequired, nil},

		{"unknown native action", "r", `{"controllers":{"auth":{"actions":{"logIn":true}}}}`, false, profiles.ErrUnknownAction, []any{"r", "logIn", "auth", ""}},
		{"denied unknown native action", "r", `{"controllers":{"auth":{"actions":{"nope":false}}}}`, false, profiles.ErrUnknownAction, []any{"r", "nope", "auth", ""}},
		{"force does not help native", "r", `{"controllers":{"auth":{"actions":{"nope":true}}}}`, true, profiles.ErrUnknownAction, []any{"r", "nope", "auth", ""}},
		{"unknown action of an alias", "r", `{"controllers":{"user":{"actions":{"createUser":true}}}}`, true, profiles.ErrUnknownAction, []any{"r", "createUser", "user", ""}},
		{"named action under any", "r", `{"controllers":{"*":{"actions":{"login":true}}}}`, true, profiles.ErrUnknownAction, []any{"r", "login", "*"}},
		{"native before plugin", "r", `{"controllers":{"a/b":{"actions":{"x":true}},"server":{"actions":{"nope":true}}}}`, false, profiles.ErrUnknownAction, []any{"r", "nope", "server", ""}},

		{"unknown plugin controller", "r", `{"controllers":{"a/b":{"actions":{"*":true}}}}`, false, profiles.ErrUnknownController, []any{"r", "a/b", ""}},
		{"unknown plugin controller after a native one", "r", `{"controllers":{"*":{"actions":{"*":true}},"auth":{"actions":{"*":true}},"z/b":{"actions":{"*":true}}}}`, false, profiles.ErrUnknownController, []any{"r", "z/b", ""}},
		{"unknown plugin action", "r", `{"controllers":{"local/password":{"actions":{"nope":true}}}}`, false, profiles.ErrUnknownAction, []any{"r", "nope", "local/password", ""}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := profiles.CheckRole(test.id, object(t, test.doc), catalogue{}, test.force)
			wantFault(t, err, test.kind, test.props...)
		})
	}
}

func TestCheckRoleAccepts(t *testing.T) {
	tests := []struct {
		name, id, doc string
		force         bool
		want          string
	}{
		{"wildcards", "r", `{"controllers":{"*":{"actions":{"*":true}}}}`, false, `{"*":{"*":true}}`},
		{"further members", "r", `{"tags":["x"],"controllers":{"auth":{"note":1,"actions":{"login":true,"*":false}}}}`, false, `{"auth":{"login":true,"*":false}}`},
		{"plugin", "r", `{"controllers":{"local/password":{"actions":{"reset":true}}}}`, false, `{"local/password":{"reset":true}}`},
		{"forced plugin action", "r", `{"controllers":{"local/password":{"actions":{"nope":true}}}}`, true, `{"local/password":{"nope":true}}`},
		{"forced plugin controller", "r", `{"controllers":{"a/b":{"actions":{"c":true}}}}`, true, `{"a/b":{"c":true}}`},
		{"anonymous, login hidden yet present", "anonymous", `{"controllers":{"auth":{"actions":{"login":false}},"*":{"actions":{"*":true}}}}`, false, `{"auth":{"login":false},"*":{"*":true}}`},
		{"alias", "r", `{"controllers":{"user":{"actions":{"create":true}}}}`, false, `{"security":{"createUser":true}}`},
		{"alias beside its canonical controller", "r", `{"controllers":{"user":{"actions":{"create":true}},"security":{"actions":{"createRole":true}}}}`, false, `{"security":{"createUser":true,"createRole":true}}`},
		{"alias wildcard", "r", `{"controllers":{"user":{"actions":{"*":true,"delete":false}}}}`, false, `{"security":{"createUser":true,"getUser":true,"deleteUser":false}}`},
		{"alias and canonical name disagree", "r", `{"controllers":{"user":{"actions":{"create":true}},"security":{"actions":{"createUser":false}}}}`, false, `{"security":{"createUser":false}}`},
		{"canonical name against alias wildcard", "r", `{"controllers":{"user":{"actions":{"*":false}},"security":{"actions":{"createUser":true}}}}`, false, `{"security":{"createUser":true,"getUser":false,"deleteUser":false}}`},
		{"alias hides the canonical wildcard", "r", `{"controllers":{"user":{"actions":{"create":false}},"security":{"actions":{"*":true}}}}`, false, `{"security":{"createUser":false,"*":true}}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := profiles.CheckRole(test.id, object(t, test.doc), catalogue{}, test.force)
			wantFault(t, err, nil)
			want := profiles.Role{ID: test.id, Controllers: map[string]profiles.Controller{}}
			for name, actions := range object(t, test.want) {
				rights := map[string]bool{}
				for action, right := range actions.(map[string]any) {
					rights[action] = right.(bool)
				}
				want.Controllers[name] = profiles.Controller{Actions: rights}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("role (-want +got):\n%s", diff)
			}
		})
	}
}

// TestRoleDocument checks which members of a submitted role are stored, and that the stored role
// reads like the checked one.
func TestRoleDocument(t *testing.T) {
	doc := object(t, `{"_id":"x","_kuzzle_info":{"author":"me"},"tags":["t"],
		"controllers":{"auth":{"note":1,"actions":{"login":true}},"user":{"actions":{"get":true}}}}`)
	role, err := profiles.CheckRole("r", doc, catalogue{}, false)
	wantFault(t, err, nil)

	stored := role.Document(doc)
	want := object(t, `{"tags":["t"],
		"controllers":{"auth":{"note":1,"actions":{"login":true}},"security":{"actions":{"getUser":true}}}}`)
	if diff := cmp.Diff(want, stored); diff != "" {
		t.Errorf("document (-want +got):\n%s", diff)
	}
	if doc["_id"] == nil || doc["controllers"].(map[string]any)["user"] == nil {
		t.Errorf("the submitted document was changed: %v", doc)
	}
	read, err := profiles.ParseRole("r", stored)
	wantFault(t, err, nil)
	if diff := cmp.Diff(role, read); diff != "" {
		t.Errorf("parsed again (-want +got):\n%s", diff)
	}
}

// TestParseRole checks that a damaged stored role is not reported as a client's mistake, and that
// every value except true denies.
func TestParseRole(t *testing.T) {
	for _, doc := range []string{`{}`, `{"controllers":[]}`, `{"controllers":{"a":null}}`, `{"controllers":{"a":{"actions":3}}}`} {
		_, err := profiles.ParseRole("r", object(t, doc))
		if _, isFault := fault.From(err); err == nil || isFault {
			t.Errorf("ParseRole(%s): error %v, want one that is not a fault", doc, err)
		}
	}
	role, err := profiles.ParseRole("r", object(t, `{"controllers":{"a":{"actions":{"x":"true","y":1,"z":true}}}}`))
	wantFault(t, err, nil)
	want := map[string]bool{"x": false, "y": false, "z": true}
	if diff := cmp.Diff(want, role.Controllers["a"].Actions); diff != "" {
		t.Errorf("rights (-want +got):\n%s", diff)
	}
}

func TestUnknownActionSuggestsTheNearest(t *testing.T) {
	tests := []struct{ typed, want string }{
		{"creatUser", `did you mean "createUser"?`},
		{"GETUSER", `did you mean "getUser"?`},
		{"somethingElse", `correct the name`},
		{strings.Repeat("x", 5000), `correct the name`},
	}
	for _, test := range tests {
		doc := map[string]any{"controllers": map[string]any{"security": map[string]any{"actions": map[string]any{test.typed: true}}}}
		_, err := profiles.CheckRole("r", doc, catalogue{}, false)
		got, ok := fault.From(err)
		if !ok || !strings.Contains(got.Message(), test.want) {
			t.Errorf("%.20s: %v, want a message with %q", test.typed, err, test.want)
		}
	}
}

// FuzzCheckRole checks that every definition is either refused with a 4xx, or gives a role that is
// equal after it was stored.
func FuzzCheckRole(f *testing.F) {
	f.Add("anonymous", `{"controllers":{"auth":{"actions":{"login":true}}}}`, false)
	f.Add("r", `{"controllers":{"user":{"actions":{"*":true,"get":false}},"security":{"actions":{"getUser":true}}}}`, true)
	f.Add("r", `{"controllers":{"*":{"actions":{"*":1}}}}`, false)
	f.Fuzz(func(t *testing.T, id, text string, force bool) {
		var doc map[string]any
		if json.Unmarshal([]byte(text), &doc) != nil {
			return
		}
		role, err := profiles.CheckRole(id, doc, catalogue{}, force)
		if err != nil {
			wantClientFault(t, err)
			return
		}
		read, err := profiles.ParseRole(id, role.Document(doc))
		if diff := cmp.Diff(role, read); err != nil || diff != "" {
			t.Errorf("stored and read again: %v\n%s", err, diff)
		}
		again, err := profiles.CheckRole(id, role.Document(doc), catalogue{}, force)
		if diff := cmp.Diff(role, again); err != nil && id != profiles.Anonymous || err == nil && diff != "" {
			t.Errorf("checked again: %v\n%s", err, diff)
		}
	})
}

func wantClientFault(t *testing.T, err error) {
	t.Helper()
	got, ok := fault.From(err)
	if !ok || got.Status() < 400 || got.Status() > 499 {
		t.Errorf("error %v is no refusal of the client's input", err)
	}
}
