package maintenance_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/maintenance"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
	"github.com/gokuzzle/kuzzle/strategies"
)

// dying is a store whose process is killed before a write.
type dying struct {
	storage.Store
	writes int
}

var errKilled = errors.New("killed")

func (d *dying) Commit(ctx context.Context, change storage.Change) (storage.Rev, error) {
	if d.writes--; d.writes < 0 {
		return storage.Rev{}, errKilled
	}
	return d.Store.Commit(ctx, change)
}

func (d *dying) CommitMany(ctx context.Context, changes []storage.Change) []storage.Result {
	results := make([]storage.Result, len(changes))
	for i, change := range changes {
		results[i].Rev, results[i].Err = d.Commit(ctx, change)
	}
	return results
}

func reclaim(t *testing.T, b *accountstest.Bench, store storage.Store, exact bool) (maintenance.Reclaimed, error) {
	t.Helper()
	r := maintenance.Reclaim{Store: store, CaseSensitive: exact}
	return r.Run(t.Context())
}

// people have names whose spellings distinguish the rules.
var people = []string{"Jane", "josé", "ＢＯＢ", "Ada@Example.com", "+15555550100", "plain"}

// Spellings of each that are equal if names are folded.
var spellings = []string{"JANE", "JOSÉ", "bob ", "ada@example.COM", "+15555550100\u200b", "Plain"}

// wantNames logs all users in by the given name, and by another spelling exactly if that must work.
func wantNames(t *testing.T, b *accountstest.Bench, exact bool) {
	t.Helper()
	b.Names.CaseSensitive = exact
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

// TestReclaimKilled checks that a Reclaim that is killed between any two writes leaves either
// working names, or data on which no server starts; and that the next run completes it, forwards or
// backwards.
func TestReclaimKilled(t *testing.T) {
	for _, exact := range []bool{true, false} {
		t.Run(fmt.Sprintf("to %t", exact), func(t *testing.T) {
			b := accountstest.New(t, func(opts *accounts.Options) {
				opts.CaseSensitive = !exact
				patient := throttle.Limit{Free: 1_000_000}
				opts.Logins = throttle.NewLogins(throttle.Config{Pair: patient, Account: patient, Address: patient})
			})
			b.Unboot(t)
			if err := b.Names.FixNaming(t.Context()); err != nil {
				t.Fatal(err)
			}
			for _, name := range people {
				b.Create(t, accountstest.Person(name, "a first password"))
			}
			tok, err := b.Login(t, people[0], "a first password")
			if err != nil {
				t.Fatal(err)
			}
			for writes, ended := 0, false; !ended; writes++ {
				_, err := reclaim(t, b, &dying{b.Store, writes}, exact)
				if ended = err == nil; !ended && !errors.Is(err, errKilled) {
					t.Fatal(err)
				}
				wantBetween(t, b, exact, writes)
				// Every second time it first goes back.
				if writes%2 == 1 {
					if _, err := reclaim(t, b, b.Store, !exact); err != nil {
						t.Fatal(err)
					}
					wantNames(t, b, !exact)
				}
				if _, err := reclaim(t, b, b.Store, exact); err != nil {
					t.Fatal(err)
				}
				wantStarts(t, b, exact)
				wantNames(t, b, exact)
				if _, err := reclaim(t, b, b.Store, !exact); err != nil {
					t.Fatal(err)
				}
			}
			wantNames(t, b, !exact)
			if _, err := b.Sessions.Verify(t.Context(), tok); err != nil {
				t.Errorf("the session of before: %v", err)
			}
			if again, err := reclaim(t, b, b.Store, !exact); err != nil || !again.Needless {
				t.Errorf("again: got %+v (%v), want that it was needless", again, err)
			}
		})
	}
}

// wantBetween checks a store after a killed Reclaim: the old rule before the first write, the new
// one after the last, and none in between.
func wantBetween(t *testing.T, b *accountstest.Bench, exact bool, writes int) {
	t.Helper()
	last := len(people) + 2
	switch {
	case writes == 0:
		wantStarts(t, b, !exact)
		wantNames(t, b, !exact)
	case writes >= last:
		wantStarts(t, b, exact)
		wantNames(t, b, exact)
	default:
		for _, rule := range []bool{false, true} {
			b.Names.CaseSensitive = rule
			if err := b.Names.FixNaming(t.Context()); err == nil || !strings.Contains(err.Error(), "kuzzle doctor --reclaim") {
				t.Errorf("killed after %d writes, a start with %t: got %v, want the way on", writes, rule, err)
			}
		}
	}
}

func wantStarts(t *testing.T, b *accountstest.Bench, exact bool) {
	t.Helper()
	b.Names.CaseSensitive = exact
	if err := b.Names.FixNaming(t.Context()); err != nil {
		t.Errorf("a start with %t: %v", exact, err)
	}
	b.Names.CaseSensitive = !exact
	if err := b.Names.FixNaming(t.Context()); err == nil || !strings.Contains(err.Error(), "run kuzzle doctor --reclaim") {
		t.Errorf("a start with %t: got %v, want a refusal that names the way", !exact, err)
	}
	b.Names.CaseSensitive = exact
}

// TestReclaimCollisions checks that colliding names are counted, that some are reported with their
// users, and that nothing is written.
func TestReclaimCollisions(t *testing.T) {
	b := accountstest.New(t, accountstest.CaseSensitive)
	b.Unboot(t)
	if err := b.Names.FixNaming(t.Context()); err != nil {
		t.Fatal(err)
	}
	const names, holders = maintenance.MaxCollisions + 3, maintenance.MaxHolders + 2
	for i := range names {
		for j, name := range []string{fmt.Sprintf("user %d", i), fmt.Sprintf("User %d", i)} {
			nu := accountstest.Person(name, "a first password")
			nu.ID = fmt.Sprintf("k%d-%02d", j, i)
			b.Create(t, nu)
		}
	}
	for i := range holders {
		nu := accountstest.Person(strings.Repeat("a", i)+"A"+strings.Repeat("a", holders-i), "a first password")
		nu.ID = fmt.Sprintf("a%02d", i)
		b.Create(t, nu)
	}
	b.Create(t, accountstest.Person("of one's own", "a first password"))
	store := &dying{b.Store, 0}
	got, err := reclaim(t, b, store, false)
	if err != nil {
		t.Fatal(err)
	}
	if got.Collided != names+1 || len(got.Collisions) != maintenance.MaxCollisions || got.Users != 2*names+holders+1 || got.Written != 0 {
		t.Errorf("got %d collisions, %d shown, %d users, %d written", got.Collided, len(got.Collisions), got.Users, got.Written)
	}
	for _, c := range got.Collisions {
		first := c.Holders[0]
		want, shown := 2, 2
		if first.Kuid == "a00" {
			want, shown = holders, maintenance.MaxHolders
		}
		if c.Count != want || len(c.Holders) != shown || strings.Join(first.Strategies, ",") != "local" {
			t.Errorf("got %+v, want %d users", c, want)
		}
	}
	wantStarts(t, b, true)
	if _, err := b.Login(t, "User 3", "a first password"); err != nil {
		t.Error(err)
	}
}

// TestReclaimOneUser checks that several names of one user that become equal are no collision.
func TestReclaimOneUser(t *testing.T) {
	b := accountstest.New(t, accountstest.CaseSensitive)
	b.Unboot(t)
	if err := b.Names.FixNaming(t.Context()); err != nil {
		t.Fatal(err)
	}
	names := []strategies.Identifier{{Kind: "username", Value: "Jane"}, {Kind: "username", Value: "jane"}, {Kind: "username", Value: "JANE"}}
	put(t, b, "jane", names, "1x:username:Jane", "1x:username:jane", "1x:username:JANE")
	if got, err := reclaim(t, b, b.Store, false); err != nil || got.Written != 1 {
		t.Fatalf("got %+v (%v)", got, err)
	}
	wantOwner(t, b, "1:username:jane", "jane")
	if got, err := reclaim(t, b, b.Store, true); err != nil || got.Written != 1 {
		t.Fatalf("got %+v (%v)", got, err)
	}
	for _, name := range names {
		wantOwner(t, b, "1x:username:"+name.Value, "jane")
	}
	wantOwner(t, b, "1:username:jane", "")
}

// TestReclaimManyNames checks a user with as many keys as one commit may have, so that the change
// takes two.
func TestReclaimManyNames(t *testing.T) {
	b := accountstest.New(t, nil)
	var names []strategies.Identifier
	var keys []string
	for i := range storage.MaxTakes {
		names = append(names, strategies.Identifier{Kind: "username", Value: fmt.Sprintf("Name%d", i)})
		keys = append(keys, fmt.Sprintf("1:username:name%d", i))
	}
	put(t, b, "many", names, keys...)
	if got, err := reclaim(t, b, b.Store, true); err != nil || got.Users != 1 {
		t.Fatalf("got %+v (%v)", got, err)
	}
	for i, name := range names {
		wantOwner(t, b, "1x:username:"+name.Value, "many")
		wantOwner(t, b, keys[i], "")
	}
}

// TestReclaimAlone checks that data in use stays as it was, and that of two concurrent runs each
// notices the other.
func TestReclaimAlone(t *testing.T) {
	b := accountstest.New(t, nil)
	b.Create(t, accountstest.Person("Jane", "a first password"))
	served := errors.New("somebody serves")
	r := maintenance.Reclaim{Store: b.Store, CaseSensitive: true, Alone: func(context.Context) error { return served }}
	if _, err := r.Run(t.Context()); !errors.Is(err, served) {
		t.Errorf("got %v, want %v", err, served)
	}
	wantStarts(t, b, false)
	r.Alone = func(context.Context) error {
		doc, err := b.Store.Get(t.Context(), storage.Settings, users.NamingSetting)
		if err != nil {
			return err
		}
		_, err = b.Store.Commit(t.Context(), storage.Change{In: storage.Settings, ID: doc.ID, Put: &doc, If: doc.Rev})
		return err
	}
	if _, err := r.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "another kuzzle doctor --reclaim") {
		t.Errorf("got %v, want to be told of the other", err)
	}
	if done, err := reclaim(t, b, b.Store, true); err != nil || !done.Resumed {
		t.Errorf("got %+v (%v), want it taken up", done, err)
	}
	wantStarts(t, b, true)
}

// TestReclaimDryRun checks that a dry run writes nothing.
func TestReclaimDryRun(t *testing.T) {
	b := accountstest.New(t, nil)
	b.Create(t, accountstest.Person("Jane", "a first password"))
	r := maintenance.Reclaim{Store: &dying{b.Store, 0}, CaseSensitive: true, DryRun: true}
	if done, err := r.Run(t.Context()); err != nil || done.Users != 1 || done.Written != 0 {
		t.Errorf("got %+v (%v)", done, err)
	}
	wantStarts(t, b, false)
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

func wantOwner(t *testing.T, b *accountstest.Bench, key, want string) {
	t.Helper()
	claim, err := b.Store.Owner(t.Context(), key)
	if err != nil && !errors.Is(err, storage.ErrNotFound) || claim.Owner != want {
		t.Errorf("%s: got %q (%v), want %q", key, claim.Owner, err, want)
	}
}
