package users

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"

	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/plainjson"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// CredentialTries is how often a change of credentials starts again because the
// user was being changed. It hashes only once.
const CredentialTries = 10

// Edit says how to write a change.
type Edit struct {
	// Visible waits until searches see it.
	Visible bool
	// Retries is how often it is tried again when others were faster.
	Retries int
	// From is the user as read a moment ago, for the first try; nil reads it.
	From *User

	// Tell are the events that the change causes, for the Outbox. Caused returns them
	// instead where they are known only once the next state is made.
	Tell   []events.Event
	Caused func() []events.Event

	// held is set when the caller already keeps profiles from being deleted.
	held bool
}

// Update merges patch into the content: objects deeply, arrays replaced, null
// removing a key. profileIds that are null or absent stay.
func (us *Users) Update(ctx context.Context, by Actor, kuid string, patch map[string]any, e Edit) (User, error) {
	if patch[ProfilesKey] == nil {
		patch = maps.Clone(patch)
		delete(patch, ProfilesKey)
	}
	e.Tell = Tell(events.UserUpdated, nil)
	u, err := us.rewrite(ctx, by, kuid, e, func(was *User, made Info) (json.RawMessage, error) {
		return MergedContent(was.Content, patch, made)
	})
	if err == nil {
		us.Emit(ctx, events.UserUpdated, by, Subject(events.User, kuid), events.Data{events.ProfileIDs: u.Profiles, events.Version: u.Version})
	}
	return u, err
}

// Replace puts content in place of what was there.
func (us *Users) Replace(ctx context.Context, by Actor, kuid string, content map[string]any, e Edit) (User, error) {
	e.Tell = Tell(events.UserReplaced, nil)
	u, err := us.rewrite(ctx, by, kuid, e, func(_ *User, made Info) (json.RawMessage, error) { return source(content, made) })
	if err == nil {
		us.Emit(ctx, events.UserReplaced, by, Subject(events.User, kuid), events.Data{events.ProfileIDs: u.Profiles, events.Version: u.Version})
	}
	return u, err
}

// rewrite changes a user's content by edit, which may be called again. edit gets
// what is to stand as _kuzzle_info.
func (us *Users) rewrite(ctx context.Context, by Actor, kuid string, e Edit, edit func(was *User, made Info) (json.RawMessage, error)) (User, error) {
	var next *User
	err := us.Change(ctx, by, kuid, e, func(was *User) (*User, error) {
		made, err := StoredInfo(was.Content)
		if err != nil {
			return nil, err
		}
		made.UpdatedAt, made.Updater = us.Now().UnixMilli(), by.Kuid
		u := *was
		u.Version++
		if u.Content, err = edit(was, made); err != nil {
			return nil, err
		}
		if u.Profiles, err = us.contentProfiles(ctx, kuid, u.Content); err != nil {
			return nil, err
		}
		next = &u
		return next, us.CheckContent(by.Self, next, was)
	})
	if err != nil {
		return User{}, err
	}
	return *next, nil
}

// contentProfiles judges the profiles that a content names.
func (us *Users) contentProfiles(ctx context.Context, kuid string, content json.RawMessage) ([]string, error) {
	text, err := plainjson.Get(content, ProfilesKey)
	if err != nil {
		return nil, err
	}
	var named any
	if text != nil {
		if err := json.Unmarshal(text, &named); err != nil {
			return nil, err
		}
	}
	return us.profileIDs(ctx, kuid, named)
}

// Change reads a user, lets edit make the next state, and writes it; when
// somebody else was faster it starts again. edit may answer nil for "nothing to
// do". Whoever by is, it acts on no user with more rights. Users larger than any
// write may make one today are changed one at a time, so that the memory for it is
// bounded.
func (us *Users) Change(ctx context.Context, by Actor, kuid string, e Edit, edit func(was *User) (*User, error)) error {
	alone := func() {}
	defer func() { alone() }()
	for try, large := 0, us.large.is(kuid); ; try++ {
		if large {
			var err error
			if alone, err = us.large.alone(ctx); err != nil {
				return err
			}
		}
		was, err := e.From, error(nil)
		if was == nil || try > 0 {
			was, err = us.Read(ctx, kuid)
		}
		if err != nil {
			return err
		}
		if !large && us.large.note(kuid, len(was.Content) > us.MaxContent) {
			large = true
			try--
			continue
		}
		if !e.held {
			if err := us.containment.ForeseeUser(ctx, by, was); err != nil {
				return err
			}
		}
		next, err := edit(was)
		if err == nil && next != nil {
			err = us.CheckRecords(false, next, was)
		}
		if err != nil || next == nil {
			return err
		}
		if e.Caused != nil {
			e.Tell = e.Caused()
		}
		err = us.Commit(ctx, Change{By: by, Next: next, was: was, Visible: e.Visible, Tell: e.Tell, held: e.held, known: slices.Equal(was.Profiles, next.Profiles)})
		if !errors.Is(err, storage.ErrConflict) || try >= e.Retries {
			return err
		}
		alone()
		alone = func() {}
	}
}
