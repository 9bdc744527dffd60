package accounts_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/sessions"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
)

// enter logs in a user whom it makes if need be.
func (b *bench) enter(t *testing.T, name string) (tok string, by users.Actor) {
	t.Helper()
	if _, err := b.login(t, name, "correct horse"); err != nil {
		nu := person(name, "correct horse")
		nu.ID = name
		b.create(t, nu)
	}
	tok, err := b.login(t, name, "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	return tok, b.callerOf(t, tok)
}

func (b *bench) makeToken(t *testing.T, by users.Actor, expiresIn any) string {
	t.Helper()
	s, err := b.Exchange.CreateToken(t.Context(), by, expiresIn, false)
	if err != nil {
		t.Fatal(err)
	}
	return s.JWT
}

func (b *bench) makeKey(t *testing.T, by users.Actor, nk sessions.NewKey) string {
	t.Helper()
	key, err := b.Keys.CreateKey(t.Context(), by, nk)
	if err != nil {
		t.Fatal(err)
	}
	return key.Token
}

// endReused has a token refused that came to be refreshed.
func (b *bench) endReused(t *testing.T, tok string) {
	t.Helper()
	if err := b.Sessions.EndReused(t.Context(), tok); err != nil {
		t.Error(err)
	}
}

// checkTokens insists that every token works, or that none does.
func (b *bench) checkTokens(t *testing.T, work bool, tokens ...string) {
	t.Helper()
	for i, tok := range tokens {
		_, err := b.Sessions.Verify(t.Context(), tok)
		if work && err != nil || !work && !errors.Is(err, token.ErrInvalid) {
			t.Errorf("token %d: got %v, want it to work: %v", i, err, work)
		}
	}
}

// TestDescendantsEnd: whatever ends a session or a key ends all that it made,
// also what that made, and nothing else.
func TestDescendantsEnd(t *testing.T) {
	ends := map[string]struct {
		key bool
		end func(b *bench, by users.Actor) error
		// all says that the user's other sessions end too.
		all bool
	}{
		"logout": {end: func(b *bench, by users.Actor) error { return b.Sessions.Logout(context.Background(), by, false) }},
		"logout everywhere": {all: true, end: func(b *bench, by users.Actor) error {
			return b.Sessions.Logout(context.Background(), by, true)
		}},
		"revokeTokens": {all: true, end: func(b *bench, by users.Actor) error {
			return b.Sessions.RevokeTokens(context.Background(), admin, by.Kuid)
		}},
		"a changed password": {all: true, end: func(b *bench, by users.Actor) error {
			_, err := b.Credentials.UpdateCredentials(context.Background(), admin, by.Kuid, "local", map[string]any{"password": "battery staple"}, false)
			return err
		}},
		"deleteApiKey": {key: true, end: func(b *bench, by users.Actor) error {
			return b.Keys.DeleteKey(context.Background(), admin, by.Kuid, by.SessionID, false)
		}},
		"revokeTokens of a key's maker": {key: true, all: true, end: func(b *bench, by users.Actor) error {
			return b.Sessions.RevokeTokens(context.Background(), admin, by.Kuid)
		}},
		"dropping all sessions": {all: true, end: func(b *bench, by users.Actor) error {
			return b.Sessions.DropSessions(context.Background(), admin)
		}},
	}
	for name, test := range ends {
		t.Run(name, func(t *testing.T) {
			b, store := newBetween(t, nil)
			other, _ := b.enter(t, "jdoe")
			stranger, _ := b.enter(t, "stranger")
			tok, by := b.enter(t, "jdoe")
			if test.key {
				tok = b.makeKey(t, by, sessions.NewKey{Kuid: "jdoe", Description: "d", Visible: true})
				by = b.callerOf(t, tok)
			}
			line := []string{tok}
			for range 3 {
				line = append(line, b.makeToken(t, b.callerOf(t, line[len(line)-1]), "10y"))
			}
			b.checkTokens(t, true, append(line, other, stranger)...)
			// What is swept afterwards is not, as if the server were killed.
			ended := false
			store.reading = func(storage.Collection, string) error { return nil }
			store.searching = func(of storage.Collection) error {
				if ended = true; name != "dropping all sessions" {
					return storage.ErrUnavailable.New()
				}
				return nil
			}
			if err := test.end(b, by); err != nil {
				t.Fatal(err)
			}
			store.searching = nil
			b.checkTokens(t, false, line...)
			if test.all {
				b.checkTokens(t, false, other)
			} else {
				b.checkTokens(t, true, other)
			}
			if name != "dropping all sessions" {
				b.checkTokens(t, true, stranger)
			}
			if test.key && !ended {
				t.Error("nothing was swept after the key's end")
			}
		})
	}
}

// TestDeletedKeyIsSwept: what a deleted key made does not fill the store.
func TestDeletedKeyIsSwept(t *testing.T) {
	b := newBench(t, nil)
	_, by := b.enter(t, "jdoe")
	key := b.makeKey(t, by, sessions.NewKey{ID: "k", Kuid: "jdoe", Description: "d", Visible: true})
	made := b.callerOf(t, b.makeToken(t, b.callerOf(t, key), "10y"))
	if err := b.Keys.DeleteKey(t.Context(), by, "jdoe", "k", false); err != nil {
		t.Fatal(err)
	}
	if _, err := b.store.Get(t.Context(), storage.Sessions, made.SessionID); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("the session that the key made: got %v, want it gone", err)
	}
}

// TestNothingOutlivesItsMaker: neither by asking for a long life, nor by a
// refresh, nor when the maker's own life is cut.
func TestNothingOutlivesItsMaker(t *testing.T) {
	b := newBench(t, nil)
	_, by := b.enter(t, "jdoe")
	hour := b.now.Add(time.Hour).UnixMilli()
	made, err := b.Exchange.CreateToken(t.Context(), by, "10y", false)
	if err != nil || made.ExpiresAt != hour || made.TTL != time.Hour.Milliseconds() {
		t.Fatalf("got an end at %d, a ttl of %d, %v, want %d", made.ExpiresAt, made.TTL, err, hour)
	}
	b.advance(time.Minute)
	again, err := b.Exchange.RefreshToken(t.Context(), b.callerOf(t, made.JWT), "10y", "", nil)
	if err != nil || again.ExpiresAt != hour {
		t.Fatalf("refreshed: got an end at %d, %v, want %d", again.ExpiresAt, err, hour)
	}
	b.checkTokens(t, true, b.makeToken(t, b.callerOf(t, again.JWT), nil))
	key := b.makeKey(t, by, sessions.NewKey{Kuid: "jdoe", Description: "d", ExpiresIn: "10m"})
	ofKey, err := b.Exchange.CreateToken(t.Context(), b.callerOf(t, key), "10y", false)
	if want := b.now.Add(10 * time.Minute).UnixMilli(); err != nil || ofKey.ExpiresAt != want {
		t.Errorf("a key's: got an end at %d, %v, want %d", ofKey.ExpiresAt, err, want)
	}
	if _, err := b.Exchange.RefreshToken(t.Context(), by, "2m", "", nil); err != nil {
		t.Fatal(err)
	}
	if v, err := b.Sessions.CheckToken(t.Context(), again.JWT); err != nil || v.ExpiresAt != b.now.Add(2*time.Minute).UnixMilli() {
		t.Errorf("after the maker's life was cut: got an end at %d, %v", v.ExpiresAt, err)
	}
	b.advance(3 * time.Minute)
	b.checkTokens(t, false, again.JWT)
	b.checkTokens(t, true, ofKey.JWT)
	b.advance(10 * time.Minute)
	b.checkTokens(t, false, key, ofKey.JWT)
}

func TestSingleUseMakesNothing(t *testing.T) {
	b := newBench(t, nil)
	_, by := b.enter(t, "jdoe")
	once, err := b.Exchange.CreateToken(t.Context(), by, "1h", true)
	if err != nil {
		t.Fatal(err)
	}
	used := b.callerOf(t, once.JWT)
	_, err = b.Exchange.CreateToken(t.Context(), used, "1y", false)
	wantFault(t, err, sessions.ErrMakesNothing)
	_, err = b.Exchange.RefreshToken(t.Context(), used, nil, "", nil)
	wantFault(t, err, sessions.ErrMakesNothing)
	_, err = b.Keys.CreateKey(t.Context(), used, sessions.NewKey{Kuid: "jdoe", Description: "d"})
	wantFault(t, err, sessions.ErrMakesNothing)
}

func TestMakersAreBounded(t *testing.T) {
	b := newBench(t, nil)
	tok, _ := b.enter(t, "jdoe")
	for range 8 {
		tok = b.makeToken(t, b.callerOf(t, tok), nil)
	}
	_, err := b.Exchange.CreateToken(t.Context(), b.callerOf(t, tok), nil, false)
	wantFault(t, err, sessions.ErrMakersLimit)
}

func TestKeysNeedALogin(t *testing.T) {
	for _, age := range []time.Duration{0, 5 * time.Minute, -1} {
		t.Run(age.String(), func(t *testing.T) {
			b := newBench(t, func(o *accounts.Options) { o.KeyLoginAge = age })
			within := age
			if age == 0 {
				within = sessions.DefaultKeyLoginAge
			}
			tok, by := b.enter(t, "jdoe")
			nk := sessions.NewKey{Kuid: "jdoe", Description: "d"}
			key := b.makeKey(t, by, nk)
			b.makeKey(t, operator, nk)
			for name, by := range map[string]users.Actor{
				"a key":                    b.callerOf(t, key),
				"a token of a session":     b.callerOf(t, b.makeToken(t, by, nil)),
				"a token of a key":         b.callerOf(t, b.makeToken(t, b.callerOf(t, key), nil)),
				"nobody":                   {Kuid: users.AnonymousKuid},
				"somebody without a token": {Kuid: "jdoe"},
			} {
				if _, err := b.Keys.CreateKey(t.Context(), by, nk); !errors.Is(err, sessions.ErrLoginNeeded) {
					t.Errorf("%s: got %v, want %s", name, err, sessions.ErrLoginNeeded.ID())
				}
			}
			if age < 0 {
				b.advance(59 * time.Minute)
				b.makeKey(t, b.callerOf(t, tok), nk)
				return
			}
			b.advance(within)
			fresh, err := b.Exchange.RefreshToken(t.Context(), by, nil, "", nil)
			if err != nil {
				t.Fatal(err)
			}
			b.makeKey(t, b.callerOf(t, fresh.JWT), nk)
			b.advance(time.Millisecond)
			_, err = b.Keys.CreateKey(t.Context(), b.callerOf(t, fresh.JWT), nk)
			wantFault(t, err, sessions.ErrLoginNeeded)
			_, by = b.enter(t, "jdoe")
			b.makeKey(t, by, nk)
		})
	}
}

// TestKeysEndWithTheirMaker: a key survives the session it was made in, and ends
// when its maker's sessions are all revoked.
func TestKeysEndWithTheirMaker(t *testing.T) {
	for _, keep := range []bool{false, true} {
		t.Run(fmt.Sprint("kept ", keep), func(t *testing.T) {
			b := newBench(t, func(o *accounts.Options) { o.KeepKeysOnRevocation = keep })
			_, by := b.enter(t, "jdoe")
			_, boss := b.enter(t, "boss")
			own := b.makeKey(t, by, sessions.NewKey{ID: "own", Kuid: "jdoe", Description: "d", Visible: true})
			lent := b.makeKey(t, boss, sessions.NewKey{ID: "lent", Kuid: "jdoe", Description: "d", Visible: true})
			operators := b.makeKey(t, operator, sessions.NewKey{ID: "service", Kuid: "jdoe", Description: "d", Visible: true})
			if err := b.Sessions.Logout(t.Context(), by, false); err != nil {
				t.Fatal(err)
			}
			b.advance(2 * time.Hour)
			b.checkTokens(t, true, own, lent, operators)
			if _, err := b.Credentials.UpdateCredentials(t.Context(), admin, "jdoe", "local", map[string]any{"password": "battery staple"}, false); err != nil {
				t.Fatal(err)
			}
			b.checkTokens(t, keep, own)
			b.checkTokens(t, true, lent, operators)
			if err := b.Sessions.RevokeTokens(t.Context(), admin, "boss"); err != nil {
				t.Fatal(err)
			}
			b.checkTokens(t, keep, own, lent)
			b.checkTokens(t, true, operators)
			for _, id := range []string{"own", "lent"} {
				if err := b.Keys.DeleteKey(t.Context(), admin, "jdoe", id, false); (err == nil) != keep {
					t.Errorf("deleting %s: %v, want it to be there: %v", id, err, keep)
				}
			}
		})
	}
}

// TestReuseEndsTheLine: a token that would be refreshed after its grace time,
// when another is in its place, ends that one too and all that either made.
func TestReuseEndsTheLine(t *testing.T) {
	b := newBench(t, nil)
	first, by := b.enter(t, "jdoe")
	other, _ := b.enter(t, "jdoe")
	made := b.makeToken(t, by, nil)
	tokens := []string{first}
	for range 3 {
		next, err := b.Exchange.RefreshToken(t.Context(), b.callerOf(t, tokens[len(tokens)-1]), nil, "", nil)
		if err != nil {
			t.Fatal(err)
		}
		tokens = append(tokens, next.JWT)
	}
	b.checkTokens(t, true, append(tokens, made)...)
	if _, err := b.Exchange.RefreshToken(t.Context(), by, nil, "", nil); !errors.Is(err, token.ErrInvalid) {
		t.Errorf("refreshed within the grace time: got %v", err)
	}
	b.advance(sessions.DefaultRefreshGrace)
	present := tokens[len(tokens)-1]
	b.checkTokens(t, false, first)
	b.checkTokens(t, true, present, made)
	b.endReused(t, first)
	b.checkTokens(t, false, append(tokens, made)...)
	b.checkTokens(t, true, other)
}

// TestManyInGrace: a session remembers so many tokens. One that it forgot is
// refused, and is not taken for a copy while its grace time may last.
func TestManyInGrace(t *testing.T) {
	b := newBench(t, func(o *accounts.Options) { o.RefreshGrace = time.Minute })
	first, by := b.enter(t, "jdoe")
	var last string
	for range 20 {
		next, err := b.Exchange.RefreshToken(t.Context(), by, nil, "", nil)
		if err != nil {
			t.Fatal(err)
		}
		last, by = next.JWT, b.callerOf(t, next.JWT)
	}
	b.endReused(t, first)
	b.checkTokens(t, false, first)
	b.checkTokens(t, true, last)
	b.advance(time.Minute)
	b.checkTokens(t, true, last)
	b.endReused(t, first)
	b.checkTokens(t, false, first, last)
}

// TestRefreshesAtOnce: of many refreshes of one token one succeeds, and its
// token works.
func TestRefreshesAtOnce(t *testing.T) {
	b := newBench(t, nil)
	tok, by := b.enter(t, "jdoe")
	var mu sync.Mutex
	var next []string
	oneOf(t, 100, token.ErrInvalid, func(int) error {
		s, err := b.Exchange.RefreshToken(t.Context(), by, nil, "", nil)
		if err == nil {
			mu.Lock()
			next = append(next, s.JWT)
			mu.Unlock()
		}
		return err
	})
	b.checkTokens(t, true, append(next, tok)...)
}

// TestLogoutDuringARefresh lets a logout happen at every read and write of a
// refresh, and a refresh at every one of a logout: neither token works then.
func TestLogoutDuringARefresh(t *testing.T) {
	for _, outer := range []string{"refresh", "logout"} {
		for at := 1; ; at++ {
			b, store := newBetween(t, nil)
			tok, by := b.enter(t, "jdoe")
			made := b.makeToken(t, by, nil)
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
			store.reading = func(of storage.Collection, _ string) error { step(of); return nil }
			store.writing = func(c storage.Change) { step(c.In) }
			do[outer]()
			store.reading, store.writing = nil, nil
			if steps < at {
				if at < 3 {
					t.Errorf("a %s has %d steps; the test does not see it", outer, steps)
				}
				break
			}
			b.checkTokens(t, false, tok, made)
			if refreshed != "" {
				b.checkTokens(t, false, refreshed)
			}
		}
	}
}

// TestLogoutAndRefreshAtOnce is the same at random.
func TestLogoutAndRefreshAtOnce(t *testing.T) {
	b := newBench(t, nil)
	b.enter(t, "jdoe")
	for round := range 30 {
		tok, by := b.enter(t, "jdoe")
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
		b.checkTokens(t, false, tokens...)
	}
}

// TestPasswordChangeDuringARefresh: the session that changes the password goes
// on, also if it is refreshed at the same time.
func TestPasswordChangeDuringARefresh(t *testing.T) {
	b, store := newBetween(t, nil)
	_, by := b.enter(t, "jdoe")
	changed := false
	store.writing = func(c storage.Change) {
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
	b.checkTokens(t, true, s.JWT)
}

// alwaysFresh is a node that hears of no change in time.
type alwaysFresh struct{}

func (alwaysFresh) Current() bool                 { return true }
func (alwaysFresh) Keepable(storage.Subject) bool { return true }

// TestRefreshElsewhere: a node that keeps a session as it was before another
// node refreshed it takes the new token, and ends nothing.
func TestRefreshElsewhere(t *testing.T) {
	var opts accounts.Options
	here := newBench(t, func(o *accounts.Options) { opts = *o; o.Fresh = alwaysFresh{} })
	opts.Fresh = alwaysFresh{}
	there := &bench{Accounts: accounts.New(opts), store: here.store, now: here.now}
	old, by := here.enter(t, "jdoe")
	there.checkTokens(t, true, old)
	next, err := here.Exchange.RefreshToken(t.Context(), by, nil, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	there.checkTokens(t, true, next.JWT, old)
	here.checkTokens(t, true, next.JWT)
	here.advance(2 * time.Second)
	there.checkTokens(t, false, old)
	there.endReused(t, old)
	here.Forget(storage.Subject{Of: storage.Sessions, ID: by.SessionID})
	here.checkTokens(t, false, next.JWT)
}

// TestSessionsOfEarlierVersions: they name neither tokens, nor makers, nor a
// login. They work, are refreshed once more than never, and make no keys.
func TestSessionsOfEarlierVersions(t *testing.T) {
	b := newBench(t, nil)
	tok, by := b.enter(t, "jdoe")
	doc, err := b.store.Get(t.Context(), storage.Sessions, by.SessionID)
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
	if _, err := b.store.Commit(t.Context(), storage.Change{In: storage.Sessions, ID: doc.ID, Put: &doc, If: doc.Rev}); err != nil {
		t.Fatal(err)
	}
	b.Forget(storage.Everything)
	by = b.callerOf(t, tok)
	_, err = b.Keys.CreateKey(t.Context(), by, sessions.NewKey{Kuid: "jdoe", Description: "d"})
	wantFault(t, err, sessions.ErrLoginNeeded)
	made := b.makeToken(t, by, nil)
	next, err := b.Exchange.RefreshToken(t.Context(), by, nil, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	b.checkTokens(t, true, tok, next.JWT, made)
	b.advance(2 * time.Second)
	b.checkTokens(t, true, next.JWT, made)
	b.endReused(t, tok)
	b.checkTokens(t, false, tok, next.JWT, made)
}

// TestDeadSessionsCountForNothing: what ended with its maker pushes nobody out.
func TestDeadSessionsCountForNothing(t *testing.T) {
	b := newBench(t, func(o *accounts.Options) { o.MaxSessions = 4 })
	keep, _ := b.enter(t, "jdoe")
	for range 5 {
		tok, err := b.login(t, "jdoe", "correct horse")
		if err != nil {
			t.Fatal(err)
		}
		by := b.callerOf(t, tok)
		b.makeToken(t, by, nil)
		if err := b.Sessions.Logout(t.Context(), by, false); err != nil {
			t.Fatal(err)
		}
	}
	b.checkTokens(t, true, keep)
}
