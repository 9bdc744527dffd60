package rights_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/rights"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/sqlitetest"
	"github.com/gokuzzle/kuzzle/profiles"
)

// counting counts the calls that read several documents.
type counting struct {
	storage.Store
	reads, gets int
}

func (c *counting) Get(ctx context.Context, from storage.Collection, id string) (storage.Document, error) {
	c.gets++
	return c.Store.Get(ctx, from, id)
}

func (c *counting) GetMany(ctx context.Context, from storage.Collection, ids []string) ([]storage.Document, []string, error) {
	c.reads++
	return c.Store.GetMany(ctx, from, ids)
}

func counted(t *testing.T) (*rights.Store, *counting) {
	t.Helper()
	opened := sqlitetest.Open(t)
	store := &counting{Store: opened}
	held := rights.New(store, everything{}, rights.Builtin(), nil, time.Now)
	if err := held.Bootstrap(t.Context()); err != nil {
		t.Fatal(err)
	}
	store.reads, store.gets = 0, 0
	return held, store
}

// A login asks for the roles of users who exist; the time of reads would reveal that.
func TestRolesAreReadOnce(t *testing.T) {
	held, store := counted(t)
	for range 2 {
		roles, err := held.RolesOf(t.Context(), []string{"default", "admin"})
		if diff := cmp.Diff([]string{"admin", "default"}, roles); err != nil || diff != "" {
			t.Errorf("roles (-want +got):\n%s%v", diff, err)
		}
		if store.reads > 2 {
			t.Errorf("%d reads, want 2: of the profiles and of the roles", store.reads)
		}
	}
}

// lease is a Freshness with fixed answers.
type lease struct{ current, keepable bool }

func (l *lease) Current() bool                 { return l.current }
func (l *lease) Keepable(storage.Subject) bool { return l.keepable }

// Every creation asks twice whether its profiles exist. If other servers may delete profiles, the
// cached answer is used while the lease holds, and never for a profile that is being changed.
func TestExistingProfilesAreKnown(t *testing.T) {
	held, store := counted(t)
	fresh := &lease{current: true, keepable: true}
	held.SetFreshness(fresh)
	for _, step := range []struct {
		name  string
		first func()
		want  int // number of reads so far
	}{
		{"at first", func() {}, 1},
		{"again", func() {}, 1},
		{"without a lease", func() { fresh.current = false }, 2},
		{"with one again", func() { fresh.current = true }, 2},
		{"when another process changed it", func() { held.Forget(storage.Subject{Of: storage.Profiles, ID: "default"}) }, 3},
		{"while one changes it", func() {
			fresh.keepable = false
			held.Forget(storage.Subject{Of: storage.Profiles, ID: "default"})
		}, 4},
		{"while one still does", func() {}, 5},
	} {
		step.first()
		if err := held.Exist(t.Context(), []string{"default"}); err != nil || store.gets != step.want {
			t.Errorf("%s: %d reads, %v, want %d", step.name, store.gets, err, step.want)
		}
	}
}

// TestRightsAreListedWithinBounds: a role of many actions in a profile of many places makes a list
// that grows with their product. It is refused before it is built; the decision about each action
// still works.
func TestRightsAreListedWithinBounds(t *testing.T) {
	held, _ := counted(t)
	actions, collections := map[string]any{}, []any{}
	for i := range 5000 {
		actions[fmt.Sprint("action", i)] = true
		collections = append(collections, fmt.Sprint("collection", i))
	}
	role := map[string]any{"controllers": map[string]any{"many": map[string]any{"actions": actions}}}
	profile := map[string]any{"policies": []any{map[string]any{
		"roleId": "many", "restrictedTo": []any{map[string]any{"index": "i", "collections": collections}},
	}}}
	if _, err := held.CreateRole(t.Context(), "many", role, rights.Write{Instance: true, Force: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := held.CreateProfile(t.Context(), "many", profile, rights.Write{Instance: true}); err != nil {
		t.Fatal(err)
	}
	if list, err := held.RightsOf(t.Context(), "default", "many"); !errors.Is(err, rights.ErrTooManyRights) {
		t.Errorf("got %d lines, %v", len(list), err)
	}
	allowed, err := held.Allowed(t.Context(), []string{"many"}, "many", "action7", profiles.Target{Index: "i", Collection: "collection9"})
	if err != nil || !allowed {
		t.Errorf("one of them: allowed %t, %v", allowed, err)
	}
}
