package backend

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
)

// settingsEvery is the longest time until a setting, a key rotation or a names
// rule that another server changed counts here, if no notification arrives. It
// leaves time to read them within storage.Lease.
const settingsEvery = storage.Lease / 2

// nodes follows the other servers that share this server's store.
type nodes struct {
	name string // the name of this server
	// join runs once: with the first request from outside, but not for the command
	// line, which is not a server.
	join   sync.Once
	shared storage.Shared // nil if no other server shares the store
	follow context.Context
	stop   context.CancelFunc
	ended  sync.WaitGroup
	// settings is written when a setting changed.
	settings chan struct{}
}

func newNodes(store storage.Store, name string) *nodes {
	n := &nodes{name: name, settings: make(chan struct{}, 1)}
	n.shared, _ = store.(storage.Shared)
	n.follow, n.stop = context.WithCancel(context.Background())
	return n
}

// freshness tells what may be cached of the store; nil means everything.
func (n *nodes) freshness(strict bool) storage.Freshness {
	switch {
	case n.shared == nil:
		return nil
	case strict:
		return storage.ReadThrough{}
	default:
		return n.shared
	}
}

// joinNodes begins to follow the other servers, unless it already does.
func (app *App) joinNodes() {
	app.nodes.join.Do(func() {
		if app.nodes.shared == nil {
			return
		}
		app.nodes.ended.Go(func() { app.followSettings(app.nodes.follow) })
		app.nodes.shared.Watch(app.node, app.forget)
	})
}

// leaveNodes stops the work of joinNodes here; the store stops the rest.
func (app *App) leaveNodes() {
	app.nodes.join.Do(func() {})
	app.nodes.stop()
	app.nodes.ended.Wait()
}

// forget drops cached values when a server changed them.
func (app *App) forget(of storage.Subject) {
	app.rights.Forget(of)
	app.accounts.Forget(of)
	app.serviceKeys.Forget(of)
	if of == storage.Everything || of.Of == storage.Settings {
		select {
		case app.nodes.settings <- struct{}{}:
		default:
		}
	}
}

// followSettings reads the settings and the signing keys repeatedly, until ctx
// ends: a key that another server retired must not verify here.
func (app *App) followSettings(ctx context.Context) {
	tick := time.NewTicker(settingsEvery)
	defer tick.Stop()
	var before []token.KeyInfo
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-app.nodes.settings:
		}
		if err := app.settings.Refresh(ctx); err != nil && ctx.Err() == nil {
			app.log.DebugContext(ctx, "the settings could not be read again", "cause", err)
		}
		if err := app.webhooks.Refresh(ctx); err != nil && ctx.Err() == nil {
			app.log.DebugContext(ctx, "the webhook endpoints could not be read again", "cause", err)
		}
		if err := app.signer.Refresh(ctx); err != nil && ctx.Err() == nil {
			app.log.DebugContext(ctx, "the keys that sign for other services could not be read again", "cause", err)
		}
		keys, err := app.ring.Keys(ctx)
		if err != nil {
			if ctx.Err() == nil {
				app.log.DebugContext(ctx, "the signing keys could not be read again", "cause", err)
			}
			continue
		}
		if !slices.Equal(before, keys) {
			app.accounts.Sessions.ForgetTokens()
		}
		before = keys
	}
}

// all returns the servers that share the store.
func (n *nodes) all() []storage.Node {
	if n.shared != nil {
		if all := n.shared.Nodes(); len(all) > 0 {
			return all
		}
	}
	return []storage.Node{{Name: n.name, Self: true}}
}

// others reports whether other servers may write to the store too.
func (n *nodes) others() bool {
	if n.shared == nil {
		return false
	}
	all := n.shared.Nodes()
	return len(all) != 1 || !all[0].Self
}

// share returns this server's share of a caller's requests in a second.
func (n *nodes) share() throttle.Share {
	all := n.all()
	self := slices.IndexFunc(all, func(one storage.Node) bool { return one.Self })
	return throttle.Share{Rank: max(self, 0), Of: len(all)}
}
