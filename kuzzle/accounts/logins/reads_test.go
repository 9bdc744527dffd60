package logins_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/logins"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/strategies"
)

// TestRefusedLoginsReadAlike checks that all refused logins read the same from the store.
func TestRefusedLoginsReadAlike(t *testing.T) {
	b, store := accountstest.NewAsked(t, nil)
	for _, name := range []string{"known", "rarely@example.org", "moved", "deleted"} {
		if _, err := b.Credentials.Create(t.Context(), accountstest.Admin, accountstest.Person(name, "correct horse")); err != nil {
			t.Fatal(err)
		}
	}
	found, _, err := b.Users.Search(t.Context(), storage.Users, query.Search{Size: 10}, 0)
	if err != nil || len(found.Hits) != 4 {
		t.Fatalf("found: got %d, %v, want 4", len(found.Hits), err)
	}
	for _, hit := range found.Hits {
		switch content := string(hit.Content); {
		case strings.Contains(content, "moved"):
			_, err = b.Credentials.UpdateCredentials(t.Context(), accountstest.Admin, hit.ID, "local", map[string]any{"username": "elsewhere"}, false)
		case strings.Contains(content, "deleted"):
			err = b.Users.Delete(t.Context(), accountstest.Admin, hit.ID, false)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	store.Taken()
	var want []string
	for _, name := range []string{"known", "known", "rarely@example.org", "elsewhere", "moved", "deleted", "ghost", "ghost", "ghost@example.org", "+4930123456", strings.Repeat("g", 500)} {
		_, _, err := b.Logins.Login(t.Context(), users.Actor{}, logins.Login{Strategy: "local", Credentials: map[string]any{"username": name, "password": "wrong"}})
		if !errors.Is(err, strategies.ErrRefused) {
			t.Fatalf("%.20s: got %v, want %v", name, err, strategies.ErrRefused)
		}
		got := store.Taken()
		if want == nil {
			want = got
		}
		if !slices.Equal(got, want) {
			t.Errorf("%.20s: the store is asked for %q, want %q as for a name that is known", name, got, want)
		}
	}
	if len(want) != 2 {
		t.Errorf("a login reads %q, want two reads", want)
	}
}
