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

// How often what has expired is removed, and how much at once.
const (
	purgeEvery = time.Minute
	purgeBatch = 1000
)

// How often records are looked for that a strategy would improve, such as weak
// digests to be wrapped, and how long to wait while logins need the hash pool.
const (
	upkeepEvery = time.Minute
	upkeepPause = time.Second
)

// How often pictures are looked for that were forgotten when a process was killed,
// and how long after the start.
const (
	picturesEvery = time.Hour
	picturesAfter = time.Minute
)

// How often changes of organizations are looked for that were interrupted, and how long
// after the start.
const (
	organizationsEvery = time.Hour
	organizationsAfter = 2 * time.Minute
)

// How often old tickets are removed, and how long after the start.
const (
	ticketsEvery = time.Hour
	ticketsAfter = 3 * time.Minute
)

// How often it is looked whether users of an earlier version are still to be found by what
// this one keeps of them, and how long after the start.
const (
	accountsEvery = time.Hour
	accountsAfter = 4 * time.Minute
)

// upkeep is what runs beside requests, and what nobody waits for.
type upkeep struct {
	accounts *accounts.Accounts
	store    storage.Store
	node     string
	pool     *digest.Pool
	log      *slog.Logger
	now      func() time.Time
	// weak is where the count of weak digests is kept.
	weak *atomic.Pointer[WeakDigests]
}

func (app *App) upkeep() *upkeep {
	return &upkeep{
		accounts: app.accounts, store: app.store, node: app.node, pool: app.pool, log: app.log, now: app.now, weak: &app.weak,
	}
}

// improve lets strategies improve their records while nobody waits for a hash,
// until ctx ends. It may be stopped anywhere: what was done is not found again.
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
				u.log.WarnContext(ctx, "records were not improved", "strategy", name, "cause", err)
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

// countAgain counts on every server, for its own decoys, until ctx ends.
func (u *upkeep) countAgain(ctx context.Context) {
	every(ctx, upkeepPause, upkeepEvery, func() { u.countDigests(ctx) })
}

// every does something a first time, and then again and again, until ctx ends.
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

// alone does a job while no other server of the store does it, again and again until
// ctx ends.
func (u *upkeep) alone(ctx context.Context, job string, do func(context.Context)) {
	lease.New(u.store, job, u.node).Hold(ctx, do)
}

// once is alone for something that is done once. What it does goes on when the lease
// is lost meanwhile.
func (u *upkeep) once(ctx context.Context, job string, do func()) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	u.alone(ctx, job, func(context.Context) {
		defer stop()
		do()
	})
}

// countDigests keeps count for whoever reads metrics, and for decoys.
func (u *upkeep) countDigests(ctx context.Context) {
	if err := u.accounts.Logins.RefreshDecoys(ctx); err != nil && ctx.Err() == nil {
		u.log.WarnContext(ctx, "the costs of passwords were not counted", "cause", err)
	}
	counted, err := countWeakDigests(ctx, u.accounts.Care)
	if err == nil {
		u.weak.Store(&counted)
	} else if ctx.Err() == nil {
		u.log.WarnContext(ctx, "weak digests were not counted", "cause", err)
	}
}

// idle tells whether no login needs the hash pool.
func (u *upkeep) idle() bool {
	now := u.pool.Stats()
	return now.Queued == 0 && now.Running == 0
}

// purge removes what has expired, until ctx ends.
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
				u.log.WarnContext(ctx, "what has expired was not removed", "cause", err)
			}
		}
	}
}

// pictures removes pictures that nobody has, until ctx ends.
func (u *upkeep) pictures(ctx context.Context) {
	every(ctx, picturesAfter, picturesEvery, func() {
		removed, err := u.accounts.Pictures.Upkeep(ctx)
		if err != nil && ctx.Err() == nil {
			u.log.WarnContext(ctx, "forgotten pictures were not removed", "cause", err)
		}
		if removed > 0 {
			u.log.InfoContext(ctx, "forgotten pictures were removed", "removed", removed)
		}
	})
}

// organizations ends what was interrupted among organizations, until ctx ends.
func (u *upkeep) organizations(ctx context.Context) {
	every(ctx, organizationsAfter, organizationsEvery, func() {
		mended, err := u.accounts.Organizations.Upkeep(ctx)
		if err != nil && ctx.Err() == nil {
			u.log.WarnContext(ctx, "interrupted changes of organizations were not ended", "cause", err)
		}
		if mended > 0 {
			u.log.InfoContext(ctx, "interrupted changes of organizations were ended", "ended", mended)
		}
	})
}

// tickets ends what was interrupted among tickets and removes old ones, until ctx ends.
func (u *upkeep) tickets(ctx context.Context) {
	every(ctx, ticketsAfter, ticketsEvery, func() {
		removed, err := u.accounts.Tickets.Upkeep(ctx)
		if err != nil && ctx.Err() == nil {
			u.log.WarnContext(ctx, "old tickets were not removed", "cause", err)
		}
		if removed > 0 {
			u.log.InfoContext(ctx, "old tickets were removed", "removed", removed)
		}
	})
}

// renewAccounts has users of an earlier version found, until ctx ends.
func (u *upkeep) renewAccounts(ctx context.Context) {
	every(ctx, accountsAfter, accountsEvery, func() {
		renewed, err := u.accounts.Care.RenewAccounts(ctx)
		if err != nil && ctx.Err() == nil {
			u.log.WarnContext(ctx, "not all users of an earlier version are found by lists", "cause", err)
		}
		if renewed > 0 {
			u.log.InfoContext(ctx, "users of an earlier version are found by lists", "users", renewed)
		}
	})
}
