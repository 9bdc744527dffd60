package security

import (
	"context"

	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

// metadata are the actions on applications' metadata of users.
func (c *userActions) metadata() []api.Declared {
	return []api.Declared{
		api.Action[byID, kuzzleview.Metadata]{
			Name: "getUserMetadata", Routes: api.Routes{"GET /users/{_id}/_metadata"},
			Summary: "Reads a user's metadata of all three kinds: public, private and unsafe.", Run: c.getUserMetadata,
		},
		api.Action[updateMetadataArgs, kuzzleview.Metadata]{
			Name: "updateUserMetadata", Routes: api.Routes{"PUT /users/{_id}/_metadata"},
			Summary: "Merges public, private and unsafe metadata into a user's; null removes a key, or all keys of a kind.", Run: c.updateUserMetadata,
		},
	}
}

func (c *userActions) getUserMetadata(ctx context.Context, _ *api.Request, args byID) (kuzzleview.Metadata, error) {
	u, err := c.Accounts.Users.User(ctx, args.ID)
	if err != nil {
		return kuzzleview.Metadata{}, err
	}
	return kuzzleview.AllMetadata(u), nil
}

type updateMetadataArgs struct {
	ID        string             `arg:"_id,required,id"`
	Change    map[string]any     `body:".,required"`
	IfVersion kuzzleview.Version `arg:"ifVersion"`
}

func (c *userActions) updateUserMetadata(ctx context.Context, req *api.Request, args updateMetadataArgs) (kuzzleview.Metadata, error) {
	if err := users.CheckMetadata("body", args.Change, users.MetadataKinds()); err != nil {
		return kuzzleview.Metadata{}, err
	}
	u, err := c.Accounts.Users.UpdateMetadata(ctx, kuzzleview.Actor(req), args.ID, args.Change, int64(args.IfVersion))
	if err != nil {
		return kuzzleview.Metadata{}, err
	}
	return kuzzleview.AllMetadata(u), nil
}
