package users_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/credentials"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
)

// Users write their own content when they create or update themselves. No spelling of profileIds or
// _kuzzle_info in it may have an effect.
func TestContentGivesNoRights(t *testing.T) {
	spellings := []string{"profileids", "profileidS", "PROFILEIDS", "profileId\u017f", "zz"}
	content := map[string]any{"_\u212auzzle_info": map[string]any{"author": "somebody else"}}
	for _, name := range spellings {
		content[name] = []any{"admin"}
	}
	b := accountstest.New(t, nil)
	made, err := b.Credentials.CreateRestricted(t.Context(), accountstest.Admin, credentials.NewUser{ID: "u1", Content: content})
	if err != nil {
		t.Fatal(err)
	}
	changed, err := b.Users.Update(t.Context(), users.Actor{Kuid: "u1"}, "u1", content, users.Edit{})
	if err != nil {
		t.Fatal(err)
	}
	read, err := b.Users.User(t.Context(), "u1")
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range []users.User{made, changed, read} {
		if diff := cmp.Diff([]string{"default"}, u.Profiles); diff != "" {
			t.Errorf("profiles (-want +got):\n%s", diff)
		}
		if !strings.Contains(string(u.Content), `"author":"root"`) {
			t.Errorf("the author is not who created the user: %s", u.Content)
		}
	}
	if exists, err := b.Users.AdminExists(t.Context()); exists || err != nil {
		t.Errorf("an administrator exists: %t, %v", exists, err)
	}
}
