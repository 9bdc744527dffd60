package maintenance_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/migration"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/sqlitetest"
	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
	"github.com/gokuzzle/kuzzle/strategies"
)

// ruled returns a bench on data whose names are under a rule.
func ruled(t *testing.T, store storage.Store, exact bool) *accountstest.Bench {
	t.Helper()
	b := accountstest.NewOn(t, store, func(opts *accounts.Options) {
		opts.CaseSensitive = exact
		patient := throttle.Limit{Free: 1_000_000}
		opts.Logins = throttle.NewLogins(throttle.Config{Pair: patient, Account: patient, Address: patient})
	})
	b.Unboot(t)
	if err := b.Names.FixNaming(t.Context()); err != nil {
		t.Fatal(err)
	}
	return b
}

// people have names whose spellings distinguish the rules.
var people = []string{"Jane", "josé", "ＢＯＢ", "Ada@Example.com", "+15555550100", "plain"}

// Spellings of each that are equal if names are folded.
var spellings = []string{"JANE", "JOSÉ", "bob ", "ada@example.COM", "+15555550100\u200b", "Plain"}

// wantNames logs all users in by the given name, and by another spelling exactly if that must work.
func wantNames(t *testing.T, b *accountstest.Bench, exact bool) {
	t.Helper()
	for i, name := range people {
		if _, err := b.Login(t, name, "a first password"); err != nil {
			t.Errorf("exact %t: %q: %v", exact, name, err)
		}
		switch _, err := b.Login(t, spellings[i], "a first password"); {
		case exact:
			accountstest.WantFault(t, err, strategies.ErrRefused)
		case err != nil:
			t.Errorf("%q for %q: %v", spellings[i], name, err)
		}
	}
}

// TestReclaim checks that a copy has the names of the other rule and refuses the former one, however
// often it was killed on its way, and that the source stays as it was.
func TestReclaim(t *testing.T) {
	for _, exact := range []bool{true, false} {
		t.Run(fmt.Sprintf("to %t", exact), func(t *testing.T) {
			b, to := ruled(t, sqlitetest.Open(t), !exact), sqlitetest.Open(t)
			for _, name := range people {
				b.Create(t, accountstest.Person(name, "a first password"))
			}
			for writes := 0; ; writes++ {
				err := b.Reclaim(t, &accountstest.Dying{Store: to, Left: writes}, exact, "")
				if err == nil {
					break
				}
				if !errors.Is(err, accountstest.ErrDead) {
					t.Fatal(err)
				}
				if unfinished := migration.Unfinished(t.Context(), to); writes > 0 && unfinished == nil {
					t.Errorf("killed after %d writes, the copy counts as finished", writes)
				}
			}
			wantNames(t, b, !exact)
			copied := accountstest.NewOn(t, to, nil)
			copied.Names.CaseSensitive = !exact
			if err := copied.Names.FixNaming(t.Context()); err == nil || !strings.Contains(err.Error(), "kuzzle migrate --reclaim") {
				t.Errorf("under the former rule: got %v, want a refusal that names the way", err)
			}
			wantNames(t, ruled(t, to, exact), exact)
		})
	}
}

// TestReclaimCollisions checks that users whose names become equal are counted and some of them
// reported without the name, that the copy stays unfinished, and that it goes on after they were
// renamed. Several equal names of one user are no collision.
func TestReclaimCollisions(t *testing.T) {
	b, to := ruled(t, sqlitetest.Open(t), true), sqlitetest.Open(t)
	const pairs = 23
	for i := range pairs {
		for _, name := range []string{"user %02d", "User %02d"} {
			nu := accountstest.Person(fmt.Sprintf(name, i), "a first password")
			nu.ID = fmt.Sprintf("%.1s%02d", name, i)
			b.Create(t, nu)
		}
	}
	names := []strategies.Identifier{{Kind: "username", Value: "Jane"}, {Kind: "username", Value: "jane"}}
	put(t, b, "jane", names, "1x:username:Jane", "1x:username:jane")
	err := b.Reclaim(t, to, false, "")
	var collided *migration.CollisionError
	if !errors.As(err, &collided) || collided.Count != pairs || len(collided.Named) != 20 || collided.Named[0] != `one of "U00" and "u00"` ||
		!strings.Contains(err.Error(), ", and 3 more") || strings.Contains(err.Error(), "user 0") {
		t.Fatalf("got %v", err)
	}
	if migration.Unfinished(t.Context(), to) == nil {
		t.Error("the copy counts as finished")
	}
	for i := range pairs {
		if err := b.Users.Delete(t.Context(), accountstest.Admin, fmt.Sprintf("u%02d", i), true); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Reclaim(t, to, false, ""); err != nil {
		t.Fatal(err)
	}
	claim, err := to.Owner(t.Context(), "1:username:jane")
	if err != nil || claim.Owner != "jane" {
		t.Errorf("got %+v (%v)", claim, err)
	}
	if _, err := to.Owner(t.Context(), "1x:username:Jane"); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("a former key: %v", err)
	}
}

// put writes a stored user.
func put(t *testing.T, b *accountstest.Bench, kuid string, names []strategies.Identifier, keys ...string) {
	t.Helper()
	auth, err := json.Marshal(map[string]any{"records": []any{map[string]any{"strategy": "local", "identifiers": names}}})
	if err != nil {
		t.Fatal(err)
	}
	change := storage.Change{In: storage.Users, ID: kuid, Put: &storage.Document{Version: 1, Auth: auth}}
	for _, key := range keys {
		change.Take = append(change.Take, storage.Take{Key: key})
	}
	if _, err := b.Store.Commit(t.Context(), change); err != nil {
		t.Fatal(err)
	}
}
