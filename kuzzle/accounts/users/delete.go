package users

import (
	"context"
	"errors"
	"slices"

	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/profiles"
)

// DeleteTries is how often a deletion is repeated because the document was being changed.
const DeleteTries = 10

// Delete deletes a user with credentials, identifiers, sessions and API keys. They all carry its
// incarnation, so they are void from the commit on.
func (us *Users) Delete(ctx context.Context, by Actor, kuid string, visible bool) error {
	var u *User
	for try := 1; ; try++ {
		var err error
		if u, err = us.Read(ctx, kuid); err != nil {
			return err
		}
		err = us.Rights.Hold(ctx, nil, func() error {
			if err := us.containment.ContainUser(ctx, by, u); err != nil {
				return err
			}
			messages, err := us.messages(Told{By: by, Was: u, Caused: Tell(events.UserDeleted, nil)})
			if err != nil {
				return err
			}
			us.cache.Drop(kuid)
			gone := storage.Change{In: storage.Users, ID: kuid, If: u.rev, Outbox: messages, Visible: visible}
			_, err = us.Store.Commit(ctx, gone)
			us.cache.Drop(kuid)
			if err == nil {
				us.wrote(gone)
			}
			return err
		})
		if errors.Is(err, storage.ErrConflict) && try < DeleteTries {
			continue
		}
		if err != nil {
			return err
		}
		break
	}
	us.Ended(ctx, kuid)
	us.Emit(ctx, events.UserDeleted, by, Subject(events.User, kuid), nil)
	us.Sweep(ctx, u)
	return nil
}

// DeleteProfile deletes a profile. If users hold it and onAssigned is "remove", it removes the
// profile from them, and gives anonymous to users without another profile; otherwise it refuses. It
// also refuses if a user would need fewer factors, unless the actor may do everything. An
// interrupted removal can be run again.
func (us *Users) DeleteProfile(ctx context.Context, by Actor, id, onAssigned string, visible bool) error {
	err := us.Rights.DeleteProfile(ctx, id, visible, func() error {
		return us.containment.Contain(ctx, by, id)
	}, func() error {
		if err := us.Store.Refresh(ctx, storage.Users); err != nil {
			return err
		}
		return us.release(ctx, by, id, onAssigned == "remove")
	})
	if err == nil {
		us.Emit(ctx, events.ProfileDeleted, by, Subject(events.Profile, id), nil)
	}
	return err
}

// release removes a profile from all holders, or refuses if there are any.
func (us *Users) release(ctx context.Context, by Actor, id string, remove bool) error {
	holders := query.Search{
		Where: query.Terms{Field: query.Field{Path: "profileIds"}, Values: []any{id}}, Size: 100,
	}
	for {
		page, err := us.Store.Search(ctx, storage.Users, holders)
		if err != nil || len(page.Hits) == 0 {
			return err
		}
		if !remove {
			return profiles.ErrProfileInUse.New()
		}
		for _, hit := range page.Hits {
			err := us.withoutProfile(ctx, by, hit.ID, id)
			if err != nil && !errors.Is(err, ErrUserNotFound) {
				return err
			}
		}
		if err := us.Store.Refresh(ctx, storage.Users); err != nil {
			return err
		}
	}
}

func (us *Users) withoutProfile(ctx context.Context, by Actor, kuid, id string) error {
	return us.Change(ctx, by, kuid, Edit{Retries: DeleteTries, Tell: Tell(events.UserUpdated, nil), held: true}, func(was *User) (*User, error) {
		if !slices.Contains(was.Profiles, id) {
			return nil, nil
		}
		left := slices.DeleteFunc(slices.Clone(was.Profiles), func(p string) bool { return p == id })
		if len(left) == 0 {
			left = []string{profiles.Anonymous}
		}
		if err := us.containment.KeepsDemands(ctx, by, was.Profiles, left); err != nil {
			return nil, err
		}
		return us.withProfiles(was, by, left)
	})
}

// withProfiles returns a user's next state with other profiles.
func (us *Users) withProfiles(was *User, by Actor, profileIDs []string) (*User, error) {
	made, err := StoredInfo(was.Content)
	if err != nil {
		return nil, err
	}
	made.UpdatedAt, made.Updater = us.Now().UnixMilli(), by.Kuid
	next := *was
	next.Version++
	next.Profiles = profileIDs
	next.Content, err = MergedContent(was.Content, map[string]any{ProfilesKey: Anys(profileIDs)}, made)
	return &next, err
}

// CheckWriteLimit refuses more ids than one request may have.
func (us *Users) CheckWriteLimit(ids int) error {
	if ids > us.MaxWrites {
		return ErrWriteLimit.New()
	}
	return nil
}
