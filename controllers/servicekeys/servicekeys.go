package servicekeys

import (
	"context"

	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/servicekeys"
)

// Name is the controller's name.
const Name = "service-keys"

type controller struct {
	keys     *servicekeys.Keys
	accounts *accounts.Accounts
}

// New declares the controller.
func New(keys *servicekeys.Keys, a *accounts.Accounts) api.Controller {
	c := &controller{keys, a}
	return api.Controller{
		Name:  Name,
		About: "The secret keys with which an application's servers call the instance.",
		Actions: []api.Declared{
			api.Action[api.None, kuzzleview.Counted[servicekeys.Key]]{
				Name: "list", Routes: api.Routes{"GET /service-keys"},
				Summary: "Lists the keys, without their secrets.", Run: kuzzleview.ForAll(a, c.list),
			},
			api.Action[createArgs, servicekeys.Created]{
				Name: "create", Routes: api.Routes{"POST /service-keys"},
				Summary: "Makes a key, and tells its text this once.", Secret: true, Run: kuzzleview.ForAll(a, c.create),
			},
			api.Action[idArgs, kuzzleview.ID]{
				Name: "revoke", Routes: api.Routes{"DELETE /service-keys/{_id}"},
				Summary: "Revokes a key, on every server within a second.", Run: kuzzleview.ForAll(a, c.revoke),
			},
		},
	}
}

func (c *controller) list(ctx context.Context, _ users.Actor, _ api.None) (kuzzleview.Counted[servicekeys.Key], error) {
	keys, err := c.keys.List(ctx)
	return kuzzleview.Count(keys), err
}

type createArgs struct {
	Kind          string   `body:"kind,required"`
	Name          string   `body:"name"`
	Endpoints     []string `body:"endpoints"`
	Organizations []string `body:"organizations"`
}

func (c *controller) create(ctx context.Context, by users.Actor, args createArgs) (servicekeys.Created, error) {
	made, err := c.keys.Create(ctx, servicekeys.Wanted{
		Name: args.Name, Kind: servicekeys.Kind(args.Kind),
		Limits: servicekeys.Limits{Endpoints: args.Endpoints, Organizations: args.Organizations},
	})
	if err == nil {
		c.accounts.Users.Emit(ctx, events.ServiceKeyCreated, by, users.Subject(events.ServiceKey, made.ID), nil)
	}
	return made, err
}

type idArgs struct {
	ID string `arg:"_id,required,id"`
}

func (c *controller) revoke(ctx context.Context, by users.Actor, args idArgs) (kuzzleview.ID, error) {
	gone, err := c.keys.Revoke(ctx, args.ID)
	if err == nil {
		c.accounts.Users.Emit(ctx, events.ServiceKeyRevoked, by, users.Subject(events.ServiceKey, gone.ID), nil)
	}
	return kuzzleview.ID{ID: gone.ID}, err
}
