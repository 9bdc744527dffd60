package backend

import (
	"context"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/lease"
)

// How often records are looked for that a strategy would improve, such as weak
// digests to be wrapped, and how long to wait while logins need the hash pool.
const (
	upkeepEvery = time.Minute
	upkeepPause = time.Second
)

// upkeep lets strategies improve their records while nobody waits for a hash,
// until ctx ends. It may be stopped anywhere: what was done is not found again.
func (app *App) upkeep(ctx context.Context) {
	wait := upkeepPause
	after := map[string]string{}
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		wait = upkeepEvery
		for _, name := range app.accounts.Registry.Strategies() {
			done, err := app.accounts.Care.Upkeep(ctx, name, after[name], app.idle)
			if err != nil && ctx.Err() == nil {
				app.log.WarnContext(ctx, "records were not improved", "strategy", name, "cause", err)
			}
			if err == nil && done.Improved > 0 {
				app.log.InfoContext(ctx, "records were improved", "strategy", name, "improved", done.Improved, "waiting", done.Waiting-int64(done.Improved))
			}
			if after[name] = done.Next; done.Next != "" || done.Interrupted {
				wait = upkeepPause
			}
		}
	}
}

// countAgain counts on every server, for its own decoys, until ctx ends.
func (app *App) countAgain(ctx context.Context) {
	for wait := upkeepPause; ; wait = upkeepEvery {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		app.countDigests(ctx)
	}
}

// alone does a job while no other server of the store does it, again and again until
// ctx ends.
func (app *App) alone(ctx context.Context, job string, do func(context.Context)) {
	lease.New(app.store, job, app.node).Hold(ctx, do)
}

// once is alone for something that is done once. What it does goes on when the lease
// is lost meanwhile.
func (app *App) once(ctx context.Context, job string, do func()) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	app.alone(ctx, job, func(context.Context) {
		defer stop()
		do()
	})
}

// countDigests keeps count for whoever reads metrics, and for decoys.
func (app *App) countDigests(ctx context.Context) {
	if err := app.accounts.Logins.RefreshDecoys(ctx); err != nil && ctx.Err() == nil {
		app.log.WarnContext(ctx, "the costs of passwords were not counted", "cause", err)
	}
	counted, err := app.WeakDigests(ctx)
	if err == nil {
		app.weak.Store(&counted)
	} else if ctx.Err() == nil {
		app.log.WarnContext(ctx, "weak digests were not counted", "cause", err)
	}
}

// idle tells whether no login needs the hash pool.
func (app *App) idle() bool {
	now := app.pool.Stats()
	return now.Queued == 0 && now.Running == 0
}
