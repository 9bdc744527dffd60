package maintenance_test

import (
	"context"
	"errors"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/credentials"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
)

// A first administrator can be created only if there is none, even if users were created during the
// reset.
func TestNobodyIsCreatedIntoAReset(t *testing.T) {
	bus := events.NewBus(nil, nil)
	var b *accountstest.Bench
	b = accountstest.New(t, func(o *accounts.Options) {
		o.Events = bus
		accountstest.Through(o, o.Store)
	})
	tried := 0
	bus.Subscribe(events.ProfileUpdated, func(ctx context.Context, e events.Event) {
		if e.Subject.ID != "admin" {
			return
		}
		tried++
		nu := credentials.NewUser{ID: "late", Content: map[string]any{"profileIds": []any{"admin"}}}
		if _, err := b.Credentials.Create(ctx, accountstest.Admin, nu); err != nil {
			t.Error(err)
		}
	})
	if _, err := b.Care.Reset(t.Context(), accountstest.Admin); err != nil {
		t.Fatal(err)
	}
	if tried == 0 {
		t.Fatal("nobody was created during the reset")
	}
	exists, err := b.Users.AdminExists(t.Context())
	if err != nil || exists {
		t.Errorf("after a reset an administrator exists: %t, %v", exists, err)
	}
	if u, err := b.Users.User(t.Context(), "late"); !errors.Is(err, users.ErrUserNotFound) {
		t.Errorf("and yet there is %s with %v (%v)", u.Kuid, u.Profiles, err)
	}
}
