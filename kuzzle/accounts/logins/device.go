package logins

import (
	"context"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/attempts"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
)

// KnowsDevice tells whether the device is a session that the account's present
// user has: what only a login of theirs gave away, on whichever node. It reads
// the same of every name.
func (ls *Logins) KnowsDevice(ctx context.Context, keys throttle.Keys) bool {
	if keys.Device == "" {
		return false
	}
	kuid, incarnation, ok := ls.sessions.OwnerOf(ctx, keys.Device)
	if !ok {
		return false
	}
	if keys.Whole {
		// The same is read whether the keys stand for a user or for nobody.
		u, err := ls.users.Current(ctx, kuid)
		whole, is := attempts.Kuid(keys)
		return err == nil && is && whole == kuid && u.Incarnation == incarnation
	}
	claim, err := ls.Store.Owner(ctx, keys.Account)
	return err == nil && claim.Of == storage.Users && claim.Owner == kuid && claim.Incarnation == incarnation
}
