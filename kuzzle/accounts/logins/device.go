package logins

import (
	"context"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/attempts"
	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
)

// KnowsDevice reports whether a device is a session of the account's current user, on any node.
// Only a login of that user issued it. The reads are the same for every name.
func (ls *Logins) KnowsDevice(ctx context.Context, keys throttle.Keys) bool {
	if keys.Device == "" {
		return false
	}
	kuid, incarnation, ok := ls.sessions.OwnerOf(ctx, keys.Device)
	if !ok {
		return false
	}
	// The reads are the same whether the keys stand for a user or for nobody.
	u, err := ls.users.Current(ctx, kuid)
	if err != nil || u.Incarnation != incarnation {
		return false
	}
	if keys.Whole {
		whole, is := attempts.Kuid(keys)
		return is && whole == kuid
	}
	claim, err := ls.Store.Owner(ctx, keys.Account)
	return err == nil && u.Owns(claim)
}
