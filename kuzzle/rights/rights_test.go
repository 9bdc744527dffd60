package rights_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/rights"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/sqlitetest"
	"github.com/gokuzzle/kuzzle/profiles"
)

// everything is a catalogue in which no controller is native.
type everything struct{}

func (everything) Native(string) (map[string]bool, bool)  { return nil, false }
func (everything) Plugin(string) (map[string]bool, bool)  { return nil, false }
func (everything) Canonical(c, a string) (string, string) { return c, a }

func newStore(t *testing.T, bus *events.Bus) *rights.Store {
	t.Helper()
	store := sqlitetest.Open(t)
	held := rights.New(store, everything{}, rights.Builtin(), bus, time.Now)
	if err := held.Bootstrap(t.Context()); err != nil {
		t.Fatal(err)
	}
	return held
}

var force = rights.Write{By: events.Actor{Kuid: "root"}, Force: true}

func allowing(controller string) map[string]any {
	return map[string]any{"controllers": map[string]any{controller: map[string]any{"actions": map[string]any{"*": true}}}}
}

func granting(roles ...string) map[string]any {
	var policies []any
	for _, role := range roles {
		policies = append(policies, map[string]any{"roleId": role})
	}
	return map[string]any{"policies": policies}
}

// TestWritesBindAtOnce checks that the compiled rights follow every acknowledged write of a role or
// profile.
func TestWritesBindAtOnce(t *testing.T) {
	k := newStore(t, nil)
	ctx := t.Context()
	allowed := func() bool {
		t.Helper()
		compiled, err := k.Compiled(ctx, []string{"p"})
		if err != nil {
			t.Fatal(err)
		}
		return compiled.Allowed("door", "open", profiles.Target{})
	}
	steps := []struct {
		name string
		do   func() error
		want bool
	}{
		{"nothing there", func() error { return nil }, false},
		{"a role", func() error { _, err := k.CreateRole(ctx, "r", allowing("door"), force); return err }, false},
		{"a profile with it", func() error { _, err := k.CreateProfile(ctx, "p", granting("r"), force); return err }, true},
		{"the role loses the door", func() error { _, err := k.ReplaceRole(ctx, "r", allowing("window"), force); return err }, false},
		{"and gets it back", func() error { _, err := k.PutRole(ctx, "r", allowing("door"), force); return err }, true},
		{"the profile goes over to another", func() error { _, err := k.UpdateProfile(ctx, "p", granting("default"), force); return err }, false},
	}
	for _, step := range steps {
		if err := step.do(); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		if got := allowed(); got != step.want {
			t.Errorf("%s: allowed is %v, want %v", step.name, got, step.want)
		}
	}
}

// TestNoRoleIsLost runs writes of profiles that name roles against the deletion of these roles:
// either the profile is refused or the role stays.
func TestNoRoleIsLost(t *testing.T) {
	k := newStore(t, nil)
	ctx := t.Context()
	for round := range 40 {
		role, profile := fmt.Sprint("r", round), fmt.Sprint("p", round)
		if _, err := k.CreateRole(ctx, role, allowing("door"), force); err != nil {
			t.Fatal(err)
		}
		var wait sync.WaitGroup
		var created, deleted error
		wait.Go(func() { _, created = k.CreateProfile(ctx, profile, granting(role), force) })
		wait.Go(func() { deleted = k.DeleteRole(ctx, role, force) })
		wait.Wait()
		switch {
		case created == nil && errors.Is(deleted, profiles.ErrRoleInUse):
		case errors.Is(created, profiles.ErrRoleNotFound) && deleted == nil:
		default:
			t.Fatalf("round %d: the profile answered %v, the deletion %v", round, created, deleted)
		}
	}
}

func TestEventsNameWhatWasDone(t *testing.T) {
	bus := events.NewBus(nil, nil)
	k := newStore(t, bus)
	var got []string
	bus.Subscribe(events.All, func(_ context.Context, e events.Event) {
		got = append(got, e.Name+" "+e.Subject.ID+" by "+e.Actor.Kuid)
	})
	ctx := t.Context()
	for _, do := range []func() error{
		func() error { _, err := k.CreateRole(ctx, "r", allowing("door"), force); return err },
		func() error { _, err := k.PutRole(ctx, "r", allowing("door"), force); return err },
		func() error {
			_, err := k.CreateRole(ctx, "r", allowing("door"), force)
			return expect(err, storage.ErrExists)
		},
		func() error { return k.DeleteRole(ctx, "r", force) },
		func() error { _, err := k.CreateProfile(ctx, "p", granting("default"), force); return err },
		func() error { _, err := k.UpdateProfile(ctx, "p", map[string]any{"rateLimit": 5.0}, force); return err },
	} {
		if err := do(); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{
		"role.created r by root", "role.updated r by root", "role.deleted r by root",
		"profile.created p by root", "profile.updated p by root",
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("events %v, want %v", got, want)
	}
}

func expect(err, want error) error {
	if !errors.Is(err, want) {
		return fmt.Errorf("got %v, want %v", err, want)
	}
	return nil
}
