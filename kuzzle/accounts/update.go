package accounts

import (
	"github.com/gokuzzle/kuzzle/kuzzle/events"

	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Edit says how to write a change.
type Edit struct {
	// Visible waits until searches see it.
	Visible bool
	// Retries is how often it is tried again when others were faster.
	Retries int

	// held is set when the caller already keeps profiles from being deleted.
	held bool
}

// Update merges patch into the content: objects deeply, arrays replaced, null
// removing a key. profileIds that are null or absent stay.
func (a *Accounts) Update(ctx context.Context, by Actor, kuid string, patch map[string]any, e Edit) (User, error) {
	u, err := a.rewrite(ctx, by, kuid, e, func(content map[string]any) map[string]any {
		patch := maps.Clone(patch)
		if patch["profileIds"] == nil {
			delete(patch, "profileIds")
		}
		delete(patch, infoKey)
		return merge(content, patch)
	})
	if err == nil {
		a.emit(ctx, events.UserUpdated, by, subject(events.User, kuid), events.Data{events.ProfileIDs: u.Profiles, events.Version: u.Version})
	}
	return u, err
}

// Replace puts content in place of what was there.
func (a *Accounts) Replace(ctx context.Context, by Actor, kuid string, content map[string]any, e Edit) (User, error) {
	u, err := a.rewrite(ctx, by, kuid, e, func(map[string]any) map[string]any { return content })
	if err == nil {
		a.emit(ctx, events.UserReplaced, by, subject(events.User, kuid), events.Data{events.ProfileIDs: u.Profiles, events.Version: u.Version})
	}
	return u, err
}

// Upsert updates a user that exists, and else creates one from defaults overlaid
// by the content. Credentials count only for a creation.
func (a *Accounts) Upsert(ctx context.Context, by Actor, nu NewUser, defaults map[string]any, e Edit) (u User, created bool, err error) {
	for range 1 + e.Retries {
		u, err = a.Update(ctx, by, nu.ID, nu.Content, e)
		if !errors.Is(err, ErrUserNotFound) {
			return u, false, err
		}
		fresh := nu
		fresh.Content = maps.Clone(defaults)
		if fresh.Content == nil {
			fresh.Content = map[string]any{}
		}
		maps.Copy(fresh.Content, nu.Content)
		u, err = a.Create(ctx, by, fresh)
		if !errors.Is(err, ErrUserExists) {
			return u, err == nil, err
		}
	}
	return u, false, err
}

// rewrite changes a user's content by edit, which may be called again.
func (a *Accounts) rewrite(ctx context.Context, by Actor, kuid string, e Edit, edit func(map[string]any) map[string]any) (User, error) {
	var next *User
	err := a.change(ctx, kuid, e, func(was *User) (*User, error) {
		var content map[string]any
		if err := json.Unmarshal(was.Content, &content); err != nil {
			return nil, err
		}
		before := storedInfo(content)
		content = edit(content)
		profileIDs, err := a.profileIDs(ctx, kuid, content["profileIds"])
		if err != nil {
			return nil, err
		}
		before.UpdatedAt, before.Updater = a.Now().UnixMilli(), by.Kuid
		u := *was
		u.Version++
		u.Profiles = profileIDs
		u.Content, err = source(content, before)
		next = &u
		return next, err
	})
	if err != nil {
		return User{}, err
	}
	return *next, nil
}

// change reads a user, lets edit make the next state, and writes it; when
// somebody else was faster it starts again. edit may answer nil for "nothing to
// do".
func (a *Accounts) change(ctx context.Context, kuid string, e Edit, edit func(was *User) (*User, error)) error {
	for try := 0; ; try++ {
		was, err := a.fresh(ctx, kuid)
		if err != nil {
			return err
		}
		next, err := edit(was)
		if err != nil || next == nil {
			return err
		}
		err = a.commit(ctx, change{next: next, was: was, visible: e.Visible, known: e.held || slices.Equal(was.Profiles, next.Profiles)})
		if !errors.Is(err, storage.ErrConflict) || try >= e.Retries {
			return err
		}
	}
}

// merge overlays patch on base, which it changes: objects deeply, everything
// else replaced, null removing.
func merge(base, patch map[string]any) map[string]any {
	for key, value := range patch {
		if value == nil {
			delete(base, key)
			continue
		}
		deeper, isObject := value.(map[string]any)
		under, hasObject := base[key].(map[string]any)
		switch {
		case isObject && hasObject:
			base[key] = merge(under, deeper)
		case isObject:
			base[key] = merge(map[string]any{}, deeper)
		default:
			base[key] = value
		}
	}
	return base
}
