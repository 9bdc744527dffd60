package rights

import (
	"context"

	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/profiles"
)

// Role reads a role.
func (k *Store) Role(ctx context.Context, id string) (Doc, error) {
	doc, err := k.get(ctx, storage.Roles, id, profiles.ErrRoleNotFound)
	return shown(doc), err
}

// Roles reads several roles, in order; the first missing one is a fault.
func (k *Store) Roles(ctx context.Context, ids []string) (docs []Doc, left []string, err error) {
	return k.getAll(ctx, storage.Roles, ids, profiles.ErrRoleNotFound)
}

// CreateRole writes a new role.
func (k *Store) CreateRole(ctx context.Context, id string, body map[string]any, w Write) (Doc, error) {
	return k.putRole(ctx, id, body, mustCreate, storage.ErrExists, w)
}

// PutRole creates or replaces a role.
func (k *Store) PutRole(ctx context.Context, id string, body map[string]any, w Write) (Doc, error) {
	return k.putRole(ctx, id, body, whatever, storage.ErrNotFound, w)
}

// ReplaceRole replaces an existing role.
func (k *Store) ReplaceRole(ctx context.Context, id string, body map[string]any, w Write) (Doc, error) {
	return k.putRole(ctx, id, body, mustExist, storage.ErrNotFound, w)
}

func (k *Store) putRole(ctx context.Context, id string, body map[string]any, m mode, missing *fault.Kind, w Write) (Doc, error) {
	role, err := profiles.CheckRole(id, body, k.known, w.Force)
	if err != nil {
		return Doc{}, err
	}
	return k.change(ctx, storage.Roles, id, m, w, missing, func(stored map[string]any) (map[string]any, gain, error) {
		gained, err := k.containRole(ctx, w, role, stored)
		return role.Document(body), gained, err
	})
}

// CheckRole checks a role without writing it.
func (k *Store) CheckRole(id string, body map[string]any, force bool) error {
	role, err := profiles.CheckRole(id, body, k.known, force)
	if err != nil {
		return err
	}
	return k.checkBody(id, role.Document(body))
}

// DeleteRole deletes a role that no profile uses.
func (k *Store) DeleteRole(ctx context.Context, id string, w Write) error {
	err := removal{
		k: k, in: storage.Roles, id: id, missing: profiles.ErrRoleNotFound, visible: w.Visible,
		allowed: func() error {
			doc, err := k.get(ctx, storage.Roles, id, profiles.ErrRoleNotFound)
			if err != nil {
				return err
			}
			if err := k.containStoredRole(ctx, w, doc); err != nil {
				return err
			}
			if profiles.Protected(id) {
				return profiles.ErrRoleCannotDelete.New()
			}
			return nil
		},
		free: func() error {
			used, err := k.any(ctx, storage.Profiles, "policies.roleId", id)
			if err == nil && used {
				err = profiles.ErrRoleInUse.New(id)
			}
			return err
		},
	}.run(ctx)
	if err == nil && k.bus != nil {
		k.bus.Publish(ctx, events.Event{
			Name: events.RoleDeleted, Actor: w.By, Request: w.Request, Subject: events.Subject{Kind: events.Role, ID: id},
		})
	}
	return err
}

// any reports whether a document has the value in the field. It sees all acknowledged writes.
func (k *Store) any(ctx context.Context, in storage.Collection, path, value string) (bool, error) {
	if err := k.store.Refresh(ctx, in); err != nil {
		return false, err
	}
	page, err := k.store.Search(ctx, in, query.Search{
		Where: query.Terms{Field: query.Field{Path: path}, Values: []any{value}}, Size: 1,
	})
	return len(page.Hits) > 0, err
}
