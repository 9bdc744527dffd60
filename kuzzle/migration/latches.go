package migration

import (
	"context"
	"errors"
	"fmt"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// copyLatches makes the target hold exactly the latches of the source.
func (p *Plan) copyLatches(ctx context.Context) error {
	err := p.To.Latches(ctx, func(latch storage.Claim) error {
		same, err := holds(ctx, p.From, latch)
		if err != nil || same {
			return err
		}
		return p.withOwner(ctx, storage.Change{In: latch.Of, ID: latch.Owner, Free: []string{latch.Key}})
	})
	if err != nil {
		return err
	}
	return p.From.Latches(ctx, func(latch storage.Claim) error {
		same, err := holds(ctx, p.To, latch)
		if err != nil || same {
			return err
		}
		take := []storage.Take{{Key: latch.Key, Latch: true}}
		return p.withOwner(ctx, storage.Change{In: latch.Of, ID: latch.Owner, Take: take})
	})
}

// holds reports whether a store has the latch.
func holds(ctx context.Context, store storage.Store, latch storage.Claim) (bool, error) {
	has, err := store.Owner(ctx, latch.Key)
	if errors.Is(err, storage.ErrNotFound) {
		return false, nil
	}
	return err == nil && has.Of == latch.Of && has.Owner == latch.Owner, err
}

// withOwner changes claims of a document that may exist; the document stays
// unchanged.
func (p *Plan) withOwner(ctx context.Context, change storage.Change) error {
	d, err := p.To.Get(ctx, change.In, change.ID)
	switch {
	case err == nil:
		change.If, change.Put, change.Restore = d.Rev, &d, true
	case !errors.Is(err, storage.ErrNotFound):
		return err
	}
	if _, err := p.To.Commit(ctx, change); err != nil {
		return fmt.Errorf("a latch of %s %q could not be written: %w", change.In, change.ID, err)
	}
	return nil
}
