package rights

import (
	"context"
	"maps"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/profiles"
)

// Profile reads a profile.
func (k *Store) Profile(ctx context.Context, id string) (Doc, error) {
	doc, err := k.get(ctx, storage.Profiles, id, profiles.ErrProfileNotFound)
	return shown(doc), err
}

// Profiles reads several profiles, in order; the first missing one is a fault.
func (k *Store) Profiles(ctx context.Context, ids []string) (docs []Doc, left []string, err error) {
	return k.getAll(ctx, storage.Profiles, ids, profiles.ErrProfileNotFound)
}

// CreateProfile writes a new profile.
func (k *Store) CreateProfile(ctx context.Context, id string, body map[string]any, w Write) (Doc, error) {
	return k.putProfile(ctx, id, body, mustCreate, storage.ErrExists, w)
}

// PutProfile creates or replaces a profile.
func (k *Store) PutProfile(ctx context.Context, id string, body map[string]any, w Write) (Doc, error) {
	return k.putProfile(ctx, id, body, whatever, storage.ErrNotFound, w)
}

func (k *Store) putProfile(ctx context.Context, id string, body map[string]any, m mode, missing *fault.Kind, w Write) (Doc, error) {
	return k.writeProfile(ctx, id, m, missing, w, func(map[string]any) map[string]any { return body })
}

// UpdateProfile replaces the given top-level keys and keeps the others.
func (k *Store) UpdateProfile(ctx context.Context, id string, patch map[string]any, w Write) (Doc, error) {
	return k.writeProfile(ctx, id, mustExist, profiles.ErrProfileNotFound, w, func(stored map[string]any) map[string]any {
		merged := maps.Clone(stored)
		maps.Copy(merged, patch)
		return merged
	})
}

func (k *Store) writeProfile(ctx context.Context, id string, m mode, missing *fault.Kind, w Write,
	body func(stored map[string]any) map[string]any) (Doc, error) {
	return k.change(ctx, storage.Profiles, id, m, w, missing, func(stored map[string]any) (map[string]any, gain, error) {
		submitted := body(stored)
		profile, err := profiles.CheckProfile(id, submitted, k.roleExists(ctx), w.Strict)
		if err != nil {
			return nil, nil, err
		}
		if err := profile.CheckStepUp(k.known); err != nil {
			return nil, nil, err
		}
		gained, err := k.containProfile(ctx, w, profile, stored, nil)
		return profile.Document(submitted), gained, err
	})
}

// CheckProfile checks a profile without writing it; the roles in planned count as existing.
func (k *Store) CheckProfile(ctx context.Context, id string, body map[string]any, planned map[string]any) error {
	profile, err := k.checkProfile(ctx, id, body, planned)
	if err != nil {
		return err
	}
	return k.checkBody(id, profile.Document(body))
}

// DeleteProfile deletes a profile. allowed may refuse it. free refuses it while a user holds the
// profile, or takes the profile from the users; free may be called twice.
func (k *Store) DeleteProfile(ctx context.Context, id string, visible bool, allowed, free func() error) error {
	return removal{
		k: k, in: storage.Profiles, id: id, missing: profiles.ErrProfileNotFound, visible: visible, free: free,
		allowed: func() error {
			if err := k.deletableProfile(ctx, id); err != nil {
				return err
			}
			return allowed()
		},
	}.run(ctx)
}

// deletableProfile refuses the profiles that cannot be deleted.
func (k *Store) deletableProfile(ctx context.Context, id string) error {
	if _, err := k.get(ctx, storage.Profiles, id, profiles.ErrProfileNotFound); err != nil {
		return err
	}
	if profiles.Protected(id) {
		return profiles.ErrProfileCannotDelete.New()
	}
	return nil
}
