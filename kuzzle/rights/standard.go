package rights

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/profiles"
)

// Bootstrap writes the standard roles and profiles that do not exist yet.
func (k *Store) Bootstrap(ctx context.Context) error {
	return k.writeStandard(ctx, mustCreate, Write{By: events.Actor{Kuid: "-1"}, Instance: true})
}

// Restrict overwrites the standard roles and profiles with their initial contents, and waits until
// searches see it. Of w only the author and request are used.
//
// It writes an administrator's rights, and takes rights from the holders of these profiles. So only
// a caller who may do everything may use it.
func (k *Store) Restrict(ctx context.Context, w Write) error {
	if err := k.ContainAll(ctx, w); err != nil {
		return err
	}
	return k.writeStandard(ctx, whatever, Write{By: w.By, Request: w.Request, Visible: true, Retries: 10, Instance: true})
}

func (k *Store) writeStandard(ctx context.Context, m mode, w Write) error {
	w.Force = true
	for _, id := range slices.Sorted(maps.Keys(k.standard.Roles)) {
		if _, err := k.putRole(ctx, id, k.standard.Roles[id], m, storage.ErrNotFound, w); err != nil && !errors.Is(err, storage.ErrExists) {
			return err
		}
	}
	for _, id := range slices.Sorted(maps.Keys(k.standard.Profiles)) {
		if _, err := k.putProfile(ctx, id, k.standard.Profiles[id], m, storage.ErrNotFound, w); err != nil && !errors.Is(err, storage.ErrExists) {
			return err
		}
	}
	return nil
}

// Reset deletes all profiles and roles except the protected ones, and writes the standard contents.
// It can be repeated after an interruption.
func (k *Store) Reset(ctx context.Context, w Write) (deletedProfiles, deletedRoles int, err error) {
	if deletedProfiles, err = k.clear(ctx, storage.Profiles); err != nil {
		return deletedProfiles, 0, err
	}
	if deletedRoles, err = k.clear(ctx, storage.Roles); err != nil {
		return deletedProfiles, deletedRoles, err
	}
	return deletedProfiles, deletedRoles, k.Restrict(ctx, w)
}

func (k *Store) clear(ctx context.Context, in storage.Collection) (deleted int, err error) {
	protected := query.Terms{Field: query.Field{Area: query.ID}, Values: []any{profiles.Admin, profiles.Default, profiles.Anonymous}}
	for {
		if err := k.store.Refresh(ctx, in); err != nil {
			return deleted, err
		}
		page, err := k.store.Search(ctx, in, query.Search{Where: query.Bool{MustNot: []query.Node{protected}}, Size: 100})
		if err != nil || len(page.Hits) == 0 {
			return deleted, err
		}
		for _, hit := range page.Hits {
			err := k.delete(ctx, in, hit.ID, storage.ErrNotFound, false)
			if err != nil && !errors.Is(err, storage.ErrNotFound) {
				return deleted, err
			}
			deleted++
		}
	}
}
