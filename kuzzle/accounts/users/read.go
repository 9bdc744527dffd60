package users

import (
	"context"
	"errors"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/cache"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/profiles"
)

// User reads a user; "-1" and "anonymous" are Anonymous.
func (us *Users) User(ctx context.Context, kuid string) (User, error) {
	if kuid == AnonymousKuid || kuid == profiles.Anonymous {
		return Anonymous, nil
	}
	u, err := us.Current(ctx, kuid)
	if err != nil {
		return User{}, err
	}
	return *u, nil
}

// Current reads a user with every acknowledged write; an unknown kuid is ErrUserNotFound.
func (us *Users) Current(ctx context.Context, kuid string) (*User, error) {
	if us.Fresh != nil {
		return us.Read(ctx, kuid)
	}
	return us.Kept(ctx, kuid)
}

// Kept reads through the cache, which may be a moment older than writes of other processes.
func (us *Users) Kept(ctx context.Context, kuid string) (*User, error) {
	return cache.Get(us.cache, kuid, func() (*User, error) { return us.Read(ctx, kuid) })
}

// Read reads from the store, for a write that depends on the revision.
func (us *Users) Read(ctx context.Context, kuid string) (*User, error) {
	doc, err := us.Store.Get(ctx, storage.Users, kuid)
	if errors.Is(err, storage.ErrNotFound) {
		return nil, ErrUserNotFound.New(kuid)
	}
	if err != nil {
		return nil, err
	}
	return ReadUser(doc)
}

// CurrentUsers reads several users in order, like Current, and leaves out missing ones. The result
// has about storage.PageBytes at most; left are the kuids still to read.
func (us *Users) CurrentUsers(ctx context.Context, kuids []string) (found []*User, left []string, err error) {
	if us.Fresh != nil {
		all, left, err := us.Users(ctx, kuids)
		for i := range all {
			found = append(found, &all[i])
		}
		return found, left, err
	}
	size := 0
	for i, kuid := range kuids {
		u, err := us.Kept(ctx, kuid)
		if errors.Is(err, ErrUserNotFound) {
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		if size += len(u.Content) + u.Metadata.Size(); size > storage.PageBytes && len(found) > 0 {
			return found, kuids[i:], nil
		}
		found = append(found, u)
	}
	return found, nil, nil
}

// Users reads several users in order, and leaves out missing ones. The result has at most
// storage.PageBytes, as in Store.GetMany; left are the kuids still to read.
func (us *Users) Users(ctx context.Context, kuids []string) (users []User, left []string, err error) {
	docs, left, err := us.Store.GetMany(ctx, storage.Users, kuids)
	if err != nil {
		return nil, nil, err
	}
	users = make([]User, 0, len(docs))
	for _, doc := range docs {
		u, err := ReadUser(doc)
		if err != nil {
			return nil, nil, err
		}
		users = append(users, *u)
	}
	return users, left, nil
}

// usualUser is the size in bytes up to which a user counts as one entry.
const usualUser = 4 << 10

// newUsersCache returns a cache for size users. Large users count as several, because clients
// determine their size.
func newUsersCache(fresh storage.Freshness, size int) *cache.Cache {
	return cache.NewWeighed(storage.Users, fresh, size, func(u *User) uint32 { return 1 + uint32((len(u.Content)+u.Metadata.Size())/usualUser) })
}
