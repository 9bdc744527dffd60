package maintenance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Reclaim moves the names of all users in a store to another naming rule, while no server uses the
// store:
//
//  1. It reads every user, and counts the names that would mean several users under
//     the new rule. If there are any, it writes nothing.
//  2. It marks the setting with the rule, by compare-and-set. From here on no server
//     starts on the store, under either rule.
//  3. It calls Alone once more, for servers that started before the mark.
//  4. It writes each user who lacks a key of the new rule, or has one of the old, in a
//     commit that takes the new keys and releases the old ones. Keys begin with their
//     rule, so that no old key blocks a new one. It only reads users without names, and
//     users who are already done.
//  5. It writes the setting with the new rule and without the mark, by compare-and-set
//     over the mark.
//
// A commit is one unit on every engine. So at whatever moment Reclaim is killed, each user holds
// all keys of one rule, and the mark shows whether all users are done. A second run finds the mark,
// checks again, and writes the remaining users; with the former rule it goes back in the same way.
// Names and their data stay as they were given, and so do sessions, API keys and the users'
// versions.
//
// Failed logins are counted by key, so their counts start anew once under the new rule. The decoys
// of unknown names do not depend on the rule.
//
// The memory does not grow with the number of users.
type Reclaim struct {
	Store storage.Store
	// CaseSensitive is the new rule; see Options.
	CaseSensitive bool
	LookAlikes    users.LookAlikes
	// DryRun stops after the first step.
	DryRun bool
	// Alone returns an error if another process uses the store; nil skips the check.
	Alone func(context.Context) error
	// Progress is called once per page with the progress; it may be nil.
	Progress func(ReclaimProgress)

	// alike is the effective value of LookAlikes for the data.
	alike bool
}

// ReclaimPhase is a phase of a Reclaim.
type ReclaimPhase string

// The phases, in their order.
const (
	ReclaimChecking ReclaimPhase = "checking"
	ReclaimWriting  ReclaimPhase = "reclaiming"
)

// ReclaimProgress is the progress of a phase, in users. For very many users Checking goes over them
// several times, and Total counts all rounds.
type ReclaimProgress struct {
	Phase       ReclaimPhase
	Done, Total int64
}

// Reclaimed is the result of a Reclaim.
type Reclaimed struct {
	// Needless is set if the names were already under the rule.
	Needless bool
	// Resumed is set if an earlier run had been interrupted.
	Resumed bool
	// Users is the number of read users, Written of those that this run wrote.
	Users, Written int64
	// Collided is the number of names that would mean several users; Collisions are some of them,
	// at most MaxCollisions, in the order of kuids.
	Collided   int64
	Collisions []Collision
}

// How often a page is repeated after a failed write, and the first pause before that.
const (
	reclaimTries = 5
	reclaimPause = 200 * time.Millisecond
)

// Run runs all steps. It can be run again after any interruption.
func (r *Reclaim) Run(ctx context.Context) (Reclaimed, error) {
	if r.Progress == nil {
		r.Progress = func(ReclaimProgress) {}
	}
	begun, doc, err := users.ReadNaming(ctx, r.Store, r.LookAlikes.Fresh(r.CaseSensitive))
	if err != nil {
		return Reclaimed{}, err
	}
	r.alike = !r.CaseSensitive && r.LookAlikes.Over(begun.LookAlikes)
	done := Reclaimed{Resumed: begun.Reclaiming != nil}
	if done.Needless = !done.Resumed && begun.CaseSensitive == r.CaseSensitive && begun.LookAlikes == r.alike; done.Needless {
		return done, nil
	}
	if err := r.check(ctx, &done); err != nil || done.Collided > 0 || r.DryRun {
		return done, err
	}
	mark := begun
	mark.Reclaiming, mark.ReclaimingAlike = &r.CaseSensitive, r.alike
	if doc, err = users.WriteNaming(ctx, r.Store, mark, doc); err != nil {
		return done, disturbed(err)
	}
	if r.Alone != nil {
		if err := r.Alone(ctx); err != nil {
			return done, errors.Join(err, r.unmark(ctx, begun, doc))
		}
	}
	if err := r.rewrite(ctx, doc.Rev, &done); err != nil {
		return done, err
	}
	_, err = users.WriteNaming(ctx, r.Store, users.NamingPart{CaseSensitive: r.CaseSensitive, LookAlikes: r.alike}, doc)
	return done, disturbed(err)
}

// unmark removes a mark under which nothing was written.
func (r *Reclaim) unmark(ctx context.Context, begun users.NamingPart, mark storage.Document) error {
	_, err := users.WriteNaming(ctx, r.Store, begun, mark)
	return disturbed(err)
}

func (r *Reclaim) rule() users.Naming { return users.Naming{Exact: r.CaseSensitive, Alike: r.alike} }

// disturbed explains a conflict: without other users of the store there is none.
func disturbed(err error) error {
	var taken *storage.TakenError
	if errors.Is(err, storage.ErrConflict) || errors.Is(err, storage.ErrExists) || errors.As(err, &taken) {
		return fmt.Errorf("another process writes to this data: stop all servers and other commands, and run this command again: %w", err)
	}
	return err
}

// rewrite makes every user hold exactly the keys of the new rule, while the mark is this run's own.
func (r *Reclaim) rewrite(ctx context.Context, mark storage.Rev, done *Reclaimed) error {
	progress := ReclaimProgress{Phase: ReclaimWriting, Total: r.users(ctx)}
	pages := storage.NewWalker(r.Store, storage.Users)
	for try := 1; ; {
		r.Progress(progress)
		n, again, err := r.nextPage(ctx, pages, mark, done)
		switch {
		case err != nil && (try == reclaimTries || !passing(err)):
			return disturbed(err)
		case err != nil:
			if err := rest(ctx, reclaimPause<<try); err != nil {
				return err
			}
			try++
		case again:
		case n == 0:
			done.Users = progress.Done
			return nil
		default:
			try, progress.Done = 1, progress.Done+int64(n)
		}
	}
}

// nextPage reads the next users, writes those who need it, and returns the number of users. After a
// failure, or if again is set, the next page is the same.
func (r *Reclaim) nextPage(ctx context.Context, pages *storage.Walker, mark storage.Rev, done *Reclaimed) (n int, again bool, err error) {
	page, err := pages.Next(ctx)
	if err != nil {
		return 0, false, err
	}
	doc, err := r.Store.Get(ctx, storage.Settings, users.NamingSetting)
	if err == nil && doc.Rev != mark {
		return 0, false, errOtherReclaim
	}
	if err == nil {
		again, err = r.writePage(ctx, page, done)
	}
	if again || err != nil {
		pages.Again()
	}
	return len(page), again, err
}

var errOtherReclaim = errors.New("another kuzzle doctor --reclaim runs on this data: wait for its end, then run this command again")

// passing reports whether a failed page should be tried again: the store was unavailable, or the
// answer to a successful write was lost.
func passing(err error) bool {
	return errors.Is(err, storage.ErrUnavailable) || errors.Is(err, storage.ErrConflict)
}

func rest(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// writePage writes the users of a page who need it. again is set if a user has more keys than a
// commit may have.
func (r *Reclaim) writePage(ctx context.Context, page []storage.Kept, done *Reclaimed) (again bool, err error) {
	var changes []storage.Change
	for i := range page {
		change, more, err := r.change(&page[i])
		if err != nil {
			return false, fmt.Errorf("user %q: %w", page[i].ID, err)
		}
		again = again || more
		if len(change.Take)+len(change.Free) > 0 {
			changes = append(changes, change)
		}
	}
	for i, result := range r.Store.CommitMany(ctx, changes) {
		switch {
		case result.Err == nil:
			done.Written++
		case err == nil || passing(err) && !passing(result.Err):
			err = fmt.Errorf("user %q: %w", changes[i].ID, result.Err)
		}
	}
	return again, err
}

// change returns the next write of a user: keys to take first, then keys to release. more is set if
// further writes are needed.
func (r *Reclaim) change(kept *storage.Kept) (change storage.Change, more bool, err error) {
	u, err := users.ReadUser(kept.Document)
	if err != nil {
		return change, false, err
	}
	wanted, err := u.Claims(r.rule())
	if err != nil {
		return change, false, err
	}
	change = storage.Change{In: storage.Users, ID: kept.ID, Put: &kept.Document, If: kept.Rev, Restore: true}
	for _, key := range wanted {
		if !slices.Contains(kept.Claims, key) {
			change.Take = append(change.Take, storage.Take{Key: key})
		}
	}
	for _, key := range kept.Claims {
		if !slices.Contains(wanted, key) {
			change.Free = append(change.Free, key)
		}
	}
	if len(change.Take) > storage.MaxTakes {
		change.Take, change.Free, more = change.Take[:storage.MaxTakes], nil, true
	}
	if room := storage.MaxTakes - len(change.Take); len(change.Free) > room {
		change.Free, more = change.Free[:room], true
	}
	return change, more, nil
}

// users returns the approximate number of users.
func (r *Reclaim) users(ctx context.Context) int64 {
	return r.Store.Info(ctx).Counts[storage.Users]
}
