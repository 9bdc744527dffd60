package users

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/mapping"
)

// CredentialField returns the search field for a field of a strategy's credentials.
func CredentialField(strategy, field string) query.Field {
	return query.Field{Area: query.Account, Path: credentialsKey + "." + strategy + "." + field}
}

// NameFields are the fields in which a text of unknown kind is searched.
var NameFields = func() []query.Field {
	fields := []query.Field{{Area: query.ID}}
	for _, path := range []string{UsernameField, Email, Phone, Wallet, FirstNameField, LastNameField, NameField} {
		fields = append(fields, query.Field{Area: query.Account, Path: path})
	}
	return fields
}()

// Searches finds users, profiles and roles, and manages their mappings.
type Searches struct {
	store storage.Store
	log   *slog.Logger
	teller
}

// Search returns one page of users, profiles or roles, and a cursor if keep asks for a scroll.
func (s *Searches) Search(ctx context.Context, in storage.Collection, what query.Search, keep time.Duration) (storage.Page, string, error) {
	if keep > 0 {
		return s.store.OpenScroll(ctx, in, what, keep)
	}
	page, err := s.store.Search(ctx, in, what)
	return page, "", err
}

// Scroll returns the next page of a cursor.
func (s *Searches) Scroll(ctx context.Context, in storage.Collection, cursor string, keep time.Duration) (storage.Page, string, error) {
	return s.store.NextScroll(ctx, in, cursor, keep)
}

// Mapping returns how the content of a collection is indexed.
func (s *Searches) Mapping(ctx context.Context, of storage.Collection) (storage.Mapping, error) {
	return s.store.Mapping(ctx, of)
}

// UpdateMapping adds to a collection's mapping.
func (s *Searches) UpdateMapping(ctx context.Context, by Actor, of storage.Collection, change storage.Mapping) (storage.Mapping, error) {
	before, err := s.store.Mapping(ctx, of)
	if err != nil {
		return before, err
	}
	merged, err := s.store.UpdateMapping(ctx, of, change)
	if err == nil {
		known := mapping.Unsearchable(before.Properties)
		for _, field := range mapping.Unsearchable(merged.Properties) {
			if !slices.Contains(known, field) {
				s.log.WarnContext(ctx, "a field is kept and not searchable on this store", "collection", of, "field", field)
			}
		}
		s.Emit(ctx, events.MappingUpdated, by, Subject(events.Collection, string(of)), nil)
	}
	return merged, err
}

// Refresh makes earlier writes searchable.
func (s *Searches) Refresh(ctx context.Context, of storage.Collection) error {
	return s.store.Refresh(ctx, of)
}
