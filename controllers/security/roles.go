package security

import (
	"context"

	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/rights"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

func (c *definitionActions) roles() []api.Declared {
	return []api.Declared{
		api.Action[byID, kuzzleview.Document]{
			Name: "getRole", Routes: api.Routes{"GET /roles/{_id}"},
			Summary: "Reads a role.", Run: c.getRole,
		},
		api.Action[mGetArgs, kuzzleview.Hits[kuzzleview.Document]]{
			Name: "mGetRoles", Routes: api.Routes{"POST /roles/_mGet"},
			Summary: "Reads several roles; all of them must exist.", Run: c.mGetRoles,
		},
		api.Action[roleArgs, kuzzleview.Document]{
			Name: "createRole", Routes: api.Routes{"POST /roles/{_id}/_create"},
			Summary: "Creates a role.", Run: c.createRole,
		},
		api.Action[roleArgs, kuzzleview.Document]{
			Name: "createOrReplaceRole", Routes: api.Routes{"PUT /roles/{_id}"},
			Summary: "Creates a role, or replaces the one with the same id.", Run: c.createOrReplaceRole,
		},
		api.Action[roleArgs, kuzzleview.Document]{
			Name: "updateRole", Routes: api.Routes{"PUT /roles/{_id}/_update"},
			Summary: "Replaces an existing role.", Run: c.updateRole,
		},
		api.Action[deleteArgs, kuzzleview.ID]{
			Name: "deleteRole", Routes: api.Routes{"DELETE /roles/{_id}"},
			Summary: "Deletes a role that no profile uses.", Run: c.deleteRole,
		},
		api.Action[mDeleteArgs, any]{
			Name: "mDeleteRoles", Routes: api.Routes{"POST /roles/_mDelete"},
			Summary: "Deletes several roles.", Answers: deletedAnswers, Run: c.mDeleteRoles,
		},
	}
}

func (c *definitionActions) getRole(ctx context.Context, _ *api.Request, args byID) (kuzzleview.Document, error) {
	role, err := c.Rights.Role(ctx, args.ID)
	return kuzzleview.Role(role), err
}

// mGetArgs is a list of ids.
type mGetArgs struct {
	IDs []string `body:"ids,required"`
}

func (c *definitionActions) mGetRoles(ctx context.Context, _ *api.Request, args mGetArgs) (kuzzleview.Hits[kuzzleview.Document], error) {
	return c.readMany(ctx, args.IDs, c.Rights.Roles, kuzzleview.Role)
}

// readMany reads documents by their ids; a missing one is a fault.
func (c *definitionActions) readMany(ctx context.Context, ids []string, read func(context.Context, []string) ([]rights.Doc, []string, error),
	show func(rights.Doc) kuzzleview.Document) (kuzzleview.Hits[kuzzleview.Document], error) {
	none := kuzzleview.Hits[kuzzleview.Document]{}
	if err := c.Search.Check(len(ids)); err != nil {
		return none, err
	}
	found, left, err := read(ctx, ids)
	if err != nil {
		return none, err
	}
	hits := make([]kuzzleview.Document, len(found))
	for i, doc := range found {
		hits[i] = show(doc)
	}
	return kuzzleview.Some(hits, left), nil
}

type roleArgs struct {
	ID      string         `arg:"_id,required,id"`
	Role    map[string]any `body:".,required"`
	Force   bool           `arg:"force"`
	Refresh api.Refresh    `arg:"refresh,default=wait_for"`
	Retries int            `arg:"retryOnConflict,default=10"`
}

func (args roleArgs) writing(req *api.Request) rights.Write {
	w := kuzzleview.Writing(req, args.Refresh, args.Retries)
	w.Force = args.Force
	return w
}

func (c *definitionActions) createRole(ctx context.Context, req *api.Request, args roleArgs) (kuzzleview.Document, error) {
	role, err := c.Rights.CreateRole(ctx, args.ID, args.Role, args.writing(req))
	return kuzzleview.WrittenRole(role), err
}

func (c *definitionActions) createOrReplaceRole(ctx context.Context, req *api.Request, args roleArgs) (kuzzleview.Document, error) {
	role, err := c.Rights.PutRole(ctx, args.ID, args.Role, args.writing(req))
	return kuzzleview.WrittenRole(role), err
}

func (c *definitionActions) updateRole(ctx context.Context, req *api.Request, args roleArgs) (kuzzleview.Document, error) {
	role, err := c.Rights.ReplaceRole(ctx, args.ID, args.Role, args.writing(req))
	return kuzzleview.WrittenRole(role), err
}

func (c *definitionActions) deleteRole(ctx context.Context, req *api.Request, args deleteArgs) (kuzzleview.ID, error) {
	return kuzzleview.ID{ID: args.ID}, c.Rights.DeleteRole(ctx, args.ID, kuzzleview.Writing(req, args.Refresh, 0))
}

func (c *definitionActions) mDeleteRoles(ctx context.Context, req *api.Request, args mDeleteArgs) (any, error) {
	return c.deleteEach(ctx, storage.Roles, args, definitionsAtOnce, func(id string) error {
		return c.Rights.DeleteRole(ctx, id, kuzzleview.Writing(req, false, 0))
	})
}
