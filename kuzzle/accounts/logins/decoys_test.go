package logins_test

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/logins"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/digest"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/strategies"
	"github.com/gokuzzle/kuzzle/strategies/digestimport"
)

// mixed returns digests of several costs, by name: cheaper and more expensive than the instance's
// own.
func mixed() map[string]map[string]any {
	bcrypt := func(cost int) string { return digest.Bcrypt{Rounds: cost}.Decoy() }
	return map[string]map[string]any{
		"md5":     {"passwordDigest": accountstest.MD5OfPassword, "passwordHasher": "md5"},
		"wrapped": {"passwordDigest": accountstest.MD5OfPassword, "passwordHasher": "md5", "wrap": "now"},
		"cheap":   {"passwordDigest": bcrypt(4), "passwordHasher": "bcrypt"},
		"dear":    {"passwordDigest": bcrypt(6), "passwordHasher": "bcrypt"},
		"argon2":  {"passwordDigest": digest.Hasher{Memory: 1024, Passes: 2, Lanes: 1}.Decoy(), "passwordHasher": "argon2id"},
		"pbkdf2":  {"passwordDigest": "pbkdf2_sha256$3000$AAAAAAAAAAAAAAAAAAAAAA==$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "passwordHasher": "pbkdf2_sha256"},
	}
}

// work returns the hashes and their cost that a refused login uses in the hash pool.
func work(t *testing.T, b *accountstest.Bench, pool *digest.Pool, strategy, name string) string {
	t.Helper()
	b.Advance(24 * time.Hour) // old failures do not count any more
	before := pool.Stats()
	_, _, err := b.Logins.Login(t.Context(), users.Actor{Kuid: "-1", Addr: netip.MustParseAddr("192.0.2.1")},
		logins.Login{Strategy: strategy, Credentials: map[string]any{"username": name, "password": "wrong"}})
	if !errors.Is(err, strategies.ErrRefused) {
		t.Fatalf("%s: %v, want refused", name, err)
	}
	after := pool.Stats()
	return fmt.Sprintf("%d hashes, %v", after.Done-before.Done, after.Work-before.Work)
}

// Unknown names cost the same as users, in the same proportions, so that an expensive digest does
// not reveal that the user exists.
func TestUnknownNamesCostWhatUsersCost(t *testing.T) {
	pool := digest.NewPool(digest.Limits{})
	b := accountstest.New(t, func(o *accounts.Options) {
		o.Pool, o.Passwords = pool, digest.Hasher{Memory: 512, Passes: 1, Lanes: 1}
	})
	b.Use(t, digestimport.Name, digestimport.New)
	b.Create(t, accountstest.Person("own", "correct horse"))
	names := []string{"own"}
	for name, in := range mixed() {
		in["username"] = name
		b.Create(t, accountstest.Imported(in))
		names = append(names, name)
	}
	if err := b.Accounts.Users.Refresh(t.Context(), storage.Users); err != nil {
		t.Fatal(err)
	}
	for _, strategy := range []string{"local", digestimport.Name} {
		own := work(t, b, pool, strategy, "own")
		if got := work(t, b, pool, strategy, "nobody"); strategy == "local" && got != own {
			t.Errorf("before anything was counted an unknown name costs %s, want %s as a new user", got, own)
		}
		if err := b.Logins.RefreshDecoys(t.Context()); err != nil {
			t.Fatal(err)
		}
		known := map[string]int{}
		for _, name := range names {
			known[work(t, b, pool, strategy, name)]++
		}
		if len(known) < 5 {
			t.Errorf("the users cost only %v: there is nothing to tell apart", known)
		}
		const unknowns = 120
		unknown := map[string]int{}
		first := map[string]string{}
		for i := range unknowns {
			name := fmt.Sprintf("nobody-%d", i)
			first[name] = work(t, b, pool, strategy, name)
			unknown[first[name]]++
		}
		if !slices.Equal(slices.Sorted(maps.Keys(unknown)), slices.Sorted(maps.Keys(known))) {
			t.Errorf("%s: unknown names cost %v, users %v", strategy, unknown, known)
		}
		for cost, users := range known {
			if got, want := unknown[cost], unknowns*users/len(names); got < want/2 || got > want*2 {
				t.Errorf("%s: %d of %d unknown names cost %s, want about %d", strategy, got, unknowns, cost, want)
			}
		}
		// A name always costs the same, in any spelling, and few names change their class when
		// users are added.
		b.Create(t, accountstest.Person("more-"+strategy, "correct horse"))
		if err := b.Logins.RefreshDecoys(t.Context()); err != nil {
			t.Fatal(err)
		}
		moved := 0
		for name, cost := range first {
			if work(t, b, pool, strategy, "N"+name[1:]) != cost {
				moved++
			}
		}
		if moved > unknowns/4 {
			t.Errorf("%s: %d of %d names cost something else because of one more user", strategy, moved, unknowns)
		}
	}
}
