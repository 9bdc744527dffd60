package users_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/credentials"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/rights"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/profiles"
)

// hooked is a store whose single writes a test observes, one at a time.
type hooked struct {
	storage.Store
	before func(storage.Change)

	mu    sync.Mutex
	after func(storage.Change, error)
}

func (h *hooked) Commit(ctx context.Context, c storage.Change) (storage.Rev, error) {
	if h.before != nil {
		h.before(c)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	rev, err := h.Store.Commit(ctx, c)
	if h.after != nil {
		h.after(c, err)
	}
	return rev, err
}

// managed returns a bench with a manager, who has all rights of security and none of server.
func managed(t *testing.T) (*accountstest.Bench, *hooked, users.Actor) {
	t.Helper()
	store := &hooked{}
	b := accountstest.New(t, func(o *accounts.Options) {
		store.Store = o.Store
		accountstest.Through(o, store)
	})
	define(t, b, "manager", "security")
	if _, err := b.Credentials.Create(t.Context(), accountstest.Admin, credentials.NewUser{ID: "m", Content: holding("manager")}); err != nil {
		t.Fatal(err)
	}
	return b, store, users.Actor{Kuid: "m"}
}

var instance = rights.Write{Instance: true, Force: true, Retries: 10}

// define writes a role that allows all of the controllers, and its profile.
func define(t *testing.T, b *accountstest.Bench, id string, controllers ...string) {
	t.Helper()
	if _, err := b.Users.Rights.PutRole(t.Context(), id, allowing(controllers...), instance); err != nil {
		t.Error(err)
	}
	if _, err := b.Users.Rights.PutProfile(t.Context(), id, map[string]any{"policies": []any{map[string]any{"roleId": id}}}, instance); err != nil {
		t.Error(err)
	}
}

func allowing(controllers ...string) map[string]any {
	role := map[string]any{}
	for _, name := range controllers {
		role[name] = map[string]any{"actions": map[string]any{"*": true}}
	}
	return map[string]any{"controllers": role}
}

func holding(ids ...any) map[string]any { return map[string]any{"profileIds": ids} }

// TestGivingWhileARoleGrows: an administrator adds rights to a role beyond the manager's and
// removes them again, while the manager creates and changes its holders. Nothing of that is written
// while the role has more rights.
func TestGivingWhileARoleGrows(t *testing.T) {
	b, store, manager := managed(t)
	define(t, b, "changing", "security")
	grown, written, wrong := false, 0, 0
	store.after = func(c storage.Change, err error) {
		switch {
		case err != nil || c.Put == nil:
		case c.In == storage.Roles && c.ID == "changing":
			grown = strings.Contains(string(c.Put.Content), `"server"`)
		case c.In == storage.Users:
			written++
			if grown {
				wrong++
			}
		}
	}
	var givers sync.WaitGroup
	refused := make([]int, 4)
	const gifts = 5
	tried := make(chan struct{}, 1)
	var change atomic.Pointer[chan struct{}] // the next one closes it
	next := make(chan struct{})
	change.Store(&next)
	for g := range refused {
		givers.Go(func() {
			for i, gave := 0, 0; gave < gifts || refused[g] == 0; i++ {
				changes := *change.Load()
				kuid := fmt.Sprintf("u-%d-%d", g, i)
				_, err := b.Credentials.Create(t.Context(), manager, credentials.NewUser{ID: kuid, Content: holding("changing")})
				if err == nil {
					_, err = b.Users.Update(t.Context(), manager, kuid, map[string]any{"name": "x"}, users.Edit{})
				}
				switch {
				case err == nil:
					gave++
				case errors.Is(err, profiles.ErrExceedsOwn):
					refused[g]++
				default:
					t.Error(err)
					return
				}
				select {
				case tried <- struct{}{}:
				default:
				}
				if err != nil { // until the role has changed
					<-changes
				}
			}
		})
	}
	done := make(chan struct{})
	go func() { givers.Wait(); close(done) }()
	for i, ended := 0, false; !ended; i++ {
		role := allowing("security")
		if i%2 == 0 {
			role = allowing("security", "server")
		}
		if _, err := b.Users.Rights.PutRole(t.Context(), "changing", role, instance); err != nil {
			t.Error(err)
		}
		select {
		case <-tried: // with the role as it was
		default:
		}
		following := make(chan struct{})
		close(*change.Swap(&following))
		// Some writes are in progress when the role changes, though not always.
		select {
		case <-done:
			ended = true
		case <-tried:
		}
	}
	if wrong > 0 {
		t.Errorf("%d of %d writes gave what the manager lacked when they happened", wrong, written)
	}
	if written < len(refused)*gifts || refused[0]+refused[1]+refused[2]+refused[3] == 0 {
		t.Errorf("one-sided: %d written, %v refused", written, refused)
	}
}

// TestActingOnSomebodyPromoted: a user becomes an administrator between the check of a manager's
// change and its write. The change is checked again.
func TestActingOnSomebodyPromoted(t *testing.T) {
	for name, act := range map[string]func(b *accountstest.Bench, by users.Actor) error{
		"update": func(b *accountstest.Bench, by users.Actor) error {
			_, err := b.Users.Update(t.Context(), by, "u", map[string]any{"name": "x"}, users.Edit{Retries: 3})
			return err
		},
		"password": func(b *accountstest.Bench, by users.Actor) error {
			_, err := b.Credentials.UpdateCredentials(t.Context(), by, "u", "local", map[string]any{"password": "quite another one"}, false)
			return err
		},
		"sessions": func(b *accountstest.Bench, by users.Actor) error {
			return b.Sessions.RevokeTokens(t.Context(), by, "u")
		},
		"deletion": func(b *accountstest.Bench, by users.Actor) error { return b.Users.Delete(t.Context(), by, "u", false) },
	} {
		t.Run(name, func(t *testing.T) {
			b, store, manager := managed(t)
			nu := credentials.NewUser{ID: "u", Content: holding("manager"), Credentials: map[string]any{
				"local": map[string]any{"username": "u", "password": "the very first one"},
			}}
			if _, err := b.Credentials.Create(t.Context(), accountstest.Admin, nu); err != nil {
				t.Fatal(err)
			}
			promoted := false
			store.before = func(c storage.Change) {
				if c.In != storage.Users || c.ID != "u" || promoted {
					return
				}
				promoted = true
				if _, err := b.Users.Update(t.Context(), accountstest.Admin, "u", holding("admin"), users.Edit{}); err != nil {
					t.Error(err)
				}
			}
			if err := act(b, manager); !errors.Is(err, profiles.ErrExceedsOwn) || !promoted {
				t.Errorf("got %v, promoted %t", err, promoted)
			}
			u, err := b.Users.User(t.Context(), "u")
			if err != nil || u.Version != 2 {
				t.Errorf("the administrator is now %s, %v", u.Content, err)
			}
		})
	}
}

// unheard hides the writes of other processes.
type unheard struct{}

func (unheard) Current() bool                 { return true }
func (unheard) Keepable(storage.Subject) bool { return true }

// TestActingOnSomebodyWhoGrewElsewhere: another process adds rights to a user's profile, and this
// one has not learned of it. The committed state is checked, and not the cache.
func TestActingOnSomebodyWhoGrewElsewhere(t *testing.T) {
	for name, act := range map[string]func(b *accountstest.Bench, by users.Actor, i int) error{
		"update": func(b *accountstest.Bench, by users.Actor, i int) error {
			_, err := b.Users.Update(t.Context(), by, "u", map[string]any{"number": i}, users.Edit{Retries: 3})
			return err
		},
		"password": func(b *accountstest.Bench, by users.Actor, i int) error {
			_, err := b.Credentials.UpdateCredentials(t.Context(), by, "u", "local", map[string]any{"password": fmt.Sprint("quite another one ", i)}, false)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			b, store, manager := managed(t)
			b.Users.Rights.SetFreshness(unheard{})
			define(t, b, "changing", "security")
			nu := credentials.NewUser{ID: "u", Content: holding("changing"), Credentials: map[string]any{
				"local": map[string]any{"username": "u", "password": "the very first one"},
			}}
			if _, err := b.Credentials.Create(t.Context(), accountstest.Admin, nu); err != nil {
				t.Fatal(err)
			}
			if err := act(b, manager, 1); err != nil {
				t.Fatal(err)
			}
			role, err := store.Get(t.Context(), storage.Roles, "changing")
			if err != nil {
				t.Fatal(err)
			}
			rev := role.Rev
			role.Content = []byte(strings.Replace(string(role.Content), `"security"`, `"server"`, 1))
			if _, err := store.Store.Commit(t.Context(), storage.Change{In: storage.Roles, ID: "changing", Put: &role, If: rev}); err != nil {
				t.Fatal(err)
			}
			if err := act(b, manager, 2); !errors.Is(err, profiles.ErrExceedsOwn) {
				t.Errorf("got %v, want %v", err, profiles.ErrExceedsOwn)
			}
			if u, err := b.Users.User(t.Context(), "u"); err != nil || strings.Contains(string(u.Content), `"number":2`) {
				t.Errorf("the user is now %s, %v", u.Content, err)
			}
		})
	}
}

// TestImportsAreContained checks that rows are imported with the rights of the import's caller.
func TestImportsAreContained(t *testing.T) {
	b, _, manager := managed(t)
	if _, err := b.Credentials.Create(t.Context(), accountstest.Admin, credentials.NewUser{ID: "root", Content: holding("admin")}); err != nil {
		t.Fatal(err)
	}
	rows := []imports.Row{
		{ID: "fine", Content: holding("manager")},
		{ID: "evil", Content: holding("admin")},
		{ID: "root", Content: map[string]any{"name": "x", "profileIds": []any{"manager"}}},
	}
	for _, dry := range []bool{true, false} {
		how := imports.Import{OnConflict: imports.ConflictMerge, DryRun: dry}
		results, err := b.Imports.Import(t.Context(), manager, how, rows)
		if err != nil {
			t.Fatal(err)
		}
		for i, refused := range []bool{false, true, true} {
			if errors.Is(results[i].Err, profiles.ErrExceedsOwn) != refused || (results[i].Status == imports.RowFailed) != refused {
				t.Errorf("dry run %t: row %d: %s, %v", dry, i, results[i].Status, results[i].Err)
			}
		}
	}
	root, err := b.Users.User(t.Context(), "root")
	if err != nil || root.Version != 1 {
		t.Errorf("the administrator was changed: %s, %v", root.Content, err)
	}
	if _, err := b.Users.User(t.Context(), "evil"); !errors.Is(err, users.ErrUserNotFound) {
		t.Errorf("evil is here: %v", err)
	}
}

// TestWhoIsGoneGivesNothing checks that a deleted actor has no rights.
func TestWhoIsGoneGivesNothing(t *testing.T) {
	b, _, manager := managed(t)
	if err := b.Users.Delete(t.Context(), accountstest.Admin, "m", false); err != nil {
		t.Fatal(err)
	}
	_, err := b.Credentials.Create(t.Context(), manager, credentials.NewUser{Content: holding("manager")})
	if !errors.Is(err, profiles.ErrExceedsOwn) {
		t.Errorf("a user: got %v", err)
	}
	w := manager.Writing()
	w.Force = true
	if _, err := b.Users.Rights.PutRole(t.Context(), "r", allowing("security"), w); !errors.Is(err, profiles.ErrExceedsOwn) {
		t.Errorf("a role: got %v", err)
	}
}
