package migration

import (
	"context"
	"fmt"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Plan is one copy of a whole store. Nobody else may write either side
// meanwhile; what somebody writes to the source nevertheless is found when both
// are compared.
type Plan struct {
	From, To storage.Store
	// Identity is the setting whose incarnation tells one source from another;
	// a server writes it once, when it first starts.
	Identity string
	// Name is what the source is called in messages.
	Name string
	// Now is the clock.
	Now func() time.Time
	// Progress is told how far the copy is, now and then; nil for nobody.
	Progress func(Progress)
}

// Phase is what a copy is doing.
type Phase string

// The phases, in their order.
const (
	Copying  Phase = "copying"
	Checking Phase = "checking"
)

// Progress tells how far a phase is, in documents of all collections.
type Progress struct {
	Phase       Phase
	Collection  storage.Collection
	Done, Total int64
}

// Report is what became of a copy.
type Report struct {
	// Written were copied by this run, Removed are what an earlier run had
	// copied and the source has changed since.
	Written, Removed int64
	// Sums are those of the target, read back, by collection; the last one is
	// of the latches.
	Sums []Sum
}

// Run copies, compares, and says that the copy is finished. It can be run again
// after any end. A *MismatchError tells that both sides differ.
func (p *Plan) Run(ctx context.Context) (Report, error) {
	var report Report
	if p.Progress == nil {
		p.Progress = func(Progress) {}
	}
	if err := p.claim(ctx); err != nil {
		return report, err
	}
	if err := p.carry(ctx); err != nil {
		return report, fmt.Errorf("messages that wait: %w", err)
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

// carry has the source put into the outbox what waits beside the documents that it
// tells of. Only what is in a collection is copied.
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

// total is how many documents the source holds, about.
func (p *Plan) total(ctx context.Context) (total int64) {
	for _, n := range p.From.Info(ctx).Counts {
		total += n
	}
	return total
}

// copyMappings comes before the documents, so that they are indexed as they are
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
