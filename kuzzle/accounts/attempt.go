package accounts

import (
	"context"
	"net/http"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
	"github.com/gokuzzle/kuzzle/strategies"
)

// attempt is a login on its way through a strategy. It is admitted by the
// throttle when the strategy first looks a user up, and settled by the outcome.
type attempt struct {
	by    Actor
	keys  throttle.Keys
	begun *throttle.Attempt
}

type attemptKey struct{}

func withAttempt(ctx context.Context, by Actor) (context.Context, *attempt) {
	at := &attempt{by: by}
	return context.WithValue(withJudged(ctx), attemptKey{}, at), at
}

// admit asks the throttle once per attempt. A name that cannot be claimed is
// counted as it was sent.
func admit(ctx context.Context, a *Accounts, key, sent string) error {
	at, ok := ctx.Value(attemptKey{}).(*attempt)
	if !ok || at.begun != nil || a.Logins == nil {
		return nil
	}
	if key == "" {
		key = sent
	}
	at.keys = throttle.Keys{Account: key, Addr: at.by.Addr, Device: at.by.Device}
	begun, err := a.Logins.Begin(ctx, at.keys)
	at.begun = begun
	return err
}

// remember lets the session that a login opened vouch for its client later.
func (at *attempt) remember(a *Accounts, session string) {
	if at.begun == nil {
		return
	}
	keys := at.keys
	keys.Device = session
	a.Logins.Remember(keys)
}

// settle tells the throttle how the attempt ended. Only what says that the
// proof was wrong counts as a failure: other errors are ours, or come after a
// right proof.
func (at *attempt) settle(err error) {
	if at.begun == nil {
		return
	}
	failure, isFault := fault.From(err)
	switch {
	case err == nil:
		at.begun.Succeeded()
	case isFault && (failure.Kind == strategies.ErrRefused || failure.Status() == http.StatusForbidden):
		at.begun.Failed()
	case isFault && failure.Status() == http.StatusUnauthorized:
		at.begun.Succeeded()
	default:
		at.begun.Abandoned()
	}
}
