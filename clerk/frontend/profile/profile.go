package profile

import (
	"context"

	"github.com/gokuzzle/kuzzle/clerk/frontend"
	"github.com/gokuzzle/kuzzle/clerk/frontend/view"
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
		Actions: []api.Declared{
			api.Action[api.None, frontend.Answer]{
				Name: "getMe", Routes: api.Routes{"GET /me"}, Summary: "Returns the signed-in user.", Secret: true, Run: c.get,
			},
		},
	}
}

func (c *controller) get(ctx context.Context, req *api.Request, _ api.None) (frontend.Answer, error) {
	v := frontend.Of(req)
	live, err := v.Current(ctx)
	if err != nil {
		return frontend.Answer{}, err
	}
	shown, err := c.User(ctx, live.User)
	if err != nil {
		return frontend.Answer{}, err
	}
	return c.Answer(ctx, v, shown)
}
