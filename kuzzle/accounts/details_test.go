package accounts_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/credentials"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/kuid"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/storagetest/engines"
	"github.com/gokuzzle/kuzzle/strategies"
)

// TestDetails checks that a user's details are stored, that the external id is unique, and that the
// details' name logs in until a password has one of its own.
func TestDetails(t *testing.T) {
	engines.Each(t, prefixes, func(t *testing.T, store storage.Store) {
		b := accountstest.NewOn(t, store, nil)
		yes, none := true, 0
		d := users.Details{
			ExternalID: "Ada-1", Username: "ada", FirstName: "Ada", LastName: "Lovelace", Locale: "en-GB", Timezone: "Europe/London",
			LegalAcceptedAt: 1, DeleteSelf: &yes, CreateOrganizations: &yes, OrganizationsLimit: &none, TrustClients: true,
		}
		wallet := users.Contact{Kind: users.Wallet, Value: "0x52908400098527886E0F7030069857D2E4169EE7", Verification: &users.Verification{Strategy: users.ByAdmin, At: 1}}
		made, err := b.Credentials.Create(t.Context(), users.Actor{Operator: true}, credentials.NewUser{
			Form: kuid.Opaque, Content: map[string]any{"profileIds": []any{"default"}}, Details: d, Contacts: []users.Contact{wallet}, CreatedAt: 12345,
		})
		if err != nil {
			t.Fatal(err)
		}
		read := func() *users.User {
			t.Helper()
			u, err := b.Users.Read(t.Context(), made.Kuid)
			if err != nil {
				t.Fatal(err)
			}
			return u
		}
		if diff := cmp.Diff(d, read().Detailed()); diff != "" {
			t.Errorf("kept otherwise (-want +got):\n%s", diff)
		}
		if info, err := users.StoredInfo(read().Content); err != nil || info.CreatedAt != 12345.0 {
			t.Errorf("made at %v (%v), want 12345", info.CreatedAt, err)
		}
		for want, other := range map[string]credentials.NewUser{
			users.ExternalIDKind: {Details: users.Details{ExternalID: "Ada-1"}},
			"username":           {Details: users.Details{Username: "ADA"}},
			users.Wallet:         {Contacts: []users.Contact{{Kind: users.Wallet, Value: "0x52908400098527886e0f7030069857d2e4169ee7", Reserved: true}}},
		} {
			other.Content = map[string]any{"profileIds": []any{"default"}}
			_, err := b.Credentials.Create(t.Context(), users.Actor{Operator: true}, other)
			if taken := strategies.ErrTaken.New(want); !errors.Is(err, strategies.ErrTaken) || err.Error() != taken.Error() {
				t.Errorf("the %s of another: %v, want it taken", want, err)
			}
		}
		free := credentials.NewUser{Content: map[string]any{"profileIds": []any{"default"}}, Details: users.Details{ExternalID: "ada-1"}}
		if _, err := b.Credentials.Create(t.Context(), users.Actor{Operator: true}, free); err != nil {
			t.Errorf("an external id that differs in case: %v", err)
		}
		if _, err := b.Credentials.CreateCredentials(t.Context(), users.Actor{Operator: true}, made.Kuid, "local", map[string]any{"username": "countess", "password": "analytical engine"}, false); err != nil {
			t.Fatal(err)
		}
		if u := read(); u.Username() != "countess" || u.Detailed().Username != "" || u.UpdatedAt == 0 {
			t.Errorf("with a password of the name countess the user is called %q, by the details %q, changed at %d", u.Username(), u.Detailed().Username, u.UpdatedAt)
		}
		renamed := read().WithDetails(users.Details{Username: "byron"})
		if at := renamed.Records[0]; renamed.Username() != "byron" || renamed.Details != nil || at.Public["username"] != "byron" {
			t.Errorf("renamed: %+v", renamed)
		}
		if unnamed := renamed.WithDetails(users.Details{}); unnamed.Username() != "" || unnamed.Records[0].Public["username"] != nil {
			t.Errorf("without a name: %+v", unnamed)
		}
	})
}
