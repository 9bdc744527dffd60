package security

import (
	"context"

	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/sessions"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

// sessions are the actions on single sessions of users.
func (c *userActions) sessions() []api.Declared {
	return []api.Declared{
		api.Action[byID, kuzzleview.Counted[session]]{
			Name: "getSessions", Routes: api.Routes{"GET /users/{_id}/sessions"},
			Summary: "Lists a user's sessions, the oldest first.", Run: c.getSessions,
		},
		api.Action[sessionArgs, kuzzleview.ID]{
			Name: "deleteSession", Routes: api.Routes{"DELETE /users/{_id}/sessions/{sessionId}"},
			Summary: "Ends a session of a user, and the sessions that it created.", Run: c.deleteSession,
		},
	}
}

// session is a session in the view for administrators. Times are in epoch milliseconds; an end of
// -1 is never.
type session struct {
	ID        string `json:"_id"`
	CreatedAt int64  `json:"createdAt"`
	ExpiresAt int64  `json:"expiresAt"`
	// Strategy is the strategy that began the session; without one, another session or an API key
	// created it.
	Strategy string `json:"strategy,omitempty"`
	// Factors maps the factors that the client proved to the times of the proofs.
	Factors map[string]int64 `json:"factors,omitempty"`
	// Organization is the organization that the session acts for.
	Organization string `json:"organization,omitempty"`
	// Act identifies the actor in the user's place.
	Act map[string]any `json:"act,omitempty"`
	// Device is the device on which the session began.
	Device *sessions.ShownDevice `json:"device,omitempty"`
	// Current is the session of the request itself.
	Current bool `json:"current"`
}

func (c *userActions) getSessions(ctx context.Context, req *api.Request, args byID) (kuzzleview.Counted[session], error) {
	none := kuzzleview.Counted[session]{}
	if _, err := c.Accounts.Users.User(ctx, args.ID); err != nil {
		return none, err
	}
	live, err := sessions.Manage(c.Accounts.Sessions).Of(ctx, args.ID)
	if err != nil {
		return none, err
	}
	by := kuzzleview.Actor(req)
	list := make([]session, len(live))
	for i, s := range live {
		list[i] = shownSession(s, by)
	}
	return kuzzleview.Count(list), nil
}

func shownSession(s sessions.Session, by users.Actor) session {
	shown := session{
		ID: s.ID, CreatedAt: s.CreatedAt, ExpiresAt: s.ExpiresAt, Strategy: s.Strategy, Factors: s.Factors, Act: s.Act, Device: s.Device.Shown(),
		Current: s.ID == by.SessionID && !by.APIKey,
	}
	if s.Acting != nil {
		shown.Organization = s.Acting.Organization
	}
	return shown
}

type sessionArgs struct {
	ID      string `arg:"_id,required,id"`
	Session string `arg:"sessionId,required,id"`
}

func (c *userActions) deleteSession(ctx context.Context, req *api.Request, args sessionArgs) (kuzzleview.ID, error) {
	err := sessions.Manage(c.Accounts.Sessions).RevokeOf(ctx, kuzzleview.Actor(req), args.ID, args.Session)
	return kuzzleview.ID{ID: args.Session}, err
}
