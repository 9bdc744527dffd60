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

// Reclaim brings the names of all users of a store under another rule, while no
// server uses the store. The order is:
//
//  1. Every user is read, and names that would mean several users under the new
//     rule are counted. If there are any, nothing is written.
//  2. The setting of the rule is marked, by compare-and-set. From here on no
//     server starts on the store, under either rule.
//  3. Alone is asked once more, for servers that started before the mark.
//  4. Each user who lacks a key of the new rule, or has one of the old, is
//     written as it is in one commit that takes the one and lets go of the other.
//     Keys begin with their rule, so that none of the old stands in the way of
//     one of the new. A user without names, and one who has it behind, is only
//     read.
//  5. The setting is written with the new rule and without the mark, by
//     compare-and-set over the mark.
//
// A commit is one unit on every engine, so whatever moment it is killed at, each
// user holds all keys of one rule, and the mark tells whether all hold those of
// the same. Run again it finds the mark, looks anew, and writes those who are
// left; with the former rule it goes back in the same way. Names and what is
// kept with them stay as they were given, and so do sessions, API keys and the
// users' versions.
//
// Failed logins are counted by key, so that they count anew under the new rule,
// once. What unknown names are verified against does not go by the rule.
//
// Memory does not grow with the number of users.
type Reclaim struct {
	Store storage.Store
	// CaseSensitive is the new rule; see Options.
	CaseSensitive bool
	LookAlikes    users.LookAlikes
	// DryRun ends after the first step.
	DryRun bool
	// Alone answers why the store is not this process's own; nil asks nobody.
	Alone func(context.Context) error
	// Progress is told how far it is, a page at a time; nil for nobody.
	Progress func(ReclaimProgress)

	// alike is what LookAlikes means for the data.
	alike bool
}

// ReclaimPhase is what a Reclaim is doing.
type ReclaimPhase string

// The phases, in their order.
const (
	ReclaimChecking ReclaimPhase = "checking"
	ReclaimWriting  ReclaimPhase = "reclaiming"
)

// ReclaimProgress tells how far a phase is, in users. Of very many users
// Checking goes round several times, each a part of Total.
type ReclaimProgress struct {
	Phase       ReclaimPhase
	Done, Total int64
}

// Reclaimed is what became of a Reclaim.
type Reclaimed struct {
	// Needless is set when the names were under the rule already.
	Needless bool
	// Resumed is set when an earlier one had ended early.
	Resumed bool
	// Users were read, Written of them were written by this run.
	Users, Written int64
	// Collided is how many names would mean several users; Collisions are some
	// of them, at most MaxCollisions, in the order of kuids.
	Collided   int64
	Collisions []Collision
}

// How often a page is done again in which something could not be written, and
// how long after the first time.
const (
	reclaimTries = 5
	reclaimPause = 200 * time.Millisecond
)

// Run does it all. It can be run again after any end.
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

// unmark takes back a mark under which nothing was written.
func (r *Reclaim) unmark(ctx context.Context, begun users.NamingPart, mark storage.Document) error {
	_, err := users.WriteNaming(ctx, r.Store, begun, mark)
	return disturbed(err)
}

func (r *Reclaim) rule() users.Naming { return users.Naming{Exact: r.CaseSensitive, Alike: r.alike} }

// disturbed explains a conflict: whoever uses the store alone meets none.
func disturbed(err error) error {
	var taken *storage.TakenError
	if errors.Is(err, storage.ErrConflict) || errors.Is(err, storage.ErrExists) || errors.As(err, &taken) {
		return fmt.Errorf("somebody else writes to this data: stop all servers and other commands, and run this one again: %w", err)
	}
	return err
}

// rewrite has every user hold the keys of the new rule and no others, as long as
// the mark is its own.
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

// nextPage reads the next users, writes those who need it, and tells how many
// they are. Where that failed, or again is set, the next page is the same.
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

var errOtherReclaim = errors.New("another kuzzle doctor --reclaim is at work on this data: run it once, after the other has ended")

// passing tells whether a page that failed is worth another try: the store was
// away, or an answer was lost and the write had been done.
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

// writePage writes those of a page who need it. again is set when
// one of them has more keys than a commit may name.
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

// change is what is left to do of a user: keys to take, then those to let go. more
// is set when that is not all.
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

// users is how many there are, about.
func (r *Reclaim) users(ctx context.Context) int64 {
	return r.Store.Info(ctx).Counts[storage.Users]
}
