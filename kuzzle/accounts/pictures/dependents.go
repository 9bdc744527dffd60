package pictures

import (
	"context"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// dependents are users' pictures, which are deleted with their users.
type dependents struct{ p *Pictures }

var _ users.Dependent = dependents{}

func (dependents) Collections() []storage.Collection { return []storage.Collection{storage.Blobs} }

// Ended changes nothing: a banned user keeps the picture.
func (dependents) Ended(context.Context, string) {}

func (d dependents) Sweep(ctx context.Context, u *users.User) { d.p.release(ctx, u.Kuid, u.Picture) }

func (d dependents) Clear(ctx context.Context) error { return d.p.blobs.Clear(ctx, d.p.refers) }

func (dependents) Name() string { return "picture" }

// Export exports nothing: a file of users has one line per user, too short for ten megabytes.
// Backups and migrations contain pictures.
func (dependents) Export(context.Context, *users.User, bool) (any, error) { return nil, nil }

func (d dependents) Restore(context.Context, string, any) error {
	return users.ErrBelongings.New(d.Name(), "a file of users contains no pictures; remove this member, and set each picture by security:setPicture")
}
