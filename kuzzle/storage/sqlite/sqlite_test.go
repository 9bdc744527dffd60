package sqlite_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/storagetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestStore(t *testing.T) {
	storagetest.Run(t, func(t *testing.T) storage.Store { return open(t, t.TempDir()) })
}

func open(t testing.TB, dir string) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), dir, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// commitMany writes a batch, none of which may be refused.
func commitMany(t testing.TB, s *sqlite.Store, batch []storage.Change) {
	t.Helper()
	for _, result := range s.CommitMany(t.Context(), batch) {
		if result.Err != nil {
			t.Fatal(result.Err)
		}
	}
}
