package accounts_test

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
	"github.com/gokuzzle/kuzzle/strategies"
)

// flowFor puts a flow about a user, "" for nobody.
func (b *bench) flowFor(t *testing.T, kuid string, bound bool) string {
	t.Helper()
	tok, err := b.Logins.Host("local").Flows().Put(t.Context(), strategies.Flow{Kuid: kuid, Kind: "test", For: time.Hour, Bound: bound})
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

func (b *bench) peek(t *testing.T, tok string) error {
	t.Helper()
	_, err := b.Logins.Host("local").Flows().Peek(t.Context(), tok)
	return err
}

// flowsLeft counts what is stored among the flows.
func (b *bench) flowsLeft(t *testing.T) int {
	t.Helper()
	left, err := b.store.Walk(t.Context(), storage.Flows, "", 100)
	if err != nil {
		t.Fatal(err)
	}
	return len(left)
}

// TestFlowsLeaveWithTheirUser: whatever deletes users removes their tokens and the
// logins that wait for a second factor, and nobody else's.
func TestFlowsLeaveWithTheirUser(t *testing.T) {
	for _, test := range []struct {
		name string
		do   func(b *bench, kuid string) error
		left int
	}{
		{"a deletion", func(b *bench, kuid string) error { return b.Users.Delete(t.Context(), admin, kuid, false) }, 2},
		{"a load over the user", func(b *bench, kuid string) error {
			return b.Imports.Load(t.Context(), admin, imports.Securities{OnExisting: imports.OverwriteExisting, Users: map[string]any{
				kuid: map[string]any{"content": map[string]any{"profileIds": []any{"default"}}},
			}})
		}, 2},
		{"a reset of everything", func(b *bench, _ string) error {
			_, err := b.Care.Reset(t.Context(), admin)
			return err
		}, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := factorBench(t, nil)
			b.bring(t, imports.Import{Source: "old"}, withFactors("1", "jdoe", map[string]any{"totpSecret": broughtSecret}))
			found, _, err := b.Logins.Host("local").FindByIdentifier(t.Context(), strategies.Identifier{Kind: "username", Value: "jdoe"})
			if err != nil {
				t.Fatal(err)
			}
			kuid := found.Kuid
			other := b.create(t, person("other", "correct horse")).Kuid
			if b.begin(t, "jdoe") == nil {
				t.Fatal("no second factor is asked for")
			}
			b.flowFor(t, kuid, false)
			spared := []string{b.flowFor(t, other, false), b.flowFor(t, "", false)}
			if got := b.flowsLeft(t); got != 4 {
				t.Fatalf("%d flows to begin with, want 4", got)
			}
			if err := test.do(b, kuid); err != nil {
				t.Fatal(err)
			}
			if got := b.flowsLeft(t); got != test.left {
				t.Errorf("%d flows are left, want %d", got, test.left)
			}
			for _, tok := range spared[:test.left] {
				if err := b.peek(t, tok); err != nil {
					t.Errorf("somebody else's flow: %v", err)
				}
			}
		})
	}
}

// TestBansEndFlows: a flow of somebody who is banned is refused, and one that is bound
// to the sessions stays so.
func TestBansEndFlows(t *testing.T) {
	b := newBench(t, nil)
	kuid := b.create(t, person("jdoe", "correct horse")).Kuid
	bound, free := b.flowFor(t, kuid, true), b.flowFor(t, kuid, false)
	b.ban(t, kuid)
	wantFault(t, b.peek(t, bound), strategies.ErrFlowUnknown)
	wantFault(t, b.peek(t, free), users.ErrBanned)
	if _, err := b.Users.Unban(t.Context(), admin, kuid); err != nil {
		t.Fatal(err)
	}
	wantFault(t, b.peek(t, bound), strategies.ErrFlowUnknown)
	if err := b.peek(t, free); err != nil {
		t.Error(err)
	}
}

// TestTokensTellNothing: tokens about one user, another and nobody look alike.
func TestTokensTellNothing(t *testing.T) {
	b := newBench(t, nil)
	kuid := b.create(t, person("jdoe", "correct horse")).Kuid
	const tail = 16 // what hides the user
	seen := map[string]bool{}
	for range 20 {
		for _, of := range []string{kuid, ""} {
			tok := b.flowFor(t, of, false)
			if end := tok[len(tok)-tail:]; len(tok) != 48 || seen[end] {
				t.Fatalf("the token %s about %q ends as another does, or has %d characters", tok, of, len(tok))
			} else {
				seen[end] = true
			}
		}
	}
}

// TestTokensOutliveUpdates: a token that is on its way counts after the master key was
// replaced, and after an update from a version whose tokens had another form.
func TestTokensOutliveUpdates(t *testing.T) {
	b := newBench(t, nil)
	kuid := b.create(t, person("jdoe", "correct horse")).Kuid
	tok := b.flowFor(t, kuid, false)
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
	if _, err := b.store.Commit(t.Context(), storage.Change{In: storage.Flows, ID: doc.ID, Put: &doc}); err != nil {
		t.Fatal(err)
	}
	newer := make([]byte, token.MasterKeyBytes)
	rand.Read(newer)
	sealer, err := token.NewSealer(newer, make([]byte, token.MasterKeyBytes))
	if err != nil {
		t.Fatal(err)
	}
	renewed := newBenchOn(t, b.store, func(o *accounts.Options) { o.Sealer = sealer })
	for name, tok := range map[string]string{"a former key": tok, "an earlier version": earlier, "the new key": renewed.flowFor(t, kuid, false)} {
		if err := renewed.peek(t, tok); err != nil {
			t.Errorf("a token of %s: %v", name, err)
		}
	}
	wantFault(t, renewed.peek(t, tok[:47]+"="), strategies.ErrFlowUnknown)
}
