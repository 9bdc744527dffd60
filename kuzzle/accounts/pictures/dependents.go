package pictures

import (
	"context"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// dependents are users' pictures as something that leaves with them.
type dependents struct{ p *Pictures }

var _ users.Dependent = dependents{}

func (dependents) Collections() []storage.Collection { return []storage.Collection{storage.Blobs} }

// Ended changes nothing: whoever is banned keeps the picture.
func (dependents) Ended(context.Context, string) {}

func (d dependents) Sweep(ctx context.Context, u *users.User) { d.p.release(ctx, u.Kuid, u.Picture) }

func (d dependents) Clear(ctx context.Context) error { return d.p.blobs.Clear(ctx, d.p.refers) }

func (dependents) Name() string { return "picture" }

// Export writes nothing: a file of users has a line for each, and ten megabytes do
// not fit into one. Backups and migrations carry pictures.
func (dependents) Export(context.Context, *users.User, bool) (any, error) { return nil, nil }

func (d dependents) Restore(context.Context, string, any) error {
	return users.ErrBelongings.New(d.Name(), "a file of users carries no pictures; leave it out, and send each by security:setPicture")
}
