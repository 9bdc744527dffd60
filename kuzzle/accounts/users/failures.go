package users

import (
	"context"
	"errors"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Lockout says when wrong proofs lock a user, and for how long a lock lasts that names
// no time. Logins count nothing here: they are only slowed down, so that no stranger
// locks a user out.
type Lockout struct {
	// After is how many wrong proofs lock, 0 for any number of them.
	After int
	// For is how long, 0 or less for a lock that stays until it is lifted.
	For time.Duration
}

// Lockouts lock users as a lockout says. It is safe for concurrent use.
type Lockouts struct {
	Lockout
	users *Users
}

// NewLockouts makes Lockouts over the users there are.
func NewLockouts(us *Users, l Lockout) *Lockouts { return &Lockouts{l, us} }

// expiry is the lock's lifetime as [Users.Lock] takes it.
func (l Lockout) expiry() any {
	if l.For <= 0 {
		return nil
	}
	return float64(l.For.Milliseconds())
}

// Lock locks a user for as long as the lockout says.
func (l *Lockouts) Lock(ctx context.Context, by Actor, kuid string, visible bool) (User, error) {
	return l.users.Lock(ctx, by, kuid, l.expiry(), visible)
}

// failureTries is how often a failure is counted again because the user was being
// changed: by as many other failures at once, for one.
const failureTries = 100

// Failed counts a wrong proof of a user's, which was judged for somebody who manages
// users, and locks the user where it is one too many.
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

// Proved forgets wrong proofs after a right one. u is the user as read a moment ago.
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
		l.users.Log.WarnContext(ctx, "wrong proofs before a right one are still counted", "kuid", u.Kuid, "cause", err)
	}
}
