package edge

import (
	"context"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/servicekeys"
	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
)

// Unlimited is the action without a limit: verifiers of tokens call it repeatedly.
const Unlimited = "getJwks"

// narrow are actions with a lower limit per resource, which an argument names, or per key
// if no argument does.
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

// limit counts a request for its key, and for its resource.
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
