package auth

import (
	"context"

	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
)

// metadata are the actions on the caller's own metadata.
func (c *controller) metadata() []api.Declared {
	return []api.Declared{
		api.Action[api.None, kuzzleview.Metadata]{
			Name: "getMyMetadata", Routes: api.Routes{"GET /_me/_metadata"},
			Summary: "Reads the caller's own public and unsafe metadata.", Authenticated: true, Run: c.getMyMetadata,
		},
		api.Action[updateMyMetadataArgs, kuzzleview.Metadata]{
			Name: "updateMyMetadata", Routes: api.Routes{"PUT /_me/_metadata"},
			Summary: "Merges unsafe metadata into the caller's; null removes a key, or all keys.", Authenticated: true, Run: c.updateMyMetadata,
		},
	}
}

func (c *controller) getMyMetadata(ctx context.Context, req *api.Request, _ api.None) (kuzzleview.Metadata, error) {
	u, err := c.caller(ctx, req)
	if err != nil {
		return kuzzleview.Metadata{}, err
	}
	return kuzzleview.OwnMetadata(*u), nil
}

type updateMyMetadataArgs struct {
	Change map[string]any `body:".,required"`
}

func (c *controller) updateMyMetadata(ctx context.Context, req *api.Request, args updateMyMetadataArgs) (kuzzleview.Metadata, error) {
	for _, kind := range [...]string{users.PrivateMetadata, users.PublicMetadata} {
		if _, given := args.Change[kind]; given {
			return kuzzleview.Metadata{}, assert.Forbidden.New("body." + kind)
		}
	}
	if err := users.CheckMetadata("body", args.Change, []string{users.UnsafeMetadata}); err != nil {
		return kuzzleview.Metadata{}, err
	}
	by := kuzzleview.Actor(req)
	u, err := c.Accounts.Users.UpdateMetadata(ctx, by, by.Kuid, args.Change, 0)
	if err != nil {
		return kuzzleview.Metadata{}, err
	}
	now := kuzzleview.OwnMetadata(u)
	now.Version = u.Version
	return now, nil
}
