package accounts_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/sessions"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/digest"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/strategies"
	"github.com/gokuzzle/kuzzle/strategies/local"
)

func lockForGood(us *users.Users, ctx context.Context, by users.Actor, kuid string) (users.User, error) {
	return us.Lock(ctx, by, kuid, nil)
}

// TestBan: a ban ends all that works of a user, in its own commit; what was not a
// session works again when it is lifted.
func TestBan(t *testing.T) {
	b, store := newBetween(t, nil)
	tok, by := b.enter(t, "jdoe")
	made := b.makeToken(t, by, "10y")
	key := b.makeKey(t, admin, sessions.NewKey{Kuid: "jdoe", Description: "d"})
	own := b.makeKey(t, by, sessions.NewKey{Kuid: "jdoe", Description: "d"})
	stranger, _ := b.enter(t, "stranger")
	b.checkTokens(t, true, tok, made, key, own, stranger)

	// What is swept afterwards is not, as if the server were killed.
	store.Searching = func(storage.Collection) error { return storage.ErrUnavailable.New() }
	if u := b.ban(t, "jdoe"); u.Standing.BannedAt != b.Now.UnixMilli() || u.Standing.LockedAt != 0 {
		t.Errorf("banned: %+v", u.Standing)
	}
	store.Searching = nil
	b.checkTokens(t, false, tok, made, key, own)
	b.checkTokens(t, true, stranger)
	_, wrong := b.login(t, "jdoe", "wrong horse")
	wantFault(t, wrong, strategies.ErrRefused)
	if _, unknown := b.login(t, "nobody", "wrong horse"); wrong.Error() != unknown.Error() {
		t.Errorf("a wrong password is answered %q, an unknown name %q", wrong, unknown)
	}
	_, err := b.login(t, "jdoe", "correct horse")
	wantFault(t, err, users.ErrBanned)
	if _, err := b.Exchange.RefreshToken(t.Context(), by, nil, "", nil); err == nil {
		t.Error("a session that the ban ended is refreshed")
	}

	first := b.ban(t, "jdoe")
	b.advance(time.Second)
	if again := b.ban(t, "jdoe"); again.Standing != first.Standing || again.Epoch != first.Epoch {
		t.Errorf("a second ban changed %+v to %+v", first, again)
	}
	if _, err := b.Users.Unban(t.Context(), admin, "jdoe"); err != nil {
		t.Fatal(err)
	}
	b.checkTokens(t, false, tok, made, own)
	b.checkTokens(t, true, key)
	if _, err := b.login(t, "jdoe", "correct horse"); err != nil {
		t.Errorf("after the ban was lifted: %v", err)
	}
}

// TestLock: a lock refuses logins and nothing else.
func TestLock(t *testing.T) {
	b := newBench(t, nil)
	tok, by := b.enter(t, "jdoe")
	if u, err := b.Users.Lock(t.Context(), admin, "jdoe", nil); err != nil || u.Standing.LockedAt != b.Now.UnixMilli() || u.Banned() {
		t.Fatalf("locked: %+v, %v", u.Standing, err)
	}
	_, err := b.login(t, "jdoe", "correct horse")
	wantFault(t, err, users.ErrLocked)
	_, err = b.login(t, "jdoe", "wrong horse")
	wantFault(t, err, strategies.ErrRefused)
	b.checkTokens(t, true, tok, b.makeToken(t, by, "1h"))
	if _, err := b.Exchange.RefreshToken(t.Context(), by, nil, "", nil); err != nil {
		t.Errorf("a refresh: %v", err)
	}
	if _, err := b.Users.Unlock(t.Context(), admin, "jdoe"); err != nil {
		t.Fatal(err)
	}
	if _, err := b.login(t, "jdoe", "correct horse"); err != nil {
		t.Errorf("after the lock was lifted: %v", err)
	}
}

// TestLockEnds: a lock with an end refuses logins until then and not a millisecond
// longer, tells when it ends only to whoever proves the password, and is over without
// a write.
func TestLockEnds(t *testing.T) {
	b := newBench(t, nil)
	tok, _ := b.enter(t, "jdoe")
	lock := func(expiresIn any) users.User {
		t.Helper()
		u, err := b.Users.Lock(t.Context(), admin, "jdoe", expiresIn)
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	began := b.Now
	u := lock("90s")
	if want := (users.Standing{LockedAt: began.UnixMilli(), LockedUntil: began.UnixMilli() + 90_000}); u.Standing != want {
		t.Errorf("got %+v, want %+v", u.Standing, want)
	}
	b.checkTokens(t, true, tok)
	until := began.Add(90 * time.Second).UTC().Format("2006-01-02T15:04:05.000Z")
	_, err := b.login(t, "jdoe", "correct horse")
	wantFault(t, err, users.ErrLocked)
	if failure, _ := fault.From(err); !strings.Contains(failure.Message(), until) || failure.RetryAfter != 90*time.Second || failure.Props[0] != until {
		t.Errorf("the owner is answered %q, props %v, to retry in %s; want when the lock ends, %s", failure.Message(), failure.Props, failure.RetryAfter, until)
	}
	_, wrong := b.login(t, "jdoe", "wrong horse")
	if _, unknown := b.login(t, "nobody", "wrong horse"); wrong.Error() != unknown.Error() {
		t.Errorf("a wrong password is answered %q, an unknown name %q", wrong, unknown)
	}

	before, err := b.Users.Read(t.Context(), "jdoe")
	if err != nil {
		t.Fatal(err)
	}
	b.advance(90*time.Second - time.Millisecond)
	_, err = b.login(t, "jdoe", "correct horse")
	wantFault(t, err, users.ErrLocked)
	b.advance(time.Millisecond)
	if _, err := b.login(t, "jdoe", "correct horse"); err != nil {
		t.Errorf("when the lock ends: %v", err)
	}
	after, err := b.Users.Read(t.Context(), "jdoe")
	if err != nil || after.Standing != before.Standing {
		t.Errorf("the end was written: %+v, before %+v, %v", after.Standing, before.Standing, err)
	}
	if after.Standing.At(b.Now) != (users.Standing{}) || b.exported(t, "jdoe").Standing != (users.Standing{}) {
		t.Error("a lock that has ended is shown or written out")
	}

	// A further lock begins anew. Of one that stands the end alone changes.
	began = b.Now
	lock("1h")
	b.advance(time.Minute)
	if u := lock(60_000.0); u.Standing != (users.Standing{LockedAt: began.UnixMilli(), LockedUntil: b.Now.UnixMilli() + 60_000}) {
		t.Errorf("an earlier end: %+v", u.Standing)
	}
	for _, never := range []any{nil, -1.0, "-1"} {
		if u := lock(never); u.Standing != (users.Standing{LockedAt: began.UnixMilli()}) {
			t.Errorf("without an end, %v: %+v", never, u.Standing)
		}
	}
	_, err = b.login(t, "jdoe", "correct horse")
	wantFault(t, err, users.ErrLocked)
	if failure, _ := fault.From(err); failure.RetryAfter != 0 || len(failure.Props) > 0 {
		t.Errorf("a lock without an end is answered with one: %v", failure)
	}
	for _, wrong := range []any{"", "soon", 0.0, -2.0, true, map[string]any{}, "1e9y"} {
		if _, err := b.Users.Lock(t.Context(), admin, "jdoe", wrong); err == nil {
			t.Errorf("expiresIn %v: no refusal", wrong)
		}
	}
}

// TestLocksMeet: of two locks the one that lasts longer stays, and one that has ended
// is brought by nothing.
func TestLocksMeet(t *testing.T) {
	b := importBench(t)
	hour := b.Now.Add(time.Hour).UnixMilli()
	brings := func(id string, was, row, want users.Standing) {
		t.Helper()
		first, second := brought(id, "u"+id), brought(id, "u"+id)
		first.Standing, second.Standing = was, row
		second.Content["name"] = "changed"
		kuid := b.merging(t, imports.Import{}, first, second)
		if got := b.exported(t, kuid).Standing; got != want {
			t.Errorf("%s: got %+v, want %+v", id, got, want)
		}
	}
	begun := b.Now.UnixMilli() - 1000
	none, short, long, good := users.Standing{}, users.Standing{LockedAt: begun, LockedUntil: hour}, users.Standing{LockedAt: begun + 1, LockedUntil: hour + 1}, users.Standing{LockedAt: begun + 2}
	brings("1", none, short, short)
	brings("2", short, long, users.Standing{LockedAt: begun, LockedUntil: hour + 1})
	brings("3", long, short, long)
	brings("4", short, good, users.Standing{LockedAt: begun})
	brings("5", good, long, good)
	brings("6", good, none, good)
	brings("7", none, users.Standing{LockedAt: begun, LockedUntil: b.Now.UnixMilli()}, none)
	brings("8", short, users.Standing{BannedAt: begun}, users.Standing{BannedAt: begun, LockedAt: begun, LockedUntil: hour})
	brings("9", none, users.Standing{LockedUntil: hour}, users.Standing{LockedAt: b.Now.UnixMilli(), LockedUntil: hour})
}

// TestShutOutKeepsNothing: a login that a ban or a lock refuses writes nothing of
// what its strategy would have kept.
func TestShutOutKeepsNothing(t *testing.T) {
	for _, shut := range []func(*users.Users, context.Context, users.Actor, string) (users.User, error){(*users.Users).Ban, lockForGood} {
		b := newBench(t, nil)
		nu := person("jdoe", "correct horse")
		nu.ID = "jdoe"
		b.create(t, nu)
		stronger := newBenchOn(t, b.store, func(o *accounts.Options) { o.Passwords = digest.Hasher{Memory: 128, Passes: 1, Lanes: 1} })
		if _, err := shut(b.Users, t.Context(), admin, "jdoe"); err != nil {
			t.Fatal(err)
		}
		before, _ := stronger.Users.User(t.Context(), "jdoe")
		if _, err := stronger.login(t, "jdoe", "correct horse"); !users.ShutOut(err) {
			t.Errorf("got %v", err)
		}
		after, _ := stronger.Users.Read(t.Context(), "jdoe")
		if string(after.Records[0].Secret) != string(before.Records[0].Secret) {
			t.Error("the digest was renewed")
		}
	}
}

// TestShutOutResets: a reset token of somebody who is banned or locked sets no
// password, and is not used up.
func TestShutOutResets(t *testing.T) {
	b := newBench(t, nil)
	nu := person("jdoe", "correct horse")
	nu.ID = "jdoe"
	b.create(t, nu)
	made, err := b.act(t, "getResetPasswordToken", strategies.Call{Args: map[string]any{"_id": "jdoe"}})
	if err != nil {
		t.Fatal(err)
	}
	reset := func() error {
		_, err := b.act(t, "reset", strategies.Call{Body: map[string]any{"token": made.(local.ResetToken).ResetToken, "password": "battery staple"}})
		return err
	}
	b.ban(t, "jdoe")
	wantFault(t, reset(), users.ErrBanned)
	if _, err := b.Users.Lock(t.Context(), admin, "jdoe", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Users.Unban(t.Context(), admin, "jdoe"); err != nil {
		t.Fatal(err)
	}
	wantFault(t, reset(), users.ErrLocked)
	if _, err := b.Users.Unlock(t.Context(), admin, "jdoe"); err != nil {
		t.Fatal(err)
	}
	if _, err := b.login(t, "jdoe", "correct horse"); err != nil {
		t.Errorf("the password was changed: %v", err)
	}
	if err := reset(); err != nil {
		t.Errorf("the token was used up: %v", err)
	}
}

// TestBanDuringALogin: who is banned while the password is being checked gets no
// session that outlives the ban.
func TestBanDuringALogin(t *testing.T) {
	b := newBench(t, nil)
	nu := person("jdoe", "correct horse")
	nu.ID = "jdoe"
	b.create(t, nu)
	p := &paused{while: func() { b.ban(t, "jdoe") }}
	b.use(t, "paused", func(_ json.RawMessage, host strategies.Host) (strategies.Strategy, error) {
		p.host = host
		return p, nil
	})
	wantFault(t, b.loginAs(t, "paused", "kuid", "jdoe", ""), users.ErrBanned)
}

// TestOwnStanding: nobody shuts themselves out by accident; and users who are not
// there have no standing.
func TestOwnStanding(t *testing.T) {
	b := newBench(t, nil)
	_, by := b.enter(t, "jdoe")
	for _, change := range []func(*users.Users, context.Context, users.Actor, string) (users.User, error){
		(*users.Users).Ban, (*users.Users).Unban, lockForGood, (*users.Users).Unlock,
	} {
		_, err := change(b.Users, t.Context(), by, "jdoe")
		wantFault(t, err, users.ErrOwnStanding)
		for _, ghost := range []string{"ghost", "-1"} {
			_, err = change(b.Users, t.Context(), operator, ghost)
			wantFault(t, err, users.ErrUserNotFound)
		}
	}
}

// TestStandingEvents: each change of a standing is told once, and so is a right
// proof that it refused.
func TestStandingEvents(t *testing.T) {
	var told []string
	bus := events.NewBus(nil, nil)
	bus.Subscribe(events.All, func(_ context.Context, e events.Event) {
		line := e.Name + " " + e.Subject.ID
		if e.Name == events.SessionRefused {
			line = fmt.Sprint(e.Name, " ", e.Data[events.Owner], " ", e.Data[events.Reason])
		}
		told = append(told, line)
	})
	b := newBench(t, func(o *accounts.Options) { o.Events = bus })
	b.enter(t, "jdoe")
	told = nil
	for range 2 {
		b.ban(t, "jdoe")
	}
	b.login(t, "jdoe", "correct horse")
	for _, change := range []func(*users.Users, context.Context, users.Actor, string) (users.User, error){
		lockForGood, lockForGood, (*users.Users).Unban, (*users.Users).Unban, (*users.Users).Unlock, (*users.Users).Unlock,
	} {
		if _, err := change(b.Users, t.Context(), admin, "jdoe"); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"user.banned jdoe", "session.refused jdoe security.user.banned", "user.locked jdoe", "user.unbanned jdoe", "user.unlocked jdoe"}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestStandingTravels: an export keeps bans and locks, an import brings them, and
// a merge adds them and lifts none. A merge that bans ends sessions.
func TestStandingTravels(t *testing.T) {
	b := importBench(t)
	row := brought("1", "anna")
	row.Standing = users.Standing{BannedAt: imports.SincePresent, LockedAt: b.Now.UnixMilli() + 1e9}
	id := b.merging(t, imports.Import{}, brought("1", "anna"), row)
	now := b.Now.UnixMilli()
	if got := b.exported(t, id).Standing; got != (users.Standing{BannedAt: now, LockedAt: now}) {
		t.Errorf("brought: %+v", got)
	}
	_, err := b.login(t, "anna", "password")
	wantFault(t, err, users.ErrBanned)
	lifted := brought("1", "anna")
	lifted.Content["name"] = "Anna"
	b.bring(t, imports.Import{OnConflict: imports.ConflictMerge}, lifted)
	_, err = b.login(t, "anna", "password")
	wantFault(t, err, users.ErrBanned)

	b.bring(t, imports.Import{}, brought("2", "bert"))
	tok, err := b.login(t, "bert", "password")
	if err != nil {
		t.Fatal(err)
	}
	banned := brought("2", "bert")
	banned.Standing.BannedAt = imports.SincePresent
	b.bring(t, imports.Import{OnConflict: imports.ConflictMerge}, banned)
	b.checkTokens(t, false, tok)
}

// TestLoadingLiftsNoBan: a user who is put in place of one who is banned is banned.
func TestLoadingLiftsNoBan(t *testing.T) {
	b := newBench(t, nil)
	b.enter(t, "jdoe")
	b.ban(t, "jdoe")
	err := b.Imports.Load(t.Context(), admin, imports.Securities{OnExisting: imports.OverwriteExisting, Users: map[string]any{
		"jdoe": map[string]any{
			"content":     map[string]any{"profileIds": []any{"default"}},
			"credentials": map[string]any{"local": map[string]any{"username": "jdoe", "password": "battery staple"}},
		},
	}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.login(t, "jdoe", "battery staple")
	wantFault(t, err, users.ErrBanned)
}
