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

// keysEvery is how soon a rotation by another server binds here when nothing
// else tells of it.
const keysEvery = time.Second

// nodes is this server's part in following the others that share its store. The
// zero value is a server whose store is its own.
type nodes struct {
	shared storage.Shared
	stop   context.CancelFunc
	ended  sync.WaitGroup
	// settings is written when a setting changed.
	settings chan struct{}
}

// freshness says what may be kept of the store; nil is everything.
func (app *App) freshness() storage.Freshness {
	switch shared, is := app.store.(storage.Shared); {
	case !is:
		return nil
	case app.config.Elasticsearch.Strict:
		return storage.ReadThrough{}
	default:
		return shared
	}
}

// joinNodes begins to follow the others.
func (app *App) joinNodes() {
	shared, is := app.store.(storage.Shared)
	if !is {
		return
	}
	var ctx context.Context
	ctx, app.nodes.stop = context.WithCancel(context.Background())
	app.nodes.shared, app.nodes.settings = shared, make(chan struct{}, 1)
	app.nodes.ended.Go(func() { app.followKeys(ctx) })
	shared.Watch(app.node, app.forget)
}

// leaveNodes ends what joinNodes began here; the store ends the rest.
func (app *App) leaveNodes() {
	if app.nodes.stop != nil {
		app.nodes.stop()
		app.nodes.ended.Wait()
	}
}

// forget drops what was kept of what some server changes.
func (app *App) forget(of storage.Subject) {
	app.rights.Forget(of)
	app.accounts.Forget(of)
	if of == storage.Everything || of.Of == storage.Settings {
		select {
		case app.nodes.settings <- struct{}{}:
		default:
		}
	}
}

// followKeys reads the signing keys again and again, until ctx ends: what another
// server of the cluster retired must not verify here.
func (app *App) followKeys(ctx context.Context) {
	tick := time.NewTicker(keysEvery)
	defer tick.Stop()
	var before []token.KeyInfo
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-app.nodes.settings:
		}
		keys, err := app.ring.Keys(ctx)
		if err != nil {
			if ctx.Err() == nil {
				app.log.DebugContext(ctx, "the signing keys were not read again", "cause", err)
			}
			continue
		}
		if !slices.Equal(before, keys) {
			app.accounts.ForgetTokens()
		}
		before = keys
	}
}

// allNodes lists the servers that share the store.
func (app *App) allNodes() []storage.Node {
	if app.nodes.shared == nil {
		return []storage.Node{{Name: app.node, Self: true}}
	}
	return app.nodes.shared.Nodes()
}

// share is this server's part of what a caller may ask for in a second.
func (app *App) share() throttle.Share {
	all := app.allNodes()
	self := slices.IndexFunc(all, func(n storage.Node) bool { return n.Self })
	return throttle.Share{Rank: max(self, 0), Of: len(all)}
}
