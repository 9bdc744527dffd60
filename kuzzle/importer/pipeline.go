package importer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/counts"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/outlook"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/reports"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/rows"
	"github.com/gokuzzle/kuzzle/strategies/digestimport"
)

const (
	// batchRows and batchBytes bound a batch; the first bound reached counts.
	batchRows  = imports.MaxImportRows
	batchBytes = 4 << 20
	// wrappingRows bounds a batch whose rows each take a hash, to seconds at most.
	wrappingRows = 50
)

// RunWeight is the memory of a run in bytes: a batch being read, a batch being written, and
// the documents made of it.
const RunWeight = 6 * batchBytes

// Run is one import.
type Run struct {
	// From is the file. If Source is not nil, it is read instead.
	From   io.Reader
	Source *Source
	// Spool bounds, in bytes, the temporary file for a stream that has to be read twice; 0
	// is [reread.SpoolLimit].
	Spool   int64
	Options Options
	Sink    Sink
	Report  *Report
	// Checkpoint is the file for the run's progress, "" for none. Resume is the result of
	// LoadCheckpoint, nil to start at the beginning.
	Checkpoint string
	Resume     *Checkpoint
	// DryRunNames is the number of users and names that a dry run remembers, to find rows
	// that want the same name; 0 is imports.DryRunNames.
	DryRunNames int
	// Confirm is called once, before anything is written, with the columns and keys that will be
	// left out. Its error ends the run. nil does not look for them beforehand.
	Confirm func(Outlook) error
	// Progress is called at the beginning and after every batch; nil for none.
	Progress func(Progress)
}

// Progress is the progress of a run.
type Progress struct {
	Counts
	Lacks
	Format string `json:"format"`
	// Bytes is the number of bytes read of the file, as stored.
	Bytes int64 `json:"bytes"`
	// Total is the approximate number of rows, where it is known beforehand.
	Total int64 `json:"total,omitempty"`
	// Remarks are further notes for the user at the end.
	Remarks []string `json:"remarks,omitempty"`
	// Unused are columns that were left out.
	Unused []string `json:"unused,omitempty"`
}

// batch is the unit that reading hands to writing.
type batch struct {
	rows    Batch
	lines   []reports.Line   // of the rows, without reasons yet
	lacks   [][]rows.Error   // of the rows
	brought []counts.Brought // of the rows
	// refused are rows that are not handed to the sink.
	refused []reports.Line
	skipped int64
	last    int64
	trace   uint64
	bytes   int64
	place   any
	err     error
	// finish waits for the outcomes of the rows; nil if there are none.
	finish func() ([]Outcome, error)
}

// Do runs the import. The error wraps [ErrFile] if the file cannot be read further, is an
// [OptionError] or [ErrOtherRun], or is the sink's. Rows written before the error stay, and
// the progress has their number.
func (r *Run) Do(ctx context.Context) (Progress, error) {
	o, err := r.Options.withDefaults()
	if err != nil {
		return Progress{}, err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	i, mark, err := r.openInput(ctx, o)
	defer func() { _ = i.again.Close() }() // it has no name to delete
	if err != nil {
		return Progress{Format: i.format}, err
	}
	o.IDAs = o.idsAs(i.format)
	name := cmp.Or(o.Source, i.format)
	p := &pipeline{
		run: r, input: i, mark: mark, from: mark.Counts.Rows,
		normaliser: normaliser{Options: o, source: name, passwords: i.passwords, recipe: o.recipe(), recipeFields: o.recipeFields()},
		how:        o.how(name), size: batchRows,
		progress: Progress{Format: i.format, Counts: mark.Counts, Lacks: mark.Lacks}, sights: outlook.Seen{},
		dryRun: imports.NewDryRun(cmp.Or(r.DryRunNames, imports.DryRunNames)),
	}
	if p.before = mark.Trace; mark.Place != nil {
		p.before, p.trace = 0, mark.Trace // they are not read again
	}
	if o.Wrap == digestimport.WrapNow {
		p.size = wrappingRows
	}
	if l, ok := i.in.(leaver); ok {
		p.progress.Unused = l.Unused()
	}
	if s, ok := i.in.(sourceReader); ok {
		defer s.close()
		p.progress.Total = s.total()
	}
	return p.do(ctx, stop)
}

type pipeline struct {
	run *Run
	input
	normaliser normaliser
	how        imports.Import
	// size is the number of rows of a batch.
	size int
	mark Checkpoint
	// from is the number of rows that an earlier run finished, before their checksum, and trace
	// that of the rows read.
	from          int64
	before, trace uint64
	// dryRun remembers the rows of a dry run. untried is the first row beyond its limit.
	dryRun  *imports.DryRun
	untried int64
	// sights are the columns and keys without a meaning here that were read.
	sights outlook.Seen
	// finished are users of the last rows that an earlier run finished.
	finished []imports.Row
	// next is a row that was read and whose kind differs from the last batch's.
	next     *Row
	progress Progress
}

// do reads one batch ahead of the one being written. The reading goroutine ends with the
// file, or when do returns.
func (p *pipeline) do(ctx context.Context, stop func()) (Progress, error) {
	if p.run.Progress != nil {
		p.run.Progress(p.progress)
	}
	batches := make(chan *batch)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		p.readAll(ctx, batches)
	}()
	err := p.writeAll(ctx, stop, batches)
	<-ended
	if errors.Is(err, ErrElsewhere) {
		return Progress{Format: p.progress.Format}, err // the counts are those of another store
	}
	if err == nil {
		err = outlook.Tell(p.run.Report, p.progress.Lacks)
	}
	if s, ok := p.in.(remarker); ok && err == nil {
		p.progress.Remarks = s.remarks()
	}
	if p.untried > 0 {
		p.progress.Remarks = append(p.progress.Remarks, fmt.Sprintf(
			"rows from row %d on were compared only with the rows before: whether two of them want the same name shows when they are imported", p.untried))
	}
	if s, ok := p.in.(sourceReader); ok && err == nil {
		s.done()
	}
	if err == nil && p.run.Checkpoint != "" && !p.how.DryRun {
		if err = os.Remove(p.run.Checkpoint); errors.Is(err, os.ErrNotExist) {
			err = nil
		}
	}
	return p.progress, err
}

func (p *pipeline) readAll(ctx context.Context, batches chan<- *batch) {
	defer close(batches)
	for done := false; !done; {
		b := p.fill()
		done = b.err != nil
		select {
		case batches <- b:
		case <-ctx.Done():
			return
		}
	}
}

// fill reads a batch: rows of one kind.
func (p *pipeline) fill() *batch {
	b := &batch{}
	began := p.measured.Bytes
	for b.rows.Len()+len(b.refused) < p.size && p.measured.Bytes-began < batchBytes {
		row, err := p.read()
		if err == nil && row.Number <= p.from {
			p.follow(row)
			p.recall(row)
			began = p.measured.Bytes
			continue
		}
		if err == nil || errors.Is(err, io.EOF) {
			err = cmp.Or(p.sameRows(), err)
		}
		if err != nil {
			b.err = err
			break
		}
		if !takes(&b.rows, row) {
			p.next = row
			break
		}
		p.follow(row)
		b.last, b.place, b.trace = row.Number, row.Place, p.trace
		p.measured.Bytes += row.Bytes
		p.take(b, row)
	}
	b.bytes = p.packed.Bytes
	return b
}

func (p *pipeline) read() (*Row, error) {
	if row := p.next; row != nil {
		p.next = nil
		return row, nil
	}
	return p.in.Next()
}

// skips reports whether a row is left out without a fault.
func (p *pipeline) skips(row *Row) bool {
	if row.Disabled && !p.normaliser.IncludeDisabled {
		row.Skip = &rows.Error{Field: "disabled", Reason: "the user is disabled in the source; --include-disabled imports the user as banned"}
	}
	return row.Err == nil && row.Skip != nil
}

// take normalises and checks a row as far as that needs no store.
func (p *pipeline) take(b *batch, row *Row) {
	l := reports.Line{Row: row.Number, Of: row.Of}
	if p.skips(row) {
		l.Field, l.Reason = row.Skip.Field, row.Skip.Reason
		b.refused = append(b.refused, l)
		b.skipped++
		return
	}
	user, wrong := p.normaliser.row(row)
	if wrong != nil {
		l.Field, l.Reason = wrong.Field, wrong.Reason
		b.refused = append(b.refused, l)
		return
	}
	add(&b.rows, user, row)
	b.lines, b.lacks = append(b.lines, l), append(b.lacks, row.Lacks)
	data := counts.Of(&user)
	data.Hasher, data.Guessed, data.Left = row.Hasher, row.Guessed, row.Left
	data.Unknown, data.Examples = slices.Sorted(maps.Keys(row.Unknown)), p.sights.First(row.Number, row.Unknown)
	b.brought = append(b.brought, data)
}
