package logins

import (
	"context"
	"errors"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// dependents are the flows about users: tokens of strategies, and logins that wait for a second
// factor.
type dependents struct{ ls *Logins }

var _ users.Dependent = dependents{}

// walkPage is the number of flows per read.
const walkPage = 100

// Collections returns that of the flows. Its other documents are about no user, and expire.
func (dependents) Collections() []storage.Collection { return []storage.Collection{storage.Flows} }

// Ended removes nothing: flows that end with sessions are refused from the commit on that ended the
// sessions, and expire later.
func (dependents) Ended(context.Context, string) {}

// Sweep removes the flows about a deleted user.
func (d dependents) Sweep(ctx context.Context, u *users.User) {
	if err := d.remove(ctx, tagOf(u.Kuid, u.Incarnation).prefix()); err != nil {
		d.ls.Log.WarnContext(ctx, "leftovers of a deleted user stay until they expire", "collection", storage.Flows, "cause", err)
	}
}

// Clear removes all flows.
func (d dependents) Clear(ctx context.Context) error { return d.remove(ctx, flowsPrefix) }

// Name returns "": tokens are not exported, since they are valid only at the instance that issued
// them.
func (dependents) Name() string { return "" }

// Export is never called.
func (dependents) Export(context.Context, *users.User, bool) (any, error) { return nil, nil }

// Restore is never called.
func (dependents) Restore(context.Context, string, any) error { return nil }

// remove removes the flows whose ids have a prefix. A flow that is taken meanwhile is removed, too.
func (d dependents) remove(ctx context.Context, prefix string) error {
	after := prefix
	for {
		page, err := d.ls.Store.Walk(ctx, storage.Flows, after, walkPage)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, flow := range page {
			if after = flow.ID; !strings.HasPrefix(after, prefix) {
				return nil
			}
			_, err := d.ls.Store.Commit(ctx, storage.Change{In: storage.Flows, ID: flow.ID, If: flow.Rev})
			if err != nil && !errors.Is(err, storage.ErrConflict) && !errors.Is(err, storage.ErrNotFound) {
				return err
			}
		}
	}
}
