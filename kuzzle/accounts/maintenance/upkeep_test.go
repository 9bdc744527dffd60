package maintenance_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/strategies"
	"github.com/gokuzzle/kuzzle/strategies/digestimport"
)

// Weak digests are sealed first, and wrapped in the background.
func TestUpkeepWraps(t *testing.T) {
	b := accountstest.NewImporting(t, nil)
	const users = 5
	for i := range users {
		b.Create(t, accountstest.Imported(map[string]any{"username": fmt.Sprintf("u%d", i), "passwordDigest": accountstest.MD5OfPassword, "passwordHasher": "md5"}))
	}
	if err := b.Accounts.Users.Refresh(t.Context(), storage.Users); err != nil {
		t.Fatal(err)
	}
	budget := 2
	busyAfter := func() bool { budget--; return budget >= 0 }
	first, err := b.Care.Upkeep(t.Context(), digestimport.Name, "", busyAfter)
	if err != nil || first.Improved != 2 || first.Waiting != users || first.Next == "" {
		t.Fatalf("the first round: %+v, %v", first, err)
	}
	rest, err := b.Care.Upkeep(t.Context(), digestimport.Name, first.Next, func() bool { return true })
	if err != nil || rest.Improved != users-2 || rest.Next != "" {
		t.Fatalf("the second round: %+v, %v", rest, err)
	}
	if none, err := b.Care.Upkeep(t.Context(), digestimport.Name, "", func() bool { return true }); err != nil || none.Waiting != 0 {
		t.Errorf("afterwards: %+v, %v", none, err)
	}
	if err := b.LoginAs(t, "local", "username", "u3", "wrong"); !errors.Is(err, strategies.ErrRefused) {
		t.Errorf("a wrong password: %v", err)
	}
	if err := b.LoginAs(t, "local", "username", "u3", "password"); err != nil {
		t.Errorf("a wrapped digest: %v", err)
	}
}
