package rights_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/rights"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite"
)

// counting counts the reads of several documents.
type counting struct {
	storage.Store
	reads int
}

func (c *counting) GetMany(ctx context.Context, from storage.Collection, ids []string) ([]storage.Document, error) {
	c.reads++
	return c.Store.GetMany(ctx, from, ids)
}

// A login asks for the roles of users who exist; that it reads them must not
// show in how long it takes.
func TestRolesAreReadOnce(t *testing.T) {
	opened, err := sqlite.Open(t.Context(), t.TempDir(), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = opened.Close() })
	store := &counting{Store: opened}
	keeper := rights.New(store, everything{}, rights.Builtin(), nil, time.Now)
	if err := keeper.Bootstrap(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		roles, err := keeper.RolesOf(t.Context(), []string{"default", "admin"})
		if diff := cmp.Diff([]string{"admin", "default"}, roles); err != nil || diff != "" {
			t.Errorf("roles (-want +got):\n%s%v", diff, err)
		}
		if store.reads > 2 {
			t.Errorf("%d reads, want 2: of the profiles and of the roles", store.reads)
		}
	}
}
