package migration

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// reconcile makes the target's documents equal to the source's. It first removes
// all that differ, so that no needed key still belongs to another document.
func (p *Plan) reconcile(ctx context.Context, report *Report) error {
	for _, of := range storage.Collections {
		b := &batch{to: p.To}
		err := p.pairs(ctx, of, func(from, to *storage.Kept) error {
			if to == nil || from != nil && digest(from) == digest(to) {
				return nil
			}
			report.Removed++
			return b.add(ctx, storage.Change{In: of, ID: to.ID, If: to.Rev}, 0)
		})
		if err = errors.Join(err, b.flush(ctx)); err != nil {
			return err
		}
	}
	progress := Progress{Phase: Copying, Total: p.total(ctx)}
	for _, of := range storage.Collections {
		progress.Collection = of
		b := &batch{to: p.To, changed: p.Change != nil, wrote: func() { p.Progress(progress) }}
		err := p.pairs(ctx, of, func(from, to *storage.Kept) error {
			if from == nil {
				return nil
			}
			progress.Done++
			if to != nil {
				return nil
			}
			report.Written++
			return b.add(ctx, creation(of, from), from.Size())
		})
		if err = errors.Join(err, b.flush(ctx)); err != nil {
			return err
		}
		if b.collided.Count > 0 {
			return &b.collided
		}
	}
	p.Progress(progress)
	return nil
}

func creation(of storage.Collection, kept *storage.Kept) storage.Change {
	d := kept.Document
	change := storage.Change{In: of, ID: d.ID, Put: &d, Restore: true}
	for _, key := range kept.Claims {
		change.Take = append(change.Take, storage.Take{Key: key})
	}
	return change
}

// How often a write is tried that the target refused temporarily, and at which
// interval.
const (
	attempts = 4
	firstGap = 100 * time.Millisecond
)

// batch gathers changes.
type batch struct {
	to      storage.Store
	changes []storage.Change
	bytes   int
	// wrote is called after each batch.
	wrote func()
	// changed is set if the changes may claim the same key; collided are those that do.
	changed  bool
	collided CollisionError
}

func (b *batch) add(ctx context.Context, change storage.Change, bytes int) error {
	b.changes = append(b.changes, change)
	if b.bytes += bytes; len(b.changes) < storage.WalkLength && b.bytes < storage.WalkBytes {
		return nil
	}
	return b.flush(ctx)
}

// flush writes the gathered changes. A write with a lost answer may have been
// done; the comparison checks it.
func (b *batch) flush(ctx context.Context) error {
	left := b.changes
	b.changes, b.bytes = nil, 0
	for attempt := range attempts {
		if len(left) == 0 {
			break
		}
		if attempt > 0 {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(firstGap << attempt):
			}
		}
		var again []storage.Change
		for i, result := range b.to.CommitMany(ctx, left) {
			var taken *storage.TakenError
			switch {
			case result.Err == nil, attempt > 0 && settled(left[i], result.Err):
			case b.changed && errors.As(result.Err, &taken):
				b.collided.note("one of %q and %q", taken.Held.Owner, left[i].ID)
			case errors.Is(result.Err, storage.ErrUnavailable) && attempt < attempts-1:
				again = append(again, left[i])
			default:
				return fmt.Errorf("%s %q could not be written: %w", left[i].In, left[i].ID, result.Err)
			}
		}
		left = again
	}
	if b.wrote != nil {
		b.wrote()
	}
	return nil
}

// settled reports whether a change that is tried again was done before.
func settled(change storage.Change, err error) bool {
	if change.Put == nil {
		return errors.Is(err, storage.ErrConflict)
	}
	return errors.Is(err, storage.ErrExists)
}
