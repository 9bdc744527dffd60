package tickets

import (
	"context"
	"errors"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	domain "github.com/gokuzzle/kuzzle/kuzzle/accounts/tickets"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

func (c *controller) tokens() []api.Declared {
	return []api.Declared{
		declare("createSignInToken", "POST /sign_in_tokens", "Makes a ticket for one login of a user.", c.createSignIn),
		declare("revokeSignInToken", "POST /sign_in_tokens/{sign_in_token_id}/revoke", "Revokes a ticket for a login of a user.", c.revokeSignIn),
		declare("createActorToken", "POST /actor_tokens", "Makes a ticket for one login of another user in a user's place.", c.createActing),
		declare("revokeActorToken", "POST /actor_tokens/{actor_token_id}/revoke", "Revokes a ticket for a login in a user's place.", c.revokeActing),
	}
}

// Token is a ticket for a login as a user, by the user or by an actor.
type Token struct {
	Object    string         `json:"object"`
	ID        string         `json:"id"`
	Status    string         `json:"status"`
	UserID    string         `json:"user_id"`
	Actor     map[string]any `json:"actor,omitempty"`
	Token     string         `json:"token,omitempty"`
	URL       string         `json:"url,omitempty"`
	CreatedAt int64          `json:"created_at"`
	UpdatedAt int64          `json:"updated_at"`
}

// objects are the names of token shapes.
var objects = map[domain.Kind]string{domain.SignIn: "sign_in_token", domain.Acting: "actor_token"}

func (c *controller) shown(t *domain.Ticket, text string) Token {
	return Token{
		Object: objects[t.Kind], ID: t.ID, Status: t.Status, UserID: t.Kuid, Actor: t.Actor,
		Token: text, URL: c.link(text), CreatedAt: t.CreatedAt, UpdatedAt: t.UpdatedAt,
	}
}

// link returns the link of a ticket for an answer.
func (c *controller) link(text string) string {
	if text == "" {
		return ""
	}
	return c.Accounts.Tickets.Link(text)
}

type newSignIn struct {
	UserID    edge.Text   `body:"user_id"`
	ExpiresIn edge.Number `body:"expires_in_seconds"`
}

type newSignInTo struct {
	newSignIn
	Organization edge.Text `body:"org_id"`
}

func (c *controller) createSignIn(ctx context.Context, req *api.Request, args newSignInTo) (Token, error) {
	var j edge.Judging
	ns := domain.NewSignIn{
		Kuid: j.Needed(userParam, args.UserID), Lifetime: seconds(&j, lifetimeParam, args.ExpiresIn, domain.MaxLifetime), Organization: args.Organization.Value,
	}
	return c.create(ctx, req, &j, ns)
}

func (c *controller) create(ctx context.Context, req *api.Request, j *edge.Judging, ns domain.NewSignIn) (Token, error) {
	if err := j.Err(); err != nil {
		return Token{}, err
	}
	t, text, err := c.Accounts.Tickets.SignIn(ctx, kuzzleview.Actor(req), ns)
	return c.shown(&t, text), err
}

type newActing struct {
	newSignIn
	Actor  edge.Object `body:"actor"`
	Within edge.Number `body:"session_max_duration_in_seconds"`
}

func (c *controller) createActing(ctx context.Context, req *api.Request, args newActing) (Token, error) {
	var j edge.Judging
	ns := domain.NewSignIn{
		Kuid: j.Needed(userParam, args.UserID), Lifetime: seconds(&j, lifetimeParam, args.ExpiresIn, domain.MaxLifetime),
		Actor: args.Actor.Value, Within: seconds(&j, "session_max_duration_in_seconds", args.Within, domain.MaxWithin),
	}
	if !args.Actor.Is() {
		j.Refuse(edge.Missing, "actor")
	}
	return c.create(ctx, req, &j, ns)
}

type bySignIn struct {
	ID string `arg:"sign_in_token_id,required"`
}

func (c *controller) revokeSignIn(ctx context.Context, req *api.Request, args bySignIn) (Token, error) {
	return c.revoke(ctx, req, domain.SignIn, args.ID, edge.SignInTokenIrrevocable)
}

type byActing struct {
	ID string `arg:"actor_token_id,required"`
}

func (c *controller) revokeActing(ctx context.Context, req *api.Request, args byActing) (Token, error) {
	return c.revoke(ctx, req, domain.Acting, args.ID, edge.ActorTokenIrrevocable)
}

func (c *controller) revoke(ctx context.Context, req *api.Request, kind domain.Kind, id string, ended *fault.Kind) (Token, error) {
	t, err := c.Accounts.Tickets.Revoke(ctx, kuzzleview.Actor(req), kind, id)
	if errors.Is(err, domain.ErrNotPending) {
		err = ended.New()
	}
	return c.shown(&t, ""), err
}
