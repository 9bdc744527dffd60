package backend

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/budget"
	"github.com/gokuzzle/kuzzle/kuzzle/digest"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/metrics"
	"github.com/gokuzzle/kuzzle/kuzzle/network"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Run serves the network until ctx ends, then finishes accepted requests and
// closes. An unusable address is an error at once. Run also fails when it
// notices that the names in a cluster's data were changed to another rule.
func (app *App) Run(ctx context.Context) error {
	listener, err := net.Listen("tcp", app.config.Listen)
	if err != nil {
		return errors.Join(err, app.Close())
	}
	return app.Serve(ctx, listener)
}

// Serve is like Run, on a listener of the caller. Before it answers any request
// it ensures that a server without an administrator can get one.
func (app *App) Serve(ctx context.Context, listener net.Listener) error {
	if err := keepsToItself(app.config, listener.Addr()); err != nil {
		return errors.Join(err, listener.Close(), app.Close())
	}
	app.ready.Do(app.dispatcher.Ready)
	warn(app.config, app.log)
	app.joinNodes()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var beside sync.WaitGroup
	// A server that is stopped while it starts stops without an error.
	starting := context.WithoutCancel(ctx)
	// A missing master key is better reported now than at every login.
	if _, err := app.ring.Keys(starting); err != nil {
		return errors.Join(err, listener.Close(), app.Close())
	}
	addr := listener.Addr()
	if err := app.inviter.firstAdmin(starting, addr); err != nil {
		return errors.Join(err, listener.Close(), app.Close())
	}
	app.listening.Store(&addr)
	office := app.office()
	sock, err := office.listen()
	switch {
	case errors.Is(err, errNoSocket):
		app.log.WarnContext(ctx, "commands do not reach this server: stop it before a command uses its data directory", "cause", err)
	case err != nil:
		return errors.Join(err, listener.Close(), app.Close())
	default:
		beside.Go(func() { office.serve(ctx, sock) })
	}
	upkeep := app.upkeep()
	beside.Go(func() { upkeep.alone(ctx, "purge", upkeep.purge) })
	beside.Go(func() { upkeep.alone(ctx, "upkeep", upkeep.improve) })
	beside.Go(func() { upkeep.countAgain(ctx) })
	beside.Go(func() { app.accounts.Activity.Run(ctx) })
	for job, chore := range upkeep.chores() {
		beside.Go(func() { upkeep.alone(ctx, job, func(ctx context.Context) { upkeep.repeat(ctx, chore) }) })
	}
	beside.Go(func() { app.history.Run(ctx) })
	beside.Go(func() { app.counters.Run(ctx) })
	if app.notices != nil {
		beside.Go(func() { app.notices.queue.Run(ctx, app.notices.deliver) })
		beside.Go(func() { app.notices.suspicions.run(ctx, app.notices) })
	}
	beside.Go(func() { app.webhooks.Run(ctx) })
	if app.config.MetricsListen != "" {
		scrapes, err := net.Listen("tcp", app.config.MetricsListen)
		if err == nil {
			if err = keepsToItself(app.config, scrapes.Addr()); err != nil {
				err = errors.Join(err, scrapes.Close())
			}
		}
		if err != nil {
			stop(nil)
			beside.Wait()
			return errors.Join(err, listener.Close(), app.Close())
		}
		beside.Go(func() { serveMetrics(ctx, scrapes, app.server, app.metrics, app.log) })
	}
	app.log.InfoContext(ctx, "listening", "address", listener.Addr().String(), "node", app.node, "data", app.config.Data)
	err = app.server.Serve(ctx, listener)
	stop(nil)
	beside.Wait()
	err = errors.Join(err, app.Close())
	app.log.InfoContext(ctx, "stopped")
	return err
}

// Bounds returns the budget for all memory that the server holds for its clients, and the pool
// in which it computes and checks password digests.
func (app *App) Bounds() (*budget.Budget, *digest.Pool) { return app.budget, app.pool }

// readyTime is how long the store may take to report its state. A cluster needs
// that long to detect that a node is gone and to ask another one.
const readyTime = 4 * time.Second

// Ready returns the reason why the store cannot be read and written, so that
// nobody could log in, or nil. Strangers may see the reason; its cause is
// logged when it changes. Package network checks for overload.
func (app *App) Ready() error {
	ctx, cancel := context.WithTimeout(context.Background(), readyTime)
	defer cancel()
	err := app.store.Health(ctx)
	now := ""
	if err != nil {
		failure, is := fault.From(err)
		if !is {
			failure = storage.ErrUnavailable.New().Because(err)
		}
		err, now = failure, failure.ID()
	}
	if before := app.unready.Swap(&now); (before == nil && now != "") || (before != nil && *before != now) {
		if err != nil {
			app.log.WarnContext(ctx, "the server is not ready", "cause", err)
		} else {
			app.log.InfoContext(ctx, "the server is ready again")
		}
	}
	return err
}

func serveMetrics(ctx context.Context, on net.Listener, from *network.Server, of *metrics.Metrics, log *slog.Logger) {
	if err := from.ServeProbes(ctx, on, of.Handler()); err != nil {
		log.ErrorContext(ctx, "the metrics endpoint stopped", "cause", err)
	}
}
