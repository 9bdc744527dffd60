package edge

import (
	"context"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/servicekeys"
	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
)

// Unlimited is the action that may be asked for any number of times: verifiers of tokens
// do, one after the other.
const Unlimited = "getJwks"

// narrow are actions that may be had less often on one thing, which an argument names, or
// by one key where none does.
var narrow = map[string]struct {
	window   throttle.Window
	argument string
}{
	"updateUser": {oneThing, "user_id"}, "mergeMetadata": {oneThing, "user_id"}, "replaceMetadata": {oneThing, "user_id"},
	"createInvitation": {anHour(100), ""}, "createBulkInvitations": {anHour(25), ""},
	"createOrganizationInvitation": {anHour(250), ""}, "createBulkOrganizationInvitations": {anHour(50), ""},
}

var oneThing = throttle.Window{Limit: 10, Every: 10 * time.Second}

func anHour(most int) throttle.Window { return throttle.Window{Limit: most, Every: time.Hour} }

// limit counts a request for its key, and for what it is about.
func (a *authenticator) limit(ctx context.Context, req *api.Request, key *servicekeys.Key) error {
	_, action := req.Route()
	if action == Unlimited {
		return nil
	}
	if err := a.take(ctx, "key:"+key.ID, key.Kind.Requests()); err != nil {
		return err
	}
	less, ok := narrow[action]
	if !ok {
		return nil
	}
	about := key.ID
	if less.argument != "" {
		about, _ = req.Arg(less.argument).(string)
	}
	return a.take(ctx, action+":"+about, less.window)
}

func (a *authenticator) take(ctx context.Context, key string, window throttle.Window) error {
	wait, err := a.windows.Take(ctx, "clerk:"+key, window)
	if err == nil && wait > 0 {
		err = TooManyRequests.New().RetryIn(wait)
	}
	return err
}
