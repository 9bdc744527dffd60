package accounts_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/sessions"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/rights"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
)

// between is a store in whose reads and writes something else happens first.
type between struct {
	storage.Store
	reading func(of storage.Collection, id string) error
	writing func(storage.Change)
	// searching may refuse.
	searching func(of storage.Collection) error
}

func (s *between) Search(ctx context.Context, in storage.Collection, what query.Search) (storage.Page, error) {
	if s.searching != nil {
		if err := s.searching(in); err != nil {
			return storage.Page{}, err
		}
	}
	return s.Store.Search(ctx, in, what)
}

func (s *between) Get(ctx context.Context, from storage.Collection, id string) (storage.Document, error) {
	if s.reading != nil {
		if err := s.reading(from, id); err != nil {
			return storage.Document{}, err
		}
	}
	return s.Store.Get(ctx, from, id)
}

func (s *between) Commit(ctx context.Context, change storage.Change) (storage.Rev, error) {
	if s.writing != nil {
		s.writing(change)
	}
	return s.Store.Commit(ctx, change)
}

func newBetween(t *testing.T, change func(*accounts.Options)) (*bench, *between) {
	store := &between{}
	return newBench(t, func(o *accounts.Options) {
		store.Store = o.Store
		o.Store, o.Rights = store, rights.New(store, everything{}, rights.Builtin(), o.Events, o.Now)
		if change != nil {
			change(o)
		}
	}), store
}

// callerOf is who a token stands for.
func (b *bench) callerOf(t *testing.T, tok string) users.Actor {
	t.Helper()
	v, err := b.Sessions.Verify(t.Context(), tok)
	if err != nil {
		t.Fatal(err)
	}
	return users.Actor{Kuid: v.User.Kuid, SessionID: v.SessionID, APIKey: v.APIKey, Token: v.Token, SingleUse: v.SingleUse}
}

// A client forgets a token that it hears is invalid, so a store that is away for
// a moment must not say so.
func TestRefreshWhileTheStoreIsAway(t *testing.T) {
	b, store := newBetween(t, nil)
	b.create(t, person("jdoe", "correct horse"))
	tok, err := b.login(t, "jdoe", "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	caller := b.callerOf(t, tok)
	store.reading = func(of storage.Collection, _ string) error {
		if of == storage.Sessions {
			return storage.ErrUnavailable.New()
		}
		return nil
	}
	_, err = b.Exchange.RefreshToken(t.Context(), caller, nil, "", nil)
	if got, ok := fault.From(err); !ok || got.ID() != storage.ErrUnavailable.ID() {
		t.Errorf("got %v, want %s", err, storage.ErrUnavailable.ID())
	}
	store.reading = nil
	if _, err := b.Exchange.RefreshToken(t.Context(), caller, nil, "", nil); err != nil {
		t.Errorf("once the store is back: %v", err)
	}
}

// A logout ends the session even if it is written between being read and being
// removed, as a change of the password does.
func TestLogoutDuringAChange(t *testing.T) {
	b, store := newBetween(t, nil)
	u := b.create(t, person("jdoe", "correct horse"))
	tok, err := b.login(t, "jdoe", "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	caller := b.callerOf(t, tok)
	changes := 0
	store.writing = func(c storage.Change) {
		if c.In != storage.Sessions || c.Put != nil || changes > 0 {
			return
		}
		changes++
		_, err := b.Credentials.UpdateCredentials(t.Context(), caller, u.Kuid, "local", map[string]any{"password": "battery staple"}, false)
		if err != nil {
			t.Error(err)
		}
	}
	if err := b.Sessions.Logout(t.Context(), caller, false); err != nil {
		t.Fatal(err)
	}
	if changes != 1 {
		t.Fatalf("the password was changed %d times meanwhile, want once", changes)
	}
	_, err = b.Sessions.Verify(t.Context(), tok)
	wantFault(t, err, token.ErrInvalid)
}

// Sessions that are over do not push out one that is not.
func TestExpiredSessionsCountForNothing(t *testing.T) {
	b := newBench(t, func(o *accounts.Options) { o.MaxSessions = 3 })
	b.create(t, person("jdoe", "correct horse"))
	tokens := make([]string, 4)
	var err error
	login := func(i int) {
		t.Helper()
		b.advance(time.Second)
		if tokens[i], err = b.login(t, "jdoe", "correct horse"); err != nil {
			t.Fatal(err)
		}
	}
	login(0)
	for range 10 {
		if _, err := b.Exchange.CreateToken(t.Context(), b.callerOf(t, tokens[0]), "1s", false); err != nil {
			t.Fatal(err)
		}
		b.advance(time.Minute / 10)
	}
	for i := range 3 {
		login(i + 1)
		if _, err := b.Sessions.Verify(t.Context(), tokens[0]); (err == nil) != (i < 2) {
			t.Errorf("with %d live sessions of at most 3, the first: %v", i+2, err)
		}
	}
	for _, tok := range tokens[1:] {
		if _, err := b.Sessions.Verify(t.Context(), tok); err != nil {
			t.Error(err)
		}
	}
}

// An id is free as soon as its user is deleted: what the next user of that id
// has by the time the old one's sessions and keys are removed stays.
func TestSweepSparesTheNextUser(t *testing.T) {
	bus := events.NewBus(nil, nil)
	b := newBench(t, func(o *accounts.Options) { o.Events = bus })
	jdoe := person("jdoe", "correct horse")
	jdoe.ID = "u1"
	b.create(t, jdoe)
	old, err := b.Keys.CreateKey(t.Context(), operator, sessions.NewKey{ID: "old", Kuid: "u1", Visible: true})
	if err != nil {
		t.Fatal(err)
	}
	var next []string
	bus.Subscribe(events.UserDeleted, func(ctx context.Context, _ events.Event) {
		b.create(t, jdoe)
		key, err := b.Keys.CreateKey(ctx, operator, sessions.NewKey{ID: "new", Kuid: "u1", Visible: true})
		if err != nil {
			t.Fatal(err)
		}
		tok, err := b.login(t, "jdoe", "correct horse")
		if err != nil {
			t.Fatal(err)
		}
		next = []string{key.Token, tok}
	})
	if err := b.Users.Delete(t.Context(), admin, "u1", true); err != nil {
		t.Fatal(err)
	}
	if len(next) == 0 {
		t.Fatal("nobody was created meanwhile")
	}
	for _, tok := range next {
		if _, err := b.Sessions.Verify(t.Context(), tok); err != nil {
			t.Errorf("%.8s… of the next user: %v", tok, err)
		}
	}
	if _, err := b.Sessions.Verify(t.Context(), old.Token); !errors.Is(err, token.ErrInvalid) {
		t.Errorf("a key of the user who was deleted: got %v, want %s", err, token.ErrInvalid.ID())
	}
	if err := b.Keys.DeleteKey(t.Context(), admin, "u1", "old", false); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("the old key was not removed: %v", err)
	}
}
