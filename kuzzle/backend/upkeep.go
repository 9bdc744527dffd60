package backend

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/digest"
	"github.com/gokuzzle/kuzzle/kuzzle/lease"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// How often expired documents are removed, and how many at once.
const (
	purgeEvery = time.Minute
	purgeBatch = 1000
)

// How often the server looks for records that a strategy would improve, such as weak
// digests to wrap, and how long it waits while logins need the hash pool.
const (
	upkeepEvery = time.Minute
	upkeepPause = time.Second
)

// How often the server looks for pictures that a killed process left behind, and how long
// after the start.
const (
	picturesEvery = time.Hour
	picturesAfter = time.Minute
)

// How often the server looks for interrupted changes of organizations, and how long after
// the start.
const (
	organizationsEvery = time.Hour
	organizationsAfter = 2 * time.Minute
)

// How often old tickets are removed, and how long after the start.
const (
	ticketsEvery = time.Hour
	ticketsAfter = 3 * time.Minute
)

// How often the server looks for users of an earlier version that lists cannot find yet,
// and how long after the start.
const (
	accountsEvery = time.Hour
	accountsAfter = 4 * time.Minute
)

// upkeep is the work in the background, which no request waits for.
type upkeep struct {
	accounts *accounts.Accounts
	store    storage.Store
	node     string
	pool     *digest.Pool
	log      *slog.Logger
	now      func() time.Time
	// weak holds the count of weak digests.
	weak *atomic.Pointer[WeakDigests]
}

func (app *App) upkeep() *upkeep {
	return &upkeep{
		accounts: app.accounts, store: app.store, node: app.node, pool: app.pool, log: app.log, now: app.now, weak: &app.weak,
	}
}

// improve lets strategies improve their records while no login waits for a hash, until ctx
// ends. It may be stopped at any time: improved records are not found again.
func (u *upkeep) improve(ctx context.Context) {
	wait := upkeepPause
	after := map[string]string{}
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		wait = upkeepEvery
		for _, name := range u.accounts.Registry.Strategies() {
			done, err := u.accounts.Care.Upkeep(ctx, name, after[name], u.idle)
			if err != nil && ctx.Err() == nil {
				u.log.WarnContext(ctx, "records could not be improved", "strategy", name, "cause", err)
			}
			if err == nil && done.Improved > 0 {
				u.log.InfoContext(ctx, "records were improved", "strategy", name, "improved", done.Improved, "waiting", done.Waiting-int64(done.Improved))
			}
			if after[name] = done.Next; done.Next != "" || done.Interrupted {
				wait = upkeepPause
			}
		}
	}
}

// countAgain repeats the count on every server, for its own decoys, until ctx ends.
func (u *upkeep) countAgain(ctx context.Context) {
	every(ctx, upkeepPause, upkeepEvery, func() { u.countDigests(ctx) })
}

// every calls do after first, and then repeatedly after then, until ctx ends.
func every(ctx context.Context, first, then time.Duration, do func()) {
	for wait := first; ; wait = then {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		do()
	}
}

// alone runs a job repeatedly until ctx ends, while no other server of the store does.
func (u *upkeep) alone(ctx context.Context, job string, do func(context.Context)) {
	lease.New(u.store, job, u.node).Hold(ctx, do)
}

// once is like alone for work that is done once. The work continues if the lease is lost
// meanwhile.
func (u *upkeep) once(ctx context.Context, job string, do func()) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	u.alone(ctx, job, func(context.Context) {
		defer stop()
		do()
	})
}

// countDigests keeps the count for metrics and for decoys.
func (u *upkeep) countDigests(ctx context.Context) {
	if err := u.accounts.Logins.RefreshDecoys(ctx); err != nil && ctx.Err() == nil {
		u.log.WarnContext(ctx, "the counts of digests by cost could not be read", "cause", err)
	}
	counted, err := countWeakDigests(ctx, u.accounts.Care)
	if err == nil {
		u.weak.Store(&counted)
	} else if ctx.Err() == nil {
		u.log.WarnContext(ctx, "the count of weak digests could not be read", "cause", err)
	}
}

// idle reports whether no login needs the hash pool.
func (u *upkeep) idle() bool {
	now := u.pool.Stats()
	return now.Queued == 0 && now.Running == 0
}

// purge removes expired documents until ctx ends.
func (u *upkeep) purge(ctx context.Context) {
	tick := time.NewTicker(purgeEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		for removed := purgeBatch; removed == purgeBatch && ctx.Err() == nil; {
			var err error
			if removed, err = u.store.Purge(ctx, u.now(), purgeBatch); err != nil {
				u.log.WarnContext(ctx, "expired documents could not be removed", "cause", err)
			}
		}
	}
}

// chore is work that is repeated until the server stops.
type chore struct {
	// after is how long the first run waits, every the time between runs.
	after, every time.Duration
	// do returns how much was done.
	do func(context.Context) (int, error)
	// failed and done are what the log says, and counted is the name of the number in it.
	failed, done, counted string
}

// chores returns the work on each kind of documents, by the name of its lease.
func (u *upkeep) chores() map[string]chore {
	return map[string]chore{
		"pictures": {picturesAfter, picturesEvery, u.accounts.Pictures.Upkeep, "unused pictures could not be removed", "unused pictures were removed", "removed"},
		"organizations": {organizationsAfter, organizationsEvery, u.accounts.Organizations.Upkeep,
			"interrupted changes of organizations could not be completed", "interrupted changes of organizations were completed", "ended"},
		"tickets": {ticketsAfter, ticketsEvery, u.accounts.Tickets.Upkeep, "old tickets could not be removed", "old tickets were removed", "removed"},
		"accounts": {accountsAfter, accountsEvery, u.accounts.Care.RenewAccounts,
			"lists cannot find all users of an earlier version yet", "lists can now find users of an earlier version", "users"},
	}
}

// repeat does a chore until ctx ends.
func (u *upkeep) repeat(ctx context.Context, c chore) {
	every(ctx, c.after, c.every, func() {
		n, err := c.do(ctx)
		if err != nil && ctx.Err() == nil {
			u.log.WarnContext(ctx, c.failed, "cause", err)
		}
		if n > 0 {
			u.log.InfoContext(ctx, c.done, c.counted, n)
		}
	})
}
