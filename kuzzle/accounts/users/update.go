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

// CredentialTries is how often a change of credentials is repeated because the user was being
// changed. It hashes only once.
const CredentialTries = 10

// Edit has the options of a change.
type Edit struct {
	// Visible waits until searches see it.
	Visible bool
	// Retries is how often the change is tried again after conflicts.
	Retries int
	// From is the user as just read, for the first try; nil reads it.
	From *User
	// IfVersion is the version that the change is for, 0 for any; another version is ErrReadAgain.
	IfVersion int64
	// Metadata is merged into the user's in the same write, by kind; see [Metadata.Patched].
	Metadata map[string]any

	// Tell are the events of the change, for the Outbox. Caused, if set, returns them instead,
	// after the next state is made.
	Tell   []events.Event
	Caused func() []events.Event

	// Once is as in [Change].
	Once string

	// held is set if the caller already prevents the deletion of profiles.
	held bool
}

// Update merges patch into the content: objects deeply, arrays replaced, null removing a key. A
// null or absent profileIds stays.
func (us *Users) Update(ctx context.Context, by Actor, kuid string, patch map[string]any, e Edit) (User, error) {
	if patch[ProfilesKey] == nil {
		patch = maps.Clone(patch)
		delete(patch, ProfilesKey)
	}
	return us.rewrite(ctx, by, kuid, events.UserUpdated, e, func(was *User, made Info) (json.RawMessage, error) {
		return MergedContent(was.Content, patch, made)
	})
}

// Replace replaces the content.
func (us *Users) Replace(ctx context.Context, by Actor, kuid string, content map[string]any, e Edit) (User, error) {
	return us.rewrite(ctx, by, kuid, events.UserReplaced, e, func(_ *User, made Info) (json.RawMessage, error) { return source(content, made) })
}

// rewrite changes a user's content by edit, which may be called again, and publishes event. edit
// gets the new _kuzzle_info.
func (us *Users) rewrite(ctx context.Context, by Actor, kuid, event string, e Edit, edit func(was *User, made Info) (json.RawMessage, error)) (User, error) {
	var next *User
	var changed []string // the kinds of metadata
	e.Caused = func() []events.Event {
		told := Tell(event, nil)
		if len(changed) > 0 {
			told = append(told, Tell(events.MetadataUpdated, nil)...)
		}
		return told
	}
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
		if u.Metadata, err = was.Metadata.Patched(e.Metadata); err != nil {
			return nil, err
		}
		changed = was.Metadata.Differs(u.Metadata)
		next = &u
		return next, us.CheckContent(by.Self, next, was)
	})
	if err != nil {
		return User{}, err
	}
	us.Emit(ctx, event, by, Subject(events.User, kuid), events.Data{events.ProfileIDs: next.Profiles, events.Version: next.Version})
	if len(changed) > 0 {
		us.Emit(ctx, events.MetadataUpdated, by, Subject(events.User, kuid), events.Data{events.Changed: changed, events.Version: next.Version})
	}
	return *next, nil
}

// contentProfiles checks the profiles in a content.
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

// Change reads a user, lets edit make the next state, and writes it; after a conflict it starts
// again. edit may return nil if there is nothing to do. An actor never changes a user with more
// rights. Users above today's size limit are changed one at a time, to bound the memory.
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
		if e.IfVersion != 0 && e.IfVersion != was.Version {
			return ErrReadAgain.New(kuid, was.Version, e.IfVersion)
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
		err = us.Commit(ctx, Change{By: by, Next: next, was: was, Visible: e.Visible, Tell: e.Tell, Once: e.Once, held: e.held, known: slices.Equal(was.Profiles, next.Profiles)})
		if !errors.Is(err, storage.ErrConflict) || try >= e.Retries {
			return err
		}
		alone()
		alone = func() {}
	}
}
