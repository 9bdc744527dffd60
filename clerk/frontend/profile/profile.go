package profile

import (
	"context"
	"slices"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/clerk/frontend"
	"github.com/gokuzzle/kuzzle/clerk/frontend/view"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/clients"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/contacts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

// Deps are the dependencies of the actions.
type Deps struct {
	*view.Maker
	Dialect *api.Dialect
}

type controller struct{ Deps }

// Name is the name of the controller.
const Name = "clerk-me"

// New declares the actions.
func New(deps Deps) api.Controller {
	c := &controller{deps}
	return api.Controller{
		Name: Name, About: "The signed-in user's own data, in Clerk's Frontend API.", Dialect: deps.Dialect,
		Actions: slices.Concat(c.user(), addresses{c}.contacts(email), addresses{c}.contacts(phone), c.passwords(), c.factors(), c.sessions(), c.verifications(), c.account()),
	}
}

// self is the signed-in user of a request.
type self struct {
	v    *frontend.Visit
	live *clients.Live
	by   users.Actor
}

func (c *controller) self(ctx context.Context, req *api.Request) (*self, error) {
	v := frontend.Of(req)
	live, err := v.Current(ctx)
	if err != nil {
		return nil, err
	}
	s := &self{v: v, live: live, by: v.Actor(live)}
	s.by.LetLeaked = !c.Users.Rules.Now().RefuseLeaked
	return s, nil
}

// refusals are the faults of the domain with a meaning of their own here.
var refusals = edge.Refusals{
	{From: contacts.ErrVerified, To: edge.AlreadyVerified},
	{From: contacts.ErrCode, To: edge.CodeIncorrect, Param: "code"},
	{From: contacts.ErrTooMany, To: edge.TooManyUnverified},
}

// answer answers with the browser's state, which the request changed, unless it failed.
func (c *controller) answer(ctx context.Context, s *self, response any, err error) (frontend.Answer, error) {
	if err != nil {
		return frontend.Answer{}, refusals.Of(frontend.Refused(err))
	}
	return c.Answer(ctx, s.v, response)
}

// shown answers with a changed user.
func (c *controller) shown(ctx context.Context, s *self, u *users.User, err error) (frontend.Answer, error) {
	if err != nil {
		return c.answer(ctx, s, nil, err)
	}
	shown, err := c.User(ctx, u)
	return c.answer(ctx, s, shown, err)
}
