package attempts_test

import (
	"errors"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/credentials"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/logins"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/digest"
	"github.com/gokuzzle/kuzzle/strategies"
	"github.com/gokuzzle/kuzzle/strategies/digestimport"
)

// A client who has used up the tries for a user under one name has none under another name. The
// right password then gets the answer of a wrong one, after the same work as for an unknown name.
func TestNamesShareTheirTries(t *testing.T) {
	pool := digest.NewPool(digest.Limits{})
	b := accountstest.New(t, func(o *accounts.Options) { o.Pool = pool })
	b.Use(t, digestimport.Name, digestimport.New)
	names := []string{"ada", "ada@example.org", "+4930123456"}
	b.Create(t, credentials.NewUser{
		Content: map[string]any{"profileIds": []any{"default"}},
		Credentials: map[string]any{digestimport.Name: map[string]any{
			"username": names[0], "email": names[1], "phone": names[2],
			"passwordDigest": accountstest.MD5OfPassword, "passwordHasher": "md5",
		}},
	})
	if err := b.Logins.RefreshDecoys(t.Context()); err != nil {
		t.Fatal(err)
	}
	from := netip.MustParseAddr("192.0.2.1")
	login := func(name, password string) (work string, err error) {
		before := pool.Stats()
		_, _, err = b.Logins.Login(t.Context(), users.Actor{Kuid: "-1", Addr: from},
			logins.Login{Strategy: "local", Credentials: map[string]any{"username": name, "password": password}})
		after := pool.Stats()
		return fmt.Sprintf("%d hashes, %v", after.Done-before.Done, after.Work-before.Work), err
	}
	want, err := login("ghost", "wrong")
	if !errors.Is(err, strategies.ErrRefused) {
		t.Fatalf("a name that nobody has: %v, want refused", err)
	}
	for i := range 5 {
		if _, err := login(names[i%2], "wrong"); !errors.Is(err, strategies.ErrRefused) {
			t.Fatalf("failure %d: %v, want refused", i+1, err)
		}
	}
	for _, password := range []string{"password", "wrong"} {
		got, err := login(names[2], password)
		if !errors.Is(err, strategies.ErrRefused) {
			t.Errorf("the password %q under a third name: %v, want refused", password, err)
		}
		if got != want {
			t.Errorf("the password %q under a third name: %s, want %s as for a name that nobody has", password, got, want)
		}
	}
	b.Advance(time.Minute)
	if _, err := login(names[2], "password"); err != nil {
		t.Errorf("the right password after the wait: %v", err)
	}
}
