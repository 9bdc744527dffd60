package logins_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// waits counts the waits for writes.
type waits struct {
	storage.Store
	n atomic.Int64
	// meanwhile runs before several writes.
	meanwhile func()
}

func (w *waits) Commit(ctx context.Context, change storage.Change) (storage.Rev, error) {
	w.n.Add(1)
	return w.Store.Commit(ctx, change)
}

func (w *waits) CommitMany(ctx context.Context, changes []storage.Change) []storage.Result {
	w.n.Add(1)
	if w.meanwhile != nil {
		w.meanwhile()
	}
	return w.Store.CommitMany(ctx, changes)
}

// lastSignIn returns the stored time of a user's last login.
func lastSignIn(t *testing.T, b *accountstest.Bench, kuid string) int64 {
	t.Helper()
	u, err := b.Users.Read(t.Context(), kuid)
	if err != nil {
		t.Fatal(err)
	}
	return u.LastSignInAt
}

// TestLastSignIn checks that a login stores its time, without a wait in addition to its session's.
// A refresh, a token and a wrong password store nothing. A concurrent change of the user wins, and
// the login stands.
func TestLastSignIn(t *testing.T) {
	store := &waits{}
	b := accountstest.New(t, func(o *accounts.Options) {
		store.Store = o.Store
		accountstest.Through(o, store)
	})
	nu := accountstest.Person("jdoe", "correct horse")
	nu.ID = "jdoe"
	b.Create(t, nu)
	if at := lastSignIn(t, b, "jdoe"); at != 0 {
		t.Errorf("before any login: %d", at)
	}
	login := func() string {
		t.Helper()
		tok, err := b.Login(t, "jdoe", "correct horse")
		if err != nil {
			t.Fatal(err)
		}
		return tok
	}
	b.Advance(time.Minute)
	before, _ := b.Users.User(t.Context(), "jdoe")
	store.n.Store(0)
	tok := login()
	first := b.Now.UnixMilli()
	if n := store.n.Load(); n != 1 {
		t.Errorf("a login waits for %d writes, want 1", n)
	}
	after, _ := b.Users.User(t.Context(), "jdoe")
	if after.LastSignInAt != first || after.Version != before.Version || string(after.Content) != string(before.Content) {
		t.Errorf("after a login at %d: %+v, before %+v", first, after, before)
	}

	b.Advance(time.Minute)
	if _, err := b.Login(t, "jdoe", "wrong horse"); err == nil {
		t.Fatal("a wrong password logs in")
	}
	by := b.CallerOf(t, tok)
	b.MakeToken(t, by, "1h")
	if _, err := b.Exchange.RefreshToken(t.Context(), by, nil, "", nil); err != nil {
		t.Fatal(err)
	}
	if at := lastSignIn(t, b, "jdoe"); at != first {
		t.Errorf("after a wrong password, a token and a refresh: %d, want %d", at, first)
	}

	store.meanwhile = func() {
		store.meanwhile = nil
		if _, err := b.Users.Update(t.Context(), accountstest.Admin, "jdoe", map[string]any{"a": 1.0}, users.Edit{}); err != nil {
			t.Error(err)
		}
	}
	b.CheckTokens(t, true, login())
	if at := lastSignIn(t, b, "jdoe"); at != first {
		t.Errorf("a login wrote over a change at the same moment: %d, want %d", at, first)
	}
	b.Advance(time.Minute)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := b.Login(t, "jdoe", "correct horse"); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if at := lastSignIn(t, b, "jdoe"); at != b.Now.UnixMilli() {
		t.Errorf("after logins at the same moment: %d, want %d", at, b.Now.UnixMilli())
	}
}
