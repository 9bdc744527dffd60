package users

import (
	"context"
	"errors"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Lockout says when wrong proofs lock a user, and how long such a lock lasts. Logins do not count
// here; they are only slowed down, so that no stranger can lock a user out.
type Lockout struct {
	// After is the number of wrong proofs that locks, 0 for no lock.
	After int
	// For is the length of the lock, 0 or less for a lock without end.
	For time.Duration
}

// Lockouts locks users by a Lockout. It is safe for concurrent use.
type Lockouts struct {
	Lockout
	users *Users
}

// NewLockouts returns Lockouts over the users.
func NewLockouts(us *Users, l Lockout) *Lockouts { return &Lockouts{l, us} }

// expiry returns the lock's lifetime in the form for [Users.Lock].
func (l Lockout) expiry() any {
	if l.For <= 0 {
		return nil
	}
	return float64(l.For.Milliseconds())
}

// Lock locks a user for the lockout's time.
func (l *Lockouts) Lock(ctx context.Context, by Actor, kuid string, visible bool) (User, error) {
	return l.users.Lock(ctx, by, kuid, l.expiry(), visible)
}

// failureTries is how often the count is repeated because the user was being changed, for example
// by as many concurrent failures.
const failureTries = 100

// Failed counts a user's wrong proof, which an administrator's application had checked, and locks
// the user if the limit is reached.
func (l *Lockouts) Failed(ctx context.Context, by Actor, kuid string) error {
	if l.After <= 0 {
		return nil
	}
	locked := false
	caused := func() []events.Event {
		if !locked {
			return nil
		}
		return Tell(events.UserLocked, nil)
	}
	err := l.users.Change(ctx, by, kuid, Edit{Retries: failureTries, Caused: caused}, func(was *User) (*User, error) {
		now := l.users.Now()
		standing := was.Standing.At(now)
		locked = false
		if standing.LockedAt != 0 {
			return nil, nil
		}
		if was.Failures+1 >= l.After {
			locked = true
			standing.LockedAt, standing.LockedUntil = now.UnixMilli(), 0
			if l.For > 0 {
				standing.LockedUntil = now.Add(l.For).UnixMilli()
			}
		}
		next := was.withStanding(standing)
		if next.Failures++; locked {
			next.Failures = 0
		}
		return next, nil
	})
	if err == nil && locked {
		l.users.Emit(ctx, events.UserLocked, by, Subject(events.User, kuid), nil)
	}
	return err
}

// Proved resets the count after a right proof. u is the user as just read.
func (l *Lockouts) Proved(ctx context.Context, by Actor, u *User) {
	if u.Failures == 0 {
		return
	}
	err := l.users.Change(ctx, by, u.Kuid, Edit{Retries: CredentialTries}, func(was *User) (*User, error) {
		if was.Failures == 0 {
			return nil, nil
		}
		next := *was
		next.Failures = 0
		return &next, nil
	})
	if err != nil && !errors.Is(err, storage.ErrConflict) {
		l.users.Log.WarnContext(ctx, "the count of wrong proofs was not reset after a right one", "kuid", u.Kuid, "cause", err)
	}
}
