package migration

import (
	"context"
	"fmt"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Plan is one copy of a whole store. Nobody else may write to either side
// meanwhile; the comparison detects a write to the source that happened
// nevertheless.
type Plan struct {
	From, To storage.Store
	// Identity is the setting whose incarnation identifies a source; a server
	// writes it once, at its first start.
	Identity string
	// Name is the source's name in messages.
	Name string
	// Change edits each document of the source before it is copied; nil for none. It
	// must always do the same.
	Change func(storage.Collection, *storage.Kept) error
	// Now is the clock.
	Now func() time.Time
	// Progress is called from time to time with the progress; nil for none.
	Progress func(Progress)
}

// Phase is a step of a copy.
type Phase string

// Phases, in order.
const (
	Copying  Phase = "copying"
	Checking Phase = "checking"
)

// Progress is the progress of a phase, in documents of all collections.
type Progress struct {
	Phase       Phase
	Collection  storage.Collection
	Done, Total int64
}

// Report is the result of a copy.
type Report struct {
	// Written is the number of documents copied by this run. Removed is the number
	// of documents that an earlier run had copied and the source has changed
	// since.
	Written, Removed int64
	// Sums are the sums of the target, read back, by collection; the last one is
	// of the latches.
	Sums []Sum
}

// Run copies, compares, and marks the copy as finished. It can be run again after
// any interruption. A *MismatchError means that both sides differ, a
// *CollisionError that changed documents claim the same key.
func (p *Plan) Run(ctx context.Context) (Report, error) {
	var report Report
	if p.Progress == nil {
		p.Progress = func(Progress) {}
	}
	if err := p.claim(ctx); err != nil {
		return report, err
	}
	if err := p.carry(ctx); err != nil {
		return report, fmt.Errorf("waiting messages: %w", err)
	}
	if err := p.copyMappings(ctx); err != nil {
		return report, err
	}
	if err := p.reconcile(ctx, &report); err != nil {
		return report, err
	}
	if err := p.copyLatches(ctx); err != nil {
		return report, err
	}
	var err error
	if report.Sums, err = p.compare(ctx); err != nil {
		return report, err
	}
	for _, of := range storage.Collections {
		if err := p.To.Refresh(ctx, of); err != nil {
			return report, err
		}
	}
	return report, p.unmark(ctx)
}

// carry moves the source's messages that wait beside their documents to the
// outbox. Only documents of collections are copied.
func (p *Plan) carry(ctx context.Context) error {
	carrier, is := p.From.(storage.Carrier)
	for is {
		moved, err := carrier.Carry(ctx, storage.WalkLength)
		if err != nil {
			return err
		}
		is = moved > 0
	}
	return nil
}

// total returns the approximate number of the source's documents.
func (p *Plan) total(ctx context.Context) (total int64) {
	for _, n := range p.From.Info(ctx).Counts {
		total += n
	}
	return total
}

// copyMappings runs before the documents are copied, so that they are indexed when
// written.
func (p *Plan) copyMappings(ctx context.Context) error {
	for _, of := range storage.Collections {
		m, err := p.From.Mapping(ctx, of)
		if err == nil && len(m.Properties) > 0 {
			_, err = p.To.UpdateMapping(ctx, of, m)
		}
		if err != nil {
			return fmt.Errorf("the mapping of %s: %w", of, err)
		}
	}
	return nil
}
