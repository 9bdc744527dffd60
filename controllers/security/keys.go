package security

import (
	"context"

	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	"github.com/gokuzzle/kuzzle/controllers/search"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/sessions"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

func (c *credentialActions) keys() []api.Declared {
	return []api.Declared{
		api.Action[createKeyArgs, kuzzleview.Document]{
			Name: "createApiKey", Routes: api.Routes{"POST /users/{userId}/api-keys/_create"},
			Summary: "Makes an API key for a user; its token is shown this once.", Secret: true, Run: c.createAPIKey,
		},
		api.Action[searchKeysArgs, search.Found]{
			Name: "searchApiKeys", Routes: api.Routes{"POST /users/{userId}/api-keys/_search"},
			Summary: "Searches a user's API keys.", Run: c.searchAPIKeys,
		},
		api.Action[deleteKeyArgs, kuzzleview.ID]{
			Name: "deleteApiKey", Routes: api.Routes{"DELETE /users/{userId}/api-keys/{_id}"},
			Summary: "Deletes an API key of a user.", Run: c.deleteAPIKey,
		},
	}
}

type createKeyArgs struct {
	UserID      string      `arg:"userId,required,id"`
	ID          string      `arg:"_id,id"`
	Description string      `body:"description,required"`
	ExpiresIn   any         `arg:"expiresIn"`
	Refresh     api.Refresh `arg:"refresh,default=wait_for"`
}

func (c *credentialActions) createAPIKey(ctx context.Context, req *api.Request, args createKeyArgs) (kuzzleview.Document, error) {
	if _, err := c.Accounts.Users.User(ctx, args.UserID); err != nil {
		return kuzzleview.Document{}, err
	}
	key, err := c.Accounts.Keys.CreateKey(ctx, kuzzleview.Actor(req), sessions.NewKey{
		ID: args.ID, Kuid: args.UserID, Description: args.Description, ExpiresIn: args.ExpiresIn,
		Visible: bool(args.Refresh),
	})
	return kuzzleview.Document{ID: key.ID, Source: key.Source}, err
}

type searchKeysArgs struct {
	UserID string `arg:"userId,required,id"`
	search.KeyArgs
}

func (c *credentialActions) searchAPIKeys(ctx context.Context, _ *api.Request, args searchKeysArgs) (search.Found, error) {
	return search.Keys(ctx, c.Accounts, c.Search, args.UserID, args.KeyArgs)
}

type deleteKeyArgs struct {
	UserID  string      `arg:"userId,required,id"`
	ID      string      `arg:"_id,required,id"`
	Refresh api.Refresh `arg:"refresh,default=wait_for"`
}

func (c *credentialActions) deleteAPIKey(ctx context.Context, req *api.Request, args deleteKeyArgs) (kuzzleview.ID, error) {
	return kuzzleview.ID{ID: args.ID}, c.Accounts.Keys.DeleteKey(ctx, kuzzleview.Actor(req), args.UserID, args.ID, bool(args.Refresh))
}
