package imports_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/sessions"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// TestImportedKeyDescriptions checks that the limit also holds for imported API keys.
func TestImportedKeyDescriptions(t *testing.T) {
	b := accountstest.New(t, nil)
	u := b.Create(t, accountstest.Person("anna", "correct horse"))
	key := func(n, size int) imports.ImportedKey {
		return imports.ImportedKey{ID: fmt.Sprint("key-", n), Kuid: u.Kuid, ExpiresAt: -1, TTL: -1, Description: strings.Repeat("x", size), Fingerprint: fmt.Sprintf("%064x", n)}
	}
	for _, dry := range []bool{true, false} {
		results, err := b.Imports.ImportKeys(t.Context(), accountstest.Admin, imports.Import{DryRun: dry}, []imports.ImportedKey{key(1, 4<<10), key(2, 4<<10+1)})
		if err != nil {
			t.Fatal(err)
		}
		if results[0].Status != imports.RowCreated || results[1].Status != imports.RowFailed {
			t.Errorf("4,096 bytes: %s, 4,097: %s, want created and failed (dry run: %t)", results[0].Status, results[1].Status, dry)
		}
		accountstest.WantFault(t, results[1].Err, sessions.ErrKeyDescription)
	}
	if _, err := b.Store.Get(t.Context(), storage.APIKeys, fmt.Sprintf("%064x", 2)); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("the refused key: %v", err)
	}
}
