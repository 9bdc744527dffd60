package users

import (
	"context"

	"github.com/gokuzzle/kuzzle/clerk/resource"
	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/credentials"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

// metadataChange has the arguments of metadata changes.
type metadataChange struct {
	ID string `arg:"user_id,required"`
	metadata
}

func (c *controller) mergeMetadata(ctx context.Context, req *api.Request, args metadataChange) (resource.User, error) {
	// The merged values may be larger than the result.
	change := map[string]any{}
	for _, one := range args.kinds() {
		if one.Given.Is() {
			change[one.Kind] = one.Given.Value
		}
	}
	return c.changeMetadata(ctx, req, args.ID, credentials.Edit{Metadata: change, Merge: true})
}

// replaceMetadata treats null as an empty object.
func (c *controller) replaceMetadata(ctx context.Context, req *api.Request, args metadataChange) (resource.User, error) {
	j := &judging{now: c.Now()}
	change := j.Metadata(args.kinds())
	for _, one := range args.kinds() {
		if one.Given.Null {
			change[one.Kind] = nil
		}
	}
	if err := j.Err(); err != nil {
		return resource.User{}, err
	}
	return c.changeMetadata(ctx, req, args.ID, credentials.Edit{Metadata: change})
}

func (c *controller) changeMetadata(ctx context.Context, req *api.Request, id string, in credentials.Edit) (resource.User, error) {
	in.Visible = true
	u, err := c.Accounts.Edits.Edit(ctx, kuzzleview.Actor(req), id, in)
	if err != nil {
		return resource.User{}, err
	}
	return c.Make.User(&u)
}
