package pictures

import (
	"context"
	"errors"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/organizations"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
)

// people are users, who may be changed by whoever has no fewer rights.
type people struct {
	all         *users.Users
	containment *users.Containment
}

var _ owners = people{}

func (p people) may(ctx context.Context, by users.Actor, kuid string) error {
	u, err := p.all.Read(ctx, kuid)
	if err == nil {
		err = p.containment.ForeseeUser(ctx, by, u)
	}
	return err
}

func (p people) of(ctx context.Context, kuid string) (*users.Picture, error) {
	u, err := p.all.Read(ctx, kuid)
	if err != nil {
		return nil, err
	}
	return u.Picture, nil
}

func (p people) none(kuid string) error { return ErrNone.New(kuid) }

func (p people) give(ctx context.Context, by users.Actor, kuid string, next *users.Picture) (had *users.Picture, err error) {
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

// places are organizations, whose pictures are their logos.
type places struct{ all *organizations.Organizations }

var _ owners = places{}

func (p places) may(ctx context.Context, _ users.Actor, id string) error {
	_, err := p.all.Organization(ctx, id)
	return err
}

func (p places) of(ctx context.Context, id string) (*users.Picture, error) {
	o, err := p.all.Organization(ctx, id)
	return o.Logo, err
}

func (p places) none(id string) error { return organizations.ErrNoLogo.New(id) }

func (p places) give(ctx context.Context, by users.Actor, id string, next *users.Picture) (*users.Picture, error) {
	return p.all.SetLogo(ctx, by, id, next)
}

// gone reports whether an error says that there is no such owner.
func gone(err error) bool {
	return errors.Is(err, users.ErrUserNotFound) || errors.Is(err, organizations.ErrNotFound)
}
