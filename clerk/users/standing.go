package users

import (
	"context"
	"slices"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/clerk/resource"
	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

// maxBulk is the maximum number of users in one ban.
const maxBulk = 50

const idsParam = "user_ids"

// standing returns the actions on bans and locks.
func (c *controller) standing() []api.Declared {
	us := c.Accounts.Users
	return []api.Declared{
		c.stands("banUser", "ban", "Ends a user's sessions and refuses further logins until the ban is lifted.",
			func(ctx context.Context, by users.Actor, id string) (users.User, error) {
				return us.Ban(ctx, by, id, true)
			}),
		c.stands("unbanUser", "unban", "Lifts a user's ban.",
			func(ctx context.Context, by users.Actor, id string) (users.User, error) {
				return us.Unban(ctx, by, id, true)
			}),
		c.stands("lockUser", "lock", "Refuses a user's logins for the time in the settings of the instance.",
			func(ctx context.Context, by users.Actor, id string) (users.User, error) {
				return c.Lockouts.Lock(ctx, by, id, true)
			}),
		c.stands("unlockUser", "unlock", "Lifts a user's lock.",
			func(ctx context.Context, by users.Actor, id string) (users.User, error) {
				return us.Unlock(ctx, by, id, true)
			}),
		c.bulk("banUsers", "ban", "Bans all of up to 50 users, or none.", true),
		c.bulk("unbanUsers", "unban", "Lifts the bans of all of up to 50 users, or of none.", false),
	}
}

func (c *controller) stands(name, path, summary string, change func(context.Context, users.Actor, string) (users.User, error)) api.Declared {
	return api.Action[byID, resource.User]{
		Name: name, Routes: api.Routes{"POST /users/{user_id}/" + path}, Summary: summary,
		Run: func(ctx context.Context, req *api.Request, args byID) (resource.User, error) {
			u, err := change(ctx, kuzzleview.Actor(req), args.ID)
			if err != nil {
				return resource.User{}, err
			}
			return c.Make.User(&u)
		},
	}
}

// several has the arguments of actions on several users.
type several struct {
	IDs edge.Texts `body:"user_ids"`
}

func (c *controller) bulk(name, path, summary string, ban bool) api.Declared {
	return api.Action[several, []resource.User]{
		Name: name, Routes: api.Routes{"POST /users/" + path}, Summary: summary,
		Run: func(ctx context.Context, req *api.Request, args several) ([]resource.User, error) {
			ids := args.IDs.Values
			switch {
			case !args.IDs.Is():
				return nil, edge.Refusal(edge.Missing, idsParam)
			case len(ids) == 0:
				return nil, edge.Refusal(edge.Nil, idsParam)
			case len(ids) > maxBulk:
				return nil, edge.Refusal(edge.BulkSizeExceeded, idsParam)
			}
			for i, id := range ids {
				if slices.Contains(ids[:i], id) {
					return nil, edge.Refusal(edge.Duplicate, idsParam)
				}
			}
			changed, err := c.Accounts.Users.BanAll(ctx, kuzzleview.Actor(req), ids, ban, true)
			if err != nil {
				return nil, err
			}
			all := make([]resource.User, len(changed))
			for i := range changed {
				if all[i], err = c.Make.User(&changed[i]); err != nil {
					return nil, err
				}
			}
			return all, nil
		},
	}
}
