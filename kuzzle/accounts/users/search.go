package users

import (
	"context"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// CredentialField is where searches find a field of a strategy's credentials.
func CredentialField(strategy, field string) query.Field {
	return query.Field{Area: query.Account, Path: credentialsKey + "." + strategy + "." + field}
}

// Search answers one page of users, profiles or roles, and a cursor when keep
// asks for a scroll.
func (us *Users) Search(ctx context.Context, in storage.Collection, what query.Search, keep time.Duration) (storage.Page, string, error) {
	if keep > 0 {
		return us.Store.OpenScroll(ctx, in, what, keep)
	}
	page, err := us.Store.Search(ctx, in, what)
	return page, "", err
}

// Scroll answers the next page of a cursor.
func (us *Users) Scroll(ctx context.Context, in storage.Collection, cursor string, keep time.Duration) (storage.Page, string, error) {
	return us.Store.NextScroll(ctx, in, cursor, keep)
}

// Mapping tells how the content of a collection is indexed.
func (us *Users) Mapping(ctx context.Context, of storage.Collection) (storage.Mapping, error) {
	return us.Store.Mapping(ctx, of)
}

// UpdateMapping adds to it.
func (us *Users) UpdateMapping(ctx context.Context, by Actor, of storage.Collection, change storage.Mapping) (storage.Mapping, error) {
	merged, err := us.Store.UpdateMapping(ctx, of, change)
	if err == nil {
		us.Emit(ctx, events.MappingUpdated, by, Subject(events.Collection, string(of)), nil)
	}
	return merged, err
}

// Refresh makes earlier writes searchable.
func (us *Users) Refresh(ctx context.Context, of storage.Collection) error {
	return us.Store.Refresh(ctx, of)
}
