package scenarios

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

// ours are actions beside those of Kuzzle's security part, with their routes. The
// controller user is the deviations' own list.
var ours = []string{
	"GET /:index/_list collection:list",
	"GET /_list index:list",
	"DELETE /_me/_picture auth:deleteMyPicture",
	"DELETE /users/:_id/_picture security:deletePicture",
	"GET /_me/_picture auth:getMyPicture",
	"GET /users/:_id/_picture security:getPicture",
	"PUT /_me/_picture auth:setMyPicture",
	"PUT /users/:_id/_picture security:setPicture",
	"DELETE /_me/contacts/:contactId auth:deleteMyContact",
	"DELETE /_me/sessions/:_id auth:deleteSession",
	"DELETE /users/:_id/contacts/:contactId security:deleteContact",
	"DELETE /users/:_id/sessions/:sessionId security:deleteSession",
	"GET /_me/_metadata auth:getMyMetadata",
	"GET /_me/contacts auth:getMyContacts",
	"GET /_me/sessions auth:getSessions",
	"GET /users/:_id/_metadata security:getUserMetadata",
	"GET /users/:_id/contacts security:getContacts",
	"GET /users/_find security:findUser",
	"GET /users/:_id/sessions security:getSessions",
	"GET /users/:_id/_history security:getUserHistory",
	"GET /users/:_id/_organizations security:getUserOrganizations",
	"GET /_events security:listEvents",
	"GET /_examine server:examine",
	"POST /users/:_id/_impersonate security:impersonate",
	"GET /_counters server:getCounters",
	"GET /users/_list security:listUsers",
	"POST /_me/contacts/:contactId/_verify auth:verifyMyContact",
	"POST /_me/contacts/_create auth:createMyContact",
	"POST /users/:_id/contacts/_create security:createContact",
	"PUT /users/:_id/contacts/:contactId/_update security:updateContact",
	"POST /_me/factors/:strategy/_prove auth:proveFactor",
	"POST /_/password/requestReset kuzzle-plugin-auth-passport-local/password:requestReset",
	"POST /_whoMay security:whoMay",
	"POST /roles/:_id/_preview security:previewRole",
	"POST /profiles/:_id/_preview security:previewProfile",
	"POST /users/:_id/_ban security:banUser",
	"POST /users/:_id/_lock security:lockUser",
	"POST /users/:_id/_unban security:unbanUser",
	"POST /users/:_id/_unlock security:unlockUser",
	"POST /users/:userId/_explain security:explain",
	"PUT /_me/_metadata auth:updateMyMetadata",
	"PUT /users/:_id/_account security:updateUserAccount",
	"PUT /users/:_id/_metadata security:updateUserMetadata",
}

type route struct {
	Verb, Path, Controller, Action string
	Deprecated                     bool
	DeprecatedSince                string
}

func (r route) String() string {
	text := r.Verb + " " + r.Path + " " + r.Controller + ":" + r.Action
	if r.Deprecated {
		text += " deprecated since " + r.DeprecatedSince
	}
	return text
}

func fixture(t *testing.T, name string, into any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// Every route of Kuzzle's security part exists, with its verb, path, action and deprecation. All
// other routes are in ours.
func TestRoutesAreKuzzles(t *testing.T) {
	var theirs []route
	fixture(t, "routes.json", &theirs)
	want := slices.Clone(ours)
	for _, r := range theirs {
		// The transport serves routes without an action.
		if r.Action != "" {
			want = append(want, r.String())
		}
	}
	var got []string
	for _, r := range newBench(t).table.Routes() {
		if r.Controller == "user" {
			continue
		}
		got = append(got, route{r.Verb, r.Path, r.Controller, r.Action, r.Deprecated != "", r.Deprecated}.String())
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-Kuzzle +here)\n%s", diff)
	}
}

// A role can name every action of Kuzzle's native controllers, whether this server has it or not.
func TestRolesMayNameEveryNativeAction(t *testing.T) {
	b := newBench(t)
	var other []route
	fixture(t, "routes_other.json", &other)
	var own []route
	fixture(t, "routes.json", &own)
	for _, r := range append(other, own...) {
		if r.Action == "" || strings.Contains(r.Controller, "/") {
			continue
		}
		body, err := json.Marshal(map[string]any{"controllers": map[string]any{
			r.Controller: map[string]any{"actions": map[string]any{r.Action: true}},
		}})
		if err != nil {
			t.Fatal(err)
		}
		got := b.do(t, call{As: operator, To: "PUT /roles/probe?refresh=false", Body: string(body)})
		if got.Status != 200 {
			t.Errorf("a role with %s:%s: %s", r.Controller, r.Action, got.Text)
		}
	}
	for _, name := range []string{"subscribe", "unsubscribe", "join", "count"} {
		body := `{"controllers":{"realtime":{"actions":{"` + name + `":true}}}}`
		if got := b.do(t, call{As: operator, To: "PUT /roles/probe?refresh=false", Body: body}); got.Status != 200 {
			t.Errorf("a role with realtime:%s: %s", name, got.Text)
		}
	}
}

// The newer names call the canonical action, by route and by name.
func TestUserRoutes(t *testing.T) {
	table := newBench(t).table
	tests := []struct{ verb, path, action string }{
		{"POST", "/user/_create", "createUser"},
		{"POST", "/user/u1/_create", "createUser"},
		{"POST", "/user/_createRestricted", "createRestrictedUser"},
		{"POST", "/user/u1/_createRestricted", "createRestrictedUser"},
		{"POST", "/user/_createFirstAdmin", "createFirstAdmin"},
		{"POST", "/user/u1/_createFirstAdmin", "createFirstAdmin"},
		{"GET", "/user/u1", "getUser"},
		{"DELETE", "/user/u1", "deleteUser"},
		{"PUT", "/user/u1/_update", "updateUser"},
		{"PUT", "/user/u1/_replace", "replaceUser"},
		{"PUT", "/user/u1/_upsert", "upsertUser"},
		{"POST", "/user/_mGet", "mGetUsers"},
		{"GET", "/user/_mGet", "mGetUsers"},
		{"POST", "/user/_mDelete", "mDeleteUsers"},
		{"POST", "/user/_search", "searchUsers"},
		{"POST", "/user/_refresh", "refresh"},
		{"GET", "/user/_scroll/s1", "scrollUsers"},
		{"GET", "/user/_mappings", "getUserMapping"},
		{"PUT", "/user/_mappings", "updateUserMapping"},
		{"GET", "/user/u1/_rights", "getUserRights"},
		{"GET", "/user/u1/_strategies", "getUserStrategies"},
		{"DELETE", "/user/u1/tokens", "revokeTokens"},
		{"POST", "/_checkRights/u1", "checkRights"},
	}
	for _, test := range tests {
		req := &api.Request{}
		if found, err := table.Resolve(test.verb, test.path, req); !found || err != nil {
			t.Errorf("%s %s: no such route", test.verb, test.path)
			continue
		}
		if controller, action := req.Route(); controller != "security" || action != test.action {
			t.Errorf("%s %s leads to %s:%s, want security:%s", test.verb, test.path, controller, action, test.action)
		}
	}
	if got := len(table.AliasOf("user")); got != 19 {
		t.Errorf("got %d names, want 19", got)
	}
}
