package security

import (
	"context"

	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/rights"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/profiles"
)

func (c *definitionActions) profiles() []api.Declared {
	return []api.Declared{
		api.Action[byID, kuzzleview.Document]{
			Name: "getProfile", Routes: api.Routes{"GET /profiles/{_id}"},
			Summary: "Reads a profile.", Run: c.getProfile,
		},
		api.Action[mGetArgs, kuzzleview.Hits[kuzzleview.Document]]{
			Name: "mGetProfiles", Routes: api.Routes{"POST /profiles/_mGet"},
			Summary: "Reads several profiles; all of them must exist.", Run: c.mGetProfiles,
		},
		api.Action[byID, kuzzleview.Counted[profiles.Right]]{
			Name: "getProfileRights", Routes: api.Routes{"GET /profiles/{_id}/_rights"},
			Summary: "Lists what a profile allows and denies.", Run: c.getProfileRights,
		},
		api.Action[profileArgs, kuzzleview.Document]{
			Name: "createProfile", Routes: api.Routes{"POST /profiles/{_id}/_create"},
			Summary: "Creates a profile.", Run: c.createProfile,
		},
		api.Action[profileArgs, kuzzleview.Document]{
			Name: "createOrReplaceProfile", Routes: api.Routes{"PUT /profiles/{_id}"},
			Summary: "Creates a profile, or replaces the one with the same id.", Run: c.createOrReplaceProfile,
		},
		api.Action[updateProfileArgs, kuzzleview.Document]{
			Name: "updateProfile", Routes: api.Routes{"PUT /profiles/{_id}/_update"},
			Summary: "Replaces the given top-level keys of a profile.", Run: c.updateProfile,
		},
		api.Action[deleteProfileArgs, kuzzleview.ID]{
			Name: "deleteProfile", Routes: api.Routes{"DELETE /profiles/{_id}"},
			Summary: "Deletes a profile that no user holds, or removes it from all users first.", Run: c.deleteProfile,
		},
		api.Action[mDeleteArgs, any]{
			Name: "mDeleteProfiles", Routes: api.Routes{"POST /profiles/_mDelete"},
			Summary: "Deletes several profiles that no user holds.", Answers: deletedAnswers, Run: c.mDeleteProfiles,
		},
	}
}

func (c *definitionActions) getProfile(ctx context.Context, _ *api.Request, args byID) (kuzzleview.Document, error) {
	profile, err := c.Rights.Profile(ctx, args.ID)
	return kuzzleview.Profile(profile), err
}

func (c *definitionActions) mGetProfiles(ctx context.Context, _ *api.Request, args mGetArgs) (kuzzleview.Hits[kuzzleview.Document], error) {
	return c.readMany(ctx, args.IDs, c.Rights.Profiles, kuzzleview.Profile)
}

func (c *definitionActions) getProfileRights(ctx context.Context, _ *api.Request, args byID) (kuzzleview.Counted[profiles.Right], error) {
	list, err := c.Rights.RightsOf(ctx, args.ID)
	return kuzzleview.Count(list), err
}

type profileArgs struct {
	ID       string         `arg:"_id,required,id"`
	Profile  map[string]any `body:".,required"`
	Policies []any          `body:"policies,required"`
	Strict   bool           `arg:"strict"`
	Refresh  api.Refresh    `arg:"refresh,default=wait_for"`
}

func (args profileArgs) writing(req *api.Request) rights.Write {
	w := kuzzleview.Writing(req, args.Refresh, kuzzleview.DefaultRetries)
	w.Strict = args.Strict
	return w
}

func (c *definitionActions) createProfile(ctx context.Context, req *api.Request, args profileArgs) (kuzzleview.Document, error) {
	profile, err := c.Rights.CreateProfile(ctx, args.ID, args.Profile, args.writing(req))
	return kuzzleview.WrittenProfile(profile), err
}

func (c *definitionActions) createOrReplaceProfile(ctx context.Context, req *api.Request, args profileArgs) (kuzzleview.Document, error) {
	profile, err := c.Rights.PutProfile(ctx, args.ID, args.Profile, args.writing(req))
	return kuzzleview.WrittenProfile(profile), err
}

type updateProfileArgs struct {
	ID      string         `arg:"_id,required,id"`
	Patch   map[string]any `body:".,required"`
	Strict  bool           `arg:"strict"`
	Refresh api.Refresh    `arg:"refresh,default=wait_for"`
	Retries int            `arg:"retryOnConflict,default=10"`
}

func (c *definitionActions) updateProfile(ctx context.Context, req *api.Request, args updateProfileArgs) (kuzzleview.Document, error) {
	w := kuzzleview.Writing(req, args.Refresh, args.Retries)
	w.Strict = args.Strict
	profile, err := c.Rights.UpdateProfile(ctx, args.ID, args.Patch, w)
	return kuzzleview.WrittenProfile(profile), err
}

type deleteProfileArgs struct {
	ID         string      `arg:"_id,required,id"`
	OnAssigned string      `arg:"onAssignedUsers,default=fail"`
	Refresh    api.Refresh `arg:"refresh,default=wait_for"`
}

func (c *definitionActions) deleteProfile(ctx context.Context, req *api.Request, args deleteProfileArgs) (kuzzleview.ID, error) {
	err := c.Accounts.Users.DeleteProfile(ctx, kuzzleview.Actor(req), args.ID, args.OnAssigned, bool(args.Refresh))
	return kuzzleview.ID{ID: args.ID}, err
}

func (c *definitionActions) mDeleteProfiles(ctx context.Context, req *api.Request, args mDeleteArgs) (any, error) {
	by := kuzzleview.Actor(req)
	return c.deleteEach(ctx, storage.Profiles, args, definitionsAtOnce, func(id string) error {
		return c.Accounts.Users.DeleteProfile(ctx, by, id, keepAssigned, false)
	})
}

// keepAssigned refuses to delete a profile that a user holds.
const keepAssigned = "fail"
