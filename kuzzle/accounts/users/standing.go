package users

import (
	"context"
	"errors"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
)

// Standing says whether a user may log in. Administrators set it, and only they see it.
//
// A ban ends every session at once, suspends API keys until it is lifted, and refuses every login.
// A lock only refuses logins, and may expire. Nothing is written when it expires, so read a
// standing with [Standing.At].
type Standing struct {
	// BannedAt and LockedAt are the times of the ban and the lock, in epoch milliseconds; 0 without
	// one.
	BannedAt int64 `json:"bannedAt,omitempty"`
	LockedAt int64 `json:"lockedAt,omitempty"`
	// LockedUntil is the end of the lock, 0 for a lock without end.
	LockedUntil int64 `json:"lockedUntil,omitempty"`
}

// At returns the standing at a time, without an expired lock.
func (s Standing) At(now time.Time) Standing {
	if s.LockedUntil != 0 && s.LockedUntil <= now.UnixMilli() {
		s.LockedAt, s.LockedUntil = 0, 0
	}
	return s
}

// outlasts reports whether a lock ends later than another one, or the other is none.
func (s Standing) outlasts(other Standing) bool {
	switch {
	case s.LockedAt == 0 || other.LockedAt != 0 && other.LockedUntil == 0:
		return false
	case other.LockedAt == 0 || s.LockedUntil == 0:
		return true
	}
	return s.LockedUntil > other.LockedUntil
}

// The refusals for a client that has proved to be the user. Without the proof the answer is that of
// a wrong password.
var (
	ErrBanned = fault.Declare(0x400a0040, "security.user.banned", 403, "This account is banned. Ask an administrator to lift the ban.")
	ErrLocked = fault.Declare(0x400a0041, "security.user.locked", 403, "This account is locked and opens no new session. Ask an administrator to unlock it.")
	// ErrOwnStanding refuses users who would ban or lock themselves.
	ErrOwnStanding = fault.Declare(0x400a0042, "security.user.own_standing", 412, "You cannot ban or lock your own account. Ask another administrator to do it.")
)

// Banned reports whether the user is banned.
func (u *User) Banned() bool { return u.Standing.BannedAt != 0 }

// MayEnter refuses a login of a banned user with [ErrBanned], and of a user who is locked at that
// time with [ErrLocked], whose hint has the end of the lock.
func (u *User) MayEnter(now time.Time) error {
	s := u.Standing.At(now)
	switch {
	case u.Banned():
		return ErrBanned.New()
	case s.LockedAt != 0 && s.LockedUntil != 0:
		until := time.UnixMilli(s.LockedUntil).UTC().Format("2006-01-02T15:04:05.000Z07:00")
		left := time.Duration(s.LockedUntil-now.UnixMilli()) * time.Millisecond
		locked := ErrLocked.New(until).RetryIn(left)
		locked.Hint = "This account is locked until " + until + ". Log in after that, or ask an administrator to unlock it."
		return locked
	case s.LockedAt != 0:
		return ErrLocked.New()
	}
	return nil
}

// ShutOut reports whether an error is a refusal of MayEnter.
func ShutOut(err error) bool { return errors.Is(err, ErrBanned) || errors.Is(err, ErrLocked) }

// withStanding returns a user's next state with another standing. A new ban ends the sessions.
func (u *User) withStanding(next Standing) *User {
	then := *u
	then.Standing = next
	if then.Banned() && !u.Banned() {
		then.Epoch++
	}
	return &then
}

// Joined returns a user's next state with the additions of another standing. It lifts nothing; of
// two locks the longer one stays.
func (u *User) Joined(more Standing, now time.Time) *User {
	next := u.Standing.At(now)
	if next.BannedAt == 0 {
		next.BannedAt = more.BannedAt
	}
	if more = more.At(now); more.outlasts(next) {
		next.LockedUntil = more.LockedUntil
		if next.LockedAt == 0 {
			next.LockedAt = more.LockedAt
		}
	}
	return u.withStanding(next)
}

// Ban bans a user and ends the sessions in the same commit. It does nothing for a banned user. Here
// and below, visible waits until searches see the change.
func (us *Users) Ban(ctx context.Context, by Actor, kuid string, visible bool) (User, error) {
	return us.stand(ctx, by, kuid, events.UserBanned, visible, func(s *Standing) {
		if s.BannedAt == 0 {
			s.BannedAt = us.Now().UnixMilli()
		}
	})
}

// Unban lifts a ban. The sessions that the ban ended stay ended.
func (us *Users) Unban(ctx context.Context, by Actor, kuid string, visible bool) (User, error) {
	return us.stand(ctx, by, kuid, events.UserUnbanned, visible, func(s *Standing) { s.BannedAt = 0 })
}

// BanAll bans several users, or lifts their bans, in the given order. If one does not exist, or by
// may not do so to one, it changes none. visible waits once for all.
func (us *Users) BanAll(ctx context.Context, by Actor, kuids []string, ban, visible bool) ([]User, error) {
	for _, kuid := range kuids {
		u, err := us.Read(ctx, kuid)
		if err == nil {
			err = us.containment.ForeseeUser(ctx, by, u)
		}
		if err != nil {
			return nil, err
		}
	}
	change := us.Unban
	if ban {
		change = us.Ban
	}
	var all []User
	for i, kuid := range kuids {
		u, err := change(ctx, by, kuid, visible && i == len(kuids)-1)
		if err != nil {
			return nil, err
		}
		all = append(all, u)
	}
	return all, nil
}

// Lock refuses a user's further logins; sessions stay valid. expiresIn is the lifetime of the lock
// as clients send it; nil and -1 are no end. For a locked user it only changes the end.
func (us *Users) Lock(ctx context.Context, by Actor, kuid string, expiresIn any, visible bool) (User, error) {
	lifetime, infinite := time.Duration(0), true
	if expiresIn != nil {
		var err error
		if lifetime, infinite, err = token.ParseLifetime(expiresIn); err != nil {
			return User{}, err
		}
	}
	return us.stand(ctx, by, kuid, events.UserLocked, visible, func(s *Standing) {
		now := us.Now()
		if s.LockedAt == 0 {
			s.LockedAt = now.UnixMilli()
		}
		if s.LockedUntil = 0; !infinite {
			s.LockedUntil = now.Add(lifetime).UnixMilli()
		}
	})
}

// Unlock lifts a lock.
func (us *Users) Unlock(ctx context.Context, by Actor, kuid string, visible bool) (User, error) {
	return us.stand(ctx, by, kuid, events.UserUnlocked, visible, func(s *Standing) { s.LockedAt, s.LockedUntil = 0, 0 })
}

// stand changes a user's standing, and publishes the event if it differs. Before edit, an expired
// lock is removed.
func (us *Users) stand(ctx context.Context, by Actor, kuid, event string, visible bool, edit func(*Standing)) (User, error) {
	if by.Kuid == kuid && kuid != AnonymousKuid {
		return User{}, ErrOwnStanding.New()
	}
	var now *User
	changed, ended := false, false
	err := us.Change(ctx, by, kuid, Edit{Visible: visible, Retries: CredentialTries, Tell: Tell(event, nil)}, func(was *User) (*User, error) {
		before := was.Standing.At(us.Now())
		next := before
		edit(&next)
		now = was.withStanding(next)
		if event == events.UserUnlocked {
			now.Failures = 0
		}
		changed, ended = next != before || now.Failures != was.Failures, now.Epoch != was.Epoch
		if !changed {
			return nil, nil
		}
		return now, nil
	})
	if err != nil {
		return User{}, err
	}
	if ended {
		us.Ended(ctx, kuid)
	}
	if changed {
		us.Emit(ctx, event, by, Subject(events.User, kuid), nil)
	}
	return *now, nil
}
