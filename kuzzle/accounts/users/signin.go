package users

import (
	"context"
	"errors"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// SignedIn writes the session of a login, and with the same wait when its user logged
// in. u is the user as the login left them.
//
// The session alone decides: whoever changes the user at the same moment wins, and the
// time stays the one before. It also does for a user larger than any write may make one
// today, whose document would be written again at each login.
func (us *Users) SignedIn(ctx context.Context, u *User, session storage.Change) error {
	changes := []storage.Change{session}
	if at := us.Now().UnixMilli(); at > u.LastSignInAt && len(u.Content) <= us.MaxContent {
		next := *u
		next.LastSignInAt = at
		write, err := us.Prepare(Change{Next: &next, was: u})
		if err != nil {
			return err
		}
		changes = append(changes, write)
		us.cache.Drop(u.Kuid)
		defer us.cache.Drop(u.Kuid)
	}
	results := us.Store.CommitMany(ctx, changes)
	for _, result := range results[1:] {
		if result.Err != nil && !errors.Is(result.Err, storage.ErrConflict) {
			us.Log.WarnContext(ctx, "the time of a login was not kept", "kuid", u.Kuid, "cause", result.Err)
		}
	}
	return results[0].Err
}
