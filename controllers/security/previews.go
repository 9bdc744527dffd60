package security

import (
	"context"

	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/foresight"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/rights"
)

// previews are the actions that report the effect of writing a role or profile. They refuse the
// same input as the write.
func (c *definitionActions) previews() []api.Declared {
	return []api.Declared{
		api.Action[previewRoleArgs, difference]{
			Name: "previewRole", Routes: api.Routes{"POST /roles/{_id}/_preview"},
			Summary: "Lists which users would gain or lose which actions if a role were written. It writes nothing.", Run: c.previewRole,
		},
		api.Action[previewProfileArgs, difference]{
			Name: "previewProfile", Routes: api.Routes{"POST /profiles/{_id}/_preview"},
			Summary: "Lists which users would gain or lose which actions if a profile were written. It writes nothing.", Run: c.previewProfile,
		},
	}
}

type difference struct {
	ID string `json:"_id"`
	foresight.Difference
}

type previewRoleArgs struct {
	ID    string         `arg:"_id,required,id"`
	Role  map[string]any `body:".,required"`
	Force bool           `arg:"force"`
}

func (c *definitionActions) previewRole(ctx context.Context, req *api.Request, args previewRoleArgs) (difference, error) {
	w := kuzzleview.Writing(req, false, 0)
	w.Force = args.Force
	next, err := c.Rights.ForeseeRole(ctx, args.ID, args.Role, w)
	return c.tell(ctx, args.ID, next, err)
}

type previewProfileArgs struct {
	ID      string         `arg:"_id,required,id"`
	Profile map[string]any `body:".,required"`
	Strict  bool           `arg:"strict"`
}

func (c *definitionActions) previewProfile(ctx context.Context, req *api.Request, args previewProfileArgs) (difference, error) {
	w := kuzzleview.Writing(req, false, 0)
	w.Strict = args.Strict
	next, err := c.Rights.ForeseeProfile(ctx, args.ID, args.Profile, w)
	return c.tell(ctx, args.ID, next, err)
}

func (c *definitionActions) tell(ctx context.Context, id string, next *rights.Foreseen, err error) (difference, error) {
	if err != nil {
		return difference{}, err
	}
	told, err := c.Accounts.Foresight.Tell(ctx, id, next)
	return difference{id, told}, err
}
