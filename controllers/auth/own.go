package auth

import (
	"context"

	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/sessions"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

// own are the actions on the caller's own sessions.
func (c *controller) own() []api.Declared {
	return []api.Declared{
		api.Action[api.None, ownSessions]{
			Name: "getSessions", Routes: api.Routes{"GET /_me/sessions"},
			Summary: "Lists the caller's sessions.", Authenticated: true, Run: c.getSessions,
		},
		api.Action[deleteSessionArgs, kuzzleview.ID]{
			Name: "deleteSession", Routes: api.Routes{"DELETE /_me/sessions/{_id}"},
			Summary: "Ends a session of the caller, and the sessions that it created.", Authenticated: true, Run: c.deleteSession,
		},
	}
}

type ownSessions struct {
	Hits  []sessions.Own `json:"hits"`
	Total int            `json:"total"`
}

func (c *controller) getSessions(ctx context.Context, req *api.Request, _ api.None) (ownSessions, error) {
	hits, err := c.Accounts.Sessions.List(ctx, kuzzleview.Actor(req))
	return ownSessions{Hits: hits, Total: len(hits)}, err
}

type deleteSessionArgs struct {
	ID string `arg:"_id,required,id"`
}

func (c *controller) deleteSession(ctx context.Context, req *api.Request, args deleteSessionArgs) (kuzzleview.ID, error) {
	return kuzzleview.ID{ID: args.ID}, c.Accounts.Sessions.End(ctx, kuzzleview.Actor(req), args.ID)
}
