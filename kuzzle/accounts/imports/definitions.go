package imports

import (
	"context"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/rights"
	"github.com/gokuzzle/kuzzle/profiles"
)

// Definition is a role or a profile brought from elsewhere.
type Definition struct {
	// Profile tells a profile from a role.
	Profile bool   `json:"profile,omitempty"`
	ID      string `json:"id"`
	// Body is its source as the API takes it.
	Body map[string]any `json:"body"`
}

// Planned are the roles and profiles that a dry run would have made so far:
// what comes after them counts them as being there.
type Planned struct {
	Roles    map[string]any `json:"roles,omitempty"`
	Profiles map[string]any `json:"profiles,omitempty"`
}

// ImportDefinitions writes roles and profiles, in the order given, so that roles
// stand before the profiles that name them. One that is here already and says
// the same is unchanged. One that differs is a conflict, and a merge replaces it;
// but the protected ones, whose content decides what strangers may do, stay as
// they are here, which the result tells as skipped.
//
// The error is that of the store or of ctx; faults of definitions are in the
// results, which are in their order.
func (im *Imports) ImportDefinitions(ctx context.Context, by users.Actor, how Import, definitions []Definition) ([]RowResult, error) {
	if len(definitions) > MaxImportRows {
		return nil, users.ErrWriteLimit.New()
	}
	results := make([]RowResult, len(definitions))
	for i, d := range definitions {
		results[i] = im.importDefinition(ctx, by, how, d)
		if failure, ok := fault.From(results[i].Err); results[i].Err != nil && (!ok || failure.Status() >= 500) {
			return nil, results[i].Err
		}
	}
	return results, nil
}

func (im *Imports) importDefinition(ctx context.Context, by users.Actor, how Import, d Definition) RowResult {
	standing, err := im.standing(ctx, how, d)
	kind := "role"
	if d.Profile {
		kind = "profile"
	}
	differs := ErrDefinitionDiffers.New(kind, d.ID)
	switch {
	case err != nil:
		return RowResult{Status: RowFailed, Err: err}
	case standing == rights.Same:
		return RowResult{Status: RowUnchanged}
	case profiles.Protected(d.ID):
		return RowResult{Status: RowSkipped, Err: ErrDefinitionKept.New(kind, d.ID)}
	case standing == rights.Different && how.OnConflict == ConflictSkip:
		return RowResult{Status: RowSkipped, Err: differs}
	case standing == rights.Different && how.OnConflict != ConflictMerge:
		return RowResult{Status: RowFailed, Err: differs}
	}
	if !how.DryRun {
		err = im.putDefinition(ctx, by, d)
	}
	switch {
	case err != nil:
		return RowResult{Status: RowFailed, Err: err}
	case standing == rights.Different:
		return RowResult{Status: RowMerged}
	}
	return RowResult{Status: RowCreated}
}

func (im *Imports) standing(ctx context.Context, how Import, d Definition) (rights.Standing, error) {
	if d.Profile {
		return im.Rights.ProfileStanding(ctx, d.ID, d.Body, how.Planned.Roles)
	}
	return im.Rights.RoleStanding(ctx, d.ID, d.Body)
}

func (im *Imports) putDefinition(ctx context.Context, by users.Actor, d Definition) error {
	w := by.Writing()
	w.Force, w.Retries = true, loadRetries
	var err error
	if d.Profile {
		_, err = im.Rights.PutProfile(ctx, d.ID, d.Body, w)
	} else {
		_, err = im.Rights.PutRole(ctx, d.ID, d.Body, w)
	}
	return err
}

// existing answers those of the profiles of a row that have to be there: in a
// dry run not the planned ones, for all of which anonymous stands in.
func (how Import) existing(profileIDs any) any {
	list, ok := profileIDs.([]any)
	if !ok || !how.DryRun || len(how.Planned.Profiles) == 0 {
		return profileIDs
	}
	var there []any
	for _, id := range list {
		name, isText := id.(string)
		if _, planned := how.Planned.Profiles[name]; !isText || !planned {
			there = append(there, id)
		}
	}
	if len(list) > 0 && len(there) == 0 {
		there = []any{profiles.Anonymous}
	}
	return there
}
