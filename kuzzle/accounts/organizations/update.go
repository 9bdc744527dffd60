package organizations

import (
	"context"
	"errors"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Change is a change of an organization; nil fields stay.
type Change struct {
	Name, Slug     *string
	MaxMemberships *int
	AdminDelete    *bool
	CreatedAt      *int64
	// Metadata is by kind. With Replace set it replaces the named kinds; otherwise it is merged.
	Metadata map[string]any
	Replace  bool
}

func (c *Change) check() error {
	var err error
	if c.Name != nil {
		err = checkName(*c.Name)
	}
	if err == nil && c.Slug != nil {
		err = checkSlug(*c.Slug)
	}
	if err == nil && c.MaxMemberships != nil {
		err = checkLimit(*c.MaxMemberships)
	}
	if err == nil {
		err = checkMetadata(c.Metadata)
	}
	return err
}

// Update changes an organization. A limit below the number of members removes nobody.
//
// Faults: ErrNotFound, ErrName, ErrSlug, ErrSlugTaken, ErrLimit, and those of metadata.
func (os *Organizations) Update(ctx context.Context, by users.Actor, id string, c Change) (Organization, error) {
	if err := c.check(); err != nil {
		return Organization{}, err
	}
	s, err := os.edit(ctx, id, false, true, func(s *state, write *storage.Change) error {
		if c.Slug != nil && *c.Slug != s.Slug {
			write.Take = []storage.Take{{Key: slugKey(*c.Slug)}}
			write.Free = []string{slugKey(s.Slug)}
		}
		set(&s.Name, c.Name)
		set(&s.Slug, c.Slug)
		set(&s.MaxMemberships, c.MaxMemberships)
		set(&s.AdminDelete, c.AdminDelete)
		set(&s.CreatedAt, c.CreatedAt)
		s.UpdatedAt = os.millis()
		var err error
		if s.Metadata, err = patched(s.Metadata, c.Metadata, c.Replace); err != nil {
			return err
		}
		write.Outbox, err = os.told(ctx, Told{By: by, Event: events.OrganizationUpdated, Organization: &s.Organization})
		return err
	})
	var taken *storage.TakenError
	if errors.As(err, &taken) {
		return Organization{}, ErrSlugTaken.New(*c.Slug)
	}
	if err != nil {
		return Organization{}, err
	}
	os.emit(ctx, events.OrganizationUpdated, by, events.Organization, id, nil)
	return s.Organization, nil
}

// SetLogo sets an organization's logo, nil for none, and returns the former one.
//
// Faults: ErrNotFound, and ErrNoLogo if there is none before and after.
func (os *Organizations) SetLogo(ctx context.Context, by users.Actor, id string, next *users.Picture) (had *users.Picture, err error) {
	_, err = os.edit(ctx, id, false, true, func(s *state, write *storage.Change) (err error) {
		if had = s.Logo; had == nil && next == nil {
			return ErrNoLogo.New(id)
		}
		s.Logo, s.UpdatedAt = next, os.millis()
		write.Outbox, err = os.told(ctx, Told{By: by, Event: events.OrganizationUpdated, Organization: &s.Organization})
		return err
	})
	if err == nil {
		os.emit(ctx, events.OrganizationUpdated, by, events.Organization, id, nil)
	}
	return had, err
}

func set[T any](what, to *T) {
	if to != nil {
		*what = *to
	}
}
