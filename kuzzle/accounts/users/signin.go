package users

import (
	"context"
	"errors"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// SignedIn writes the session of a login, and with the same wait the time of the login. u is the
// user after the login.
//
// Only the session is essential: if the user is changed concurrently, that change wins, and the
// time of the login is not updated. The same holds for users larger than today's limit, whose
// documents would be rewritten at each login.
func (us *Users) SignedIn(ctx context.Context, u *User, session storage.Change) error {
	at := us.Now().UnixMilli()
	if at <= u.LastSignInAt || len(u.Content) > us.MaxContent {
		_, err := us.Store.Commit(ctx, session)
		return err
	}
	commit := us.Store.CommitMany
	if len(session.Take) > 0 {
		commit = func(ctx context.Context, changes []storage.Change) []storage.Result {
			return inTurn(ctx, us.Store, changes)
		}
	}
	next := *u
	next.LastSignInAt, next.LastActiveAt, next.Failures = at, DayOf(us.Now()), 0
	write, err := us.Prepare(Change{Next: &next, was: u})
	if err == nil {
		us.cache.Drop(u.Kuid)
		results := commit(ctx, []storage.Change{session, write})
		us.cache.Drop(u.Kuid)
		if results[0].Err != nil {
			return results[0].Err
		}
		err = results[1].Err
	} else if _, err := us.Store.Commit(ctx, session); err != nil {
		return err
	}
	if err != nil && !errors.Is(err, storage.ErrConflict) {
		us.Log.WarnContext(ctx, "the time of a login was not stored", "kuid", u.Kuid, "cause", err)
	}
	return nil
}

// inTurn writes changes one after the other, up to the first refused one: of two logins that use up
// the same thing, the loser is no login.
func inTurn(ctx context.Context, store storage.Store, changes []storage.Change) []storage.Result {
	results := make([]storage.Result, len(changes))
	for i := range changes {
		if results[i].Rev, results[i].Err = store.Commit(ctx, changes[i]); results[i].Err != nil {
			break
		}
	}
	return results
}
