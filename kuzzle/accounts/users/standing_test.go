package users_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/sessions"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/digest"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/strategies"
	"github.com/gokuzzle/kuzzle/strategies/local"
)

func lockForGood(us *users.Users, ctx context.Context, by users.Actor, kuid string, visible bool) (users.User, error) {
	return us.Lock(ctx, by, kuid, nil, visible)
}

// TestBan checks that a ban ends all of a user's sessions in its own commit, and that API keys and
// logins work again when it is lifted.
func TestBan(t *testing.T) {
	b, store := accountstest.NewBetween(t, nil)
	tok, by := b.Enter(t, "jdoe")
	made := b.MakeToken(t, by, "10y")
	key := b.MakeKey(t, accountstest.Admin, sessions.NewKey{Kuid: "jdoe", Description: "d"})
	own := b.MakeKey(t, by, sessions.NewKey{Kuid: "jdoe", Description: "d"})
	stranger, _ := b.Enter(t, "stranger")
	b.CheckTokens(t, true, tok, made, key, own, stranger)

	// Skip the sweep, as if the server were killed.
	store.Searching = func(storage.Collection) error { return storage.ErrUnavailable.New() }
	if u := b.Ban(t, "jdoe"); u.Standing.BannedAt != b.Now.UnixMilli() || u.Standing.LockedAt != 0 {
		t.Errorf("banned: %+v", u.Standing)
	}
	store.Searching = nil
	b.CheckTokens(t, false, tok, made, key, own)
	b.CheckTokens(t, true, stranger)
	_, wrong := b.Login(t, "jdoe", "wrong horse")
	accountstest.WantFault(t, wrong, strategies.ErrRefused)
	if _, unknown := b.Login(t, "nobody", "wrong horse"); wrong.Error() != unknown.Error() {
		t.Errorf("a wrong password is answered %q, an unknown name %q", wrong, unknown)
	}
	_, err := b.Login(t, "jdoe", "correct horse")
	accountstest.WantFault(t, err, users.ErrBanned)
	if _, err := b.Exchange.RefreshToken(t.Context(), by, nil, "", nil); err == nil {
		t.Error("a session that the ban ended is refreshed")
	}

	first := b.Ban(t, "jdoe")
	b.Advance(time.Second)
	if again := b.Ban(t, "jdoe"); again.Standing != first.Standing || again.Epoch != first.Epoch {
		t.Errorf("a second ban changed %+v to %+v", first, again)
	}
	if _, err := b.Users.Unban(t.Context(), accountstest.Admin, "jdoe", false); err != nil {
		t.Fatal(err)
	}
	b.CheckTokens(t, false, tok, made, own)
	b.CheckTokens(t, true, key)
	if _, err := b.Login(t, "jdoe", "correct horse"); err != nil {
		t.Errorf("after the ban was lifted: %v", err)
	}
}

// TestLock checks that a lock only refuses logins.
func TestLock(t *testing.T) {
	b := accountstest.New(t, nil)
	tok, by := b.Enter(t, "jdoe")
	if u, err := b.Users.Lock(t.Context(), accountstest.Admin, "jdoe", nil, false); err != nil || u.Standing.LockedAt != b.Now.UnixMilli() || u.Banned() {
		t.Fatalf("locked: %+v, %v", u.Standing, err)
	}
	_, err := b.Login(t, "jdoe", "correct horse")
	accountstest.WantFault(t, err, users.ErrLocked)
	_, err = b.Login(t, "jdoe", "wrong horse")
	accountstest.WantFault(t, err, strategies.ErrRefused)
	b.CheckTokens(t, true, tok, b.MakeToken(t, by, "1h"))
	if _, err := b.Exchange.RefreshToken(t.Context(), by, nil, "", nil); err != nil {
		t.Errorf("a refresh: %v", err)
	}
	if _, err := b.Users.Unlock(t.Context(), accountstest.Admin, "jdoe", false); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Login(t, "jdoe", "correct horse"); err != nil {
		t.Errorf("after the lock was lifted: %v", err)
	}
}

// TestLockEnds checks that a lock with an end refuses logins exactly until then, shows its end only
// to a user who proves the password, and ends without a write.
func TestLockEnds(t *testing.T) {
	b := accountstest.New(t, nil)
	tok, _ := b.Enter(t, "jdoe")
	lock := func(expiresIn any) users.User {
		t.Helper()
		u, err := b.Users.Lock(t.Context(), accountstest.Admin, "jdoe", expiresIn, false)
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
	b.CheckTokens(t, true, tok)
	until := began.Add(90 * time.Second).UTC().Format("2006-01-02T15:04:05.000Z")
	_, err := b.Login(t, "jdoe", "correct horse")
	accountstest.WantFault(t, err, users.ErrLocked)
	if failure, _ := fault.From(err); !strings.Contains(failure.Message(), until) || failure.RetryAfter != 90*time.Second || failure.Props[0] != until {
		t.Errorf("the owner is answered %q, props %v, to retry in %s; want when the lock ends, %s", failure.Message(), failure.Props, failure.RetryAfter, until)
	}
	_, wrong := b.Login(t, "jdoe", "wrong horse")
	if _, unknown := b.Login(t, "nobody", "wrong horse"); wrong.Error() != unknown.Error() {
		t.Errorf("a wrong password is answered %q, an unknown name %q", wrong, unknown)
	}

	before, err := b.Users.Read(t.Context(), "jdoe")
	if err != nil {
		t.Fatal(err)
	}
	b.Advance(90*time.Second - time.Millisecond)
	_, err = b.Login(t, "jdoe", "correct horse")
	accountstest.WantFault(t, err, users.ErrLocked)
	b.Advance(time.Millisecond)
	if _, err := b.Login(t, "jdoe", "correct horse"); err != nil {
		t.Errorf("when the lock ends: %v", err)
	}
	after, err := b.Users.Read(t.Context(), "jdoe")
	if err != nil || after.Standing != before.Standing {
		t.Errorf("the end was written: %+v, before %+v, %v", after.Standing, before.Standing, err)
	}
	if after.Standing.At(b.Now) != (users.Standing{}) || b.Exported(t, "jdoe").Standing != (users.Standing{}) {
		t.Error("a lock that has ended is shown or written out")
	}

	// A further lock begins anew. Locking a locked user only changes the end.
	began = b.Now
	lock("1h")
	b.Advance(time.Minute)
	if u := lock(60_000.0); u.Standing != (users.Standing{LockedAt: began.UnixMilli(), LockedUntil: b.Now.UnixMilli() + 60_000}) {
		t.Errorf("an earlier end: %+v", u.Standing)
	}
	for _, never := range []any{nil, -1.0, "-1"} {
		if u := lock(never); u.Standing != (users.Standing{LockedAt: began.UnixMilli()}) {
			t.Errorf("without an end, %v: %+v", never, u.Standing)
		}
	}
	_, err = b.Login(t, "jdoe", "correct horse")
	accountstest.WantFault(t, err, users.ErrLocked)
	if failure, _ := fault.From(err); failure.RetryAfter != 0 || len(failure.Props) > 0 {
		t.Errorf("a lock without an end is answered with one: %v", failure)
	}
	for _, wrong := range []any{"", "soon", 0.0, -2.0, true, map[string]any{}, "1e9y"} {
		if _, err := b.Users.Lock(t.Context(), accountstest.Admin, "jdoe", wrong, false); err == nil {
			t.Errorf("expiresIn %v: no refusal", wrong)
		}
	}
}

// TestShutOutKeepsNothing checks that a login that a ban or lock refuses writes no records of its
// strategy.
func TestShutOutKeepsNothing(t *testing.T) {
	for _, shut := range []func(*users.Users, context.Context, users.Actor, string, bool) (users.User, error){(*users.Users).Ban, lockForGood} {
		b := accountstest.New(t, nil)
		nu := accountstest.Person("jdoe", "correct horse")
		nu.ID = "jdoe"
		b.Create(t, nu)
		stronger := accountstest.NewOn(t, b.Store, func(o *accounts.Options) { o.Passwords = digest.Hasher{Memory: 128, Passes: 1, Lanes: 1} })
		if _, err := shut(b.Users, t.Context(), accountstest.Admin, "jdoe", false); err != nil {
			t.Fatal(err)
		}
		before, _ := stronger.Users.User(t.Context(), "jdoe")
		if _, err := stronger.Login(t, "jdoe", "correct horse"); !users.ShutOut(err) {
			t.Errorf("got %v", err)
		}
		after, _ := stronger.Users.Read(t.Context(), "jdoe")
		if string(after.Records[0].Secret) != string(before.Records[0].Secret) {
			t.Error("the digest was renewed")
		}
	}
}

// TestShutOutResets checks that a reset token of a banned or locked user sets no password, and is
// not used up.
func TestShutOutResets(t *testing.T) {
	b := accountstest.New(t, nil)
	nu := accountstest.Person("jdoe", "correct horse")
	nu.ID = "jdoe"
	b.Create(t, nu)
	made, err := b.Act(t, "getResetPasswordToken", strategies.Call{Args: map[string]any{"_id": "jdoe"}})
	if err != nil {
		t.Fatal(err)
	}
	reset := func() error {
		_, err := b.Act(t, "reset", strategies.Call{Body: map[string]any{"token": made.(local.ResetToken).ResetToken, "password": "battery staple"}})
		return err
	}
	b.Ban(t, "jdoe")
	accountstest.WantFault(t, reset(), users.ErrBanned)
	if _, err := b.Users.Lock(t.Context(), accountstest.Admin, "jdoe", nil, false); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Users.Unban(t.Context(), accountstest.Admin, "jdoe", false); err != nil {
		t.Fatal(err)
	}
	accountstest.WantFault(t, reset(), users.ErrLocked)
	if _, err := b.Users.Unlock(t.Context(), accountstest.Admin, "jdoe", false); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Login(t, "jdoe", "correct horse"); err != nil {
		t.Errorf("the password was changed: %v", err)
	}
	if err := reset(); err != nil {
		t.Errorf("the token was used up: %v", err)
	}
}

// TestOwnStanding checks that users cannot ban or lock themselves, and that missing users have no
// standing.
func TestOwnStanding(t *testing.T) {
	b := accountstest.New(t, nil)
	_, by := b.Enter(t, "jdoe")
	for _, change := range []func(*users.Users, context.Context, users.Actor, string, bool) (users.User, error){
		(*users.Users).Ban, (*users.Users).Unban, lockForGood, (*users.Users).Unlock,
	} {
		_, err := change(b.Users, t.Context(), by, "jdoe", false)
		accountstest.WantFault(t, err, users.ErrOwnStanding)
		for _, ghost := range []string{"ghost", "-1"} {
			_, err = change(b.Users, t.Context(), accountstest.Operator, ghost, false)
			accountstest.WantFault(t, err, users.ErrUserNotFound)
		}
	}
}

// TestStandingEvents checks that each change of a standing has one event, and so has a right proof
// that it refused.
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
	b := accountstest.New(t, func(o *accounts.Options) { o.Events = bus })
	b.Enter(t, "jdoe")
	told = nil
	for range 2 {
		b.Ban(t, "jdoe")
	}
	b.Login(t, "jdoe", "correct horse")
	for _, change := range []func(*users.Users, context.Context, users.Actor, string, bool) (users.User, error){
		lockForGood, lockForGood, (*users.Users).Unban, (*users.Users).Unban, (*users.Users).Unlock, (*users.Users).Unlock,
	} {
		if _, err := change(b.Users, t.Context(), accountstest.Admin, "jdoe", false); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"user.banned jdoe", "session.refused jdoe security.user.banned", "user.locked jdoe", "user.unbanned jdoe", "user.unlocked jdoe"}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestFailuresLock checks that the set number of wrong proofs locks for the set time, and that a
// right proof, and the end of a lock, reset the count.
func TestFailuresLock(t *testing.T) {
	b := accountstest.New(t, nil)
	nu := accountstest.Person("jdoe", "correct horse")
	nu.ID = "jdoe"
	b.Create(t, nu)
	lockouts := users.NewLockouts(b.Users, users.Lockout{After: 3, For: time.Minute})
	check := func(password string) error {
		return b.Checks.Password(t.Context(), accountstest.Admin, "jdoe", password, lockouts)
	}
	wrong := func(times int) users.User {
		t.Helper()
		for range times {
			accountstest.WantFault(t, check("wrong"), strategies.ErrRefused)
		}
		u, err := b.Users.Read(t.Context(), "jdoe")
		if err != nil {
			t.Fatal(err)
		}
		return *u
	}
	if u := wrong(2); u.Failures != 2 || u.Standing.LockedAt != 0 {
		t.Errorf("after two failures: %d, %+v", u.Failures, u.Standing)
	}
	if err := check("correct horse"); err != nil {
		t.Fatal(err)
	}
	if u := wrong(2); u.Failures != 2 || u.Standing.LockedAt != 0 {
		t.Errorf("after a right one and two failures: %d, %+v", u.Failures, u.Standing)
	}
	if u := wrong(1); u.Failures != 0 || u.Standing.LockedUntil != b.Now.Add(time.Minute).UnixMilli() {
		t.Errorf("after three failures: %d, %+v", u.Failures, u.Standing)
	}
	if err := check("correct horse"); err != nil {
		t.Errorf("a right password of a locked user: %v", err)
	}
	if _, err := b.Login(t, "jdoe", "correct horse"); !users.ShutOut(err) {
		t.Errorf("a login of a locked user: %v", err)
	}
	if u := wrong(5); u.Failures != 0 {
		t.Errorf("%d failures counted while the user is locked", u.Failures)
	}
	b.Advance(time.Minute)
	if u := wrong(1); u.Failures != 1 || u.Standing.At(b.Now).LockedAt != 0 {
		t.Errorf("after the lock: %d, %+v", u.Failures, u.Standing)
	}
	if _, err := b.Login(t, "jdoe", "correct horse"); err != nil {
		t.Fatal(err)
	}
	if u, err := b.Users.Read(t.Context(), "jdoe"); err != nil || u.Failures != 0 {
		t.Errorf("after a login %d failures are counted, %v", u.Failures, err)
	}
}
