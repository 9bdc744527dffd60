package accounts

import (
	"github.com/gokuzzle/kuzzle/kuzzle/events"

	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"

	"github.com/gokuzzle/kuzzle/kuzzle/plainjson"
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
	if patch[profilesKey] == nil {
		patch = maps.Clone(patch)
		delete(patch, profilesKey)
	}
	u, err := a.rewrite(ctx, by, kuid, e, func(was *User, made info) (json.RawMessage, error) {
		return mergedContent(was.Content, patch, made)
	})
	if err == nil {
		a.emit(ctx, events.UserUpdated, by, subject(events.User, kuid), events.Data{events.ProfileIDs: u.Profiles, events.Version: u.Version})
	}
	return u, err
}

// Replace puts content in place of what was there.
func (a *Accounts) Replace(ctx context.Context, by Actor, kuid string, content map[string]any, e Edit) (User, error) {
	u, err := a.rewrite(ctx, by, kuid, e, func(_ *User, made info) (json.RawMessage, error) { return source(content, made) })
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

// rewrite changes a user's content by edit, which may be called again. edit gets
// what is to stand as _kuzzle_info.
func (a *Accounts) rewrite(ctx context.Context, by Actor, kuid string, e Edit, edit func(was *User, made info) (json.RawMessage, error)) (User, error) {
	var next *User
	err := a.change(ctx, by, kuid, e, func(was *User) (*User, error) {
		made, err := storedInfo(was.Content)
		if err != nil {
			return nil, err
		}
		made.UpdatedAt, made.Updater = a.Now().UnixMilli(), by.Kuid
		u := *was
		u.Version++
		if u.Content, err = edit(was, made); err != nil {
			return nil, err
		}
		if u.Profiles, err = a.contentProfiles(ctx, kuid, u.Content); err != nil {
			return nil, err
		}
		next = &u
		return next, a.checkContent(by.Self, next, was)
	})
	if err != nil {
		return User{}, err
	}
	return *next, nil
}

// contentProfiles judges the profiles that a content names.
func (a *Accounts) contentProfiles(ctx context.Context, kuid string, content json.RawMessage) ([]string, error) {
	text, err := plainjson.Get(content, profilesKey)
	if err != nil {
		return nil, err
	}
	var named any
	if text != nil {
		if err := json.Unmarshal(text, &named); err != nil {
			return nil, err
		}
	}
	return a.profileIDs(ctx, kuid, named)
}

// change reads a user, lets edit make the next state, and writes it; when
// somebody else was faster it starts again. edit may answer nil for "nothing to
// do". Whoever by is, it acts on no user with more rights. Users larger than any
// write may make one today are changed one at a time, so that the memory for it is
// bounded.
func (a *Accounts) change(ctx context.Context, by Actor, kuid string, e Edit, edit func(was *User) (*User, error)) error {
	alone := func() {}
	defer func() { alone() }()
	for try, large := 0, a.large.is(kuid); ; try++ {
		if large {
			var err error
			if alone, err = a.large.alone(ctx); err != nil {
				return err
			}
		}
		was, err := a.fresh(ctx, kuid)
		if err != nil {
			return err
		}
		if !large && a.large.note(kuid, len(was.Content) > a.MaxContent) {
			large = true
			try--
			continue
		}
		if !e.held {
			if err := a.foreseeUser(ctx, by, was); err != nil {
				return err
			}
		}
		next, err := edit(was)
		if err == nil && next != nil {
			err = a.checkRecords(false, next, was)
		}
		if err != nil || next == nil {
			return err
		}
		err = a.commit(ctx, change{by: by, next: next, was: was, visible: e.Visible, held: e.held, known: slices.Equal(was.Profiles, next.Profiles)})
		if !errors.Is(err, storage.ErrConflict) || try >= e.Retries {
			return err
		}
		alone()
		alone = func() {}
	}
}
