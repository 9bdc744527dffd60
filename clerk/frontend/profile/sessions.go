package profile

import (
	"context"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/clerk/frontend"
	clerksessions "github.com/gokuzzle/kuzzle/clerk/sessions"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/sessions"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

// sessions returns the actions on the user's sessions in all browsers.
func (c *controller) sessions() []api.Declared {
	return []api.Declared{
		api.Action[api.None, []clerksessions.Session]{
			Name: "listMySessions", Routes: api.Routes{"GET /me/sessions", "GET /me/sessions/active"}, Summary: "Lists the valid sessions of the signed-in user.", Run: c.listSessions,
		},
		api.Action[sessionByID, frontend.Answer]{
			Name: "revokeMySession", Routes: api.Routes{"POST /me/sessions/{session_id}/revoke"}, Summary: "Ends a session of the signed-in user.", Run: c.revoke,
		},
	}
}

func (c *controller) listSessions(ctx context.Context, req *api.Request, _ api.None) ([]clerksessions.Session, error) {
	s, err := c.self(ctx, req)
	if err != nil {
		return nil, err
	}
	all, err := sessions.Manage(c.Accounts.Sessions).Of(ctx, s.by.Kuid)
	shown := make([]clerksessions.Session, len(all))
	for i := 0; i < len(all) && err == nil; i++ {
		var standing string
		standing, err = c.Tokens.Standing(ctx, all[i], s.live.User)
		shown[i] = clerksessions.Shown(all[i], standing)
	}
	return shown, err
}

type sessionByID struct {
	ID string `arg:"session_id,required"`
}

// revoked is the status of a session that its user ended elsewhere.
const revoked = "revoked"

func (c *controller) revoke(ctx context.Context, req *api.Request, args sessionByID) (frontend.Answer, error) {
	s, err := c.self(ctx, req)
	if err != nil {
		return frontend.Answer{}, err
	}
	id, ok := clerksessions.Stored(args.ID)
	if !ok {
		return frontend.Answer{}, edge.NotFound.New()
	}
	found, err := sessions.Manage(c.Accounts.Sessions).Find(ctx, id)
	if err == nil {
		err = c.Accounts.Sessions.End(ctx, s.by, id)
	}
	return c.answer(ctx, s, clerksessions.Shown(found, revoked), err)
}
