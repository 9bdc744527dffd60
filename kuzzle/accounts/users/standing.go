package users

import (
	"context"
	"errors"

	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// Standing says whether a user is let in. Those who manage users set it, and it
// is shown to nobody else.
//
// A ban ends every session at once, has API keys rest until it is lifted, and
// refuses every login. A lock refuses logins alone.
type Standing struct {
	// BannedAt and LockedAt are when the user was banned and locked, in epoch
	// milliseconds; 0 where the user is not.
	BannedAt int64 `json:"bannedAt,omitempty"`
	LockedAt int64 `json:"lockedAt,omitempty"`
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

// Locked reports whether the user opens no new session.
func (u *User) Locked() bool { return u.Standing.LockedAt != 0 }

// MayEnter refuses a login of a user who is banned, [ErrBanned], or locked,
// [ErrLocked].
func (u *User) MayEnter() error {
	switch {
	case u.Banned():
		return ErrBanned.New()
	case u.Locked():
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

// Joined is a user's next state with what another standing adds; it lifts
// nothing.
func (u *User) Joined(more Standing) *User {
	next := u.Standing
	if next.BannedAt == 0 {
		next.BannedAt = more.BannedAt
	}
	if next.LockedAt == 0 {
		next.LockedAt = more.LockedAt
	}
	return u.withStanding(next)
}

// Ban ends all that a user has in the commit that bans the user. A user who is
// banned already stays so.
func (us *Users) Ban(ctx context.Context, by Actor, kuid string) (User, error) {
	return us.stand(ctx, by, kuid, events.UserBanned, func(s *Standing) {
		if s.BannedAt == 0 {
			s.BannedAt = us.Now().UnixMilli()
		}
	})
}

// Unban lets a user log in again. The sessions that the ban ended stay ended.
func (us *Users) Unban(ctx context.Context, by Actor, kuid string) (User, error) {
	return us.stand(ctx, by, kuid, events.UserUnbanned, func(s *Standing) { s.BannedAt = 0 })
}

// Lock refuses a user's further logins; sessions go on.
func (us *Users) Lock(ctx context.Context, by Actor, kuid string) (User, error) {
	return us.stand(ctx, by, kuid, events.UserLocked, func(s *Standing) {
		if s.LockedAt == 0 {
			s.LockedAt = us.Now().UnixMilli()
		}
	})
}

// Unlock lets a user log in again.
func (us *Users) Unlock(ctx context.Context, by Actor, kuid string) (User, error) {
	return us.stand(ctx, by, kuid, events.UserUnlocked, func(s *Standing) { s.LockedAt = 0 })
}

// stand changes a user's standing, and tells of it where it was another one.
func (us *Users) stand(ctx context.Context, by Actor, kuid, event string, edit func(*Standing)) (User, error) {
	if by.Kuid == kuid && kuid != AnonymousKuid {
		return User{}, ErrOwnStanding.New()
	}
	var now *User
	changed, ended := false, false
	err := us.Change(ctx, by, kuid, Edit{Retries: CredentialTries, Tell: Tell(event, nil)}, func(was *User) (*User, error) {
		next := was.Standing
		edit(&next)
		now = was.withStanding(next)
		changed, ended = now.Standing != was.Standing, now.Epoch != was.Epoch
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
