package accountstest

import (
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/maintenance"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/migration"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Reclaim copies the bench's store to another one, with names under another rule.
func (b *Bench) Reclaim(t testing.TB, to storage.Store, exact bool, alike users.LookAlikes) error {
	t.Helper()
	change, err := maintenance.Reclaim(t.Context(), b.Store, exact, alike)
	if err != nil {
		t.Fatal(err)
	}
	copying := migration.Plan{From: b.Store, To: to, Identity: users.NamingSetting, Name: "sqlite:data", Now: time.Now, Change: change}
	_, err = copying.Run(t.Context())
	return err
}
