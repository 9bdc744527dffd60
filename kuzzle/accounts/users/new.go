package users

import (
	"context"

	"github.com/google/uuid"

	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
)

// NewUser returns a user that is not stored yet, after it checked that the profiles exist and that
// the content is within the limit. own is set for users who create themselves.
func (us *Users) NewUser(ctx context.Context, by Actor, id string, content map[string]any, own bool) (*User, error) {
	profileIDs, err := us.profileIDs(ctx, id, content["profileIds"])
	if err != nil {
		return nil, err
	}
	u, err := FreshUser(id, profileIDs, content, Info{Author: by.Kuid, CreatedAt: us.Now().UnixMilli()})
	if err != nil {
		return nil, err
	}
	return u, us.CheckContent(own, u, nil)
}

// FreshUser returns a user of the first version, in a new incarnation.
func FreshUser(id string, profileIDs []string, content map[string]any, made Info) (*User, error) {
	source, err := source(content, made)
	return &User{
		Kuid: id, Version: 1, Content: source, Profiles: profileIDs,
		Incarnation: uuid.Must(uuid.NewV7()).String(),
	}, err
}

// MadeAt sets the time of creation of a user that is not stored yet, in epoch milliseconds.
func (u *User) MadeAt(at int64) error {
	made, err := StoredInfo(u.Content)
	if err != nil {
		return err
	}
	made.CreatedAt = at
	u.Content, err = MergedContent(u.Content, nil, made)
	return err
}

// profileIDs checks the profiles in a write.
func (us *Users) profileIDs(ctx context.Context, kuid string, value any) ([]string, error) {
	ids, err := ProfileList(kuid, value)
	if err != nil {
		return nil, err
	}
	return ids, us.Rights.Exist(ctx, ids)
}

// ProfileList reads a client's profileIds.
func ProfileList(kuid string, value any) ([]string, error) {
	list, ok := value.([]any)
	if !ok {
		return nil, assert.InvalidType.New("profileIds", "string[]")
	}
	ids := make([]string, len(list))
	for i, element := range list {
		if ids[i], ok = element.(string); !ok {
			return nil, assert.InvalidType.New("profileIds", "string[]")
		}
	}
	if len(ids) == 0 {
		return nil, ErrNoProfile.New(kuid)
	}
	return ids, nil
}

// source returns a content in its stored form, without the members that clients may not set.
func source(content map[string]any, by Info) ([]byte, error) {
	stored := make(map[string]any, len(content)+1)
	for key, value := range content {
		if key != idKey && key != InfoKey {
			stored[key] = value
		}
	}
	stored[InfoKey] = by
	return Encode(stored)
}

// Anys returns texts in the type of decoded JSON.
func Anys(texts []string) []any {
	list := make([]any, len(texts))
	for i, text := range texts {
		list[i] = text
	}
	return list
}
