package accounts_test

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/storagetest/engines"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
	"github.com/gokuzzle/kuzzle/strategies"
)

// flowFor stores a flow about a user, or about nobody for "".
func flowFor(t *testing.T, b *accountstest.Bench, kuid string, bound bool) string {
	t.Helper()
	tok, err := b.Logins.Host("local").Flows().Put(t.Context(), strategies.Flow{Kuid: kuid, Kind: "test", For: time.Hour, Bound: bound})
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

func peek(t *testing.T, b *accountstest.Bench, tok string) error {
	t.Helper()
	_, err := b.Logins.Host("local").Flows().Peek(t.Context(), tok)
	return err
}

// TestFlowsLeaveWithTheirUser checks that every deletion of a user removes the user's tokens and
// the logins that wait for a second factor, and no others.
func TestFlowsLeaveWithTheirUser(t *testing.T) {
	for _, test := range []struct {
		name string
		do   func(b *accountstest.Bench, kuid string) error
		left int
	}{
		{"a deletion", func(b *accountstest.Bench, kuid string) error {
			return b.Users.Delete(t.Context(), accountstest.Admin, kuid, false)
		}, 2},
		{"a load over the user", func(b *accountstest.Bench, kuid string) error {
			return b.Imports.Load(t.Context(), accountstest.Admin, imports.Securities{OnExisting: imports.OverwriteExisting, Users: map[string]any{
				kuid: map[string]any{"content": map[string]any{"profileIds": []any{"default"}}},
			}})
		}, 2},
		{"a reset of everything", func(b *accountstest.Bench, _ string) error {
			_, err := b.Care.Reset(t.Context(), accountstest.Admin)
			return err
		}, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := factorBench(t)
			b.Bring(t, imports.Import{Source: "old"}, withFactors("1", "jdoe", map[string]any{"totpSecret": broughtSecret}))
			found, _, err := b.Logins.Host("local").FindByIdentifier(t.Context(), strategies.Identifier{Kind: "username", Value: "jdoe"})
			if err != nil {
				t.Fatal(err)
			}
			kuid := found.Kuid
			other := b.Create(t, accountstest.Person("other", "correct horse")).Kuid
			if begin(t, b, "jdoe") == nil {
				t.Fatal("no second factor is asked for")
			}
			flowFor(t, b, kuid, false)
			spared := []string{flowFor(t, b, other, false), flowFor(t, b, "", false)}
			if got := b.FlowsLeft(t); got != 4 {
				t.Fatalf("%d flows to begin with, want 4", got)
			}
			if err := test.do(b, kuid); err != nil {
				t.Fatal(err)
			}
			if got := b.FlowsLeft(t); got != test.left {
				t.Errorf("%d flows are left, want %d", got, test.left)
			}
			for _, tok := range spared[:test.left] {
				if err := peek(t, b, tok); err != nil {
					t.Errorf("somebody else's flow: %v", err)
				}
			}
		})
	}
}

// TestFlowsLeaveOnEachStore checks that a walk finds them on every engine.
func TestFlowsLeaveOnEachStore(t *testing.T) {
	engines.Each(t, prefixes, func(t *testing.T, store storage.Store) {
		b := accountstest.NewOn(t, store, nil)
		kuid, other := b.Create(t, accountstest.Person("jdoe", "correct horse")).Kuid, b.Create(t, accountstest.Person("other", "correct horse")).Kuid
		flowFor(t, b, kuid, false)
		flowFor(t, b, kuid, true)
		spared := flowFor(t, b, other, false)
		if err := b.Users.Delete(t.Context(), accountstest.Admin, kuid, false); err != nil {
			t.Fatal(err)
		}
		if got, err := b.FlowsLeft(t), peek(t, b, spared); got != 1 || err != nil {
			t.Errorf("%d flows are left, want 1; the other user's: %v", got, err)
		}
	})
}

// TestBansEndFlows checks that a flow of a banned user is refused, and that a flow that is bound to
// sessions stays so after the ban.
func TestBansEndFlows(t *testing.T) {
	b := accountstest.New(t, nil)
	kuid := b.Create(t, accountstest.Person("jdoe", "correct horse")).Kuid
	bound, free := flowFor(t, b, kuid, true), flowFor(t, b, kuid, false)
	b.Ban(t, kuid)
	accountstest.WantFault(t, peek(t, b, bound), strategies.ErrFlowUnknown)
	accountstest.WantFault(t, peek(t, b, free), users.ErrBanned)
	if _, err := b.Users.Unban(t.Context(), accountstest.Admin, kuid, false); err != nil {
		t.Fatal(err)
	}
	accountstest.WantFault(t, peek(t, b, bound), strategies.ErrFlowUnknown)
	if err := peek(t, b, free); err != nil {
		t.Error(err)
	}
}

// TestTokensTellNothing checks that tokens about one user, another user and nobody look alike.
func TestTokensTellNothing(t *testing.T) {
	b := accountstest.New(t, nil)
	kuid := b.Create(t, accountstest.Person("jdoe", "correct horse")).Kuid
	const tail = 16 // length of the part that hides the user
	seen := map[string]bool{}
	for range 20 {
		for _, of := range []string{kuid, ""} {
			tok := flowFor(t, b, of, false)
			if end := tok[len(tok)-tail:]; len(tok) != 48 || seen[end] {
				t.Fatalf("the token %s about %q ends as another does, or has %d characters", tok, of, len(tok))
			} else {
				seen[end] = true
			}
		}
	}
}

// TestTokensOutliveUpdates checks that an issued token is valid after the master key was replaced,
// and after an update from a version with another form of tokens.
func TestTokensOutliveUpdates(t *testing.T) {
	b := accountstest.New(t, nil)
	kuid := b.Create(t, accountstest.Person("jdoe", "correct horse")).Kuid
	tok := flowFor(t, b, kuid, false)
	earlier := rand.Text() + rand.Text()
	sum := sha256.Sum256([]byte(earlier))
	u, err := b.Users.Read(t.Context(), kuid)
	if err != nil {
		t.Fatal(err)
	}
	content, err := json.Marshal(map[string]any{"strategy": "local", "kuid": kuid, "incarnation": u.Incarnation, "epoch": u.Epoch, "expiresAt": -1})
	if err != nil {
		t.Fatal(err)
	}
	doc := storage.Document{ID: hex.EncodeToString(sum[:]), Version: 1, Content: content}
	if _, err := b.Store.Commit(t.Context(), storage.Change{In: storage.Flows, ID: doc.ID, Put: &doc}); err != nil {
		t.Fatal(err)
	}
	newer := make([]byte, token.MasterKeyBytes)
	rand.Read(newer)
	sealer, err := token.NewSealer(newer, make([]byte, token.MasterKeyBytes))
	if err != nil {
		t.Fatal(err)
	}
	renewed := accountstest.NewOn(t, b.Store, func(o *accounts.Options) { o.Sealer = sealer })
	for name, tok := range map[string]string{"a former key": tok, "an earlier version": earlier, "the new key": flowFor(t, renewed, kuid, false)} {
		if err := peek(t, renewed, tok); err != nil {
			t.Errorf("a token of %s: %v", name, err)
		}
	}
	accountstest.WantFault(t, peek(t, renewed, tok[:47]+"="), strategies.ErrFlowUnknown)
}
