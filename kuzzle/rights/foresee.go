package rights

import (
	"context"
	"maps"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/profiles"
)

// Foreseen is a role or profile that would be written, for a preview of the changes. Nothing is
// written.
type Foreseen struct {
	k       *Store
	role    *profiles.Role
	profile *profiles.Profile
	// Exists is set if there is a document with that id.
	Exists bool
}

// ForeseeRole checks a role like PutRole.
func (k *Store) ForeseeRole(ctx context.Context, id string, body map[string]any, w Write) (*Foreseen, error) {
	if err := k.CheckRole(id, body, w.Force); err != nil {
		return nil, err
	}
	if err := k.JudgeRole(ctx, id, body, w); err != nil {
		return nil, err
	}
	role, err := profiles.CheckRole(id, body, k.known, w.Force)
	if err != nil {
		return nil, err
	}
	return foreseen(ctx, k, storage.Roles, id, &Foreseen{k: k, role: &role})
}

// ForeseeProfile checks a profile like PutProfile.
func (k *Store) ForeseeProfile(ctx context.Context, id string, body map[string]any, w Write) (*Foreseen, error) {
	if err := k.CheckProfile(ctx, id, body, nil); err != nil {
		return nil, err
	}
	if err := k.JudgeProfile(ctx, id, body, nil, w); err != nil {
		return nil, err
	}
	profile, err := profiles.CheckProfile(id, body, k.roleExists(ctx), w.Strict)
	if err != nil {
		return nil, err
	}
	return foreseen(ctx, k, storage.Profiles, id, &Foreseen{k: k, profile: &profile})
}

func foreseen(ctx context.Context, k *Store, in storage.Collection, id string, f *Foreseen) (*Foreseen, error) {
	stored, err := k.storedBody(ctx, in, id)
	f.Exists = stored != nil
	return f, err
}

// Role returns the id of the role, or "" for a profile.
func (f *Foreseen) Role() string {
	if f.role == nil {
		return ""
	}
	return f.role.ID
}

// Of lists the rights that a holder of the profiles would gain and lose, in the order of names.
func (f *Foreseen) Of(ctx context.Context, profileIDs []string) (gains, loses []string, err error) {
	set, roles, err := f.k.load(ctx, profileIDs)
	if err != nil {
		return nil, nil, err
	}
	before := profiles.Compile(set, roles)
	then, next := set, maps.Clone(roles)
	if f.role != nil {
		next[f.role.ID] = *f.role
	} else {
		then = nil
		for _, profile := range set {
			if profile.ID != f.profile.ID {
				then = append(then, profile)
			}
		}
		then = append(then, *f.profile)
		more, err := storage.All(ctx, f.k.store, storage.Roles, rolesOf(then))
		if err != nil {
			return nil, nil, err
		}
		if next, err = (stored{roles: more}).parseRoles(); err != nil {
			return nil, nil, err
		}
	}
	after := profiles.Compile(then, next)
	return texts(after.Gained(before)), texts(before.Gained(after)), nil
}
