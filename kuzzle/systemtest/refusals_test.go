package systemtest

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// forAnybody are the actions that the standard role anonymous allows.
var forAnybody = map[string]bool{
	"auth:checkToken": true, "auth:getCurrentUser": true, "auth:getMyMetadata": true, "auth:getMyRights": true, "auth:login": true,
	"server:publicApi": true, "server:openapi": true,
}

// everyAction returns the actions of server:publicApi.
func everyAction(t *testing.T, s *server) []string {
	t.Helper()
	var all []string
	for controller, actions := range newHTTPClient(t, s).routes {
		for action := range actions {
			all = append(all, controller+":"+action)
		}
	}
	if len(all) < 100 {
		t.Fatalf("server:publicApi lists %d actions only", len(all))
	}
	slices.Sort(all)
	return all
}

// TestEveryActionNeedsRights calls every action as an anonymous caller and as a
// user without rights, without arguments: missing arguments are no business of
// strangers, so the refusal of rights must come first.
func TestEveryActionNeedsRights(t *testing.T) {
	t.Parallel()
	for _, protocol := range []string{"http", "websocket"} {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			s := start(t)
			st := newStory(t, s, protocol)
			for _, do := range everyAction(t, s) {
				controller, action := split(do)
				quoted := `["` + controller + `","` + action + `",`
				if !forAnybody[canonical(do)] {
					st.run(t, scenario{do: do, status: 401, error: "security.rights.unauthorized", props: quoted + `"-1"]`, want: `null`})
				}
				if canonical(do) != "server:now" {
					st.run(t, scenario{as: "limited", do: do, status: 403, error: "security.rights.forbidden", props: quoted + `"limited"]`, want: `null`})
				}
				if t.Failed() {
					t.Fatalf("%s may be called without rights", do)
				}
			}
			st.run(t, scenario{do: "nope:nope", unknown: true, status: 401, error: "security.rights.unauthorized"})
			st.run(t, scenario{as: "limited", do: "nope:nope", unknown: true, status: 403, error: "security.rights.forbidden"})
		})
	}
}

// TestEveryActionIsTold holds the tables to account: each action that the server
// offers succeeds in one of them and is refused for its own reasons in another.
func TestEveryActionIsTold(t *testing.T) {
	t.Parallel()
	succeeds, refused := map[string]bool{}, map[string]bool{}
	for _, table := range tables() {
		for _, sc := range table {
			if sc.error == "" {
				succeeds[sc.do] = true
			} else if !strings.HasPrefix(sc.error, "security.rights.") {
				refused[sc.do] = true
			}
		}
	}
	s := start(t)
	known := map[string]bool{}
	for _, do := range everyAction(t, s) {
		known[do] = true
		if !succeeds[do] && !neverSucceeds[do] && toldBy[do] == nil {
			t.Errorf("%s: no table tells of its success", do)
		}
		if !refused[do] && !takesNothing[do] {
			t.Errorf("%s: no table tells of a refusal", do)
		}
	}
	for do := range maps.Keys(succeeds) {
		if !known[do] {
			t.Errorf("%s: a table tells of it, but server:publicApi does not", do)
		}
	}
}

// neverSucceeds are routes that lead to nothing, as they always have.
var neverSucceeds = map[string]bool{"admin:resetKuzzleData": true}

// toldBy are the tests of successes for which a table cannot wait.
var toldBy = map[string]func(*testing.T){"auth:deleteSession": TestOwnSessions, "security:deleteSession": TestUserSessions,
	"auth:setMyPicture": TestPictures, "auth:getMyPicture": TestPictures, "auth:deleteMyPicture": TestPictures,
	"security:setPicture": TestPictures, "security:getPicture": TestPictures, "security:deletePicture": TestPictures,
}

// takesNothing are actions without arguments: nothing but missing rights refuses
// them, which TestEveryActionNeedsRights holds.
var takesNothing = map[string]bool{
	"auth:getCurrentUser": true, "auth:getMyMetadata": true, "auth:getMyRights": true, "auth:getSessions": true, "auth:getMyContacts": true, "auth:getStrategies": true,
	"security:getAllCredentialFields": true, "security:restrictDefaultRights": true,
	"security:getUserMapping": true, "security:getProfileMapping": true, "security:getRoleMapping": true, "user:mappings": true,
	"server:adminExists": true, "server:capabilities": true, "server:getAllStats": true, "server:getLastStats": true,
	"index:list": true, "server:getConfig": true, "server:examine": true, "server:healthCheck": true, "server:info": true, "server:now": true, "server:publicApi": true,
	"admin:resetSecurity": true, "import:list": true, "settings:list": true, "settings:listFixed": true, "settings:listStrategies": true, "webhooks:list": true, "webhooks:listDead": true, "service-keys:list": true,
	// The collection is part of the name.
	"user:refresh": true,
	// A user who has the factor is refused another, which TestSecondFactor
	// tests.
	"totp:enrol": true, "backup-code:draw": true,
}
