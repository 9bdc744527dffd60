package imports

import (
	"context"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/sessions"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/jobs"
	"github.com/gokuzzle/kuzzle/profiles"
)

// May returns a [jobs.Limits.May] for users. It bounds neither the program's own command line nor
// callers for whom the server is open.
func May(a *accounts.Accounts) func(ctx context.Context, by users.Actor, action string) (jobs.Still, error) {
	return func(ctx context.Context, by users.Actor, action string) (jobs.Still, error) {
		if by.Operator || by.Open {
			return nil, nil
		}
		warrant, err := sessions.NewWarrant(ctx, a.Sessions, by)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context) error {
			u, err := warrant.User(ctx, a.Sessions)
			switch {
			case err != nil:
				return err
			case u == nil:
				return jobs.ErrStopped.New(by.Kuid, "was banned, deleted or logged out everywhere, or lost the API key")
			}
			allowed, err := a.Sessions.Rights.Allowed(ctx, u.Profiles, Name, action, profiles.Target{})
			if err == nil && !allowed {
				err = jobs.ErrStopped.New(by.Kuid, "may no longer call "+Name+":"+action)
			}
			return err
		}, nil
	}
}
