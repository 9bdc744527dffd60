package credentials_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/credentials"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/registry"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/digest"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/profiles"
	"github.com/gokuzzle/kuzzle/strategies"
	"github.com/gokuzzle/kuzzle/strategies/digestimport"
)

func TestCreateRefused(t *testing.T) {
	b := accountstest.New(t, nil)
	taken := accountstest.Person("jdoe", "secret-1")
	taken.ID = "u1"
	b.Create(t, taken)
	tests := []struct {
		name   string
		change func(*credentials.NewUser)
		want   *fault.Kind
	}{
		{"the name is taken in another spelling", func(nu *credentials.NewUser) {
			nu.Credentials = map[string]any{"local": map[string]any{"username": "JDOE", "password": "x-secret"}}
		}, strategies.ErrTaken},
		{"the id exists", func(nu *credentials.NewUser) { nu.ID = "u1" }, users.ErrUserExists},
		{"an unknown strategy", func(nu *credentials.NewUser) { nu.Credentials["nope"] = map[string]any{} }, registry.ErrUnknownStrategy},
		{"no profile", func(nu *credentials.NewUser) { nu.Content["profileIds"] = []any{} }, users.ErrNoProfile},
		{"an unknown profile", func(nu *credentials.NewUser) { nu.Content["profileIds"] = []any{"nope"} }, profiles.ErrProfileNotFound},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			nu := accountstest.Person("other", "secret-2")
			nu.ID = "u2"
			test.change(&nu)
			_, err := b.Credentials.Create(t.Context(), accountstest.Admin, nu)
			accountstest.WantFault(t, err, test.want)
			if _, err := b.Users.User(t.Context(), "u2"); !errors.Is(err, users.ErrUserNotFound) {
				t.Errorf("the refused user is there: %v", err)
			}
		})
	}
	if _, err := b.Credentials.Create(t.Context(), accountstest.Admin, accountstest.Person("other", "secret-2")); err != nil {
		t.Errorf("a refused creation kept the name: %v", err)
	}
}

func TestFirstAdminIsOne(t *testing.T) {
	b := accountstest.New(t, nil)
	accountstest.OneOf(t, 8, users.ErrAdminExists, func(i int) error {
		nu := credentials.NewUser{Credentials: map[string]any{"local": map[string]any{"username": fmt.Sprint("a", i), "password": "secret-1"}}}
		_, err := b.Credentials.FirstAdmin(t.Context(), users.Actor{Kuid: "-1"}, nu, false)
		return err
	})
}

func TestConcurrentClaims(t *testing.T) {
	b := accountstest.New(t, nil)
	accountstest.OneOf(t, 16, strategies.ErrTaken, func(int) error {
		_, err := b.Credentials.Create(t.Context(), accountstest.Admin, accountstest.Person("jdoe", "secret-1"))
		return err
	})
}

func TestReservedIDs(t *testing.T) {
	b := accountstest.New(t, nil)
	for _, id := range []string{"-1", ".", "..", "anonymous", "a/b"} {
		nu := accountstest.Person("jdoe", "secret-1")
		nu.ID = id
		_, err := b.Credentials.Create(t.Context(), accountstest.Admin, nu)
		accountstest.WantFault(t, err, assert.InvalidArgument)
	}
}

// TestCreationReads checks that a creation without a hash reads nothing from the store before it
// writes, and that one with a hash does not hash for a taken name.
func TestCreationReads(t *testing.T) {
	pool := digest.NewPool(digest.Limits{})
	b, store := accountstest.NewAsked(t, func(o *accounts.Options) { o.Pool = pool })
	b.Use(t, digestimport.Name, digestimport.New)
	imported := func(name string) credentials.NewUser {
		u := accountstest.Person(name, "")
		u.Credentials = map[string]any{digestimport.Name: map[string]any{
			"username": name, "passwordDigest": "$2b$10$xCGLxr4kCg21yt5ga5bkp.xw9RJ9nudx6kPJKYGeNlzMM.ghNdjFG",
		}}
		return u
	}
	b.Create(t, imported("first")) // profiles are cached from here on
	store.Taken()
	b.Create(t, imported("jdoe"))
	if got, want := store.Taken(), []string{"commit users"}; !slices.Equal(got, want) {
		t.Errorf("with a digest: got %q, want %q", got, want)
	}
	before := pool.Stats().Done
	for _, taken := range []credentials.NewUser{imported("JDoe"), accountstest.Person("jdoe", "correct horse")} {
		if _, err := b.Credentials.Create(t.Context(), accountstest.Admin, taken); !errors.Is(err, strategies.ErrTaken) {
			t.Errorf("a name that is taken: got %v, want %v", err, strategies.ErrTaken)
		}
	}
	if got := pool.Stats().Done - before; got != 0 {
		t.Errorf("hashed %d times for names that are taken", got)
	}
	b.Create(t, accountstest.Person("somebody", "correct horse"))
	if got := pool.Stats().Done - before; got == 0 {
		t.Error("no hash of a password was counted")
	}
}
