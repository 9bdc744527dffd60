package sessions_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/sessions"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
)

// endReused refreshes with a token and expects the refusal.
func endReused(t *testing.T, b *accountstest.Bench, tok string) {
	t.Helper()
	if err := b.Sessions.EndReused(t.Context(), tok); err != nil {
		t.Error(err)
	}
}

// TestDescendantsEnd checks that every end of a session or key ends everything that it made,
// directly or indirectly, and nothing else.
func TestDescendantsEnd(t *testing.T) {
	ends := map[string]struct {
		key bool
		end func(b *accountstest.Bench, by users.Actor) error
		// all is set if the user's other sessions end too.
		all bool
	}{
		"logout": {end: func(b *accountstest.Bench, by users.Actor) error {
			return b.Sessions.Logout(context.Background(), by, false)
		}},
		"logout everywhere": {all: true, end: func(b *accountstest.Bench, by users.Actor) error {
			return b.Sessions.Logout(context.Background(), by, true)
		}},
		"revokeTokens": {all: true, end: func(b *accountstest.Bench, by users.Actor) error {
			return b.Sessions.RevokeTokens(context.Background(), accountstest.Admin, by.Kuid)
		}},
		"a changed password": {all: true, end: func(b *accountstest.Bench, by users.Actor) error {
			_, err := b.Credentials.UpdateCredentials(context.Background(), accountstest.Admin, by.Kuid, "local", map[string]any{"password": "battery staple"}, false)
			return err
		}},
		"deleteApiKey": {key: true, end: func(b *accountstest.Bench, by users.Actor) error {
			return b.Keys.DeleteKey(context.Background(), accountstest.Admin, by.Kuid, by.SessionID, false)
		}},
		"revokeTokens of a key's maker": {key: true, all: true, end: func(b *accountstest.Bench, by users.Actor) error {
			return b.Sessions.RevokeTokens(context.Background(), accountstest.Admin, by.Kuid)
		}},
		"dropping all sessions": {all: true, end: func(b *accountstest.Bench, by users.Actor) error {
			return b.Sessions.DropSessions(context.Background(), accountstest.Admin)
		}},
	}
	for name, test := range ends {
		t.Run(name, func(t *testing.T) {
			b, store := accountstest.NewBetween(t, nil)
			other, _ := b.Enter(t, "jdoe")
			stranger, _ := b.Enter(t, "stranger")
			tok, by := b.Enter(t, "jdoe")
			if test.key {
				tok = b.MakeKey(t, by, sessions.NewKey{Kuid: "jdoe", Description: "d", Visible: true})
				by = b.CallerOf(t, tok)
			}
			line := []string{tok}
			for range 3 {
				line = append(line, b.MakeToken(t, b.CallerOf(t, line[len(line)-1]), "10y"))
			}
			b.CheckTokens(t, true, append(line, other, stranger)...)
			// Skip the sweep, as if the server were killed.
			ended := false
			store.Reading = func(storage.Collection, string) error { return nil }
			store.Searching = func(of storage.Collection) error {
				if ended = true; name != "dropping all sessions" {
					return storage.ErrUnavailable.New()
				}
				return nil
			}
			if err := test.end(b, by); err != nil {
				t.Fatal(err)
			}
			store.Searching = nil
			b.CheckTokens(t, false, line...)
			if test.all {
				b.CheckTokens(t, false, other)
			} else {
				b.CheckTokens(t, true, other)
			}
			if name != "dropping all sessions" {
				b.CheckTokens(t, true, stranger)
			}
			if test.key && !ended {
				t.Error("nothing was swept after the key's end")
			}
		})
	}
}

// TestDeletedKeyIsSwept checks that the sessions of a deleted key are removed from the store.
func TestDeletedKeyIsSwept(t *testing.T) {
	b := accountstest.New(t, nil)
	_, by := b.Enter(t, "jdoe")
	key := b.MakeKey(t, by, sessions.NewKey{ID: "k", Kuid: "jdoe", Description: "d", Visible: true})
	made := b.CallerOf(t, b.MakeToken(t, b.CallerOf(t, key), "10y"))
	if err := b.Keys.DeleteKey(t.Context(), by, "jdoe", "k", false); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Store.Get(t.Context(), storage.Sessions, made.SessionID); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("the session that the key made: got %v, want it gone", err)
	}
}

// TestNothingOutlivesItsMaker checks that neither a long requested life, nor a refresh, nor a
// shortened maker makes a session outlive its maker.
func TestNothingOutlivesItsMaker(t *testing.T) {
	b := accountstest.New(t, nil)
	_, by := b.Enter(t, "jdoe")
	hour := b.Now.Add(time.Hour).UnixMilli()
	made, err := b.Exchange.CreateToken(t.Context(), by, "10y", false)
	if err != nil || made.ExpiresAt != hour || made.TTL != time.Hour.Milliseconds() {
		t.Fatalf("got an end at %d, a ttl of %d, %v, want %d", made.ExpiresAt, made.TTL, err, hour)
	}
	b.Advance(time.Minute)
	again, err := b.Exchange.RefreshToken(t.Context(), b.CallerOf(t, made.JWT), "10y", "", nil)
	if err != nil || again.ExpiresAt != hour {
		t.Fatalf("refreshed: got an end at %d, %v, want %d", again.ExpiresAt, err, hour)
	}
	b.CheckTokens(t, true, b.MakeToken(t, b.CallerOf(t, again.JWT), nil))
	key := b.MakeKey(t, by, sessions.NewKey{Kuid: "jdoe", Description: "d", ExpiresIn: "10m"})
	ofKey, err := b.Exchange.CreateToken(t.Context(), b.CallerOf(t, key), "10y", false)
	if want := b.Now.Add(10 * time.Minute).UnixMilli(); err != nil || ofKey.ExpiresAt != want {
		t.Errorf("a key's: got an end at %d, %v, want %d", ofKey.ExpiresAt, err, want)
	}
	if _, err := b.Exchange.RefreshToken(t.Context(), by, "2m", "", nil); err != nil {
		t.Fatal(err)
	}
	if v, err := b.Sessions.CheckToken(t.Context(), again.JWT); err != nil || v.ExpiresAt != b.Now.Add(2*time.Minute).UnixMilli() {
		t.Errorf("after the maker's life was cut: got an end at %d, %v", v.ExpiresAt, err)
	}
	b.Advance(3 * time.Minute)
	b.CheckTokens(t, false, again.JWT)
	b.CheckTokens(t, true, ofKey.JWT)
	b.Advance(10 * time.Minute)
	b.CheckTokens(t, false, key, ofKey.JWT)
}

func TestSingleUseMakesNothing(t *testing.T) {
	b := accountstest.New(t, nil)
	_, by := b.Enter(t, "jdoe")
	once, err := b.Exchange.CreateToken(t.Context(), by, "1h", true)
	if err != nil {
		t.Fatal(err)
	}
	used := b.CallerOf(t, once.JWT)
	_, err = b.Exchange.CreateToken(t.Context(), used, "1y", false)
	accountstest.WantFault(t, err, sessions.ErrMakesNothing)
	_, err = b.Exchange.RefreshToken(t.Context(), used, nil, "", nil)
	accountstest.WantFault(t, err, sessions.ErrMakesNothing)
	_, err = b.Keys.CreateKey(t.Context(), used, sessions.NewKey{Kuid: "jdoe", Description: "d"})
	accountstest.WantFault(t, err, sessions.ErrMakesNothing)
}

func TestMakersAreBounded(t *testing.T) {
	b := accountstest.New(t, nil)
	tok, _ := b.Enter(t, "jdoe")
	for range 8 {
		tok = b.MakeToken(t, b.CallerOf(t, tok), nil)
	}
	_, err := b.Exchange.CreateToken(t.Context(), b.CallerOf(t, tok), nil, false)
	accountstest.WantFault(t, err, sessions.ErrMakersLimit)
}

func TestKeysNeedALogin(t *testing.T) {
	for _, age := range []time.Duration{0, 5 * time.Minute, -1} {
		t.Run(age.String(), func(t *testing.T) {
			b := accountstest.New(t, func(o *accounts.Options) { o.KeyLoginAge = age })
			within := age
			if age == 0 {
				within = sessions.DefaultKeyLoginAge
			}
			tok, by := b.Enter(t, "jdoe")
			nk := sessions.NewKey{Kuid: "jdoe", Description: "d"}
			key := b.MakeKey(t, by, nk)
			b.MakeKey(t, accountstest.Operator, nk)
			for name, by := range map[string]users.Actor{
				"a key":                    b.CallerOf(t, key),
				"a token of a session":     b.CallerOf(t, b.MakeToken(t, by, nil)),
				"a token of a key":         b.CallerOf(t, b.MakeToken(t, b.CallerOf(t, key), nil)),
				"nobody":                   {Kuid: users.AnonymousKuid},
				"somebody without a token": {Kuid: "jdoe"},
			} {
				if _, err := b.Keys.CreateKey(t.Context(), by, nk); !errors.Is(err, sessions.ErrLoginNeeded) {
					t.Errorf("%s: got %v, want %s", name, err, sessions.ErrLoginNeeded.ID())
				}
			}
			if age < 0 {
				b.Advance(59 * time.Minute)
				b.MakeKey(t, b.CallerOf(t, tok), nk)
				return
			}
			b.Advance(within)
			fresh, err := b.Exchange.RefreshToken(t.Context(), by, nil, "", nil)
			if err != nil {
				t.Fatal(err)
			}
			b.MakeKey(t, b.CallerOf(t, fresh.JWT), nk)
			b.Advance(time.Millisecond)
			_, err = b.Keys.CreateKey(t.Context(), b.CallerOf(t, fresh.JWT), nk)
			accountstest.WantFault(t, err, sessions.ErrLoginNeeded)
			_, by = b.Enter(t, "jdoe")
			b.MakeKey(t, by, nk)
		})
	}
}

// TestKeysEndWithTheirMaker checks that a key outlives the session it was made in, and ends when
// all sessions of its maker are revoked.
func TestKeysEndWithTheirMaker(t *testing.T) {
	for _, keep := range []bool{false, true} {
		t.Run(fmt.Sprint("kept ", keep), func(t *testing.T) {
			b := accountstest.New(t, func(o *accounts.Options) { o.KeepKeysOnRevocation = keep })
			_, by := b.Enter(t, "jdoe")
			_, boss := b.Enter(t, "boss")
			own := b.MakeKey(t, by, sessions.NewKey{ID: "own", Kuid: "jdoe", Description: "d", Visible: true})
			lent := b.MakeKey(t, boss, sessions.NewKey{ID: "lent", Kuid: "jdoe", Description: "d", Visible: true})
			operators := b.MakeKey(t, accountstest.Operator, sessions.NewKey{ID: "service", Kuid: "jdoe", Description: "d", Visible: true})
			if err := b.Sessions.Logout(t.Context(), by, false); err != nil {
				t.Fatal(err)
			}
			b.Advance(2 * time.Hour)
			b.CheckTokens(t, true, own, lent, operators)
			if _, err := b.Credentials.UpdateCredentials(t.Context(), accountstest.Admin, "jdoe", "local", map[string]any{"password": "battery staple"}, false); err != nil {
				t.Fatal(err)
			}
			b.CheckTokens(t, keep, own)
			b.CheckTokens(t, true, lent, operators)
			if err := b.Sessions.RevokeTokens(t.Context(), accountstest.Admin, "boss"); err != nil {
				t.Fatal(err)
			}
			b.CheckTokens(t, keep, own, lent)
			b.CheckTokens(t, true, operators)
			for _, id := range []string{"own", "lent"} {
				if err := b.Keys.DeleteKey(t.Context(), accountstest.Admin, "jdoe", id, false); (err == nil) != keep {
					t.Errorf("deleting %s: %v, want it to be there: %v", id, err, keep)
				}
			}
		})
	}
}

// TestReuseEndsTheLine checks that a refresh with a replaced token after its grace time ends the
// session, and everything that it made.
func TestReuseEndsTheLine(t *testing.T) {
	b := accountstest.New(t, nil)
	first, by := b.Enter(t, "jdoe")
	other, _ := b.Enter(t, "jdoe")
	made := b.MakeToken(t, by, nil)
	tokens := []string{first}
	for range 3 {
		next, err := b.Exchange.RefreshToken(t.Context(), b.CallerOf(t, tokens[len(tokens)-1]), nil, "", nil)
		if err != nil {
			t.Fatal(err)
		}
		tokens = append(tokens, next.JWT)
	}
	b.CheckTokens(t, true, append(tokens, made)...)
	if _, err := b.Exchange.RefreshToken(t.Context(), by, nil, "", nil); !errors.Is(err, token.ErrInvalid) {
		t.Errorf("refreshed within the grace time: got %v", err)
	}
	b.Advance(sessions.DefaultRefreshGrace)
	present := tokens[len(tokens)-1]
	b.CheckTokens(t, false, first)
	b.CheckTokens(t, true, present, made)
	endReused(t, b, first)
	b.CheckTokens(t, false, append(tokens, made)...)
	b.CheckTokens(t, true, other)
}

// TestManyInGrace checks that a session remembers a limited number of replaced tokens. A forgotten
// one is refused, but not taken for a copy while its grace time may last.
func TestManyInGrace(t *testing.T) {
	b := accountstest.New(t, func(o *accounts.Options) { o.RefreshGrace = time.Minute })
	first, by := b.Enter(t, "jdoe")
	var last string
	for range 20 {
		next, err := b.Exchange.RefreshToken(t.Context(), by, nil, "", nil)
		if err != nil {
			t.Fatal(err)
		}
		last, by = next.JWT, b.CallerOf(t, next.JWT)
	}
	endReused(t, b, first)
	b.CheckTokens(t, false, first)
	b.CheckTokens(t, true, last)
	b.Advance(time.Minute)
	b.CheckTokens(t, true, last)
	endReused(t, b, first)
	b.CheckTokens(t, false, first, last)
}

// TestRefreshesAtOnce checks that of many concurrent refreshes of one token one succeeds, and that
// its token is valid.
func TestRefreshesAtOnce(t *testing.T) {
	b := accountstest.New(t, nil)
	tok, by := b.Enter(t, "jdoe")
	var mu sync.Mutex
	var next []string
	accountstest.OneOf(t, 100, token.ErrInvalid, func(int) error {
		s, err := b.Exchange.RefreshToken(t.Context(), by, nil, "", nil)
		if err == nil {
			mu.Lock()
			next = append(next, s.JWT)
			mu.Unlock()
		}
		return err
	})
	b.CheckTokens(t, true, append(next, tok)...)
}

// TestLogoutDuringARefresh runs a log-out at every read and write of a refresh, and a refresh at
// every one of a log-out: neither token is valid then.
func TestLogoutDuringARefresh(t *testing.T) {
	for _, outer := range []string{"refresh", "logout"} {
		for at := 1; ; at++ {
			b, store := accountstest.NewBetween(t, nil)
			tok, by := b.Enter(t, "jdoe")
			made := b.MakeToken(t, by, nil)
			refreshed := ""
			do := map[string]func(){
				"refresh": func() {
					s, err := b.Exchange.RefreshToken(t.Context(), by, nil, "", nil)
					if err != nil && !errors.Is(err, token.ErrInvalid) {
						t.Errorf("refresh: %v", err)
					}
					refreshed = s.JWT
				},
				"logout": func() {
					if err := b.Sessions.Logout(t.Context(), by, false); err != nil {
						t.Errorf("logout: %v", err)
					}
				},
			}
			inner := map[string]string{"refresh": "logout", "logout": "refresh"}[outer]
			steps, inside := 0, false
			step := func(of storage.Collection) {
				if of != storage.Sessions || inside {
					return
				}
				if steps++; steps == at {
					inside = true
					do[inner]()
					inside = false
				}
			}
			store.Reading = func(of storage.Collection, _ string) error { step(of); return nil }
			store.Writing = func(c storage.Change) { step(c.In) }
			do[outer]()
			store.Reading, store.Writing = nil, nil
			if steps < at {
				if at < 3 {
					t.Errorf("a %s has %d steps; the test does not see it", outer, steps)
				}
				break
			}
			b.CheckTokens(t, false, tok, made)
			if refreshed != "" {
				b.CheckTokens(t, false, refreshed)
			}
		}
	}
}

// TestLogoutAndRefreshAtOnce does the same concurrently, in random order.
func TestLogoutAndRefreshAtOnce(t *testing.T) {
	b := accountstest.New(t, nil)
	b.Enter(t, "jdoe")
	for round := range 30 {
		tok, by := b.Enter(t, "jdoe")
		tokens := []string{tok}
		var both sync.WaitGroup
		both.Go(func() {
			if s, err := b.Exchange.RefreshToken(t.Context(), by, nil, "", nil); err == nil {
				tokens = append(tokens, s.JWT)
			}
		})
		both.Go(func() {
			if err := b.Sessions.Logout(t.Context(), by, false); err != nil {
				t.Errorf("round %d: %v", round, err)
			}
		})
		both.Wait()
		b.CheckTokens(t, false, tokens...)
	}
}

// TestPasswordChangeDuringARefresh checks that the session that changes the password stays, even if
// it is refreshed concurrently.
func TestPasswordChangeDuringARefresh(t *testing.T) {
	b, store := accountstest.NewBetween(t, nil)
	_, by := b.Enter(t, "jdoe")
	changed := false
	store.Writing = func(c storage.Change) {
		if c.In != storage.Sessions || changed {
			return
		}
		changed = true
		if _, err := b.Credentials.UpdateCredentials(t.Context(), by, "jdoe", "local", map[string]any{"password": "battery staple"}, false); err != nil {
			t.Error(err)
		}
	}
	s, err := b.Exchange.RefreshToken(t.Context(), by, nil, "", nil)
	if err != nil || !changed {
		t.Fatalf("got %v, the password changed meanwhile: %v", err, changed)
	}
	b.CheckTokens(t, true, s.JWT)
}

// alwaysFresh is a node that learns of no change in time.
type alwaysFresh struct{}

func (alwaysFresh) Current() bool                 { return true }
func (alwaysFresh) Keepable(storage.Subject) bool { return true }

// TestRefreshElsewhere checks that a node with a cached session accepts the token of another node's
// refresh, and ends nothing.
func TestRefreshElsewhere(t *testing.T) {
	var opts accounts.Options
	here := accountstest.New(t, func(o *accounts.Options) { opts = *o; o.Fresh = alwaysFresh{} })
	opts.Fresh = alwaysFresh{}
	there := &accountstest.Bench{Accounts: accounts.New(opts), Store: here.Store, Now: here.Now}
	old, by := here.Enter(t, "jdoe")
	there.CheckTokens(t, true, old)
	next, err := here.Exchange.RefreshToken(t.Context(), by, nil, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	there.CheckTokens(t, true, next.JWT, old)
	here.CheckTokens(t, true, next.JWT)
	here.Advance(2 * time.Second)
	there.CheckTokens(t, false, old)
	endReused(t, there, old)
	here.Forget(storage.Subject{Of: storage.Sessions, ID: by.SessionID})
	here.CheckTokens(t, false, next.JWT)
}

// TestSessionsOfEarlierVersions: they have neither tokens, nor makers, nor a login. They are valid,
// can be refreshed more than once, and create no keys.
func TestSessionsOfEarlierVersions(t *testing.T) {
	b := accountstest.New(t, nil)
	tok, by := b.Enter(t, "jdoe")
	doc, err := b.Store.Get(t.Context(), storage.Sessions, by.SessionID)
	if err != nil {
		t.Fatal(err)
	}
	var content map[string]any
	if err := json.Unmarshal(doc.Content, &content); err != nil {
		t.Fatal(err)
	}
	delete(content, "token")
	delete(content, "loggedInAt")
	if doc.Content, err = json.Marshal(content); err != nil {
		t.Fatal(err)
	}
	doc.Version++
	if _, err := b.Store.Commit(t.Context(), storage.Change{In: storage.Sessions, ID: doc.ID, Put: &doc, If: doc.Rev}); err != nil {
		t.Fatal(err)
	}
	b.Forget(storage.Everything)
	by = b.CallerOf(t, tok)
	_, err = b.Keys.CreateKey(t.Context(), by, sessions.NewKey{Kuid: "jdoe", Description: "d"})
	accountstest.WantFault(t, err, sessions.ErrLoginNeeded)
	made := b.MakeToken(t, by, nil)
	next, err := b.Exchange.RefreshToken(t.Context(), by, nil, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	b.CheckTokens(t, true, tok, next.JWT, made)
	b.Advance(2 * time.Second)
	b.CheckTokens(t, true, next.JWT, made)
	endReused(t, b, tok)
	b.CheckTokens(t, false, tok, next.JWT, made)
}

// TestDeadSessionsCountForNothing checks that sessions that ended with their maker do not count for
// the limit.
func TestDeadSessionsCountForNothing(t *testing.T) {
	b := accountstest.New(t, func(o *accounts.Options) { o.MaxSessions = 4 })
	keep, _ := b.Enter(t, "jdoe")
	for range 5 {
		tok, err := b.Login(t, "jdoe", "correct horse")
		if err != nil {
			t.Fatal(err)
		}
		by := b.CallerOf(t, tok)
		b.MakeToken(t, by, nil)
		if err := b.Sessions.Logout(t.Context(), by, false); err != nil {
			t.Fatal(err)
		}
	}
	b.CheckTokens(t, true, keep)
}
