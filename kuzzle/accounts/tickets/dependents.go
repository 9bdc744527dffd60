package tickets

import (
	"context"
	"errors"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// dependents are the tickets of users. Accepted invitations stay.
type dependents struct{ ts *Tickets }

var _ users.Dependent = dependents{}

// walkPage is how many tickets are read at once.
const walkPage = 200

func (dependents) Collections() []storage.Collection { return []storage.Collection{storage.Tickets} }

// Ended removes nothing: a ticket does not log a banned user in.
func (dependents) Ended(context.Context, string) {}

// Sweep removes the tickets that log in a deleted user.
func (d dependents) Sweep(ctx context.Context, u *users.User) {
	err := d.ts.Store.Refresh(ctx, storage.Tickets)
	if err == nil {
		_, err = d.ts.each(ctx, query.Bool{Must: []query.Node{
			term(kuidField, u.Kuid), query.Terms{Field: field(kindField), Values: []any{string(SignIn), string(Acting)}},
		}}, d.ts.removing(ctx))
	}
	if err != nil {
		d.ts.Log.WarnContext(ctx, "tickets of a deleted user stay until they have expired", "kuid", u.Kuid, "cause", err)
	}
}

// Clear removes all tickets.
func (d dependents) Clear(ctx context.Context) error {
	walker := storage.NewWalker(d.ts.Store, storage.Tickets)
	for {
		page, err := walker.Next(ctx)
		if err != nil || len(page) == 0 {
			return err
		}
		for i := range page {
			if err := d.ts.remove(ctx, page[i].ID, page[i].Rev); err != nil {
				return err
			}
		}
	}
}

// Name returns "": a ticket is valid only at the instance that issued it.
func (dependents) Name() string { return "" }

// Export is never called.
func (dependents) Export(context.Context, *users.User, bool) (any, error) { return nil, nil }

// Restore is never called.
func (dependents) Restore(context.Context, string, any) error { return nil }

// remove removes a ticket with the key that makes it single-use.
func (ts *Tickets) remove(ctx context.Context, id string, rev storage.Rev) error {
	_, err := ts.Store.Commit(ctx, storage.Change{In: storage.Tickets, ID: id, If: rev, Free: []string{onceKey(id)}})
	if errors.Is(err, storage.ErrConflict) || errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	return err
}
