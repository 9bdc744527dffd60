package imports

import (
	"context"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/rights"
	"github.com/gokuzzle/kuzzle/profiles"
)

// Definition is an imported role or profile.
type Definition struct {
	// Profile is set for a profile, and not for a role.
	Profile bool   `json:"profile,omitempty"`
	ID      string `json:"id"`
	// Body is the definition in the API's form.
	Body map[string]any `json:"body"`
}

// Planned holds the roles and profiles that a dry run would have created so far. Later rows count
// them as existing.
type Planned struct {
	Roles    map[string]any `json:"roles,omitempty"`
	Profiles map[string]any `json:"profiles,omitempty"`
}

// ImportDefinitions writes roles and profiles in the given order, so put roles before the profiles
// that name them. A definition equal to the stored one is unchanged. A different one is a conflict,
// and a merge replaces it. Only the protected ones, which decide the rights of strangers, stay as
// they are here, with the result skipped.
//
// The error is the store's or ctx's; faults of definitions are in the results, which are in the
// definitions' order.
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

// existing returns the profiles of a row that must exist. In a dry run that excludes the planned
// ones, for which anonymous stands.
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
