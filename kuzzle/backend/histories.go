package backend

import (
	"context"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/counters"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/history"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// openHistory starts recording and counting events.
func (app *App) openHistory() {
	app.counters = counters.New(counters.Options{
		Store: app.store, Node: app.node, Queue: func() int { return app.pool.Stats().Queued }, Log: app.log, Now: app.now,
	})
	app.bus.Subscribe(events.All, app.counters.Handle)
	app.history = history.New(history.Options{Store: app.store, Node: app.node, Log: app.log, Now: app.now})
	app.bus.Subscribe(events.All, app.history.Handle)
	app.accounts.Users.Depend(histories{app.history})
}

// histories deletes the history of deleted users.
type histories struct{ *history.History }

var _ users.Dependent = histories{}

// Collections implements users.Dependent.
func (histories) Collections() []storage.Collection { return []storage.Collection{storage.Flows} }

// Ended implements users.Dependent: the history of the user stays.
func (histories) Ended(context.Context, string) {}

// Sweep implements users.Dependent.
func (h histories) Sweep(ctx context.Context, u *users.User) {
	if err := h.Forget(ctx, u.Kuid); err != nil {
		h.Log.WarnContext(ctx, "the history of a deleted user stays until it expires", "cause", err)
	}
}

// Clear implements users.Dependent.
func (h histories) Clear(ctx context.Context) error { return h.ForgetUsers(ctx) }

// Name implements users.Dependent. "" means that histories are not exported: they mean
// nothing on another instance.
func (histories) Name() string { return "" }

// Export is never called.
func (histories) Export(context.Context, *users.User, bool) (any, error) { return nil, nil }

// Restore is never called.
func (histories) Restore(context.Context, string, any) error { return nil }
