package imports

import (
	"context"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/parallel"
)

// Importer brings in batch after batch, a batch being judged while the one
// before it is still written. One goroutine uses it at a time.
type Importer struct {
	imports *Imports
	by      users.Actor
	// begun is closed when all of the last batch is being written; the next goes
	// on with writing from there.
	begun   <-chan struct{}
	writing writing
}

// Importer makes one for an actor.
func (im *Imports) Importer(by users.Actor) *Importer { return &Importer{imports: im, by: by} }

// Begin begins what Import does, behind the rows that were begun before. What it
// returns waits for the end; it is to be called once, since only then have all
// goroutines of the batch ended. Batches need not be waited for in their order.
func (im *Importer) Begin(ctx context.Context, how Import, rows []Row) (finish func() ([]RowResult, error)) {
	in := &importing{Imports: im.imports, by: im.by, how: how, roles: map[string][]string{}, there: map[string]bool{}, results: make([]RowResult, len(rows))}
	var err error
	if in.key, err = in.Sealer.Derive(fingerprintPurpose); len(rows) > MaxImportRows {
		err = users.ErrWriteLimit.New()
	}
	if err != nil {
		return func() ([]RowResult, error) { return nil, err }
	}
	before, begun, done := im.begun, make(chan struct{}), make(chan struct{})
	im.begun = begun
	chunks := in.planAll(ctx, rows)
	go func() {
		defer close(done)
		wait(before)
		in.writeAll(ctx, chunks, &im.writing)
		last := im.writing
		close(begun)
		last.end()
	}()
	return func() ([]RowResult, error) {
		<-done
		return in.results, in.finish(ctx)
	}
}

// writeAll has every chunk written, and returns when the last of them is under
// way. Those that are planned by the time that there is room are written together.
func (in *importing) writeAll(ctx context.Context, chunks <-chan []*plannedRow, w *writing) {
	for at := 0; at < len(in.results); {
		w.room()
		planned := <-chunks
		for more := true; more; {
			select {
			case next := <-chunks:
				planned, more = append(planned, next...), next != nil
			default:
				more = false
			}
		}
		results := in.results[at:]
		at += len(planned)
		if in.how.DryRun {
			parallel.Each(len(planned), func(i int) { in.judge(ctx, planned[i], &results[i]) })
			continue
		}
		w.begin(names(planned), func() { in.write(ctx, planned, results) })
	}
}

// writing has some rows written while those before them still are, unless both
// name the same, of which the first is to win. Its goroutines end with end.
type writing struct {
	before, last <-chan struct{} // nil where there is none
	names        map[string]bool
}

// room waits until begin would not wait for those before the last.
func (w *writing) room() { wait(w.before) }

func (w *writing) begin(names map[string]bool, write func()) {
	w.room()
	for name := range names {
		if w.names[name] {
			wait(w.last)
			break
		}
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		write()
	}()
	w.before, w.last, w.names = w.last, done, names
}

func (w *writing) end() {
	wait(w.before)
	wait(w.last)
}

func wait(done <-chan struct{}) {
	if done != nil {
		<-done
	}
}

// names are the ids and keys that rows ask for.
func names(planned []*plannedRow) map[string]bool {
	all := make(map[string]bool, 4*len(planned))
	for _, p := range planned {
		if p == nil {
			continue
		}
		all[p.write.ID] = true // an id that is also a key only makes somebody wait
		for _, take := range p.write.Take {
			all[take.Key] = true
		}
	}
	return all
}

// importChunk is how many rows are planned before any of them is written.
const importChunk = 500

// planAll plans chunk by chunk, as fast as it can. Its goroutine ends with the
// last chunk.
func (in *importing) planAll(ctx context.Context, rows []Row) <-chan []*plannedRow {
	chunks := make(chan []*plannedRow, MaxImportRows/importChunk)
	go func() {
		defer close(chunks)
		for at := 0; at < len(rows); at += importChunk {
			planned := make([]*plannedRow, min(importChunk, len(rows)-at))
			parallel.Each(len(planned), func(i int) {
				planned[i], in.results[at+i].Err = in.plan(ctx, &rows[at+i])
			})
			chunks <- planned
		}
	}()
	return chunks
}
