package profiles_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/profiles"
)

func TestRights(t *testing.T) {
	held, roles := world(t,
		[]string{
			`{"document":{"actions":{"get":true,"*":false}}}`,
			`{"document":{"actions":{"get":false}},"*":{"actions":{"*":true}}}`,
		},
		`[{"roleId":"r0"},{"roleId":"r0"},{"roleId":"r9"}]`,
		`[{"roleId":"r1","restrictedTo":[{"index":"j","collections":["d","c"]},{"index":"i"}]}]`,
		`[{"roleId":"r0"}]`)
	got := profiles.Rights(held, roles)
	want := []profiles.Right{
		{Controller: "*", Action: "*", Index: "i", Collection: "*", Value: "allowed"},
		{Controller: "*", Action: "*", Index: "j", Collection: "c", Value: "allowed"},
		{Controller: "*", Action: "*", Index: "j", Collection: "d", Value: "allowed"},
		{Controller: "document", Action: "*", Index: "*", Collection: "*", Value: "denied"},
		{Controller: "document", Action: "get", Index: "*", Collection: "*", Value: "allowed"},
		{Controller: "document", Action: "get", Index: "i", Collection: "*", Value: "denied"},
		{Controller: "document", Action: "get", Index: "j", Collection: "c", Value: "denied"},
		{Controller: "document", Action: "get", Index: "j", Collection: "d", Value: "denied"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rights (-want +got):\n%s", diff)
	}
}

// TestRightsSize checks that the estimate is at least the size of the list, and not much larger.
func TestRightsSize(t *testing.T) {
	held, roles := world(t,
		[]string{
			`{"document":{"actions":{"get":true,"*":false}},"a long controller name":{"actions":{"and an action's":true}}}`,
			`{"document":{"actions":{"delete":false}}}`,
		},
		`[{"roleId":"r0"},{"roleId":"r9"}]`,
		`[{"roleId":"r1","restrictedTo":[{"index":"an index","collections":["d","c"]},{"index":"i"}]}]`,
		`[{"roleId":"r0","restrictedTo":[{"index":"another"}]}]`)
	list, err := json.Marshal(profiles.Rights(held, roles))
	if size := profiles.RightsSize(held, roles); err != nil || size < len(list) || size > 2*len(list) {
		t.Errorf("got %d, %v, for a list of %d bytes", size, err, len(list))
	}
	if size := profiles.RightsSize(nil, nil); size != 0 {
		t.Errorf("got %d for nothing", size)
	}
}

// TestRightsKeepBothWords checks that an allowed and a denied line about the same action are both
// listed.
func TestRightsKeepBothWords(t *testing.T) {
	held, roles := world(t,
		[]string{`{"auth":{"actions":{"login":true}}}`, `{"auth":{"actions":{"login":false}}}`},
		`[{"roleId":"r1"},{"roleId":"r0"}]`)
	got, err := json.Marshal(profiles.Rights(held, roles))
	if err != nil {
		t.Fatal(err)
	}
	want := `[{"controller":"auth","action":"login","index":"*","collection":"*","value":"allowed"},` +
		`{"controller":"auth","action":"login","index":"*","collection":"*","value":"denied"}]`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestNoRightsAreAnEmptyList(t *testing.T) {
	if got, err := json.Marshal(profiles.Rights(nil, nil)); err != nil || string(got) != "[]" {
		t.Errorf("got %s, %v, want []", got, err)
	}
}

// TestStandard checks the rights on a fresh server.
func TestStandard(t *testing.T) {
	roles := map[string]profiles.Role{}
	for _, role := range profiles.StandardRoles() {
		roles[role.ID] = role
	}
	tests := []struct {
		profile            string
		rateLimit          int
		controller, action string
		want               bool
	}{
		{"admin", 0, "security", "deleteUser", true},
		{"default", 10, "auth", "logout", true},
		{"default", 10, "auth", "updateSelf", true},
		{"default", 10, "auth", "updateMyCredentials", true},
		{"default", 10, "auth", "createMyCredentials", false},
		{"default", 10, "auth", "createApiKey", false},
		{"default", 10, "security", "searchUsers", false},
		{"default", 10, "server", "publicApi", true},
		{"default", 10, "server", "openapi", false},
		{"anonymous", 200, "auth", "login", true},
		{"anonymous", 200, "auth", "logout", false},
		{"anonymous", 200, "server", "openapi", true},
		{"anonymous", 200, "security", "createUser", false},
	}
	for _, test := range tests {
		for _, profile := range profiles.StandardProfiles() {
			if profile.ID != test.profile {
				continue
			}
			compiled := profiles.Compile([]profiles.Profile{profile}, roles)
			if got := compiled.Allowed(test.controller, test.action, profiles.Target{}); got != test.want {
				t.Errorf("%s, %s:%s: got %v, want %v", test.profile, test.controller, test.action, got, test.want)
			}
			if got := compiled.RateLimit(); got != test.rateLimit {
				t.Errorf("%s: rate limit %d, want %d", test.profile, got, test.rateLimit)
			}
		}
	}
}

// TestStandardPassesTheChecks checks that a client could have written the contents of a fresh
// server, and that exactly these are protected.
func TestStandardPassesTheChecks(t *testing.T) {
	exists := map[string]bool{}
	for _, role := range profiles.StandardRoles() {
		exists[role.ID] = true
		read, err := profiles.ParseRole(role.ID, role.Document(nil))
		if diff := cmp.Diff(role, read); err != nil || diff != "" {
			t.Errorf("role %s: %v\n%s", role.ID, err, diff)
		}
		if !profiles.Protected(role.ID) {
			t.Errorf("role %s is not protected", role.ID)
		}
	}
	for _, profile := range profiles.StandardProfiles() {
		lookUp := func(id string) (bool, error) { return exists[id], nil }
		read, err := profiles.CheckProfile(profile.ID, profile.Document(nil), lookUp, true)
		if diff := cmp.Diff(profile, read); err != nil || diff != "" {
			t.Errorf("profile %s: %v\n%s", profile.ID, err, diff)
		}
	}
	if got, want := len(exists), 3; got != want {
		t.Errorf("%d standard roles, want %d", got, want)
	}
	if profiles.Protected("editor") {
		t.Error("a role of the user's own is protected")
	}
}
