// Package engines runs a test once on each storage engine. It opens the engines,
// and knows nothing of the tests.
package engines

import (
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/estest"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite"
)

// Each runs a test on an empty store of each engine, in parallel, and closes the
// store at its end.
func Each(t *testing.T, prefixes *estest.Prefixes, test func(t *testing.T, store storage.Store)) {
	Opened(t, prefixes, func(t *testing.T, open func() storage.Store) {
		t.Parallel()
		store := open()
		defer store.Close()
		test(t, store)
	})
}

// Opened runs a test that opens and closes its store more than once, each time with
// the data of the time before.
func Opened(t *testing.T, prefixes *estest.Prefixes, test func(t *testing.T, open func() storage.Store)) {
	must := func(t *testing.T, store storage.Store, err error) storage.Store {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return store
	}
	t.Run("sqlite", func(t *testing.T) {
		dir := t.TempDir()
		test(t, func() storage.Store {
			store, err := sqlite.Open(t.Context(), dir, sqlite.Options{})
			return must(t, store, err)
		})
	})
	t.Run("elasticsearch", func(t *testing.T) {
		node := estest.ForTest(t)
		prefix := prefixes.ForTest(t, node)
		test(t, func() storage.Store {
			store, err := elasticsearch.Open(t.Context(), elasticsearch.Options{Addresses: node.Addresses, Prefix: prefix, SearchTimeout: time.Minute})
			return must(t, store, err)
		})
	})
}
