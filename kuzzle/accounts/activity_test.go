package accounts_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/sessions"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

const day = 24 * time.Hour

// weekLong makes sessions last longer than a day.
func weekLong(o *accounts.Options) { o.TokenLifetime = 7 * day }

// TestActivity checks that the first request of a user's sessions on a day is recorded. Later ones,
// and those of API keys, write nothing.
func TestActivity(t *testing.T) {
	b, asked := accountstest.NewAsked(t, weekLong)
	b.Now = time.Date(2026, 5, 4, 13, 0, 0, 0, time.UTC)
	midnight := time.Date(2026, 5, 4, 0, 0, 0, 0, time.UTC)
	tok, by := b.Enter(t, "ann")
	key := b.MakeKey(t, by, sessions.NewKey{Kuid: "ann", Description: "key"})
	noted := func(by string, tok string, want time.Time, writes bool) {
		t.Helper()
		b.CheckTokens(t, true, tok)
		asked.Taken()
		if err := b.Activity.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		if wrote := len(asked.Taken()) > 0; wrote != writes {
			t.Errorf("%s: wrote: %t", by, wrote)
		}
		u, err := b.Users.Current(t.Context(), "ann")
		if err != nil {
			t.Fatal(err)
		}
		if got := time.UnixMilli(u.LastActiveAt).UTC(); !got.Equal(want) {
			t.Errorf("%s: active on %s, want %s", by, got, want)
		}
	}
	noted("a login", tok, midnight, false)
	b.Advance(day)
	noted("a session", tok, midnight.Add(day), true)
	noted("the same session", tok, midnight.Add(day), false)
	b.Advance(day)
	noted("a key", key, midnight.Add(day), false)
	noted("a session, a day later", tok, midnight.Add(2*day), true)
	b.Advance(-day)
	noted("a clock that went back", tok, midnight.Add(2*day), false)
}

// failing is a store that refuses writes.
type failing struct {
	storage.Store
	err error
}

func (s *failing) CommitMany(ctx context.Context, changes []storage.Change) []storage.Result {
	if s.err == nil {
		return s.Store.CommitMany(ctx, changes)
	}
	results := make([]storage.Result, len(changes))
	for i := range results {
		results[i].Err = s.err
	}
	return results
}

// TestActivityWaitsForTheStore checks that a refused write fails no request, and that the next
// request records the day.
func TestActivityWaitsForTheStore(t *testing.T) {
	store := &failing{}
	b := accountstest.New(t, func(o *accounts.Options) {
		weekLong(o)
		store.Store = o.Store
		accountstest.Through(o, store)
	})
	tok, _ := b.Enter(t, "ann")
	b.Advance(day)
	store.err = errors.New("read-only")
	b.CheckTokens(t, true, tok)
	if err := b.Activity.Flush(t.Context()); !errors.Is(err, store.err) {
		t.Errorf("flush: %v", err)
	}
	store.err = nil
	b.CheckTokens(t, true, tok)
	if err := b.Activity.Flush(t.Context()); err != nil {
		t.Error(err)
	}
	u, err := b.Users.Read(t.Context(), "ann")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := u.LastActiveAt, b.Now.Truncate(day).UnixMilli(); got != want {
		t.Errorf("active on %d, want %d", got, want)
	}
}

// TestActivityOfWhoIsGone checks that the record of activity does not recreate a deleted user.
func TestActivityOfWhoIsGone(t *testing.T) {
	b := accountstest.New(t, weekLong)
	tok, _ := b.Enter(t, "ann")
	b.Advance(day)
	b.CheckTokens(t, true, tok)
	if err := b.Users.Delete(t.Context(), accountstest.Admin, "ann", false); err != nil {
		t.Fatal(err)
	}
	if err := b.Activity.Flush(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := b.Store.Get(t.Context(), storage.Users, "ann"); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("read: %v", err)
	}
}
