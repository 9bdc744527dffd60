package security

import (
	"context"
	"fmt"
	"time"

	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/sessions"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/tickets"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
)

// beginWithin is how long the ticket for acting in a user's place is valid.
const beginWithin = time.Minute

func (c *userActions) impersonations() []api.Declared {
	return []api.Declared{
		api.Action[impersonateArgs, impersonation]{
			Name: sessions.ActAction, Routes: api.Routes{"POST /users/{_id}/_impersonate"}, Authenticated: true, Secret: true,
			Summary: "Makes a ticket by which the caller logs in once in a user's place, with the strategy ticket. The session tells who acts, and changes nothing of how the user logs in.", Run: c.impersonate,
		},
	}
}

type impersonateArgs struct {
	ID string `arg:"_id,required,id"`
	// Within is the longest life of the session in seconds.
	Within int `body:"within"`
}

// impersonation is a ticket, which is shown only once. ExpiresAt is the end of its validity, in
// epoch milliseconds.
type impersonation struct {
	ID        string `json:"_id"`
	Ticket    string `json:"ticket"`
	ExpiresAt int64  `json:"expiresAt"`
}

func (c *userActions) impersonate(ctx context.Context, req *api.Request, args impersonateArgs) (impersonation, error) {
	within := tickets.MaxWithin
	if args.Within != 0 {
		within = time.Duration(args.Within) * time.Second
	}
	if within < time.Second || within > tickets.MaxWithin {
		return impersonation{}, assert.InvalidArgument.New("body.within", fmt.Sprintf("a number of seconds from 1 to %d", int(tickets.MaxWithin/time.Second)))
	}
	by := kuzzleview.Actor(req)
	if by.Kuid == args.ID {
		return impersonation{}, assert.InvalidArgument.New("_id", "the id of another user than the caller")
	}
	_, text, err := c.Accounts.Tickets.SignIn(ctx, by, tickets.NewSignIn{
		Kuid: args.ID, Lifetime: beginWithin, Within: within, Actor: map[string]any{"sub": by.Kuid},
	})
	return impersonation{args.ID, text, c.Accounts.Users.Now().Add(beginWithin).UnixMilli()}, err
}
