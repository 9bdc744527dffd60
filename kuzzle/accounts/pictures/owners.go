package pictures

import (
	"context"
	"errors"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/organizations"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
)

// userOwners are users; callers with at least the same rights may change them.
type userOwners struct {
	all         *users.Users
	containment *users.Containment
}

var _ owners = userOwners{}

func (p userOwners) may(ctx context.Context, by users.Actor, kuid string) error {
	u, err := p.all.Read(ctx, kuid)
	if err == nil {
		err = p.containment.ForeseeUser(ctx, by, u)
	}
	return err
}

func (p userOwners) of(ctx context.Context, kuid string) (*users.Picture, error) {
	u, err := p.all.Read(ctx, kuid)
	if err != nil {
		return nil, err
	}
	return u.Picture, nil
}

func (p userOwners) none(kuid string) error { return ErrNone.New(kuid) }

func (p userOwners) give(ctx context.Context, by users.Actor, kuid string, next *users.Picture) (had *users.Picture, err error) {
	event := events.PictureChanged
	if next == nil {
		event = events.PictureDeleted
	}
	err = p.all.Change(ctx, by, kuid, users.Edit{Retries: tries, Tell: users.Tell(event, nil)}, func(was *users.User) (*users.User, error) {
		if had = was.Picture; had == nil && next == nil {
			return nil, p.none(kuid)
		}
		u := *was
		u.Picture = next
		return &u, nil
	})
	if err == nil {
		p.all.Emit(ctx, event, by, users.Subject(events.User, kuid), nil)
	}
	return had, err
}

// organizationOwners are organizations, whose pictures are their logos.
type organizationOwners struct{ all *organizations.Organizations }

var _ owners = organizationOwners{}

func (p organizationOwners) may(ctx context.Context, _ users.Actor, id string) error {
	_, err := p.all.Organization(ctx, id)
	return err
}

func (p organizationOwners) of(ctx context.Context, id string) (*users.Picture, error) {
	o, err := p.all.Organization(ctx, id)
	return o.Logo, err
}

func (p organizationOwners) none(id string) error { return organizations.ErrNoLogo.New(id) }

func (p organizationOwners) give(ctx context.Context, by users.Actor, id string, next *users.Picture) (*users.Picture, error) {
	return p.all.SetLogo(ctx, by, id, next)
}

// gone reports whether an error means that the owner does not exist.
func gone(err error) bool {
	return errors.Is(err, users.ErrUserNotFound) || errors.Is(err, organizations.ErrNotFound)
}
