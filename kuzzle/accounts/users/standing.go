package users

import (
	"context"
	"errors"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
)

// Standing says whether a user is let in. Those who manage users set it, and it
// is shown to nobody else.
//
// A ban ends every session at once, has API keys rest until it is lifted, and
// refuses every login. A lock refuses logins alone, and may end by itself: nothing
// is written then, so that whoever reads a standing asks for it by [Standing.At].
type Standing struct {
	// BannedAt and LockedAt are when the user was banned and locked, in epoch
	// milliseconds; 0 where the user is not.
	BannedAt int64 `json:"bannedAt,omitempty"`
	LockedAt int64 `json:"lockedAt,omitempty"`
	// LockedUntil is when the lock ends, 0 for one that stays until it is lifted.
	LockedUntil int64 `json:"lockedUntil,omitempty"`
}

// At is what counts of a standing at a time: a lock that has ended is none.
func (s Standing) At(now time.Time) Standing {
	if s.LockedUntil != 0 && s.LockedUntil <= now.UnixMilli() {
		s.LockedAt, s.LockedUntil = 0, 0
	}
	return s
}

// outlasts reports whether a lock goes on for longer than another one, or than
// none.
func (s Standing) outlasts(other Standing) bool {
	switch {
	case s.LockedAt == 0 || other.LockedAt != 0 && other.LockedUntil == 0:
		return false
	case other.LockedAt == 0 || s.LockedUntil == 0:
		return true
	}
	return s.LockedUntil > other.LockedUntil
}

// The refusals of somebody who has proved to be the user. Without that proof the
// answer is that of a wrong password.
var (
	ErrBanned = fault.Declare(0x400a0040, "security.user.banned", 403, "This account is banned. Ask an administrator to lift the ban.")
	ErrLocked = fault.Declare(0x400a0041, "security.user.locked", 403, "This account is locked and opens no new session. Ask an administrator to unlock it.")
	// ErrOwnStanding is answered to users who would shut themselves out.
	ErrOwnStanding = fault.Declare(0x400a0042, "security.user.own_standing", 412, "Nobody bans or locks the own account. Have another administrator do it.")
)

// Banned reports whether nothing of the user's works.
func (u *User) Banned() bool { return u.Standing.BannedAt != 0 }

// MayEnter refuses a login of a user who is banned, [ErrBanned], or locked at that
// time, [ErrLocked], which tells when the lock ends.
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

// withStanding is a user's next state with another standing. Whoever is banned by it
// has no session any more.
func (u *User) withStanding(next Standing) *User {
	then := *u
	then.Standing = next
	if then.Banned() && !u.Banned() {
		then.Epoch++
	}
	return &then
}

// Joined is a user's next state with what another standing adds; it lifts nothing,
// and of two locks the one that lasts longer stays.
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

// Ban ends all that a user has in the commit that bans the user. A user who is
// banned already stays so. visible waits, here and below, until searches see it.
func (us *Users) Ban(ctx context.Context, by Actor, kuid string, visible bool) (User, error) {
	return us.stand(ctx, by, kuid, events.UserBanned, visible, func(s *Standing) {
		if s.BannedAt == 0 {
			s.BannedAt = us.Now().UnixMilli()
		}
	})
}

// Unban lets a user log in again. The sessions that the ban ended stay ended.
func (us *Users) Unban(ctx context.Context, by Actor, kuid string, visible bool) (User, error) {
	return us.stand(ctx, by, kuid, events.UserUnbanned, visible, func(s *Standing) { s.BannedAt = 0 })
}

// BanAll bans several users, or lifts their bans, in the order given, where all of them
// exist and by may do so to each; else none. visible waits once for them all.
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

// Lock refuses a user's further logins; sessions go on. expiresIn is when the lock
// ends by itself, as clients send a lifetime; nil and -1 are never. Of a user who is
// locked already it changes the end alone.
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

// Unlock lets a user log in again.
func (us *Users) Unlock(ctx context.Context, by Actor, kuid string, visible bool) (User, error) {
	return us.stand(ctx, by, kuid, events.UserUnlocked, visible, func(s *Standing) { s.LockedAt, s.LockedUntil = 0, 0 })
}

// stand changes a user's standing, and tells of it where it was another one. A lock
// that has ended is none before edit.
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
