package auth

import (
	"context"

	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	"github.com/gokuzzle/kuzzle/controllers/search"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/sessions"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

// keys are the actions on the caller's own API keys.
func (c *controller) keys() []api.Declared {
	return []api.Declared{
		api.Action[createKeyArgs, kuzzleview.Document]{
			Name: "createApiKey", Routes: api.Routes{"POST /api-keys/_create"},
			Summary: "Makes an API key for the caller; its token is shown this once.", Authenticated: true, Secret: true, Run: c.createAPIKey,
		},
		api.Action[search.KeyArgs, search.Found]{
			Name: "searchApiKeys", Routes: api.Routes{"POST /api-keys/_search"},
			Summary: "Searches the caller's API keys.", Authenticated: true, Run: c.searchAPIKeys,
		},
		api.Action[deleteKeyArgs, kuzzleview.ID]{
			Name: "deleteApiKey", Routes: api.Routes{"DELETE /api-keys/{_id}"},
			Summary: "Deletes an API key of the caller.", Authenticated: true, Run: c.deleteAPIKey,
		},
	}
}

type createKeyArgs struct {
	ID          string      `arg:"_id,id"`
	Description string      `body:"description,required"`
	ExpiresIn   any         `arg:"expiresIn"`
	Refresh     api.Refresh `arg:"refresh,default=wait_for"`
}

func (c *controller) createAPIKey(ctx context.Context, req *api.Request, args createKeyArgs) (kuzzleview.Document, error) {
	by := kuzzleview.Actor(req)
	key, err := c.Accounts.Keys.CreateKey(ctx, by, sessions.NewKey{
		ID: args.ID, Kuid: by.Kuid, Description: args.Description, ExpiresIn: args.ExpiresIn,
		Visible: bool(args.Refresh), Limited: true,
	})
	return kuzzleview.Document{ID: key.ID, Source: key.Source}, err
}

func (c *controller) searchAPIKeys(ctx context.Context, req *api.Request, args search.KeyArgs) (search.Found, error) {
	return search.Keys(ctx, c.Accounts, c.search, kuzzleview.Actor(req).Kuid, args)
}

type deleteKeyArgs struct {
	ID      string      `arg:"_id,required,id"`
	Refresh api.Refresh `arg:"refresh,default=wait_for"`
}

func (c *controller) deleteAPIKey(ctx context.Context, req *api.Request, args deleteKeyArgs) (kuzzleview.ID, error) {
	by := kuzzleview.Actor(req)
	return kuzzleview.ID{ID: args.ID}, c.Accounts.Keys.DeleteKey(ctx, by, by.Kuid, args.ID, bool(args.Refresh))
}
