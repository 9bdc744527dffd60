// Package sqlitetest opens embedded stores for tests.
package sqlitetest

import (
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite"
)

// Open returns an empty store in a folder of its own, which the end of the test closes.
func Open(t testing.TB) *sqlite.Store {
	t.Helper()
	store, err := sqlite.Open(t.Context(), t.TempDir(), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}
