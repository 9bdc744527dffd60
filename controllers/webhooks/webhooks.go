package webhooks

import (
	"context"

	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/webhooks"
)

// Name is the controller's name.
const Name = "webhooks"

type controller struct {
	webhooks *webhooks.Webhooks
	accounts *accounts.Accounts
}

// New declares the controller.
func New(h *webhooks.Webhooks, a *accounts.Accounts) api.Controller {
	c := &controller{h, a}
	return api.Controller{
		Name:  Name,
		About: "Endpoints that get the events of users.",
		Actions: []api.Declared{
			api.Action[api.None, kuzzleview.Counted[webhooks.Endpoint]]{
				Name: "list", Routes: api.Routes{"GET /webhooks"},
				Summary: "Lists the endpoints, without their secrets.", Run: kuzzleview.ForAll(a, c.list),
			},
			api.Action[createArgs, webhooks.Created]{
				Name: "create", Routes: api.Routes{"POST /webhooks"},
				Summary: "Adds an endpoint, and tells its secret this once.", Secret: true, Run: kuzzleview.ForAll(a, c.create),
			},
			api.Action[idArgs, deleted]{
				Name: "delete", Routes: api.Routes{"DELETE /webhooks/{_id}"},
				Summary: "Deletes an endpoint. Its waiting messages are not sent.", Run: kuzzleview.ForAll(a, c.delete),
			},
			api.Action[api.None, kuzzleview.Counted[webhooks.Dead]]{
				Name: "listDead", Routes: api.Routes{"GET /webhooks/_dead"},
				Summary: "Lists the messages that endpoints did not accept, the oldest first.", Run: kuzzleview.ForAll(a, c.listDead),
			},
			api.Action[someArgs, kuzzleview.Counted[webhooks.Delivery]]{
				Name: "listDeliveries", Routes: api.Routes{"GET /webhooks/_deliveries"},
				Summary: "Lists the last day's deliveries to an endpoint, or without _id to all endpoints, the latest first.", Run: kuzzleview.ForAll(a, c.listDeliveries),
			},
			api.Action[someArgs, replayed]{
				Name: "replay", Routes: api.Routes{"POST /webhooks/_replay"},
				Summary: "Sends a failed message again, or without _id all of them, up to a thousand per call.", Run: kuzzleview.ForAll(a, c.replay),
			},
		},
	}
}

func (c *controller) list(ctx context.Context, _ users.Actor, _ api.None) (kuzzleview.Counted[webhooks.Endpoint], error) {
	return kuzzleview.Count(c.webhooks.List()), nil
}

type createArgs struct {
	URL    string   `body:"url,required"`
	Format string   `body:"format"`
	Events []string `body:"events"`
}

func (c *controller) create(ctx context.Context, by users.Actor, args createArgs) (webhooks.Created, error) {
	made, err := c.webhooks.Create(ctx, args.URL, args.Format, args.Events)
	if err == nil {
		c.accounts.Users.Emit(ctx, events.WebhookCreated, by, users.Subject(events.Webhook, made.ID), nil)
	}
	return made, err
}

type idArgs struct {
	ID string `arg:"_id,required,id"`
}

type deleted struct {
	ID string `json:"_id"`
}

func (c *controller) delete(ctx context.Context, by users.Actor, args idArgs) (deleted, error) {
	gone, err := c.webhooks.Delete(ctx, args.ID)
	if err == nil {
		c.accounts.Users.Emit(ctx, events.WebhookDeleted, by, users.Subject(events.Webhook, gone.ID), nil)
	}
	return deleted{gone.ID}, err
}

func (c *controller) listDead(ctx context.Context, _ users.Actor, _ api.None) (kuzzleview.Counted[webhooks.Dead], error) {
	dead, err := c.webhooks.ListDead(ctx)
	return kuzzleview.Count(dead), err
}

// someArgs has the id of one message, or none for all.
type someArgs struct {
	ID string `arg:"_id"`
}

func (c *controller) listDeliveries(ctx context.Context, _ users.Actor, args someArgs) (kuzzleview.Counted[webhooks.Delivery], error) {
	all, err := c.webhooks.Deliveries(ctx, args.ID)
	return kuzzleview.Count(all), err
}

type replayed struct {
	Replayed int `json:"replayed"`
}

func (c *controller) replay(ctx context.Context, by users.Actor, args someArgs) (replayed, error) {
	n, err := c.webhooks.Replay(ctx, args.ID)
	if n > 0 {
		c.accounts.Users.Emit(ctx, events.WebhookReplayed, by, users.Subject(events.Webhook, ""), events.Data{events.Count: n})
	}
	return replayed{n}, err
}
