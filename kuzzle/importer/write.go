package importer

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/reports"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/rows"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/sinks"
)

// writeAll writes one batch while the outcomes of the one before are reported. After an
// error it stops the run, and it returns when no batch is under way.
func (p *pipeline) writeAll(ctx context.Context, stop func(), batches <-chan *batch) error {
	var before *batch
	asked := false
	for b := range batches {
		if b.err == nil || errors.Is(b.err, io.EOF) {
			if err := p.sameStore(ctx); err != nil {
				stop()
				return err
			}
		}
		if !asked && b.rows.Len() > 0 && p.run.Options.Source == "" && p.run.Source == nil {
			asked = true
			if err := sinks.Numbered(ctx, p.run.Sink, p.how, b.rows.Users); err != nil {
				stop()
				if errors.Is(err, sinks.ErrNumbers) {
					err = &OptionError{"source", err.Error()}
				}
				return err
			}
		}
		if before != nil && !p.together(before, b) {
			if err := p.conclude(ctx, before); err != nil {
				stop()
				return err
			}
			before = nil
		}
		if b.rows.Len() > 0 {
			b.finish = p.run.Sink(ctx, p.how, b.rows)
		}
		if err := p.conclude(ctx, before); err != nil {
			stop()
			_, _ = b.outcomes() // the first error counts
			return err
		}
		before = b
	}
	err := p.conclude(ctx, before)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		stop()
	}
	return err
}

// together reports whether a batch can start while the one before it is under way: only
// users beside users. The next batch has to see the names of a dry run and the roles that it
// refers to.
func (p *pipeline) together(before, b *batch) bool {
	return !p.how.DryRun && before.rows.Len() == len(before.rows.Users) && b.rows.Len() == len(b.rows.Users)
}

// outcomes waits for the outcomes of the batch's rows.
func (b *batch) outcomes() ([]Outcome, error) {
	if b.finish == nil {
		return nil, nil
	}
	return b.finish()
}

// conclude waits for a batch, then writes its report lines, then the checkpoint. In this
// order nothing is lost whenever the run ends. The error includes the error of reading.
// batch may be nil.
func (p *pipeline) conclude(ctx context.Context, b *batch) error {
	if b == nil {
		return nil
	}
	outcomes, err := b.outcomes()
	if err != nil {
		return err
	}
	p.plan(b.rows.Definitions, outcomes)
	p.rehearse(b, outcomes)
	// Rows that were written count even if the run ends here.
	conceded := p.concede(ctx, b, outcomes)
	if err := cmp.Or(p.tell(b, outcomes), conceded); err != nil {
		return err
	}
	if b.last > 0 {
		if err := p.note(b); err != nil {
			return err
		}
	}
	if !errors.Is(b.err, io.EOF) {
		return b.err
	}
	return nil
}

// mostConceded is the largest number of addresses of a user that are left out one by one.
const mostConceded = 8

// concede writes again, without the address, users whose address is invalid or held by
// another user, if they have another name. Of several addresses only the one that is held is left
// out, if that is enough. A user that was imported so before counts as unchanged.
func (p *pipeline) concede(ctx context.Context, b *batch, outcomes []Outcome) error {
	for i, o := range outcomes {
		for _, kind := range []string{KeyEmail, KeyPhone} {
			if o.Status != imports.RowFailed || p.normaliser.Strict || o.Taken != kind && o.Unfit != kind && !o.Differs {
				continue
			}
			conceded := []string{""} // all of them
			if list := b.rows.Users[i].LoginAddresses(kind); o.Unfit != kind && len(list) > 1 && len(list) <= mostConceded {
				slices.Reverse(list) // a second address is shared more often than the first
				conceded = append(list, "")
			}
			for _, address := range conceded {
				less, can := b.rows.Users[i].Without(kind, address, o.Unfit == kind)
				if !can {
					continue
				}
				again, err := p.run.Sink(ctx, p.how, Batch{Users: []imports.Row{less}})()
				if err != nil {
					return err
				}
				reason := "another user has it; the row's user logs in by another name"
				if o.Unfit != "" {
					reason = o.Reason
				}
				next := p.judged(again[0])
				if next.Status != imports.RowFailed {
					b.lacks[i] = append(b.lacks[i], rows.Error{Field: kind, Reason: reason})
				} else if address != "" || o.Differs {
					continue
				}
				outcomes[i] = next
				break
			}
			o = outcomes[i]
		}
	}
	return nil
}

// tell counts the outcomes and reports rows that were not imported, in the order of the
// rows.
func (p *pipeline) tell(b *batch, outcomes []Outcome) error {
	refused := b.refused
	add := func(l reports.Line, field, reason string) error {
		l.Field, l.Reason = field, reason
		return p.run.Report.Add(l)
	}
	refusedBefore := func(row int64) (err error) {
		for ; err == nil && len(refused) > 0 && refused[0].Row < row; refused = refused[1:] {
			p.progress.Refuse(refused[0].Field)
			err = p.run.Report.Add(refused[0])
		}
		return err
	}
	for i, o := range outcomes {
		err := refusedBefore(b.lines[i].Row)
		p.progress.Add(o.Status)
		switch {
		case o.NoPassword:
			p.progress.NoPassword++
		case o.Status == imports.RowCreated && len(b.rows.Users) > 0:
			p.progress.WithPassword++
		}
		if o.FactorLeft {
			p.progress.FactorsLeft++
		}
		if o.AddressLeft {
			p.progress.AddressesLeft++
		}
		if o.Status == imports.RowCreated || o.Status == imports.RowMerged {
			p.progress.Bring(b.brought[i], !o.FactorLeft)
			for _, lack := range b.lacks[i] {
				p.progress.Omit(lack.Field)
				err = errors.Join(err, add(b.lines[i], lack.Field, "not imported: "+lack.Reason))
			}
		}
		if o.Status == imports.RowMerged && len(o.Changed) > 0 {
			p.progress.Change(o.Changed)
			reason := "changed by the merge"
			if p.how.DryRun {
				reason = "the merge would change it"
			}
			err = errors.Join(err, add(b.lines[i], strings.Join(o.Changed, ", "), reason))
		}
		if o.Reason != "" {
			p.progress.Refuse(o.Field)
			err = errors.Join(err, add(b.lines[i], o.Field, o.Reason))
		}
		if err != nil {
			return err
		}
	}
	if err := refusedBefore(b.last + 1); err != nil {
		return err
	}
	p.progress.Skipped += b.skipped
	p.progress.Failed += int64(len(b.refused)) - b.skipped
	return p.run.Report.Sync()
}

// note saves the checkpoint.
func (p *pipeline) note(b *batch) error {
	p.progress.Rows, p.progress.Bytes = b.last, b.bytes
	if p.run.Checkpoint != "" && !p.how.DryRun {
		p.mark.Counts, p.mark.Lacks = p.progress.Counts, p.progress.Lacks
		p.mark.Report, p.mark.Trace = p.run.Report.Written(), b.trace
		if b.place != nil {
			place, err := json.Marshal(b.place)
			if err != nil {
				return err
			}
			p.mark.Place = place
		}
		if err := p.mark.Save(p.run.Checkpoint); err != nil {
			return err
		}
	}
	if p.run.Progress != nil {
		p.run.Progress(p.progress)
	}
	return nil
}

// plan notes the objects that a dry run would have created.
func (p *pipeline) plan(definitions []imports.Definition, outcomes []Outcome) {
	if !p.how.DryRun {
		return
	}
	for i, d := range definitions {
		if outcomes[i].Status != imports.RowCreated {
			continue
		}
		into := &p.how.Planned.Roles
		if d.Profile {
			into = &p.how.Planned.Profiles
		}
		if *into == nil {
			*into = map[string]any{}
		}
		(*into)[d.ID] = true
	}
}

// judged returns the outcome of a dry run's row after a comparison with earlier rows.
func (p *pipeline) judged(o Outcome) Outcome {
	if o.Wish == nil {
		return o
	}
	if status, err := p.dryRun.Judge(p.how, o.Wish, o.Status); status != o.Status || err != nil {
		return sinks.Of(imports.RowResult{Kuid: o.Kuid, Status: status, Err: err})
	}
	return o
}

// rehearse gives the rows of a dry run their conflicts with earlier rows.
func (p *pipeline) rehearse(b *batch, outcomes []Outcome) {
	for i, o := range outcomes {
		if o.Wish == nil {
			continue
		}
		outcomes[i] = p.judged(o)
		if p.dryRun.Full() && p.untried == 0 {
			p.untried = b.lines[i].Row
		}
	}
}
